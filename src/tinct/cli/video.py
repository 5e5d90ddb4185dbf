"""`tinct video`: colour films."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from tinct.cli import stopping, streams
from tinct.errors import ModelError, OptionError, TinctError
from tinct.models.devices import find_device
from tinct.models.store import DEFAULT_MODEL, find_model
from tinct.options import Options

# Without a terminal, a line of progress is printed so often.
_SECONDS_BETWEEN_LINES = 30.0
CONTAINERS = ("mp4", "mov", "mkv", "webm", "avi", "ts")


def video(
    clips: Annotated[list[Path], typer.Argument(help="Films; or the word shots and one film.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="File for one film, or a folder; else beside the film."),
    ] = None,
    model: Annotated[str, typer.Option(help="Name of a model, or a model's folder.")] = DEFAULT_MODEL,
    vividness: Annotated[
        float, typer.Option(help="Chroma relative to the tuned result, 0 to 5: 1 is as tuned, 0 is grey.")
    ] = 1.0,
    temperature: Annotated[float | None, typer.Option(help="Low decides, high averages.")] = None,
    container: Annotated[
        str | None,
        typer.Option(help=f"{' | '.join(CONTAINERS)}; default: the film's, if it can hold the result."),
    ] = None,
    codec: Annotated[
        str | None,
        typer.Option(
            help="h264 | hevc | av1 | vp9 | prores | ffv1; default: h264, or hevc for more than 8 bits."
        ),
    ] = None,
    quality: Annotated[int | None, typer.Option(help="1 to 100, for lossy codecs; default: 80.")] = None,
    archive: Annotated[bool, typer.Option("--archive", help="FFV1 in Matroska: lossless.")] = False,
    every: Annotated[
        int, typer.Option(min=1, help="The network sees each so many-th frame; 4 is twice as fast.")
    ] = 1,
    start: Annotated[float | None, typer.Option("--from", help="Start of an excerpt, in seconds.")] = None,
    end: Annotated[float | None, typer.Option("--to", help="End of an excerpt, in seconds.")] = None,
    project: Annotated[
        Path | None,
        typer.Option(help="Shots, hints and references: a file that `tinct video shots FILM` wrote."),
    ] = None,
    preview: Annotated[
        Path | None, typer.Option(help="Only draw frames from all over the film to this PNG, in seconds.")
    ] = None,
    recolour: Annotated[
        bool, typer.Option("--recolour", help="Also colour passages that are in colour already.")
    ] = False,
    frame_by_frame: Annotated[
        bool,
        typer.Option("--frame-by-frame", help="Colour each frame by itself, for comparison: it flickers."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only report what would happen.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace results that are there.")] = False,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads of the network; else all cores.")
    ] = None,
    device: Annotated[str, typer.Option(help="Device of the network, as for colorize.")] = "auto",
) -> None:
    """Colour films: luma, sound, timestamps and all other streams are kept; interrupted runs continue.

    `tinct video shots FILM` writes the film's shots to FILM-shots.json, to be corrected and given to --project.
    """
    if str(clips[0]) == "shots" and len(clips) == 2 and not clips[0].exists():
        _write_shots(clips[1], output, overwrite, model, threads, device)
        return
    from tinct.video.film import colour_film
    from tinct.video.output.saving import make_folder
    from tinct.video.plan import FilmOptions, plan_film
    from tinct.video.project import read_project

    options = FilmOptions(
        codec=codec, quality=quality, archive=archive, every=every, steady=not frame_by_frame,
        recolour=recolour, start=start, end=end, overwrite=overwrite,
        project=None if project is None else read_project(project),
    )  # fmt: skip
    settings = Options(vividness=vividness, temperature=temperature, scales=1)
    try:
        folder = find_model(model)
        find_device(device)
    except ModelError as error:
        raise OptionError(str(error)) from None
    targets = [_target(clip, output, len(clips) > 1, container, options.archive) for clip in clips]
    network, failed = None, 0
    for clip, target in zip(clips, targets, strict=True):
        try:
            plan = plan_film(clip, target, options)
            for line in plan.report:
                streams.tell(line)
            if dry_run:
                continue
            if preview is not None:
                _draw_preview(plan.clip, folder, settings, preview, overwrite, threads, device)
                continue
            if network is None:
                from tinct.models.runtime import Network

                network = Network(folder, threads=threads, device=device)
            make_folder(target.parent)
            started = time.perf_counter()
            with _progress(clip.name) as progress, stopping.deferred():
                result = colour_film(plan, network, options, settings, progress, stopping.requested)
        except OptionError:
            raise
        except TinctError as error:
            failed += 1
            streams.complain(f"tinct: {error}")
            continue
        for remark in result.remarks:
            streams.tell(f"  {remark}")
        if not result.complete:
            where = f"; {result.path} plays up to there" if result.path else ""
            streams.complain(
                f"tinct: {clip}: stopped after {result.frames} of {result.total} frames{where}; "
                f"the same command continues"
            )
            stopping.check()
        seconds = time.perf_counter() - started
        streams.tell(f"{result.frames} frames coloured in {seconds:.1f} s: {result.path}")
    if failed:
        raise typer.Exit(1)


def _write_shots(
    film: Path, output: Path | None, overwrite: bool, model: str, threads: int | None, device: str
) -> None:
    """Find the shots of a film and their places, and write them as a project."""
    from tinct.models.runtime import Network
    from tinct.video.direction.guides import places_of
    from tinct.video.film import find_film_shots, remove_work
    from tinct.video.output.saving import existing, make_folder
    from tinct.video.project import write_project
    from tinct.video.source.probe import probe

    clip = probe(film)
    target = output or film.with_name(f"{film.stem}-shots.json")
    if target.exists() and not overwrite:
        raise existing(target)
    make_folder(target.parent)
    with _progress(film.name) as progress, stopping.deferred():
        timestamps, shots = find_film_shots(clip, target, progress, stopping.requested)
    if not shots:
        streams.complain(f"tinct: {film}: stopped; the same command continues")
    stopping.check()
    network = Network(find_model(model), threads=threads, device=device)
    try:
        places = places_of(clip, network, timestamps, shots)
    except OptionError as error:
        places = [None] * len(shots)
        streams.tell(f"  places are not told apart: {error}")
    write_project(target, clip, timestamps, shots, places, overwrite=overwrite)
    remove_work(target)
    shown = f", {len(set(places) - {None})} places" if any(places) else ""
    streams.tell(f"{len(shots)} shots{shown} in {len(timestamps)} frames: {target}")


def _draw_preview(
    clip: Any, model: Path, settings: Options, target: Path, overwrite: bool, threads: int | None, device: str
) -> None:
    from tinct.inference import decoding_for
    from tinct.models.runtime import Network
    from tinct.video.preview import write_preview

    network = Network(model, threads=threads, device=device)
    write_preview(clip, network, decoding_for(settings, network.manifest), target, overwrite=overwrite)
    streams.tell(f"preview: {target}")


def _target(clip: Path, output: Path | None, many: bool, container: str | None, archive: bool) -> Path:
    """Path of a film's result."""
    if container is not None and container not in CONTAINERS:
        raise OptionError(f"container is {container!r}; give one of {', '.join(CONTAINERS)}")
    if archive and container not in (None, "mkv"):
        raise OptionError("an archive is FFV1 in Matroska; leave --container out")
    if output is not None and not many and not output.is_dir() and output.suffix:
        if container is not None and output.suffix.lower() != f".{container}":
            raise OptionError(f"{output}: its name and --container {container} contradict each other")
        if archive and output.suffix.lower() != ".mkv":
            raise OptionError(f"{output}: an archive is FFV1 in Matroska; end its name in .mkv")
        return output
    known = clip.suffix.lower()[1:]
    kind = "mkv" if archive else container or (known if known in (*CONTAINERS, "m4v") else "mkv")
    if kind in ("avi", "webm", "ts") and container is None:
        kind = "mkv"
    return (output or clip.parent) / f"{clip.stem}-tinct.{kind}"


@contextmanager
def _progress(name: str) -> Iterator[Callable[[str, int, int], None]]:
    """A function to report progress: a bar on a terminal, a line now and then elsewhere."""
    if streams.is_terminal(sys.stderr):
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            tasks: dict[str, Any] = {}

            def show(what: str, done: int, total: int) -> None:
                if what not in tasks:
                    tasks[what] = bar.add_task(what, total=total)
                bar.update(tasks[what], completed=done, total=total)

            yield show
        return
    last, started, first = [time.monotonic()], [time.monotonic()], [0]
    current = [""]

    def tell(what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if what != current[0]:
            current[0], started[0], first[0] = what, now, done
        if now - last[0] < _SECONDS_BETWEEN_LINES or done <= first[0]:
            return
        last[0] = now
        rate = (done - first[0]) / (now - started[0])
        left = round((total - done) / rate)
        streams.complain(
            f"{name}: {what} {done} of {total} frames, {rate:.1f} per second, {left // 60}:{left % 60:02d} left"
        )

    yield tell
