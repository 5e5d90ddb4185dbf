"""Colouring one photo of an archive: hash, adopt or colour, publish. It returns an outcome and never raises."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tinct.archive.colouring.destination import SETTINGS_KEY, SOURCE_KEY, Destination, is_full, note_of
from tinct.archive.colouring.job import CHANGED, DONE, FAILED, VANISHED, Copy, Job, Outcome
from tinct.archive.colouring.sidecar import publish_sidecars
from tinct.digest import sha256_of
from tinct.errors import PhotoError, PhotoWarning, TinctError, short_reason

# Faults of a disk or a network, which may be gone at the next attempt.
_TRANSIENT = (errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EAGAIN, errno.ENETUNREACH, errno.EHOSTDOWN)

AskForCopy = Callable[[str], Copy | None]


@dataclass(frozen=True, slots=True)
class Place:
    """Source and destination of an archive, and a local folder for unfinished files."""

    source: Any
    destination: Destination
    parts: Path


class Deferred(Exception):  # noqa: N818 (a signal, not an error)
    """Identical content is being coloured elsewhere; the photo comes again when that is done."""


def colour(job: Job, place: Place, colorizer: Callable[[], Any], ask: AskForCopy) -> Outcome:
    """What came of a job. ask: given the sha256 of the source, a result of the same content if there is one.

    colorizer: returns the open `Colorizer`. Raises only `Deferred`, which `ask` may raise.
    """
    started = time.monotonic()
    name = os.fsdecode(job.path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", PhotoWarning)
        try:
            outcome = _colour(job, place, colorizer, ask)
        except Deferred:
            raise
        except FileNotFoundError:
            outcome = _absent(job, place)
        except OSError as error:
            outcome = _io_error(
                job, place, error, f"{name}: cannot be read or written ({short_reason(error)})"
            )
        except TinctError as error:
            outcome = _io_error(job, place, error, short_reason(error, 500))
        except MemoryError:
            outcome = Outcome(job, FAILED, f"{name}: there is not enough memory for it")
        except Exception as error:
            what = f"{type(error).__name__}: {short_reason(error)}"
            outcome = Outcome(job, FAILED, f"{name}: a fault of tinct itself ({what}); please report it")
    sentences = [str(each.message) for each in caught if issubclass(each.category, PhotoWarning)]
    # Fetched and extracted files are spoken of by their paths in the source.
    own = re.compile(re.escape(f"{place.parts}{os.sep}") + r"(fetched|extracted)-[0-9a-f]{16}(\.\w+)?")
    sentence, *warned = (own.sub(lambda _: name, text) for text in (outcome.error, *sentences))
    return replace(outcome, error=sentence, seconds=time.monotonic() - started, warnings=tuple(warned))


def _colour(job: Job, place: Place, colorizer: Callable[[], Any], ask: AskForCopy) -> Outcome:
    before = place.source.stat(job.path)
    job = replace(job, size=before[0], mtime_ns=before[1])
    with place.source.local(job.path, place.parts) as source:
        content = sha256_of(source)
        found = Outcome(job, DONE, source_sha256=content)
        suffix = os.fsdecode(os.path.splitext(job.target)[1])
        part = place.parts / f"part-{secrets.token_hex(8)}{suffix}"
        try:
            if place.destination.exists(job.target):
                adopted = _adopt(found, place)
                if adopted is not None:
                    publish_sidecars(job, place)
                    return adopted
            copied = _copy(found, place, part, ask(content))
            if copied is None:
                # The name is left out: a copy of the result serves photos of other names.
                facts = {SOURCE_KEY: content, SETTINGS_KEY: job.digest, "source": None}
                uncertainty = colorizer().colorize_file(
                    source, part, job.options, provenance=facts, recipe=job.recipe
                )
                if place.source.stat(job.path) != before:
                    return Outcome(job, CHANGED, f"{os.fsdecode(job.path)}: changed while it was read")
                result = sha256_of(part)
                copied = replace(found, result_sha256=result, how="coloured", uncertainty=uncertainty)
            copied = replace(copied, result_size=part.stat().st_size)
            place.destination.publish(part, job.target, replace=job.replace)
        except FileExistsError:
            raise PhotoError(_taken(job)) from None
        finally:
            part.unlink(missing_ok=True)
    publish_sidecars(job, place)
    return copied


def _adopt(found: Outcome, place: Place) -> Outcome | None:
    """The outcome for a result that is there already and matches; None if it is to be replaced."""
    job = found.job
    with place.destination.local(job.target, place.parts) as there:
        note = note_of(there)
        if note is not None and (note.source, note.settings) == (found.source_sha256, job.digest):
            size = there.stat().st_size
            return replace(found, result_sha256=sha256_of(there), result_size=size, how="adopted")
    if note is None:
        raise PhotoError(_taken(job))
    if not job.replace:
        what = "of other options" if note.source == found.source_sha256 else "of another state of the photo"
        raise PhotoError(
            f"{os.fsdecode(job.target)}: the result there is {what}; run again with --update to replace it"
        )
    return None


def _copy(found: Outcome, place: Place, part: Path, copy: Copy | None) -> Outcome | None:
    """The outcome for a copy of a finished result; None if there is none, or it is not what it was."""
    if copy is None:
        return None
    try:
        with place.destination.local(copy.target, place.parts) as there:
            shutil.copyfile(there, part)
    except FileNotFoundError:
        return None
    if sha256_of(part) != copy.sha256:
        part.unlink()
        return None
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    return replace(found, result_sha256=copy.sha256, how="copied", uncertainty=copy.uncertainty)


def _taken(job: Job) -> str:
    return (
        f"{os.fsdecode(job.target)}: the destination has a file of this name that is no result of this photo "
        "(perhaps of one whose name differs only in case); move it away and run tinct archive retry"
    )


def _absent(job: Job, place: Place) -> Outcome:
    name = os.fsdecode(job.path)
    if not place.destination.is_there():
        return Outcome(job, VANISHED, stop="the destination has disappeared")
    if not place.source.is_there():
        return Outcome(job, VANISHED, stop="the source has disappeared")
    return Outcome(job, VANISHED, f"{name}: has disappeared from the source")


def _io_error(job: Job, place: Place, error: BaseException, sentence: str) -> Outcome:
    """The outcome for an error: of this photo, or of the whole run if nothing can be written or read any more."""
    if not place.destination.is_there():
        return Outcome(job, FAILED, sentence, stop="the destination has disappeared")
    if is_full(error):
        return Outcome(job, FAILED, sentence, stop="the destination is full")
    if not place.source.is_there():
        return Outcome(job, FAILED, sentence, stop="the source has disappeared")
    try:
        changed = place.source.stat(job.path) != (job.size, job.mtime_ns)
    except FileNotFoundError:
        return Outcome(job, VANISHED, f"{os.fsdecode(job.path)}: has disappeared from the source")
    except OSError:
        changed = False
    if changed:
        return Outcome(job, CHANGED, f"{os.fsdecode(job.path)}: changed while it was read")
    return Outcome(job, FAILED, sentence, transient=_is_transient(error))


def _is_transient(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in _TRANSIENT:
            return True
        seen = seen.__cause__ or seen.__context__
    return False
