"""Which photos are meant, and where each result goes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tinct.errors import OptionError
from tinct.options import Options

if TYPE_CHECKING:
    from tinct.photo import Listing


@dataclass(frozen=True, slots=True)
class Job:
    """One photo and the path of its result; without a target, `fault` says why there is none.

    named: it was given by its name, not found in a folder.
    """

    source: Path
    target: Path | None
    fault: str = ""
    named: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """The jobs of a run, and what is passed over: one sentence for each kind, and each path with its kind.

    is_batch: several photos or a folder were given.
    """

    jobs: list[Job]
    notes: list[str]
    passed_over: list[tuple[Path, str]]
    is_batch: bool


def plan(sources: list[str], to: str | None, options: Options) -> Plan:
    """The jobs for photos and folders, in the order given; folders are walked, results keep their subfolders.

    to: a file for a single photo (it ends in a suffix and is no folder), else a folder, made where it is missing; a
    closing slash says folder, and so do several photos. None puts each result beside its photo. Raises OptionError
    when a file is to take several photos, or is of a format that the result cannot have.
    """
    if to == "":
        raise OptionError("-o is empty; give it a file or a folder")
    folder = to is None or to.endswith(_SLASHES) or Path(to).name in ("", "..") or os.path.isdir(to)
    is_batch = len(sources) > 1 or os.path.isdir(sources[0])
    one_file = to is not None and not folder and bool(Path(to).suffix)
    if one_file and to is not None and is_batch and (_names_photo(to) or os.path.exists(to)):
        raise OptionError(f"{to}: one file cannot take several photos; end it in / for a folder")
    if one_file and to is not None and not is_batch:
        from tinct.targets import check_target

        check_target(to, options)
        return Plan(_distinct(iter([_job(sources[0], Path(to))])), [], [], is_batch)
    notes: list[str] = []
    passed_over: list[tuple[Path, str]] = []
    place = None if to is None else Path(to)
    jobs = _distinct(job for source in sources for job in _jobs(source, place, options, notes, passed_over))
    return Plan(jobs, notes, passed_over, is_batch)


_SLASHES = ("/", os.sep, "/.", f"{os.sep}.")
_MOST_NAMES = 5


def _job(source: str, target: Path) -> Job:
    if not source:
        return Job(Path(), None, "an empty name is no photo; check the variable that it comes from")
    return Job(Path(source), target)


def _names_photo(path: str) -> bool:
    from tinct.photo import FORMATS

    suffix = Path(path).suffix.lower()
    return suffix == ".ora" or any(suffix in kind.suffixes for kind in FORMATS.values())


def _jobs(
    name: str,
    folder: Path | None,
    options: Options,
    notes: list[str],
    passed_over: list[tuple[Path, str]],
) -> Iterator[Job]:
    from tinct.photo import list_photos
    from tinct.targets import result_path

    if not name or not os.path.isdir(name):
        yield _job(name, result_path(name or "photo", options, folder))
        return
    source = Path(name)
    found = list_photos(source)
    notes += _notes(source, found)
    passed_over += [(path, path.suffix[1:].lower()) for path in found.passed_over]
    passed_over += [(path, "link to nowhere") for path in found.dead_links]
    passed_over += [(path, "link to a folder") for path in found.folder_links]
    for path, reason in found.unreadable:
        yield Job(path, None, f"{path}: this folder cannot be read ({reason}); check its permissions")
    if not found.photos and not found.unreadable:
        yield Job(
            source, None, f"{source}: there is no photo in this folder; give one with JPEG, PNG, TIFF ..."
        )
    for photo in found.photos:
        inside = folder / photo.parent.relative_to(source) if folder else None
        yield Job(photo, result_path(photo, options, inside), named=False)


def _notes(folder: Path, found: Listing) -> Iterator[str]:
    """What a folder holds that is passed over."""
    kinds = (
        (found.passed_over, "of a kind that tinct does not read"),
        (found.dead_links, "a link to nowhere"),
        (found.folder_links, "a link to a folder"),
    )
    for paths, reason in kinds:
        if paths:
            names = ", ".join(str(path.relative_to(folder)) for path in paths[:_MOST_NAMES])
            more = f" and {len(paths) - _MOST_NAMES} more" if len(paths) > _MOST_NAMES else ""
            yield f"{folder}: passed over {names}{more}, {reason}"


def _distinct(jobs: Iterator[Job]) -> list[Job]:
    """The jobs, with a fault in place of any that would overwrite its own photo or the result of another."""
    kept: list[Job] = []
    taken: set[Path] = set()
    for job in jobs:
        target = job.target.absolute() if job.target else None
        if target in taken:
            kept.append(
                Job(
                    job.source,
                    None,
                    f"{job.source}: {target} is the result of another photo; use two folders",
                )
            )
        elif target is not None and _is_same(target, job.source):
            kept.append(
                Job(
                    job.source, None, f"{job.source}: the result would replace the photo; choose another name"
                )
            )
        else:
            kept.append(job)
            taken |= {target} if target else set()
    return kept


def _is_same(target: Path, source: Path) -> bool:
    try:
        return os.path.samefile(target, source)
    except (OSError, ValueError):  # one of them is not there, or cannot be reached
        return False
