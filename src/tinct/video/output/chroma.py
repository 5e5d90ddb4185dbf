"""U and V of a frame from ab at a small size, along edges of the frame's own luma."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tinct.color import lab
from tinct.photo.picture.guided_upsampling import coefficients
from tinct.video.source.bars import Content
from tinct.video.source.frames import (
    Plane,
    decode_luma,
    luma_plane,
    luma_weights,
    with_chroma,
    with_own_chroma,
)
from tinct.video.source.pixel_formats import FrameFormat
from tinct.video.source.probe import ColourTags
from tinct.video.source.transfer import from_linear, to_linear

Float32Array = NDArray[np.float32]

# The guided filter of photos is tuned to L and ab in 0..100; these bring luma and chroma to that size.
_LUMA_SCALE, _CHROMA_SCALE = 100.0, 256.0
_BT2020 = 9
# Linear light, primaries of BT.709 to those of BT.2020 (ITU-R BT.2087).
_TO_BT2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])


def coloured_frame(
    frame: Any, ab: Float32Array | None, target: FrameFormat, tags: ColourTags, content: Content | None
) -> Any:
    """A frame by `as_yuv` in format `target`, with its luma and the chroma of ab; None: with its own chroma.

    ab: (2, r, c) in Lab units of the content inside black bars, or of the whole frame; bars are neutral.
    """
    if ab is None:
        return with_own_chroma(frame, target)
    luma = luma_plane(frame)
    if content is None:
        return with_chroma(frame, target, _field_chroma(luma, ab, target, tags, frame.interlaced_frame), tags)
    size = -(-frame.height // target.down), -(-frame.width // target.across)
    chroma = np.zeros((2, *size), np.float32)
    inside = content.part(chroma, target.across, target.down)
    inside[:] = _field_chroma(content.part(luma), ab, target, tags, frame.interlaced_frame)
    return with_chroma(frame, target, chroma, tags)


def frame_chroma(luma: Plane, ab: Float32Array, target: FrameFormat, tags: ColourTags) -> Float32Array:
    """U and V (2, h, w), -0.5..0.5, at the chroma size of `target`, for luma samples (H, W) as stored.

    ab: (2, r, c) in Lab units at any smaller size. Where RGB cannot show a colour at the given luma its chroma is
    reduced at constant hue.
    """
    rows, columns = ab.shape[1:]
    depth = target.depth - target.shift
    height, width = -(-luma.shape[0] // target.down), -(-luma.shape[1] // target.across)
    small = decode_luma(cv2.resize(luma, (columns, rows), interpolation=cv2.INTER_AREA), depth, tags)
    large = decode_luma(cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA), depth, tags)
    chroma = chroma_at(small, ab, tags)
    lines = coefficients(small * np.float32(_LUMA_SCALE), chroma * np.float32(_CHROMA_SCALE))
    lines[:2] *= _LUMA_SCALE / _CHROMA_SCALE
    lines[2:] /= _CHROMA_SCALE
    enlarged = [cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR) for plane in lines]
    result = np.stack([enlarged[0] * large + enlarged[2], enlarged[1] * large + enlarged[3]])
    return limit_to_rgb(large, result, tags)


def chroma_at(luma: Float32Array, ab: Float32Array, tags: ColourTags) -> Float32Array:
    """U and V (2, h, w), -0.5..0.5, that give ab (2, h, w) at luma Y' (h, w), 0..1.

    L is not that of the grey pixel of this luma: a colour has another luminance than the grey of its luma, so L is
    found by iteration.
    """
    red, blue = luma_weights(tags)
    weights = np.array([red, 1 - red - blue, blue])
    guess = luma.astype(np.float64)
    for _ in range(3):
        lightness = lab.luminance_to_lightness(to_linear(np.clip(guess, 0, 1), tags.transfer))
        linear = lab.lab_to_linear(np.stack([lightness, *ab.astype(np.float64)], -1))
        if tags.primaries == _BT2020:
            linear = linear @ _TO_BT2020.T
        rgb = np.clip(from_linear(linear, tags.transfer), 0, 1)
        found = rgb @ weights
        guess = guess + luma - found
    chroma = [(rgb[..., 2] - found) / (2 * (1 - blue)), (rgb[..., 0] - found) / (2 * (1 - red))]
    return limit_to_rgb(luma, np.stack(chroma).astype(np.float32), tags)


def limit_to_rgb(luma: Float32Array, chroma: Float32Array, tags: ColourTags) -> Float32Array:
    """U and V (2, h, w) scaled to 0 where needed, so that R, G and B stay in 0..1 at luma Y' (h, w)."""
    red, blue = luma_weights(tags)
    green = 1 - red - blue
    u, v = chroma
    differences = (
        v * np.float32(2 * (1 - red)),
        u * np.float32(2 * (1 - blue)),
        u * np.float32(-2 * blue * (1 - blue) / green) + v * np.float32(-2 * red * (1 - red) / green),
    )
    room_above, room_below = 1 - luma, luma
    above = np.maximum(np.maximum(differences[0], differences[1]), differences[2])
    below = -np.minimum(np.minimum(differences[0], differences[1]), differences[2])
    small = np.float32(1e-6)
    gain = np.minimum(room_above / np.maximum(above, small), room_below / np.maximum(below, small))
    return np.asarray(chroma * np.minimum(gain, np.float32(1)), np.float32)


def _field_chroma(
    luma: Plane, ab: Float32Array, target: FrameFormat, tags: ColourTags, interlaced: bool
) -> Float32Array:
    """`frame_chroma`, of each field by itself where there are two."""
    if not interlaced or target.down == 1:
        return frame_chroma(luma, ab, target, tags)
    # Rows of chroma belong to the two fields in turn, as those of luma do.
    fields = [frame_chroma(np.ascontiguousarray(luma[parity::2]), ab, target, tags) for parity in (0, 1)]
    rows = -(-len(luma) // target.down)
    chroma = np.empty((2, rows, fields[0].shape[2]), np.float32)
    for parity, each in enumerate(fields):
        chroma[:, parity::2] = each[:, : len(range(parity, rows, 2))]
    return chroma
