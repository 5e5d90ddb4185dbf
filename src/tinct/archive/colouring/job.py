"""A photo to colour and what came of it, as records that travel between processes."""

from __future__ import annotations

from dataclasses import dataclass

from tinct.guidance.recipe import Recipe
from tinct.options import Options

DONE, FAILED, CHANGED, VANISHED, QUARANTINED = "done", "failed", "changed", "vanished", "quarantined"
# The answer that identical content is being coloured on another machine.
ELSEWHERE = "elsewhere"

# What makes results identical: sha256 of the source, digest of the settings, suffix of the result.
Content = tuple[str, str, bytes]


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a source: path relative to it, with / between the parts; size in bytes; mtime in nanoseconds.

    sidecar: the path of its XMP sidecar. reason: why it is not coloured. fault: why it cannot be read.
    """

    path: bytes
    size: int
    mtime_ns: int
    sidecar: bytes | None = None
    reason: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Copy:
    """A finished result of identical content, and its sha256, for a photo that need not be coloured again."""

    target: bytes
    sha256: str
    uncertainty: float | None


@dataclass(frozen=True, slots=True)
class Job:
    """A photo to colour: its row in the ledger, its paths, its options and what is known of it.

    target: path of the result in the destination. recipe: of its roll. digest: of model, options and recipe. replace:
    whether an earlier result of tinct may be replaced. asked: whether a result of identical content has been looked
    for; copy: the one found.
    """

    id: int
    path: bytes
    target: bytes
    options: Options
    digest: str
    size: int
    mtime_ns: int
    sidecar: bytes | None = None
    caption: str = ""
    replace: bool = False
    copy: Copy | None = None
    asked: bool = False
    recipe: Recipe | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job. state: done, failed, changed (while being read), vanished or quarantined.

    transient: an input or output error, which another attempt may not meet. stop: why the whole run cannot go on
    (a full disk, a destination that disappeared), in which case the photo stays pending. how: coloured, adopted or
    copied. seconds: of work on it.
    """

    job: Job
    state: str
    error: str = ""
    source_sha256: str | None = None
    result_sha256: str | None = None
    result_size: int = 0
    seconds: float = 0.0
    uncertainty: float | None = None
    how: str = ""
    transient: bool = False
    stop: str = ""
    warnings: tuple[str, ...] = ()
