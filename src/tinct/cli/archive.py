"""`tinct archive`: colour archives of any size, interrupted and continued at will."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from tinct.cli import archive_reports, stopping, streams
from tinct.cli.archive_reports import LedgerFolder
from tinct.errors import ModelError, OptionError
from tinct.models.store import DEFAULT_MODEL, find_model
from tinct.options import FORMATS, TONES, Options

if TYPE_CHECKING:
    from tinct.archive.run import Archive, Observer
    from tinct.archive.run import Progress as RunProgress
    from tinct.archive.scan import Scan

# Seconds between lines about progress where there is no terminal.
_QUIET_SECONDS = 60.0


class _RunByDefault(TyperGroup):
    """`tinct archive SOURCE DEST` is `tinct archive run SOURCE DEST`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, "--help", "-h"}:
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_RunByDefault,
    help="Colour archives of any size: tinct archive SOURCE DEST.",
    no_args_is_help=True,
    add_completion=False,
)

for _verb in (
    archive_reports.status,
    archive_reports.retry,
    archive_reports.verify,
    archive_reports.report,
    archive_reports.bag,
):
    app.command(_verb.__name__)(_verb)


@app.command("run")
def run(
    source: Annotated[str, typer.Argument(help="A folder, .tar, .zip, list of files (.txt), or URL.")],
    dest: Annotated[str, typer.Argument(help="The folder or URL for results; paths are those of SOURCE.")],
    model: Annotated[str, typer.Option(help="Name of a model, or a model's folder.")] = DEFAULT_MODEL,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes, one thread each; else one per core.")
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Redo results of other options and of changed photos.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on with files that arrive, until interrupted.")
    ] = False,
    shard: Annotated[
        str | None, typer.Option(metavar="I/N", help="Colour the I-th of N parts: one per machine.")
    ] = None,
    table: Annotated[
        Path | None, typer.Option(help="CSV or JSON: captions, photos to skip, options and recipes of rolls.")
    ] = None,
    vividness: Annotated[
        float, typer.Option(help="Chroma relative to the tuned result, 0 to 5: 1 is as tuned, 0 is grey.")
    ] = 1.0,
    temperature: Annotated[float | None, typer.Option(help="Low decides, high averages.")] = None,
    scales: Annotated[
        int | None,
        typer.Option(min=1, help="Input sizes of the network: 1 is fastest; default: all of the model's."),
    ] = None,
    kind: Annotated[str | None, typer.Option(help="photo | chroma.")] = None,
    profile: Annotated[str | None, typer.Option(help="srgb | p3 | keep | FILE.icc.")] = None,
    format: Annotated[str | None, typer.Option(help=f"{' | '.join(FORMATS)}.")] = None,  # noqa: A002
    quality: Annotated[int | None, typer.Option(help="1 to 100, for lossy formats.")] = None,
    tone: Annotated[str | None, typer.Option(help=f"{' | '.join(TONES)}; keep leaves the lightness.")] = None,
    max_megapixels: Annotated[float | None, typer.Option(help="Refuse larger photos.")] = None,
    engine: Annotated[
        str, typer.Option(help="local | ray: Ray Data, on a cluster or on this machine.")
    ] = "local",
    address: Annotated[str | None, typer.Option(help="Address of a Ray cluster.")] = None,
    time_limit: Annotated[float, typer.Option(min=1, help="Seconds for one photo.")] = 600,
    memory_limit: Annotated[
        int | None, typer.Option(min=200, help="MB for one worker; else 2000 and what the model needs.")
    ] = None,
    ledger: LedgerFolder = None,
    device: Annotated[
        str, typer.Option(help="Device of the network, as for colorize; each worker opens the model on it.")
    ] = "cpu",
) -> None:
    """Colour every photo of SOURCE into DEST. Run it again after an interruption: it continues.

    SOURCE is never written to, and no file of DEST is replaced but results of tinct archive, under --update.
    """
    given = {
        "vividness": vividness, "temperature": temperature, "scales": scales, "kind": kind,
        "profile": profile, "format": format,
        "quality": quality, "tone": tone, "max_megapixels": max_megapixels,
    }  # fmt: skip
    from tinct.archive.run import Archive
    from tinct.archive.settings import RunSettings
    from tinct.models.devices import find_device
    from tinct.models.sessions import physical_cores
    from tinct.photo import check_profile

    try:
        folder = find_model(model)
        find_device(device)
    except ModelError as error:
        raise OptionError(str(error)) from None
    check_profile(profile or "srgb")
    settings = RunSettings(
        source=source, dest=dest, model=folder, workers=workers or physical_cores(), update=update,
        options=Options.from_dict({name: value for name, value in given.items() if value is not None}),
        time_limit=time_limit, memory_limit=memory_limit, ledger=ledger, watch=watch, shard=_shard(shard), table=table,
        engine=engine, address=address, device=device,
    )  # fmt: skip
    with _observed() as observer, stopping.deferred(), Archive(settings, observer).opened() as archive:
        counts = _run(archive, observer, watch=watch)
        progress = archive.progress
    if stopping.requested():
        stopping.stop("stopped; run the same command again to continue")
    if progress.stop:
        streams.complain(f"tinct: {progress.stop}; put that right and run the same command again")
    if progress.stop or counts["failed"] or counts["quarantined"]:
        raise typer.Exit(1)


