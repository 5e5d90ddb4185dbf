"""The pipeline of a film: probe, scan, shots, steady colours, encoded segments, one file."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from tinct.atomic import atomic_write
from tinct.color.decode import Decoding
from tinct.errors import VideoError
from tinct.inference import decoding_for
from tinct.models.runtime import Network
from tinct.options import Options
from tinct.version import __version__
from tinct.video.analysis import Analysis
from tinct.video.direction.guides import CancelledError, Directed, Guides
from tinct.video.direction.shot_direction import ShotDirection
from tinct.video.output import mux
from tinct.video.output.lookahead import Lookahead
from tinct.video.output.rendering import Progress, encode_block, segment_suffix
from tinct.video.output.saving import existing, resumable
from tinct.video.output.segments import WorkFolder, plan_blocks
from tinct.video.plan import FilmOptions, FilmPlan
from tinct.video.scan import Records, scan
from tinct.video.shots import COMBED, GrowingShots, Shot, find_shots, with_contents
from tinct.video.source.frames import frames_from
from tinct.video.source.probe import Clip


@dataclass(frozen=True, slots=True)
class FilmResult:
    """A finished or stopped film: its path, frames coloured and in all, and remarks."""

    path: Path | None
    frames: int
    total: int
    complete: bool
    remarks: tuple[str, ...] = ()


def colour_film(
    plan: FilmPlan,
    network: Network,
    options: FilmOptions,
    settings: Options,
    progress: Progress = lambda *_: None,
    stopped: Callable[[], bool] = lambda: False,
) -> FilmResult:
    """Colour a film as planned, from where an earlier run of the same plan was interrupted.

    progress: called with what is done (scan, hints, colour, join), frames done and frames in all. stopped: asked
    between frames; once true, what is coloured so far is joined to NAME.partial.EXT. Raises VideoError.
    """
    if plan.target.exists() and not options.overwrite:
        raise existing(plan.target)
    with resumable(plan.target):
        return _colour(plan, network, options, settings, progress, stopped)


def _colour(
    plan: FilmPlan,
    network: Network,
    options: FilmOptions,
    settings: Options,
    progress: Progress,
    stopped: Callable[[], bool],
) -> FilmResult:
    clip = plan.clip
    decoding = decoding_for(settings, network.manifest)
    work = WorkFolder(work_folder(plan.target), _fingerprint(plan, network, options, decoding))
    window = _window(clip, options)
    records = _scan(clip, work, window, progress, stopped)
    if records is None:
        return FilmResult(None, 0, clip.frames, False)
    directed = _directed(clip, records, options)
    shots = [shot for shot, _ in directed]
    if all(shot.in_colour for shot in shots):
        work.remove()
        raise VideoError(
            f"{clip.path}: is in colour already; give --recolour to colour it from its luma alone"
        )
    timestamps = records["pts"].tolist()
    # What is decoded about damage depends on all that was decoded before.
    seek = not work.damaged
    guides = Guides(
        clip, network, timestamps, directed, work.path, work.add_remark,
        seek=seek, progress=progress, stopped=stopped,
    )  # fmt: skip
    guides.tell_of_absent_shots(options.project.directions if options.project else ())
    analysis = Analysis(
        clip, network, decoding, timestamps,
        every=options.every, steady=options.steady, seek=seek, guides=guides,
    )  # fmt: skip
    frames, segments, delay = _encode(plan, work, analysis, shots, timestamps, seek, progress, stopped)
    complete = frames == len(records)
    path = plan.target if complete else partial_path(plan.target)
    if not segments:
        return FilmResult(None, 0, len(records), False)
    durations = _durations(records)[:frames]
    whole = complete and window == (None, None)
    end = None if whole else (timestamps[frames - 1] + durations[-1]) * clip.time_base
    offset = Fraction(0) if window[0] is None else timestamps[0] * clip.time_base
    progress("join", frames, len(records))
    remarks = (*work.remarks, *_remarks(records, shots, work.damaged))
    with atomic_write(path, overwrite=options.overwrite or not complete) as hidden:
        mux.join(
            clip, segments, timestamps[:frames], durations, delay, hidden, mux.format_of(plan.target),
            plan.fates, _comment(network), offset=offset, end=end,
        )  # fmt: skip
    if complete:
        work.remove()
        partial_path(plan.target).unlink(missing_ok=True)
    return FilmResult(path, frames, len(records), complete, remarks)


def _encode(
    plan: FilmPlan,
    work: WorkFolder,
    analysis: Analysis,
    shots: Sequence[Shot],
    timestamps: Sequence[int],
    seek: bool,
    progress: Progress,
    stopped: Callable[[], bool],
) -> tuple[int, list[Path], int]:
    """Encode the segments that are missing: frames done in all, the segments, by how many frames they reorder."""
    blocks = plan_blocks(shots, float(plan.clip.rate))
    done, total, suffix = len(work.delays), len(timestamps), segment_suffix(plan.encoding)
    state = work.state(done - 1) if done else None
    frames, unfinished = blocks[done - 1].end if done else 0, []
    delay = 0
    progress("colour", frames, total)
    with suppress(CancelledError), Lookahead(analysis.blocks(blocks[done:], state)) as colours:
        source = frames_from(plan.clip, timestamps, frames, seek=seek) if frames < total else iter(())
        for number, coloured in enumerate(colours, done):
            written = work.path / "current.part"
            count, delay = encode_block(plan, coloured, source, written, suffix, progress, stopped, total)
            frames = coloured.block.start + count
            if frames < coloured.block.end:
                unfinished = [written] if count else []
                break
            work.finish_segment(number, written, suffix, delay, coloured.state)
    segments = [work.segment(number, suffix) for number in range(len(work.delays))] + unfinished
    return frames, segments, max([*work.delays, delay if unfinished else 0])


def work_folder(target: Path) -> Path:
    """The hidden folder beside a result that holds what is finished of it."""
    return target.parent / f".{target.name}.tinct"


def remove_work(target: Path) -> None:
    """Delete that folder."""
    shutil.rmtree(work_folder(target), ignore_errors=True)


def partial_path(target: Path) -> Path:
    """Path of what a stopped run leaves: playable, up to there."""
    return target.with_name(f"{target.stem}.partial{target.suffix}")


def _scan(
    clip: Clip,
    work: WorkFolder,
    window: tuple[int | None, int | None],
    progress: Progress,
    stopped: Callable[[], bool],
    seen: Callable[[Any], None] = lambda _: None,
) -> Records | None:
    """Records of all frames, from where an earlier run stopped; None if this one is stopped. seen: told of each."""
    known = work.records()
    for record in known:
        seen(record)
    if work.scanned:
        return known
    work.restart_scan(known)
    damaged: list[int] = []
    count = len(known)
    for record in scan(clip, known, window, damaged.append):
        work.add_record(record)
        seen(record)
        count += 1
        progress("scan", count, max(clip.frames, count))
        if stopped():
            work.flush_records()
            return None
    work.finish_scan(len(damaged))
    if not count:
        work.remove()
        raise VideoError(f"{clip.path}: there is no frame between these times; give others")
    return work.records()


def _window(clip: Clip, options: FilmOptions) -> tuple[int | None, int | None]:
    """Timestamps of the excerpt; None where it is not limited."""
    start, end = (
        None if seconds is None else round(Fraction(seconds) / clip.time_base) + clip.first
        for seconds in (options.start, options.end)
    )
    return start, end


def find_film_shots(
    clip: Clip,
    target: Path,
    progress: Progress = lambda *_: None,
    stopped: Callable[[], bool] = lambda: False,
    found: Callable[[Sequence[int], Sequence[Shot]], None] = lambda *_: None,
) -> tuple[list[int], list[Shot]]:
    """Timestamps of all frames of a clip, and its shots with their contents; nothing of either if stopped.

    An interrupted run is continued from the folder beside `target`. found: told of shots as soon as they are settled,
    with the timestamps of the frames so far; in the end a few may have other bounds.
    """
    growing, known = GrowingShots(float(clip.rate), clip.height, clip.width), []

    def seen(record: Any) -> None:
        known.append(int(record["pts"]))
        if settled := growing.add(record):
            found(known, settled)

    with resumable(target):
        work = WorkFolder(work_folder(target), _identity(clip) | {"purpose": "shots"})
        records = _scan(clip, work, (None, None), progress, stopped, seen)
    if records is None:
        return [], []
    shots = find_shots(records, float(clip.rate))
    return records["pts"].tolist(), with_contents(shots, records, clip.height, clip.width)


def _directed(clip: Clip, records: Records, options: FilmOptions) -> list[Directed]:
    """The shots of a film, each with what its project says of it."""
    if options.project is None:
        shots = find_shots(records, float(clip.rate))
        directions = [ShotDirection(0.0) for _ in shots]
    else:
        found = options.project.shots(records["pts"].tolist(), float(clip.time_base), clip.first)
        shots, directions = [shot for shot, _ in found], [direction for _, direction in found]
    if options.recolour:
        shots = [replace(shot, in_colour=False) for shot in shots]
    return list(zip(with_contents(shots, records, clip.height, clip.width), directions, strict=True))


def _durations(records: Records) -> list[int]:
    """Duration of each frame: the stored one of the last, the way to the next of the others."""
    times = records["pts"]
    gaps = np.diff(times).tolist()
    last = int(records["duration"][-1]) or (gaps[-1] if gaps else 1)
    return [*gaps, last]


def _fingerprint(
    plan: FilmPlan, network: Network, options: FilmOptions, decoding: Decoding
) -> dict[str, Any]:
    return _identity(plan.clip) | {
        "model": network.manifest.title,
        "encoding": str(asdict(plan.encoding)),
        "options": str({key: value for key, value in asdict(options).items() if key != "overwrite"}),
        "decoding": str(asdict(decoding)),
    }


def _identity(clip: Clip) -> dict[str, Any]:
    """What the records of a scan depend on."""
    stat = clip.path.stat()
    return {
        "tinct": __version__,
        "clip": [str(clip.path.resolve()), stat.st_size, stat.st_mtime_ns],
        "libraries": [av.__version__, cv2.__version__],
    }


def _comment(network: Network) -> str:
    return f"Colours by tinct {__version__} ({network.manifest.title}): plausible, not evidence"


def _remarks(records: Records, shots: Sequence[Shot], damaged: int) -> Iterator[str]:
    if damaged:
        yield f"{damaged} damaged packets could not be decoded; their frames are missing or damaged"
    boxed = sum(shot.end - shot.start for shot in shots if shot.content)
    if boxed:
        yield f"{boxed} frames have black bars, which stay neutral"
    colour = sum(shot.end - shot.start for shot in shots if shot.in_colour)
    if colour:
        yield f"{colour} frames were in colour already and keep their own"
    combed = int((records["comb"] > COMBED).sum())
    if combed and not records["interlaced"].any():
        yield f"{combed} frames show two fields of different times (telecine or interlacing); they are kept as they are"
