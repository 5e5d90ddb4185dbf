"""The sheet of a run: each photo before and after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from tinct.cli.colorize.outcome import COLOURED, KEPT, Outcome
from tinct.errors import OptionError

MOST = 60
_SUFFIXES = (".png", ".jpg", ".jpeg")


def check_sheet(target: Path | None, *, overwrite: bool) -> None:
    """OptionError for a sheet that is neither PNG nor JPEG, or would replace a file."""
    if target is None:
        return
    if target.suffix.lower() not in _SUFFIXES:
        raise OptionError(f"{target}: a sheet is a PNG or a JPEG; end its name in .png or .jpg")
    if target.exists() and not overwrite:
        raise OptionError(f"{target}: exists already; choose another name, or --overwrite")


def write_run_sheet(outcomes: Sequence[Outcome], target: Path, tell: Callable[[str], object]) -> None:
    """Draw the photos of a run that have a result, the first 60 at most, and tell where."""
    from tinct.photo import write_before_after

    pairs = [
        (each.source, each.result) for each in outcomes if each.status in (COLOURED, KEPT) and each.result
    ]
    if not pairs:
        tell(f"{target}: not drawn, as no photo has a result")
        return
    write_before_after(pairs[:MOST], target)
    more = f", the first of {len(pairs)}" if len(pairs) > MOST else ""
    count = min(len(pairs), MOST)
    tell(f"{target}: {count} photo{'s' * (count != 1)} before and after{more}")
