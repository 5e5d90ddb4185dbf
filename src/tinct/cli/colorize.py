"""`tinct colorize`: colour photos, folders or standard input."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from tinct.cli import stopping, streams
from tinct.cli.plan import Job, plan
from tinct.errors import ModelError, OptionError, PhotoError, PhotoWarning, ProfileError, TinctError
from tinct.models.store import DEFAULT_MODEL, find_model
from tinct.options import FORMATS, KINDS, TONES, Options

STANDARD = "-"


def colorize(
    photos: Annotated[list[str], typer.Argument(help="Photos, folders of photos, or - for stdin to stdout.")],
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", help="File or folder for results; else beside the photos."),
    ] = None,
    model: Annotated[str, typer.Option(help="Name of a shipped model, or a model's folder.")] = DEFAULT_MODEL,
    vividness: Annotated[
        float, typer.Option(help="Chroma relative to the tuned result, 0 to 5: 1 is as tuned, 0 is grey.")
    ] = 1.0,
    temperature: Annotated[float | None, typer.Option(help="Low decides, high averages.")] = None,
    scales: Annotated[
        int | None,
        typer.Option(min=1, help="Input sizes of the network: 1 is fastest; default: all of the model's."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace results that are there.")] = False,
    kind: Annotated[str | None, typer.Option(help=f"{' | '.join(KINDS)}.")] = None,
    profile: Annotated[str | None, typer.Option(help="srgb | p3 | keep | FILE.icc.")] = None,
    format: Annotated[str | None, typer.Option(help=f"{' | '.join(FORMATS)}.")] = None,  # noqa: A002
    quality: Annotated[int | None, typer.Option(help="1 to 100, for lossy formats.")] = None,
    tone: Annotated[str | None, typer.Option(help=f"{' | '.join(TONES)}; keep leaves the lightness.")] = None,
    page: Annotated[int | None, typer.Option(help="One page of a TIFF, from 1; else all of them.")] = None,
    max_megapixels: Annotated[float | None, typer.Option(help="Refuse larger photos.")] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads of the network; else all cores.")
    ] = None,
) -> None:
    """Colour photos. Colours are plausible, not evidence; the lightness stays that of the photo."""
    given = {
        "vividness": vividness, "temperature": temperature, "scales": scales,
        "overwrite": overwrite, "kind": kind,
        "profile": profile, "format": format, "quality": quality, "tone": tone, "page": page,
        "max_megapixels": max_megapixels,
    }  # fmt: skip
    options = Options.from_dict({name: value for name, value in given.items() if value is not None})
    try:
        folder = find_model(model)
    except ModelError as error:
        raise OptionError(str(error)) from None
    from tinct.photo import check_profile, disable_cache

    disable_cache()
    try:
        check_profile(options.profile)
        if STANDARD in photos:
            _pipe(photos, output, options, folder, threads)
            return
        started = time.perf_counter()
        planned = plan(photos, output, options)
        for note in planned.notes:
            streams.complain(f"tinct: {note}")
        failed = _work(planned.jobs, options, folder, threads)
    except (ModelError, ProfileError) as error:
        raise OptionError(str(error)) from None
    streams.tell(_summary(planned.jobs, failed, time.perf_counter() - started))
    if failed:
        raise typer.Exit(1)


def _pipe(photos: list[str], output: str | None, options: Options, model: Path, threads: int | None) -> None:
    if photos != [STANDARD] or output is not None:
        raise OptionError(
            "- stands alone, from standard input to standard output; give it no other photo and no -o"
        )
    if sys.stdout is None:
        raise OptionError("standard output is closed; send it to a file with > FILE")
    if sys.stdout.isatty():
        raise OptionError("the result would fill the terminal; send it to a file with > FILE")
    source = _standard_input()
    from tinct.colorizer import Colorizer

    with _warnings_told(streams.complain):
        result = Colorizer(model, threads=threads).colorize(source, options)
    try:
        sys.stdout.buffer.write(result)
        sys.stdout.buffer.flush()
    except OSError as error:
        streams.abandon_output()
        raise PhotoError(streams.unwritable(error)) from None


def _standard_input() -> bytes:
    try:
        source = sys.stdin.buffer.read() if sys.stdin is not None else b""
    except OSError as error:
        raise PhotoError(
            f"standard input cannot be read ({error.strerror}); give it a photo with < FILE"
        ) from None
    if not source:
        raise PhotoError("there is nothing on standard input; give it a photo with < FILE")
    return source


def _work(jobs: list[Job], options: Options, model: Path, threads: int | None) -> int:
    """Do the jobs in turn; a fault is said at once and stops no other. Returns the number of faults."""
    failed = 0
    colorizer: Any = None
    with _progress(len(jobs)) as (step, say):
        for job in jobs:
            try:
                if job.target is None:
                    raise OptionError(job.fault)
                if colorizer is None:
                    from tinct.colorizer import Colorizer

                    colorizer = Colorizer(model, threads=threads)
                job.target.parent.mkdir(parents=True, exist_ok=True)
                with stopping.at_work(), _warnings_told(say):
                    colorizer.colorize(job.source, options, target=job.target)
            except ModelError:
                raise
            except (TinctError, OSError) as error:
                failed += 1
                say(f"tinct: {error if isinstance(error, TinctError) else _unwritable(job, error)}")
            except Exception as error:
                failed += 1
                what = f"{type(error).__name__}: {error}"
                say(f"tinct: {job.source}: a fault of tinct itself ({what}); please report it")
            step()
    return failed


@contextmanager
def _warnings_told(say: Callable[[str], None]) -> Iterator[None]:
    """Tells each PhotoWarning inside the block as a line of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", PhotoWarning)
        usual = warnings.showwarning

        def show(message: Any, category: type[Warning], *place: Any, **more: Any) -> None:
            if issubclass(category, PhotoWarning):
                say(f"tinct: {message}")
            else:
                usual(message, category, *place, **more)

        warnings.showwarning = show
        yield


def _unwritable(job: Job, error: OSError) -> str:
    return f"{job.target}: cannot be written ({error.strerror}); choose a folder that you may write to"


@contextmanager
def _progress(count: int) -> Iterator[tuple[Callable[[], None], Callable[[str], None]]]:
    """How to take a step and how to say a line: over a bar for several photos on a terminal, else plainly."""
    if count < 2 or not streams.is_terminal(sys.stderr):
        yield (lambda: None), streams.complain
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True, soft_wrap=True)
    with Progress(
        "Colouring", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    ) as bar:
        task = bar.add_task("", total=count)
        yield (
            (lambda: bar.advance(task)),
            (lambda line: bar.console.print(streams.one_line(line), markup=False, highlight=False)),
        )


def _summary(jobs: list[Job], failed: int, seconds: float) -> str:
    done = len(jobs) - failed
    where = f": {jobs[0].target}" if len(jobs) == done == 1 else ""
    faults = f", {failed} failed" if failed else ""
    return f"{done} photo{'s' * (done != 1)} coloured{faults} in {seconds:.1f} s{where}"
