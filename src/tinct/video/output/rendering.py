"""Segments of a film in colour: frames decoded again, given their chroma and encoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av

from tinct.video.analysis import BlockColours
from tinct.video.output.chroma import coloured_frame
from tinct.video.output.encoding import Encoding, last_packets
from tinct.video.plan import FilmPlan
from tinct.video.source.frames import as_yuv

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
            frame = as_yuv(next(source), clip.tags)
            ab = coloured.ab[number - block.start] if coloured.ab else None
            shown = coloured_frame(frame, ab, plan.encoding.format, clip.tags, block.shot.content)
            out.mux(stream.encode(shown))
            done += 1
            progress("colour", number + 1, total)
        out.mux(last_packets(stream, done))
    return done, _reordering(path) if done else 0


def _reordering(path: Path) -> int:
    """By how many frames a segment's packets are ahead of their place in the order of display."""
    with av.open(str(path)) as segment:
        times = [int(packet.pts or 0) for packet in segment.demux(video=0) if packet.size]
    place = {time: at for at, time in enumerate(sorted(times))}
    return max((at - place[time] for at, time in enumerate(times)), default=0)
