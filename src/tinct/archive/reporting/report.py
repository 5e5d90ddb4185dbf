"""A static HTML report of an archive: numbers, contact sheets before and after, failures, slowest, most uncertain."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape
from itertools import islice
from pathlib import Path

from tinct.archive.colouring.job import DONE
from tinct.archive.ledger import FAILED, IGNORED, MISSING, QUARANTINED, SKIPPED, Row
from tinct.archive.reporting.page import figures, in_bytes, page, table
from tinct.archive.reporting.reading import Ledgers, printable
from tinct.archive.reporting.results import write_csv, write_json_lines
from tinct.archive.sources.source import Source
from tinct.atomic import atomic_write_text
from tinct.errors import TinctError
from tinct.photo import thumbnail_jpeg

PER_SHEET = 48
PER_LIST = 500
TOP = 24
SHOWN = 6
_SIDE = 320
_STATES = {
    "done": "coloured",
    "pending": "still to be coloured",
    "failed": "failed",
    "quarantined": "quarantined",
    "skipped": "skipped, as the table says",
    "ignored": "not photos",
    "missing": "missing",
}
_CAUSES = {
    FAILED: "Failed: the run goes on without them; <code>tinct archive retry</code> tries them again.",
    QUARANTINED: "Quarantined: a worker died on each of them three times.",
    SKIPPED: "Skipped, as the table of the run says.",
    IGNORED: "Not photos: left where they are.",
    MISSING: "Missing: they were in the source at an earlier run, and were not coloured.",
}


@dataclass(slots=True)
class _Report:
    ledgers: Ledgers
    dest: Path
    source: Source | None
    folder: Path
    step: Callable[[int], None]
    drawn: dict[int, str]


def write_report(
    ledgers: Ledgers,
    dest: Path,
    source: Source | None,
    folder: Path,
    *,
    photos: int = 192,
    step: Callable[[int], None] = lambda _: None,
) -> Path:
    """Write the report into a folder, over an earlier one, and return the path of its first page.

    source: where the originals are; None shows results alone. photos: on contact sheets, spread evenly over the
    archive. step: told the number of photos drawn. Raises TinctError if the folder holds anything else.
    """
    first = folder / "index.html"
    if folder.exists() and any(folder.iterdir()) and not (folder / "results.csv").exists():
        raise TinctError(f"{folder}: holds something else than a report; choose another folder")
    (folder / "thumbnails").mkdir(parents=True, exist_ok=True)
    report = _Report(ledgers, dest, source, folder, step, {})
    write_csv(ledgers.rows(), folder / "results.csv")
    write_json_lines(ledgers.rows(), folder / "results.jsonl")
    sheets = _sheets(report, photos)
    lists = {state: _failures(report, state) for state in _CAUSES}
    slowest = _top(report, "slowest", "Slowest photos", lambda row: f"{row.seconds:.1f} s")
    uncertain = _top(
        report, "uncertain", "Most uncertain photos", lambda row: f"uncertainty {row.uncertainty or 0:.2f}"
    )
    atomic_write_text(first, _index(report, sheets, lists, slowest, uncertain))
    return first


def _index(
    report: _Report, sheets: list[str], lists: dict[str, list[str]], slowest: str, uncertain: str
) -> str:
    counts, totals = report.ledgers.counts(), _totals(report.ledgers)
    source = printable(os.fsencode(report.ledgers.facts().get("source", "")))
    files = [
        (_STATES[state], _linked(f"{number:,}", lists.get(state)))
        for state, number in counts.items()
        if number
    ]
    work = [
        ("originals coloured", in_bytes(totals.size)),
        ("results", in_bytes(totals.result_size)),
        ("first photo", _day(totals.first)),
        ("last photo", _day(totals.last)),
        ("mean time of a photo", f"{totals.seconds:.2f} s"),
        ("mean uncertainty, 0 to 1", f"{totals.uncertainty:.2f}"),
        ("model", escape(", ".join(report.ledgers.models()))),
    ]
    links = [f'<a href="{name}">contact sheet {number}</a>' for number, name in enumerate(sheets, 1)]
    links += [f'<a href="{slowest}">slowest photos</a>', f'<a href="{uncertain}">most uncertain photos</a>']
    links += [
        '<a href="results.csv">results.csv</a>',
        '<a href="results.jsonl">results.jsonl</a>: every file',
    ]
    every = max(1, counts[DONE] // SHOWN)
    shown = "".join(
        _pair(report, row, f"{row.seconds:.1f} s")
        for row in islice(report.ledgers.rows(DONE), 0, every * SHOWN, every)
    )
    body = f"""<p>Photographs of <b>{escape(source)}</b>, coloured into <b>{escape(str(report.dest))}</b>. Colours are
