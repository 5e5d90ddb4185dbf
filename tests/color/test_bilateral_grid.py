"""Colours interpolated in a bilateral grid are those that are computed pixel by pixel."""

import numpy as np
import pytest

from tinct.color.bilateral_grid import BilateralGrid, Interpolator
from tinct.color.difference import ciede2000
from tinct.color.gamut import reduce_chroma
from tinct.color.lab import grey_to_lightness, srgb_to_lab

SRGB = grey_to_lightness(np.arange(256) / 255)
CODES = np.tile(np.arange(256, dtype=np.uint8), (2, 1))


def colored(
    coefficients: np.ndarray, lightness: np.ndarray, *, row: float, column: float
) -> tuple[np.ndarray, np.ndarray]:
    """sRGB (256, 3) of all codes at a place between nodes, and their exact Lab."""
    grid = BilateralGrid(coefficients.astype(np.float32), lightness.astype(np.float32))
    top, left = int(row), int(column)
    height, width = coefficients.shape[1:]
    kept = Interpolator(width, np.full(256, left), np.full(256, column - left, np.float32), CODES.size)
    kept.set_row(grid.node_row(top), grid.node_row(top + 1), row - top)
    pixels = np.empty((2, 256, 3), np.uint8)
    kept.color_codes(CODES, slice(0, 256), pixels)
    np.testing.assert_array_equal(pixels[0], pixels[1])
    down, right = min(top + 1, height - 1), min(left + 1, width - 1)
    upper, lower = (
        coefficients[:, line, left] * (left + 1 - column) + coefficients[:, line, right] * (column - left)
        for line in (top, down)
    )
    slope_a, slope_b, a, b = upper * (top + 1 - row) + lower * (row - top)
    exact = np.stack([lightness, slope_a * lightness + a, slope_b * lightness + b], axis=-1)
    return pixels[0], reduce_chroma(exact)


def gentle() -> np.ndarray:
    """Coefficients (4, 3, 4) of colours that differ by about 4 from node to node."""
    down, across = np.mgrid[:3, :4]
    a, b = 6 + 4 * across - 2 * down, 12 - 3 * across + 4 * down
    return np.stack([np.full((3, 4), 0.05), np.full((3, 4), -0.03), a, b])


@pytest.mark.parametrize(("row", "column"), [(0, 0), (1, 2), (0.5, 1.5), (1.75, 0.25), (2, 3)])
@pytest.mark.parametrize("gamma", [None, 1.0, 1.8])
def test_colours_between_nodes_are_the_exact_ones(row: float, column: float, gamma: float | None) -> None:
    lightness = SRGB if gamma is None else np.linspace(0, 100, 256) ** gamma * 100 ** (1 - gamma)
    pixels, exact = colored(gentle(), lightness, row=row, column=column)
    seen = srgb_to_lab(pixels / 255)
    light = lightness > 10  # below, rounding to 8 bits alone makes differences of 5
    difference = ciede2000(seen, exact)[light]
    assert difference.mean() < 0.4
    assert difference.max() < 1.5
    change = np.abs(seen[:, 0] - lightness)
    assert change.mean() < 0.15
    assert change.max() < 0.6


def test_no_colour_leaves_every_grey_code_as_it_is() -> None:
    pixels, _ = colored(np.zeros((4, 3, 4)), SRGB, row=0.4, column=1.6)
    np.testing.assert_array_equal(pixels, np.repeat(np.arange(256)[:, None], 3, axis=1))


def test_cells_are_curved_where_interpolation_would_change_colours() -> None:
    coefficients = gentle()
    assert not BilateralGrid(coefficients.astype(np.float32), SRGB.astype(np.float32)).curved_cells().any()
    coefficients[2, :, 2:] += 50
    curved = BilateralGrid(coefficients.astype(np.float32), SRGB.astype(np.float32)).curved_cells()
    assert curved[:, 1].all()
    assert not curved[:, [0, 3]].any()


def test_a_grid_of_one_node_has_one_colour_for_each_code() -> None:
    pixels, exact = colored(np.array([0, 0, 8, 10.0]).reshape(4, 1, 1), SRGB, row=0, column=0)
    difference = ciede2000(srgb_to_lab(pixels / 255), exact)[SRGB > 10]
    assert difference.mean() < 0.4