def _run(archive: Archive, observer: Observer, *, watch: bool) -> dict[str, int]:
    """Run once, or watch, and tell what was done; the numbers of the ledger in the end."""
    if not watch:
        found, progress = archive.run()
        _tell(found, progress, archive.counts())
        return archive.counts()
    from tinct.archive.watch import watch as run_watch

    def tell(found: Scan, progress: RunProgress) -> None:
        if progress.finished:
            _tell(found, progress, archive.counts())

    run_watch(archive, tell, observer.say, observer.stopping)
    return archive.counts()


def _shard(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal()):
        raise OptionError(f"shard is {text!r}; give i/n with i from 1 to n, such as 2/8")
    return int(number), int(count)


def _tell(found: Scan, progress: RunProgress, counts: dict[str, int]) -> None:
    """Print what a run found and did."""
    seconds = time.monotonic() - progress.started
    how = [f"{progress.adopted} adopted"] * bool(progress.adopted)
    how += [f"{progress.copied} of identical content copied"] * bool(progress.copied)
    how += [f"{progress.failed} failed"] * bool(progress.failed)
    detail = f" ({', '.join(how)})" if how else ""
    streams.tell(f"{progress.finished} photos in {seconds:.1f} s{detail}; {summary(counts)}")
    notes = (
        (found.other_options, "were coloured with other options", "--update redoes them"),
        (found.changed, "have changed since they were coloured", "--update redoes them"),
    )
    for number, what, remedy in notes:
        if number:
            streams.tell(f"{number} photos {what}; {remedy}")


def summary(counts: dict[str, int]) -> str:
    """The numbers of a ledger in words."""
    names = {
        "done": "done", "pending": "pending", "failed": "failed", "quarantined": "quarantined", "skipped": "skipped",
        "ignored": "not photos", "missing": "missing",
    }  # fmt: skip
    parts = [f"{counts[state]} {name}" for state, name in names.items() if counts[state] or state == "done"]
    return f"{sum(counts.values())} files: {', '.join(parts)}"


@contextmanager
def _observed() -> Iterator[Observer]:
    """How a run tells of itself: a bar on a terminal, else a line a minute."""
    from tinct.archive.run import Observer

    if not sys.stderr.isatty():
        yield Observer(_line, step=_every_minute(), stopping=stopping.requested)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, soft_wrap=True)
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        TextColumn("{task.fields[rate]}"),
    )  # fmt: skip
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("Looking for photos", total=None, rate="")

        def step(progress: RunProgress) -> None:
            rate = f"{progress.rate:.1f}/s" + f", {progress.failed} failed" * bool(progress.failed)
            total = progress.total
            bar.update(task, description="Colouring", completed=progress.finished, total=total, rate=rate)

        yield Observer(
            say=lambda line: bar.console.print(f"tinct: {line}", markup=False, highlight=False),
            scanned=lambda number: bar.update(task, completed=number),
            step=step,
            stopping=stopping.requested,
        )


def _line(line: str) -> None:
    streams.complain(f"tinct: {line}")


def _every_minute() -> Any:
    last = time.monotonic()

    def step(progress: RunProgress) -> None:
        nonlocal last
        if time.monotonic() - last >= _QUIET_SECONDS:
            last = time.monotonic()
            hours = progress.left / max(progress.rate, 1e-9) / 3600
            failed = f", {progress.failed} failed" * bool(progress.failed)
            print(
                f"{progress.finished} of {progress.total}{failed}, {progress.rate:.1f}/s, {hours:.1f} h left",
                flush=True,
            )

    return step
