"""`tinct archive status | retry | verify | report | bag`: what an archive tells about itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tinct.cli import streams

if TYPE_CHECKING:
    from tinct.archive.sources.source import Source

Dest = Annotated[Path, typer.Argument(help="The destination of a run.", show_default=False)]
LedgerFolder = Annotated[
    Path | None, typer.Option("--ledger", help="Folder of the ledger, if it is not DEST/.tinct.")
]


def status(
    dest: Dest,
    failures: Annotated[bool, typer.Option("--failures", help="List failed files and why.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A line of JSON for every file.")] = False,
    ledger: LedgerFolder = None,
) -> None:
    """Show how far an archive is; a run may be at work on it."""
    from tinct.archive.reporting.reading import opened_ledgers, printable
    from tinct.archive.reporting.results import json_lines
    from tinct.cli.archive import summary

    with opened_ledgers(dest, ledger) as ledgers:
        if as_json:
            for line in json_lines(ledgers.rows()):
                streams.tell(line.rstrip("\n"))
            return
        streams.tell(summary(ledgers.counts()))
        for state in ("failed", "quarantined", "missing") if failures else ():
            for row in ledgers.rows(state):
                streams.tell(f"{state}: {printable(row.path)}: {printable(os.fsencode(row.error))}")


def retry(dest: Dest, ledger: LedgerFolder = None) -> None:
    """Make failed and quarantined photos pending, for the next run."""
    from contextlib import closing

    from tinct.archive.folder import ledgers_of
    from tinct.archive.ledger import Ledger
    from tinct.lock import locked

    number, source = 0, "SOURCE"
    for file in ledgers_of(dest, ledger):
        with locked(file, file.parent.parent), closing(Ledger(file)) as opened:
            number += opened.requeue("failed") + opened.requeue("quarantined")
            opened.commit()
            source = opened.facts().get("source", source)
    streams.tell(f"{number} photos are pending again; run tinct archive {source} {dest} to colour them")


def verify(
    dest: Dest,
    sources: Annotated[bool, typer.Option("--sources", help="Compare the originals as well.")] = False,
    ledger: LedgerFolder = None,
) -> None:
    """Compare every result with the sha256 in the ledger. Exit code 1 if one has changed or is missing."""
    from tinct.archive.folder import check_local
    from tinct.archive.reporting.reading import opened_ledgers
    from tinct.archive.reporting.verify import verify as compare
    from tinct.errors import OptionError

    check_local(dest)
    with opened_ledgers(dest, ledger) as ledgers, _counted("Comparing") as step:
        source = Path(ledgers.facts().get("source", "")) if sources else None
        if source is not None and not source.is_dir():
            raise OptionError(f"{source}: the source is no folder, or not there; leave out --sources")
        found = compare(ledgers, dest, source, step)
    for fault in found.faults:
        streams.complain(f"tinct: {fault}")
    for name in found.unknown:
        streams.tell(f"not from this archive: {name}")
    streams.tell(f"{found.compared} files compared, {len(found.faults)} not as in the ledger")
    if found.faults:
        raise typer.Exit(1)


def report(
    dest: Dest,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder of the report, else DEST/.tinct/report.")
    ] = None,
    photos: Annotated[int, typer.Option(min=0, help="Photos on contact sheets, spread evenly.")] = 192,
    ledger: LedgerFolder = None,
) -> None:
    """Write an HTML report with contact sheets, and results.csv and results.jsonl beside it."""
    from tinct.archive.folder import NAME, check_local
    from tinct.archive.reporting.reading import opened_ledgers
    from tinct.archive.reporting.report import write_report
    from tinct.photo import disable_cache

    check_local(dest)
    disable_cache()
    with opened_ledgers(dest, ledger) as ledgers, _counted("Drawing") as step:
        folder = output or dest / NAME / "report"
        source = _source_of(ledgers.facts().get("source", ""))
        first = write_report(ledgers, dest.absolute(), source, folder, photos=photos, step=step)
    streams.tell(f"{first}")


def bag(
    dest: Dest,
    folder: Annotated[
        Path, typer.Argument(metavar="BAG", help="The new folder of the bag.", show_default=False)
    ],
    link: Annotated[bool, typer.Option("--link", help="Hard links instead of copies.")] = False,
    ledger: LedgerFolder = None,
) -> None:
    """Write a bag (BagIt, RFC 8493) with every result as payload."""
    from tinct.archive.folder import check_apart, check_local
    from tinct.archive.reporting.bag import make_bag
    from tinct.archive.reporting.reading import opened_ledgers

    check_local(dest)
    check_apart(str(dest), str(folder))
    with opened_ledgers(dest, ledger) as ledgers, _counted("Bagging") as step:
        number = make_bag(ledgers, dest, folder, link=link, step=step)
    streams.tell(f"{folder}: a bag of {number} files")


def _source_of(name: str) -> Source | None:
    """The source of an archive, if it is still there."""
    from tinct.archive.sources.opening import open_source
    from tinct.errors import TinctError

    try:
        return open_source(name)
    except TinctError:
        return None


@contextmanager
def _counted(verb: str) -> Iterator[Callable[[int], None]]:
    """How to tell a number that grows: on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status(verb) as line:
        yield lambda number: line.update(f"{verb}: {number}")
