"""The run over the photos of a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tinct.cli import stopping
from tinct.cli.colorize.guided import Guided
from tinct.cli.colorize.plan import Job
from tinct.cli.colorize.report import progress, show_photo_warnings
from tinct.errors import ModelError, OptionError, TinctError
from tinct.options import Options

PLAIN = Guided()


def run_jobs(
    jobs: list[Job], options: Options, model: Path, threads: int | None, device: str, guided: Guided = PLAIN
) -> int:
    """Do the jobs in turn; a fault is said at once and stops no other. Returns the number of faults."""
    failed = 0
    colorizer: Any = None
    with progress(len(jobs)) as (step, say):
        for job in jobs:
            try:
                if job.target is None:
                    raise OptionError(job.fault)
                if colorizer is None:
                    from tinct.colorizer import Colorizer

                    colorizer = Colorizer(model, threads=threads, device=device)
                job.target.parent.mkdir(parents=True, exist_ok=True)
                with stopping.at_work(), show_photo_warnings(say):
                    if guided.is_plain:
                        colorizer.colorize(job.source, options, target=job.target)
                    else:
                        guided.colorize(colorizer, job.source, options, job.target)
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


def _unwritable(job: Job, error: OSError) -> str:
    return f"{job.target}: cannot be written ({error.strerror}); choose a folder that you may write to"
