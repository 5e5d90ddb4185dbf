"""Stills of a film: upright pictures of single frames in square pixels, in grey, in their own colours, or coloured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tinct.color.decode import Decoding
from tinct.color.lab import linear_to_srgb
from tinct.video.analysis import Analysis
from tinct.video.output.chroma import coloured_frame
from tinct.video.source.bars import Content
from tinct.video.source.frames import as_yuv, decode_luma, frames_from, luma_plane
from tinct.video.source.pixel_formats import FrameFormat, source_depth
from tinct.video.source.probe import Clip
from tinct.video.source.transfer import to_linear

Pixels = NDArray[np.uint8]


def read_frame(clip: Clip, timestamps: Sequence[int], number: int) -> Any:
    """A frame by its number, with luma in a plane; timestamps: of all frames. VideoError if it cannot be read."""
    return as_yuv(next(frames_from(clip, timestamps, number, seek=True)), clip.tags)


def grey_still(clip: Clip, frame: Any, longest: int | None = None) -> Pixels:
    """The luma (h, w) of a frame as grey of sRGB; longest: side that it is reduced to. Highlights of HDR are white."""
    luma = decode_luma(luma_plane(frame), source_depth(frame.format.name), clip.tags)
    grey = linear_to_srgb(np.clip(to_linear(luma, clip.tags.transfer), 0, 1))
    return upright(clip, np.rint(255 * grey).astype(np.uint8), longest)


def own_still(clip: Clip, frame: Any, longest: int | None = None) -> Pixels:
    """A frame (h, w, 3) in sRGB with the colours that it has."""
    return upright(clip, _rgb(clip, frame), longest)


def coloured_still(
    clip: Clip, frame: Any, analysis: Analysis, decoding: Decoding, content: Content | None,
    longest: int | None = None,
) -> Pixels:  # fmt: skip
    """A frame (h, w, 3) in sRGB, coloured by itself; content: the picture inside its bars."""
    depth = source_depth(frame.format.name)
    analysis.choose_content(content)
    ab = decoding.apply(analysis.predict(analysis.luma(frame), depth))
    target = FrameFormat("yuv444p" if depth == 8 else f"yuv444p{depth}le", depth, 1, 1)
    return upright(clip, _rgb(clip, coloured_frame(frame, ab, target, clip.tags, content)), longest)


def upright(clip: Clip, pixels: Pixels, longest: int | None = None) -> Pixels:
    """Stored pixels as the film is shown: rotated, square, and no larger than a side."""
    width, height = clip.shown_size
    scale = 1.0 if longest is None else min(1.0, longest / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size != (pixels.shape[1], pixels.shape[0]):
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.ascontiguousarray(np.rot90(pixels, clip.rotation // 90 % 4))


def encoded(pixels: Pixels, suffix: str) -> bytes:
    """A file of a format of that suffix: .png, or .jpg."""
    shown = pixels[..., ::-1] if pixels.ndim == 3 else pixels
    return bytes(cv2.imencode(suffix, np.ascontiguousarray(shown), [cv2.IMWRITE_JPEG_QUALITY, 88])[1])


def _rgb(clip: Clip, frame: Any) -> Pixels:
    tags = clip.tags
    rgb = frame.reformat(format="rgb24", src_colorspace=tags.matrix, src_color_range=tags.range)
    return np.asarray(rgb.to_ndarray(), np.uint8)
