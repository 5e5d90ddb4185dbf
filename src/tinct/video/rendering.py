"""Segments of a film in colour: frames decoded again, given their chroma and encoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np

from tinct.video.analysis import BlockColours
from tinct.video.chroma import frame_chroma
from tinct.video.encoding import Encoding
from tinct.video.frames import as_yuv, luma_plane, with_chroma, with_own_chroma
from tinct.video.plan import FilmPlan

Progress = Callable[[str, int, int], None]


# Formats of segments: MP4 holds no ProRes, and neither it nor MOV the alpha of VP9.
_FORMATS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}


def segment_suffix(encoding: Encoding) -> str:
    """Suffix of the segments of a film."""
    if encoding.codec == "prores":
        return ".mov"
    return ".mkv" if encoding.codec == "vp9" and encoding.alpha else ".mp4"


def encode_block(
    plan: FilmPlan, coloured: BlockColours, source: Iterator[Any], path: Path, suffix: str,
    progress: Progress, stopped: Callable[[], bool], total: int,
) -> tuple[int, int]:  # fmt: skip
    """Encode a block into a segment file; how many frames it got, and by how many the encoder reorders."""
    clip, block = plan.clip, coloured.block
    with av.open(str(path), "w", format=_FORMATS[suffix]) as out:
        stream = plan.encoding.add_stream(out, clip)
        done = 0
        for number in range(block.start, block.end):
            if stopped():
                break
            frame = next(source)
            ab = coloured.ab[number - block.start] if coloured.ab else None
            out.mux(stream.encode(_coloured(frame, ab, plan)))
            done += 1
            progress("colour", number + 1, total)
        out.mux(stream.encode())
    return done, _reordering(path) if done else 0


def _coloured(frame: Any, ab: Any, plan: FilmPlan) -> Any:
    frame = as_yuv(frame, plan.clip.tags)
    target, tags = plan.encoding.format, plan.clip.tags
    if ab is None:
        return with_own_chroma(frame, target)
    luma = luma_plane(frame)
    if not frame.interlaced_frame or target.down == 1:
        return with_chroma(frame, target, frame_chroma(luma, ab, target, tags), tags)
    # Rows of chroma belong to the two fields in turn, as those of luma do.
    fields = [frame_chroma(np.ascontiguousarray(luma[parity::2]), ab, target, tags) for parity in (0, 1)]
    rows = -(-frame.height // target.down)
    chroma = np.empty((2, rows, fields[0].shape[2]), np.float32)
    for parity, each in enumerate(fields):
        count = len(range(parity, rows, 2))
        chroma[:, parity::2] = each[:, :count]
    return with_chroma(frame, target, chroma, tags)


def _reordering(path: Path) -> int:
    """By how many frames a segment's packets are ahead of their place in the order of display."""
    with av.open(str(path)) as segment:
        times = [int(packet.pts or 0) for packet in segment.demux(video=0) if packet.size]
    place = {time: at for at, time in enumerate(sorted(times))}
    return max((at - place[time] for at, time in enumerate(times)), default=0)
