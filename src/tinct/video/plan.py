"""What will be done with a film: its encoding, the fate of each stream, and a report of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tinct.errors import OptionError
from tinct.video.output import mux
from tinct.video.output.encoding import Encoding, choose_encoding
from tinct.video.project import Project
from tinct.video.source.pixel_formats import has_alpha
from tinct.video.source.probe import Clip, probe
from tinct.video.source.transfer import HDR_TRANSFERS


@dataclass(frozen=True, slots=True)
class FilmOptions:
    """How a film is coloured and encoded.

    every: the network sees each so many-th frame, the others follow along the motion; steady: average along motion;
    recolour: also colour passages that are in colour; start, end: in seconds, of an excerpt. project: shots to
    keep to, in place of those that are found.
    """

    codec: str | None = None
    quality: int | None = None
    archive: bool = False
    every: int = 1
    steady: bool = True
    recolour: bool = False
    start: float | None = None
    end: float | None = None
    project: Project | None = None
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class FilmPlan:
    """What will be done with a clip, before any work: `report` says it in lines."""

    clip: Clip
    target: Path
    encoding: Encoding
    fates: tuple[mux.Fate, ...]
    report: tuple[str, ...] = field(default=())


def plan_film(source: Path, target: Path, options: FilmOptions) -> FilmPlan:
    """Probe a clip and decide what becomes of each stream.

    Raises VideoError for a clip that cannot be read, OptionError for a codec or container that cannot hold it.
    """
    clip = probe(source)
    if options.every < 1:
        raise OptionError(f"every is {options.every}; give 1 for each frame, 4 for every fourth")
    if options.start is not None and options.end is not None and options.start >= options.end:
        raise OptionError(f"the excerpt from {options.start} s to {options.end} s is empty; give other times")
    codec = "ffv1" if options.archive else options.codec
    if options.archive and options.codec not in (None, "ffv1"):
        raise OptionError("an archive is FFV1 in Matroska; leave --codec out")
    encoding = choose_encoding(clip, codec, options.quality, target.suffix.lower())
    mux.check_encoding(clip, encoding, target)
    fates = tuple(mux.stream_fates(clip, target))
    lost = mux.lost_metadata(clip, encoding, target)
    report = [*_report(clip, target, encoding, fates, lost)]
    if options.project is not None:
        report.append(f"  {options.project.summary}")
    return FilmPlan(clip, target, encoding, fates, tuple(report))


def _report(
    clip: Clip, target: Path, encoding: Encoding, fates: Sequence[mux.Fate], lost: Sequence[str]
) -> Iterator[str]:
    scanned = "interlaced" if clip.interlaced else "progressive"
    yield (
        f"{clip.path}: {clip.duration:.2f} s, {clip.frames} frames of {clip.width}x{clip.height}, {clip.codec}, "
        f"{clip.pixel_format}, {float(clip.rate):.6g} per second, {scanned}"
    )
    kind = target.suffix[1:].lower()
    luma = "kept" if encoding.format.shift >= 0 else f"rounded to {encoding.format.depth} bits"
    yield f"  picture: luma {luma}, colour added, {encoding.codec} {encoding.format.name} in {kind}"
    if has_alpha(clip.pixel_format):
        without = (
            f"left out, {encoding.codec} in {kind} has none; --archive, or --codec prores in mov, keeps it"
        )
        yield f"  alpha: {'kept' if encoding.alpha else without}"
    if clip.tags.transfer in HDR_TRANSFERS:
        name = HDR_TRANSFERS[clip.tags.transfer]
        yield f"  HDR ({name}): luma and tags are kept, light levels of the mastering display left out"
        yield "  colours are those of SDR at the same light; highlights beyond its white count as white for the network"
    if clip.tags.assumed:
        yield f"  colour tags missing, set by the size: {', '.join(clip.tags.assumed)}"
    for fate in fates:
        yield f"  {fate.words}"
    if clip.chapters:
        yield f"  {clip.chapters} chapters: copied"
    if lost:
        yield f"  metadata left out, {kind} cannot hold it: {', '.join(lost)}"
