"""`tinct train` and `tinct export`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tinct.cli import stopping, streams
from tinct.errors import OptionError, suggestion

if TYPE_CHECKING:
    from tinct.learning.run.train import Outcome

CHECKPOINTS = ("best", "last")
Data = Annotated[
    list[Path] | None, typer.Option("--data", help="Tar shards or folders of photos; may be repeated.")
]


def train(
    experiment: Annotated[Path, typer.Argument(help="The YAML file of the experiment.")],
    run: Annotated[
        Path | None,
        typer.Option(help="Folder of the run; default runs/NAME. An existing run is resumed."),
    ] = None,
    init: Annotated[
        str | None, typer.Option(help="Initial weights: a model, run or checkpoint, instead of the file's.")
    ] = None,
    data: Data = None,
    cache: Annotated[Path, typer.Option(help="Folder of the preprocessed photos.")] = Path("data/cache"),
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    threads: Annotated[int | None, typer.Option(min=1, help="Number of CPU threads.")] = None,
    processes: Annotated[
        int, typer.Option(min=1, help="Processes (on GPUs: GPUs) that share each batch.")
    ] = 1,
    workers: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Data loading workers per process; default none on a CPU, the cores left on a GPU.",
        ),
    ] = None,
    until: Annotated[int | None, typer.Option(min=1, help="Stop after this step; resume later.")] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            help="Train for at most so many minutes, over all starts of the run; the learning rate falls accordingly.",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Check photos and weights, time a few steps, print a summary, do not train."
        ),
    ] = False,
) -> None:
    """Train a network as an experiment file says; the same command resumes an interrupted run."""
    streams.tell(f"{experiment.name}: starting")  # before torch is loaded, which takes seconds
    from tinct.learning.experiment import read_experiment
    from tinct.learning.run.train import train as run_training

    config = read_experiment(experiment)
    config = replace(
        config,
        init=init or config.init,
        data=_sources(data) or _sources([Path(source) for source in config.data]),
    )
    if dry_run:
        from tinct.learning.run.dry_run import dry_run as summarize

        for name, value in summarize(config, cache, device, threads, processes, workers, minutes).items():
            typer.echo(f"{name}: {value}")
        return
    folder = run or Path("runs") / config.name
    from tinct.cli.training_display import training_display

    with training_display() as display:
        outcome = run_training(
            config, folder, cache, log=typer.echo, device=device, threads=threads, until=until,
            processes=processes, workers=workers, minutes=minutes, display=display, stop_requests=_stop_requests,
        )  # fmt: skip
    if outcome.interrupted:
        stopping.stop(
            f"stopped at step {outcome.step:,} of {outcome.steps:,}; {outcome.last} holds it, and the same command "
            "resumes"
        )
    typer.echo(_summary(config.name, folder, outcome))


def _summary(name: str, run: Path, outcome: Outcome) -> str:
    """How a run ended, and what to do next."""
    trained = f"trained {name}: {outcome.step:,} of {outcome.steps:,} steps in {run}"
    losses = f"lowest validation loss {outcome.best_loss:.4f} at step {outcome.best_step:,}"
    if not outcome.best_step:
        return (
            f"{trained}; no validation was better than the {outcome.best_loss:.4f} before the first step: lower lr, or "
            "give more photos"
        )
    return (
        f"{trained}; {losses} (grey {outcome.grey_loss:.4f}): tinct export {run} -o MODEL takes those weights"
    )


@contextmanager
def _stop_requests() -> Iterator[Callable[[], bool]]:
    with stopping.deferred("finishing this step and writing a checkpoint"):
        yield stopping.requested


def export(
    run: Annotated[Path, typer.Argument(help="The folder of a run.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The model's folder to write.")],
    name: Annotated[str | None, typer.Option(help="The model's name; by default the run's.")] = None,
    version: Annotated[str, typer.Option(help="The model's version.")] = "0.1.0",
    license: Annotated[str, typer.Option(help="License of the model.")] = "Apache-2.0",  # noqa: A002
    temperature: Annotated[
        float | None,
        typer.Option(
            min=0.01, help="Tuned temperature; by default that of the model the run began from, or 0.6."
        ),
    ] = None,
    chroma_gain: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            help="Tuned gain on the predicted chroma; by default that of the model the run began from, or 1.",
        ),
    ] = None,
    chroma_limit: Annotated[
        tuple[float, float] | None,
        typer.Option(
            help="Compress chroma above KNEE so that it approaches KNEE + SPAN; by default as the model the run "
            "began from.",
            metavar="KNEE SPAN",
        ),
    ] = None,
    short_side: Annotated[
        int | None,
        typer.Option(
            min=32,
            help="Short side of the photo as the network sees it; by default that of the model that the run began "
            "from, or as large as things were in its crops.",
        ),
    ] = None,
    short_sides: Annotated[
        list[int] | None,
        typer.Option(
            min=32, help="Another short side, whose prediction is averaged with the others; may be repeated."
        ),
    ] = None,
    data: Data = None,
    checkpoint: Annotated[
        str, typer.Option(help="best: the weights of the lowest validation loss; or last.")
    ] = "best",
    mix_weight: Annotated[
        float,
        typer.Option(
            min=0.0, max=1.0, help="Weight of the initial weights in a mixture with the trained ones."
        ),
    ] = 0.0,
    mix_from: Annotated[
        str | None, typer.Option(help="Run, checkpoint or model to mix in instead of the initial weights.")
    ] = None,
    int8: Annotated[
        bool,
        typer.Option(
            "--int8",
            help="Store integers: half the bytes, but 2 to 4 times as slow on many processors; --data calibrates them.",
        ),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a model that is there; its card stays.")
    ] = False,
) -> None:
    """Export a trained network as a model folder with a draft of its model card."""
    from tinct.learning.release.model_folder import default_decoding, export_run

    if checkpoint not in CHECKPOINTS:
        raise OptionError(f"there is no checkpoint {checkpoint!r}{suggestion(checkpoint, CHECKPOINTS)}")
    given: dict[str, Any] = {"temperature": temperature, "gain": chroma_gain, "limit": chroma_limit}
    decoding = replace(
        default_decoding(run), **{key: value for key, value in given.items() if value is not None}
    )
    report = export_run(
        run, output, name=name, version=version, license=license,
        decoding=decoding, short_side=short_side,
        short_sides=short_sides or (), data=list(data or []), checkpoint=checkpoint,
        mix_weight=mix_weight, mix_from=mix_from, int8=int8, overwrite=overwrite,
    )  # fmt: skip
    for key, value in report.items():
        typer.echo(f"{key}: {value}")


def _sources(given: list[Path] | None) -> tuple[str, ...]:
    """Shards and folders as given; a folder of tar shards stands for its shards."""
    found: list[str] = []
    for source in given or []:
        shards = sorted(source.glob("*.tar")) if source.is_dir() else []
        found += [str(shard) for shard in shards] or [str(source)]
    return tuple(found)
