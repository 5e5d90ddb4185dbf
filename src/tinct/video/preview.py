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
from tinct.video.output.saving import save
from tinct.video.source.bars import bar_widths, find_content
from tinct.video.source.frames import as_yuv, luma_plane, read_frames
from tinct.video.source.pixel_formats import source_depth
from tinct.video.source.probe import Clip
from tinct.video.stills import coloured_still

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
    depth = source_depth(frame.format.name)
    content = find_content([bar_widths(luma_plane(frame), depth, clip.tags)], clip.height, clip.width)
    still = coloured_still(clip, frame, analysis, decoding, content)
    height = round(TILE_WIDTH * still.shape[0] / still.shape[1])
    return np.asarray(cv2.resize(still, (TILE_WIDTH, height), interpolation=cv2.INTER_AREA), np.uint8)
