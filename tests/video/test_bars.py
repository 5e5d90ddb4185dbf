"""Black bars stay neutral and out of sight of the network; dark pictures are no bars."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.video.clips import Grey, chroma_of, luma_of, pan, write_clip
from tinct.video.film import FilmResult
from tinct.video.source.bars import Content, bar_widths, find_content
from tinct.video.source.probe import ColourTags

Colour = Callable[..., FilmResult]
LIMITED = ColourTags(1, 1, 1, 1)


def boxed(frames: list[Grey], top: int = 0, left: int = 0, noise: int = 0) -> list[Grey]:
    """The frames inside black bars, in which there is noise."""
    rng = np.random.default_rng(0)
    result = []
    for frame in frames:
        whole = 16 + rng.integers(0, noise + 1, (frame.shape[0] + 2 * top, frame.shape[1] + 2 * left))
        whole[top : top + frame.shape[0], left : left + frame.shape[1]] = frame
        result.append(whole.astype(np.uint8))
    return result


@pytest.mark.parametrize(("top", "left"), [(16, 0), (0, 32), (16, 16)])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p"])
def test_bars_are_neutral_and_the_picture_is_coloured_as_without_them(
    top: int, left: int, pixel_format: str, tmp_path: Path, colour: Colour
) -> None:
    frames = pan(1, 12)
    bare = write_clip(tmp_path / "bare.mkv", frames, pixel_format=pixel_format)
    source = write_clip(tmp_path / "in.mkv", boxed(frames, top, left, noise=6), pixel_format=pixel_format)
    colour(bare, tmp_path / "bare-out.mkv", archive=True)
    result = colour(source, tmp_path / "out.mkv", archive=True)
    assert any("12 frames have black bars" in remark for remark in result.remarks)
    assert luma_of(tmp_path / "out.mkv") == luma_of(source)
    half = 2 if pixel_format == "yuv420p" else 1
    chroma = chroma_of(tmp_path / "out.mkv")
    inside = chroma[:, :, top // half : (top + 96) // half, left // half : (left + 128) // half].copy()
    assert np.array_equal(inside, chroma_of(tmp_path / "bare-out.mkv"))
    chroma[:, :, top // half : (top + 96) // half, left // half : (left + 128) // half] = 0
    assert np.abs(chroma).max() == 0


def test_bars_change_from_shot_to_shot(tmp_path: Path, colour: Colour) -> None:
    frames = boxed(pan(1, 15), left=16) + pan(2, 15, 96, 160)
    colour(write_clip(tmp_path / "in.mkv", frames), tmp_path / "out.mkv", archive=True)
    strength = np.abs(chroma_of(tmp_path / "out.mkv")[..., :8]).max((1, 2, 3))
    assert strength[:15].max() == 0
    assert strength[15:].min() > 3


def test_dark_pictures_are_no_bars() -> None:
    night = np.full((96, 128), 18, np.uint8)
    lamp = night.copy()
    lamp[20:60, 10:50] = 120
    widths = [bar_widths(frame, 8, LIMITED) for frame in (night, lamp)]
    assert find_content(widths, 96, 128) is None
    assert find_content(widths[:1], 96, 128) is None
    assert find_content([], 96, 128) is None


def test_a_fade_does_not_widen_the_bars_and_the_edges_lie_between_samples() -> None:
    frames = boxed(pan(3, 5), top=18)
    faded = [np.maximum(16, frame // 3).astype(np.uint8) for frame in frames]
    widths = [bar_widths(frame, 8, LIMITED) for frame in [*faded, *frames]]
    assert find_content(widths, 132, 128) == Content(16, 116, 0, 128)
    deep = [bar_widths(frame.astype(np.uint16) << 2, 10, LIMITED) for frame in frames]
    assert find_content(deep, 132, 128) == Content(16, 116, 0, 128)
