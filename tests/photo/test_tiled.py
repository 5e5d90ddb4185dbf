"""Pixels in tiles on disk: the same results, any rectangle at once, and nothing left behind."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest
import pyvips

from tinct import photo
from tinct.errors import PhotoError

KINDS = ("grey", "deep", "colour", "alpha", "float", "turned", "odd", "tiny")


def made(folder: Path, kind: str) -> Path:
    """A photo of 700 x 500, or of an odd size."""
    height, width = {"odd": (331, 517), "tiny": (5, 3)}.get(kind, (500, 700))
    y, x = np.mgrid[0:height, 0:width]
    grey = (40 + 160 * x / width + 40 * np.sin(y / 17) * np.cos(x / 23)).clip(0, 255)
    space, suffix = "b-w", ".png"
    if kind == "deep":
        pixels, space = (grey * 257).astype(np.uint16), "grey16"
    elif kind == "float":
        pixels, suffix = (grey / 255).astype(np.float32), ".tif"
    elif kind == "alpha":
        pixels = np.stack([grey, (y / 2) % 256], -1).astype(np.uint8)
    elif kind in ("colour", "turned"):
        pixels, space = np.stack([grey, grey * 0.9, grey * 0.6], -1).astype(np.uint8), "srgb"
        suffix = ".jpg"
    else:
        pixels = grey.astype(np.uint8)
    image = pyvips.Image.new_from_array(pixels).copy(interpretation=space)
    if kind == "turned":
        image.set_type(pyvips.GValue.gint_type, "orientation", 6)
    path = folder / f"{kind}{suffix}"
    image.write_to_file(str(path))
    return path


def coefficients(seed: int = 0) -> np.ndarray:
    """Soft colours, with some outside sRGB."""
    rng = np.random.default_rng(seed)
    small = rng.normal(0, 30, (4, 12, 16)).astype(np.float32)
    small[:2] /= 100
    return small


@pytest.mark.parametrize("kind", KINDS)
def test_results_are_the_same(tmp_path: Path, kind: str) -> None:
    opened = photo.read(made(tmp_path, kind))
    tiled = photo.tiled(opened, tmp_path)
    assert np.array_equal(tiled.thumbnail, opened.thumbnail)
    expected, found = (photo.to_array(photo.render(each, coefficients())) for each in (opened, tiled))
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("kind", KINDS)
def test_a_rectangle_has_the_pixels_of_the_whole(tmp_path: Path, kind: str) -> None:
    opened = photo.read(made(tmp_path, kind))
    whole = photo.to_array(photo.render(opened, coefficients()))
    height, width = whole.shape[:2]
    for source in (opened, photo.tiled(opened, tmp_path)):
        window = photo.window(source, coefficients())
        for left, top, across, down in (
            (0, 0, 1, 1),
            (255, 130, 77, 33),
            (3, 290, 256, 256),
            (0, 0, width, height),
        ):
            if left >= width or top >= height:
                continue
            across, down = min(across, width - left), min(down, height - top)
            part = window(left, top, across, down)
            assert np.array_equal(part, whole[top : top + down, left : left + across]), (left, top)


def test_a_large_grey_photo_is_coloured_alike_by_tiles(tmp_path: Path) -> None:
    """Large enough for colours to be interpolated in a grid, as those of a whole photo are."""
    y, x = np.mgrid[0:2500, 0:3100]
    grey = (128 + 90 * np.sin(y / 300) * np.cos(x / 200)).astype(np.uint8)
    opened = photo.read(grey)
    soft = coefficients() / 8
    whole = photo.to_array(photo.render(opened, soft))
    window = photo.window(photo.tiled(opened, tmp_path), soft)
    for left, top in ((0, 0), (1500, 1200), (3072, 2304), (5, 2499)):
        part = window(left, top, min(256, 3100 - left), min(256, 2500 - top))
        assert np.array_equal(part, whole[top : top + 256, left : left + 256])


def test_halves_are_averages(tmp_path: Path) -> None:
    opened = photo.tiled(photo.read(made(tmp_path, "grey")), tmp_path)
    assert [(each().width, each().height) for each in opened.halves] == [(350, 250), (175, 125)]
    full = opened.pixels().numpy().astype(float)
    means = full.reshape(250, 2, 350, 2).mean((1, 3))
    assert np.abs(opened.halves[0]().numpy() - means).max() <= 1


@pytest.mark.parametrize("size", [(350, 250), (351, 251), (175, 125), (100, 70), (700, 500), (20, 14)])
def test_other_sizes_come_from_the_nearest_half(tmp_path: Path, size: tuple[int, int]) -> None:
    opened = photo.read(made(tmp_path, "grey"))
    expected = photo.scaled(opened, *size).pixels().numpy().astype(float)
    small = photo.scaled(photo.tiled(opened, tmp_path), *size)
    assert (small.width, small.height) == size
    assert np.abs(small.pixels().numpy() - expected).mean() < 2


def test_the_file_goes_with_the_photo(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    tiled = photo.tiled(photo.read(made(tmp_path, "grey")), scratch)
    assert len(list(scratch.iterdir())) == 1
    window = photo.window(tiled, coefficients())
    del tiled
    gc.collect()
    assert window(0, 0, 10, 10).shape == (10, 10, 3)
    del window
    gc.collect()
    assert list(scratch.iterdir()) == []


def test_a_photo_that_ends_too_early_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    path = made(tmp_path, "colour")
    large = pyvips.Image.new_from_file(str(path)).resize(9)
    large.write_to_file(str(tmp_path / "large.png"))
    data = (tmp_path / "large.png").read_bytes()
    (tmp_path / "large.png").write_bytes(data[: len(data) // 2])
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with pytest.raises(PhotoError, match=r"large\.png"):
        photo.tiled(photo.read(tmp_path / "large.png"), scratch)
    gc.collect()
    assert list(scratch.iterdir()) == []


def test_writing_tells_its_progress_and_can_be_stopped(tmp_path: Path) -> None:
    opened = photo.read(made(tmp_path, "grey"))
    image = photo.render(photo.scaled(opened, 3000, 2000), coefficients())
    told: list[float] = []
    photo.write(opened, image, tmp_path / "whole.png", progress=lambda done: told.append(done) is None)
    assert told == sorted(told)
    assert 0.9 <= told[-1] <= 1
    with pytest.raises(PhotoError, match="stopped"):
        photo.write(opened, image, tmp_path / "stopped.png", progress=lambda _: False)
    assert not (tmp_path / "stopped.png").exists()
    assert not list(tmp_path.glob(".*"))
