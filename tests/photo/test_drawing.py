"""Sheets show what is in the numbers: black to white, or blue to orange about zero."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tinct.errors import PhotoError
from tinct.photo.drawing import picture, save_sheet, sheet


def test_numbers_from_least_to_most_go_from_black_to_white() -> None:
    assert picture(np.array([[2.0, 3.0, 4.0]])).numpy()[0, :, 0].tolist() == [0, 128, 255]


def test_signed_numbers_are_white_at_zero_orange_above_and_blue_below() -> None:
    below, zero, above = picture(np.array([[-1.0, 0.0, 1.0]])).numpy()[0].astype(int)
    assert zero.tolist() == [255, 255, 255]
    assert above[0] > above[2]
    assert below[2] > below[0]
    assert picture(np.array([[0.0, 1.0]]), signed=True).numpy()[0, 1].tolist() == above.tolist()


def test_constant_and_empty_tiles_are_drawn_too() -> None:
    for tile in (np.zeros((4, 4)), np.ones((4, 4)), np.full((1, 1), -3.0)):
        assert sheet([("flat", tile)]).width > 0
    assert picture(np.zeros((2, 2))).numpy().max() == 0


def test_small_tiles_are_enlarged_without_smoothing_and_stand_in_rows() -> None:
    tile = np.array([[0.0, 1.0], [1.0, 0.0]])
    four = sheet([("", tile)] * 4, columns=2, side=64)
    assert four.bands == 3
    assert (four.width, four.height) == (2 * 66 + 3 * 8, 2 * 66 + 3 * 8)
    values = np.unique(four.numpy()[9 : 9 + 64, 9 : 9 + 64])
    assert values.tolist() == [0, 255]


def test_pixels_in_colour_are_shown_as_they_are() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (5, 7, 3)).astype(np.uint8)
    assert np.array_equal(picture(pixels).numpy(), pixels)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="no-folder"):
        save_sheet(sheet([("", np.eye(2))]), tmp_path / "no-folder" / "a.png")
