"""A sheet of frames in colour, drawn in seconds, before a film is coloured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tinct.color.decode import Decoding
from tinct.models.runtime import Network
from tinct.video.analysis import Analysis
from tinct.video.output.chroma import coloured_frame
from tinct.video.output.saving import save
from tinct.video.source.bars import bar_widths, find_content
from tinct.video.source.frames import as_yuv, luma_plane, read_frames
from tinct.video.source.pixel_formats import FrameFormat, source_depth
from tinct.video.source.probe import Clip

COUNT, COLUMNS, TILE_WIDTH = 12, 4, 320


def write_preview(
    clip: Clip, network: Network, decoding: Decoding, path: Path, *, overwrite: bool = False
) -> None:
    """Draw frames from all over a film, each coloured by itself, as a PNG; VideoError if it cannot be written."""
    tiles = list(_tiles(clip, Analysis(clip, network, decoding, []), decoding))
    blank = np.zeros_like(tiles[0])
    tiles += [blank] * (-len(tiles) % COLUMNS)
    rows = [np.hstack(tiles[at : at + COLUMNS]) for at in range(0, len(tiles), COLUMNS)]
    _, data = cv2.imencode(".png", np.vstack(rows)[..., ::-1])
    save(path, data.tobytes(), overwrite=overwrite)


def _tiles(clip: Clip, analysis: Analysis, decoding: Decoding) -> Iterator[NDArray[np.uint8]]:
    step = clip.duration / clip.time_base / COUNT
    starts = [clip.first + round(step * (number + 0.5)) for number in range(COUNT)] if step >= 1 else [None]
    for start in starts:
        frame = next(read_frames(clip, start), None)
        if frame is not None:
            yield _tile(as_yuv(frame, clip.tags), clip, analysis, decoding)


def _tile(frame: Any, clip: Clip, analysis: Analysis, decoding: Decoding) -> NDArray[np.uint8]:
    luma, depth = luma_plane(frame), source_depth(frame.format.name)
    content = find_content([bar_widths(luma, depth, clip.tags)], clip.height, clip.width)
    analysis.choose_content(content)
    ab = decoding.apply(analysis.predict(analysis.luma(frame), depth))
    target = FrameFormat("yuv444p" if depth == 8 else f"yuv444p{depth}le", depth, 1, 1)
    shown = coloured_frame(frame, ab, target, clip.tags, content)
    rgb = shown.reformat(
        format="rgb24", src_colorspace=clip.tags.matrix, src_color_range=clip.tags.range
    ).to_ndarray()
    width = round(clip.width * clip.aspect)
    upright = np.rot90(cv2.resize(rgb, (width, clip.height)), analysis.sizes.turns)
    height = round(TILE_WIDTH * upright.shape[0] / upright.shape[1])
    tile = cv2.resize(np.ascontiguousarray(upright), (TILE_WIDTH, height), interpolation=cv2.INTER_AREA)
    return np.asarray(tile, np.uint8)