plausible, not evidence; the metadata of every result say so.</p>
<div class="facts">{figures(files)}{figures(work)}</div>
<div class="sheet">{shown}</div>
<h2>Pages</h2>
<ul>{"".join(f"<li>{link}</li>" for link in links)}</ul>"""
    return page(f"Colour for {escape(Path(source).name) or 'an archive'}", body, overview="")


def _linked(text: str, names: list[str] | None) -> str:
    return f'<a href="{names[0]}">{text}</a>' if names else text


def _day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds)) if seconds else "none yet"


@dataclass(slots=True)
class _Totals:
    """Bytes of originals and results, mean seconds and uncertainty, times of the first and the last."""

    size: int = 0
    result_size: int = 0
    seconds: float = 0.0
    uncertainty: float = 0.0
    first: float = 0.0
    last: float = 0.0


def _totals(ledgers: Ledgers) -> _Totals:
    found, number, known = _Totals(), 0, 0
    for row in ledgers.rows(DONE):
        number += 1
        found.size += row.size
        found.result_size += row.result_size
        found.seconds += row.seconds
        if row.finished is not None:
            found.first = min(found.first or row.finished, row.finished)
            found.last = max(found.last, row.finished)
        if row.uncertainty is not None:
            found.uncertainty, known = found.uncertainty + row.uncertainty, known + 1
    found.seconds /= max(number, 1)
    found.uncertainty /= max(known, 1)
    return found


def _sheets(report: _Report, photos: int) -> list[str]:
    """Write contact sheets and return their names."""
    done = report.ledgers.counts()[DONE]
    every = max(1, -(-done // photos)) if photos else 0
    chosen = list(islice(report.ledgers.rows(DONE), 0, None, every)) if every else []
    names = [f"sheet-{number:03}.html" for number in range(1, -(-len(chosen) // PER_SHEET) + 1)]
    for number, name in enumerate(names):
        rows = chosen[number * PER_SHEET : (number + 1) * PER_SHEET]
        about = f"{len(chosen)} of {done} photos" if every > 1 else f"{done} photos"
        pairs = "".join(_pair(report, row, f"{row.seconds:.1f} s") for row in rows)
        body = f'<p>{about}. Left: the original; right: the result.</p><div class="sheet">{pairs}</div>'
        atomic_write_text(report.folder / name, page(f"Contact sheet {number + 1}", body, names, number))
    return names


def _failures(report: _Report, state: str) -> list[str]:
    """Write the pages of files in a state, with causes, and return their names."""
    number = -(-report.ledgers.counts()[state] // PER_LIST)
    names = [f"{state}-{each:03}.html" for each in range(1, number + 1)]
    rows = report.ledgers.rows(state)
    for place, name in enumerate(names):
        cells = [(escape(printable(row.path)), escape(_cause(row))) for row in islice(rows, PER_LIST)]
        body = f"<p>{_CAUSES[state]}</p>{table(('file', 'cause'), cells)}"
        atomic_write_text(report.folder / name, page(state.capitalize(), body, names, place))
    return names


def _cause(row: Row) -> str:
    """The error without the file's name, which stands beside it."""
    error = printable(os.fsencode(row.error))
    return error.partition(f"{printable(row.path)}: ")[2] or error


def _top(report: _Report, order: str, title: str, caption: Callable[[Row], str]) -> str:
    rows: Iterable[Row] = report.ledgers.top(DONE, order, TOP)
    body = "".join(_pair(report, row, caption(row)) for row in rows)
    atomic_write_text(report.folder / f"{order}.html", page(title, f'<div class="sheet">{body}</div>'))
    return f"{order}.html"


def _pair(report: _Report, row: Row, caption: str) -> str:
    """The pictures of a photo before and after."""
    if row.id not in report.drawn:
        number = len(report.drawn)
        report.drawn[row.id] = (
            f"{_picture(report, row, number, 'before')}{_picture(report, row, number, 'after')}"
        )
        report.step(len(report.drawn))
    name = escape(printable(row.path))
    return f'<figure><div class="pair">{report.drawn[row.id]}</div><figcaption>{name}, {caption}</figcaption></figure>'


def _picture(report: _Report, row: Row, number: int, which: str) -> str:
    name = f"thumbnails/{number:06}-{which}.jpg"
    try:
        if which == "after":
            data = thumbnail_jpeg(report.dest / os.fsdecode(row.target), _SIDE)
        elif report.source is None:
            return ""
        else:
            with (
                tempfile.TemporaryDirectory() as scratch,
                report.source.local(row.path, Path(scratch)) as file,
            ):
                data = thumbnail_jpeg(file, _SIDE)
    except (TinctError, OSError):
        return f'<span class="none">no picture {which}</span>'
    (report.folder / name).write_bytes(data)
    return f'<img loading="lazy" alt="{which}" src="{name}">'
