"""U and V of a colour at a given luma, against scikit-image and swscale."""

from __future__ import annotations

import av
import numpy as np
import pytest
from skimage.color import rgb2lab

from tests.video.clips import texture
from tinct.video.output.chroma import chroma_at, frame_chroma, limit_to_rgb
from tinct.video.source.pixel_formats import FrameFormat
from tinct.video.source.probe import ColourTags

BT709 = ColourTags(1, 1, 1, 1)
BT601 = ColourTags(2, 5, 5, 6)


@pytest.mark.parametrize("tags", [BT709, BT601])
def test_a_pixel_shows_the_colour_that_was_asked_for(tags: ColourTags) -> None:
    y, x = np.mgrid[0:16, 0:16]
    luma = (0.35 + 0.3 * y / 15).astype(np.float32)
    ab = np.stack([14 * np.cos(x / 2.5), 14 * np.sin(x / 2.5)]).astype(np.float32)
    u, v = chroma_at(luma, ab, tags)
    frame = av.VideoFrame(16, 16, "yuv444p16le")
    limits = (0, 65535) if tags.range == 2 else (16 << 8, 219 << 8)
    span = 65535 if tags.range == 2 else 224 << 8
    for plane, values in zip(
        frame.planes, (luma * limits[1] + limits[0], u * span + 32768, v * span + 32768), strict=True
    ):
        np.frombuffer(plane, np.uint16).reshape(16, -1)[:, :16] = np.rint(values)
    frame.color_range, frame.colorspace = tags.range, tags.matrix
    rgb = frame.reformat(
        format="rgb48le", src_colorspace=tags.matrix, src_color_range=tags.range
    ).to_ndarray()
    shown = np.moveaxis(rgb2lab(rgb / 65535.0)[..., 1:], -1, 0)
    assert np.abs(shown - ab).max() < 0.7


def test_no_colour_leaves_rgb() -> None:
    rng = np.random.default_rng(0)
    luma = rng.random((40, 40)).astype(np.float32)
    chroma = rng.uniform(-0.5, 0.5, (2, 40, 40)).astype(np.float32)
    u, v = limit_to_rgb(luma, chroma, BT709)
    red, blue = luma + 1.5748 * v, luma + 1.8556 * u
    green = (luma - 0.2126 * red - 0.0722 * blue) / 0.7152
    rgb = np.stack([red, green, blue])
    assert rgb.min() > -1e-3
    assert rgb.max() < 1 + 1e-3
    assert np.allclose(u * chroma[1], v * chroma[0], atol=1e-5)


def test_chroma_has_the_size_of_its_format_and_is_0_for_grey() -> None:
    luma = texture(1, 97, 131)
    for target, shape in (
        (FrameFormat("yuv420p", 8, 2, 2), (49, 66)),
        (FrameFormat("yuv422p", 8, 2, 1), (97, 66)),
        (FrameFormat("yuv444p", 8, 1, 1), (97, 131)),
    ):
        found = frame_chroma(luma, np.zeros((2, 24, 32), np.float32), target, BT709)
        assert found.shape == (2, *shape)
        assert np.abs(found).max() < 1e-4
