"""The run over the photos of a plan: each is coloured, kept, skipped or copied, and reported at once."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from tinct.atomic import atomic_write
from tinct.cli import stopping
from tinct.cli.colorize.guided import Guided
from tinct.cli.colorize.outcome import COLOURED, COPIED, FAILED, KEPT, PLANNED, SKIPPED, Outcome
from tinct.cli.colorize.plan import Job, Plan
from tinct.cli.colorize.report import progress, show_photo_warnings
from tinct.errors import ModelError, OptionError, PhotoError, TinctError
from tinct.options import Options

COLOR_PHOTOS = ("skip", "recolor", "copy")
PLAIN = Guided()


@dataclass(frozen=True)
class Run:
    """How the photos of a plan are treated.

    existing: a policy of `tinct.existing.POLICIES`, by default update for several photos and refuse for one.
    color_photos: one of COLOR_PHOTOS, by default skip for those found in a folder and recolor for those named.
    """

    options: Options
    model: Path
    threads: int | None = None
    device: str = "auto"
    existing: str | None = None
    color_photos: str | None = None
    quiet: bool = False
    dry_run: bool = False
    guided: Guided = PLAIN

    @cached_property
    def colorizer(self) -> Any:
        """The colorizer, opened for the first photo that needs it."""
        from tinct.colorizer import Colorizer

        return Colorizer(self.model, threads=self.threads, device=self.device)

    @cached_property
    def facts(self) -> dict[str, str | int | float]:
        """What results of this run record of model and options."""
        from tinct.models.manifest import read_manifest
        from tinct.provenance import provenance_for

        return provenance_for(self.options, read_manifest(self.model, verify=False))


def run_plan(plan: Plan, run: Run) -> Iterator[Outcome]:
    """Do the jobs of a plan in turn and yield what became of each; a fault is said at once and stops no other."""
    yield from (Outcome(path, SKIPPED, reason=kind) for path, kind in plan.passed_over)
    with progress(len(plan.jobs), quiet=run.quiet) as (step, say):
        for job in plan.jobs:
            started = time.perf_counter()
            outcome = _outcome(job, run, plan.is_batch, say)
            if outcome.status == FAILED:
                say(f"tinct: {outcome.reason}")
            yield replace(outcome, seconds=time.perf_counter() - started)
            step()


def _outcome(job: Job, run: Run, is_batch: bool, say: Callable[[str], None]) -> Outcome:
    try:
        if job.target is None:
            raise OptionError(job.fault)
        with stopping.at_work():
            return _treat(job, job.target, run, is_batch, say)
    except ModelError:
        raise
    except (TinctError, OSError) as error:
        reason = str(error) if isinstance(error, TinctError) else _unwritable(job, error)
        return Outcome(job.source, FAILED, job.target, reason)
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        reason = f"{job.source}: a fault of tinct itself ({what}); please report it"
        return Outcome(job.source, FAILED, job.target, reason)


def _treat(job: Job, target: Path, run: Run, is_batch: bool, say: Callable[[str], None]) -> Outcome:
    from tinct.existing import is_kept

    if not run.guided.is_plain:
        return _guided(job, target, run, say)
    policy = run.existing or ("update" if is_batch else "refuse")
    if is_kept(job.source, target, run.facts, policy):
        return Outcome(job.source, KEPT, target)
    if (different := _color_photo(job, target, run, is_batch, say)) is not None:
        return different
    if run.dry_run:
        return Outcome(job.source, PLANNED, target)
    _make_folder(target)
    options = run.options
    if os.path.lexists(target):
        options = replace(options, overwrite=True)
    with show_photo_warnings((lambda _: None) if run.quiet else say):
        run.colorizer.colorize(job.source, options, target=target)
    return Outcome(job.source, COLOURED, target)


def _guided(job: Job, target: Path, run: Run, say: Callable[[str], None]) -> Outcome:
    """Colour a photo by hints or in variants; what is there already is a fault, unless it may be replaced."""
    if run.dry_run:
        return Outcome(job.source, PLANNED, target)
    _make_folder(target)
    options = replace(run.options, overwrite=run.existing == "overwrite")
    with show_photo_warnings((lambda _: None) if run.quiet else say):
        run.guided.colorize(run.colorizer, job.source, options, target)
    return Outcome(job.source, COLOURED, target)


def _color_photo(
    job: Job, target: Path, run: Run, is_batch: bool, say: Callable[[str], None]
) -> Outcome | None:
    """What becomes of a photo that is in colour already, or is a result of tinct; None if it is coloured."""
    from tinct.photo import is_color_photo, read_provenance

    if run.color_photos == "recolor":
        return None
    is_result = read_provenance(job.source) is not None
    if is_result and is_batch:
        return Outcome(job.source, SKIPPED, reason="results of tinct")
    if not is_result and not is_color_photo(job.source, max_megapixels=run.options.max_megapixels):
        return None
    if (run.color_photos or ("recolor" if job.named else "skip")) == "recolor":
        if not run.quiet:
            what = "is a result of tinct" if is_result else "is in colour already"
            say(f"tinct: {job.source}: {what}; its colours are replaced")
        return None
    if run.color_photos != "copy":
        return Outcome(job.source, SKIPPED, reason="in colour already")
    copy = target.with_name(job.source.name)
    if copy.exists():
        if _is_same_file(copy, job.source):
            raise PhotoError(f"{job.source}: would be copied onto itself; give a folder with -o")
        return Outcome(job.source, KEPT, copy)
    if not run.dry_run:
        _make_folder(copy)
        with atomic_write(copy, overwrite=False) as partial:
            shutil.copyfile(job.source, partial)
            shutil.copystat(job.source, partial)
    return Outcome(job.source, COPIED, copy)


def _is_same_file(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _make_folder(target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)


def _unwritable(job: Job, error: OSError) -> str:
    return f"{job.target}: cannot be written ({error.strerror}); choose a folder that you may write to"
