"""Which photos are meant, and where each result goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tinct.errors import OptionError
from tinct.options import Options


@dataclass(frozen=True, slots=True)
class Job:
    """One photo and the path of its result; without a target, `fault` says why there is none."""

    source: Path
    target: Path | None
    fault: str = ""


def plan(sources: list[str], to: Path | None, options: Options) -> list[Job]:
    """The jobs for photos and folders, in the order given; folders are walked, results keep their subfolders.

    to: a file for a single photo (it ends in a suffix and is no folder), else a folder, made where it is
    missing; None puts each result beside its photo. Raises OptionError when a file is to take several photos.
    """
    one_file = to is not None and bool(to.suffix) and not to.is_dir()
    if one_file and (len(sources) > 1 or Path(sources[0]).is_dir()):
        raise OptionError(f"{to}: one file cannot take several photos; give a folder to -o")
    if one_file:
        return _distinct(iter([Job(Path(sources[0]), to)]))
    return _distinct(job for source in sources for job in _jobs(Path(source), to, options))


def _jobs(source: Path, folder: Path | None, options: Options) -> Iterator[Job]:
    from tinct.colorizer import result_path
    from tinct.photo import find_photos

    if not source.is_dir():
        yield Job(source, result_path(source, options, folder))
        return
    found = find_photos(source)
    if not found:
        yield Job(
            source, None, f"{source}: there is no photo in this folder; give one with JPEG, PNG, TIFF ..."
        )
    for photo in found:
        inside = folder / photo.parent.relative_to(source) if folder else None
        yield Job(photo, result_path(photo, options, inside))


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
        elif target is not None and target.exists() and job.source.exists() and target.samefile(job.source):
            kept.append(
                Job(
                    job.source, None, f"{job.source}: the result would replace the photo; choose another name"
                )
            )
        else:
            kept.append(job)
            taken |= {target} if target else set()
    return kept
