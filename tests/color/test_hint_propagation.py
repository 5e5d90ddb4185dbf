from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from tinct.color.geodesic import BARRIER_COST, Guide, geodesic_distance
from tinct.color.hint_propagation import (
    MAX_SAMPLES,
    _krige,
    propagate_hints,
)
from tinct.guidance.strokes import blocked_steps

seeds = st.integers(0, 2**32 - 1)
HEIGHT, WIDTH = 24, 36
ASKED = np.array([-10.0, -40.0], np.float32)


def brush(row: int, column: int, colour: np.ndarray = ASKED) -> np.ndarray:
    """Hints (3, h, w): one touch of 3 x 3 places about (row, column), as far as they lie inside."""
    hints = np.zeros((3, HEIGHT, WIDTH), np.float32)
    hints[:, max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2] = np.append(colour, 1)[:, None, None]
    return hints


def one_cell(row: int, column: int) -> np.ndarray:
    """Hints (3, h, w) at one place."""
    hints = np.zeros((3, HEIGHT, WIDTH), np.float32)
    hints[:, row, column] = np.append(ASKED, 1)
    return hints


def photo(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """ab and L of smooth shapes, drawn at random."""
    rng = np.random.default_rng(seed)
    ab, lightness = (
        gaussian_filter(rng.normal(0, 1, (n, HEIGHT, WIDTH)), (0, 3, 3)).astype(np.float32) for n in (2, 1)
    )
    return 150 * ab, 50 + 300 * lightness[0].clip(-0.15, 0.15)


def halves() -> tuple[np.ndarray, np.ndarray]:
    """No colour; L 35 left, 75 right."""
    lightness = np.full((HEIGHT, WIDTH), 35, np.float32)
    lightness[:, WIDTH // 2 :] = 75
    return np.zeros((2, HEIGHT, WIDTH), np.float32), lightness


def test_without_hints_not_a_bit_changes() -> None:
    ab, lightness = photo(0)
    np.testing.assert_array_equal(
        propagate_hints(ab, lightness, np.zeros((3, HEIGHT, WIDTH), np.float32)), ab
    )


@settings(max_examples=30, deadline=None)
@given(seeds, st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1))
def test_a_hint_is_met_at_its_places_at_the_border_too(seed: int, row: int, column: int) -> None:
    ab, lightness = photo(seed)
    hints = brush(row, column)
    result = propagate_hints(ab, lightness, hints)
    assert result.dtype == np.float32
    assert np.isfinite(result).all()
    np.testing.assert_array_equal(result[:, hints[2] > 0].T, np.broadcast_to(ASKED, (int(hints[2].sum()), 2)))


@pytest.mark.parametrize("place", [(12, 6), (0, 0), (23, 1), (12, 15)])
def test_a_thing_takes_the_colour_and_what_lies_beyond_its_edge_does_not(place: tuple[int, int]) -> None:
    ab, lightness = halves()
    result = propagate_hints(ab, lightness, brush(*place))
    way = np.einsum("chw,c->hw", result, ASKED) / (ASKED @ ASKED)
    assert way[:, : WIDTH // 2].min() > 0.9
    assert way[:, WIDTH // 2 :].max() < 0.1


def test_what_the_network_colours_otherwise_is_another_thing() -> None:
    ab, lightness = halves()
    lightness[:] = 50
    ab[:, :, WIDTH // 2 :] = np.array([40, 40])[:, None, None]
    result = propagate_hints(ab, lightness, brush(12, 6))
    assert np.abs(result[:, :, : WIDTH // 2] - ASKED[:, None, None]).max() < 8
    assert np.abs(result - ab)[:, :, WIDTH // 2 :].max() < 8


def test_far_from_a_hint_that_nobody_would_guess_little_changes() -> None:
    ab, lightness = photo(4)
    lightness[:, WIDTH // 2 :] += 40
    bold = propagate_hints(ab, lightness, brush(12, 3, np.array([90.0, -90.0])))
    assert np.abs(bold - ab)[:, :, WIDTH // 2 + 4 :].mean() < 0.5


def test_many_hints_of_one_cast_move_places_that_are_like_none_of_them() -> None:
    ab, lightness = photo(5)
    lightness[:, WIDTH // 2 :] += 200  # alike to nothing
    hints = np.zeros((3, HEIGHT, WIDTH), np.float32)
    for row, column in [(r, c) for r in (2, 9, 16, 22) for c in (2, 8, 14)]:
        hints[:2, row, column] = ab[:, row, column] + (6, -6)
        hints[2, row, column] = 1
    moved = (propagate_hints(ab, lightness, hints) - ab)[:, :, -8:].mean((1, 2))
    assert 2 < moved[0] < 6
    assert -6 < moved[1] < -2


def test_where_all_is_asked_for_all_comes_out() -> None:
    ab, lightness = photo(1)
    hints = np.concatenate([photo(2)[0], np.ones((1, HEIGHT, WIDTH), np.float32)])
    assert HEIGHT * WIDTH > MAX_SAMPLES
    np.testing.assert_array_equal(propagate_hints(ab, lightness, hints), hints[:2])


def test_the_same_hints_give_the_same_bits_and_a_mirrored_photo_the_mirrored_colours() -> None:
    ab, lightness = photo(3)
    hints = np.where(brush(4, 5)[2] > 0, brush(4, 5), brush(15, 30, np.array([20.0, 30.0])))
    before = ab.copy(), lightness.copy(), hints.copy()
    result = propagate_hints(ab, lightness, hints)
    np.testing.assert_array_equal(propagate_hints(ab, lightness, hints), result)
    for given_, kept in zip((ab, lightness, hints), before, strict=True):
        np.testing.assert_array_equal(given_, kept)
    mirrored = propagate_hints(ab[..., ::-1], lightness[:, ::-1], hints[..., ::-1])
    np.testing.assert_allclose(mirrored[..., ::-1], result, atol=0.5)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (2, 3)])
def test_the_smallest_grids_are_followed_too(size: tuple[int, int]) -> None:
    hints = np.zeros((3, *size), np.float32)
    hints[:, 0, 0] = 20, 10, 1
    result = propagate_hints(np.zeros((2, *size), np.float32), np.full(size, 50, np.float32), hints)
    np.testing.assert_array_equal(result[:, 0, 0], (20, 10))
    assert (result[0] > 1).all()
    assert (result[0] < 20.1).all()


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_the_geodesic_distance_is_dijkstras(seed: int) -> None:
    guide = np.concatenate([photo(seed)[1][None], photo(seed)[0]])[:, :12, :16] / 10
    start = np.zeros((12, 16, 1), bool)
    start[3, 4] = start[3, 5] = True
    number = np.arange(12 * 16).reshape(12, 16)
    pairs = [
        (number[1:], number[:-1], 1.0),
        (number[:, 1:], number[:, :-1], 1.0),
        (number[1:, 1:], number[:-1, :-1], 2**0.5),
        (number[1:, :-1], number[:-1, 1:], 2**0.5),
    ]
    one, other = (np.concatenate([pair[side].ravel() for pair in pairs]) for side in (0, 1))
    length = np.concatenate([np.full(pair[0].size, pair[2]) for pair in pairs])
    flat = guide.reshape(3, -1)
    cost = 0.1 * length + np.linalg.norm(flat[:, one] - flat[:, other], axis=0)
    expected = dijkstra(coo_array((cost, (one, other)), (192, 192)).tocsr(), False, [52, 53]).min(0)
    found = geodesic_distance(guide.astype(np.float32), 0.1, start).ravel()
    assert (found >= expected - 1e-3).all()
    assert found.mean() < 1.02 * expected.mean()


def test_a_thin_diagonal_strap_is_followed_to_its_end() -> None:
    _, lightness = halves()
    lightness[:] = 30
    along = np.arange(20)
    lightness[along + 2, along + 4] = 80
    result = propagate_hints(np.zeros((2, HEIGHT, WIDTH), np.float32), lightness, one_cell(2, 4))
    way = np.einsum("chw,c->hw", result, ASKED) / (ASKED @ ASKED)
    assert way[along + 2, along + 4].min() > 0.9
    assert way[lightness < 50].max() < 0.1


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_distances_that_were_kept_are_those_computed_anew(seed: int) -> None:
    ab, lightness = photo(seed)
    rng = np.random.default_rng(seed)
    starts = rng.random((HEIGHT, WIDTH, 6)) < 0.01
    starts[0, 0] = True
    blocked = rng.random((HEIGHT - 1, WIDTH)) < 0.1, rng.random((HEIGHT, WIDTH - 1)) < 0.1
    guide = Guide(ab, lightness)
    guide.distances(starts[..., :3])
    guide.distances(starts[..., 2:5], blocked)
    for steps in (None, blocked):
        np.testing.assert_array_equal(
            guide.distances(starts, steps), Guide(ab, lightness).distances(starts, steps)
        )


@pytest.mark.parametrize("slope", [0, 1, -1])
def test_no_path_slips_diagonally_through_a_barrier(slope: int) -> None:
    corners = np.array([[0.0, 12.3 - 18 * slope], [36.0, 12.3 + 18 * slope]])
    blocked = blocked_steps([corners], HEIGHT, WIDTH)
    start = np.zeros((HEIGHT, WIDTH, 1), bool)
    row, column = (23, 0) if slope >= 0 else (0, 0)
    start[row, column] = True
    distance = geodesic_distance(np.zeros((3, HEIGHT, WIDTH), np.float32), 0.1, start, blocked)[..., 0]
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    side = y > 12.3 + slope * (x - 18)
    assert (distance[side == side[row, column]] < 10).all()
    assert (distance[side != side[row, column]] >= BARRIER_COST).all()


def test_of_two_hints_that_see_a_place_alike_it_takes_the_mean() -> None:
    between = np.array([[1, 0.1], [0.1, 1]], np.float32)
    alike = np.array([[[0.9, 0.9], [1.0, 0.1], [0.003, 0.003]]], np.float32)
    rest = np.array([[10.0, 20.0], [0.0, 4.0]], np.float32)
    carried = _krige(alike, between, rest, np.full(2, 0.01, np.float32))
    np.testing.assert_allclose(carried[:, 0, 0], (15, 2), rtol=0.01)
    np.testing.assert_allclose(carried[:, 0, 1], (10, 0), atol=0.3)
    assert np.abs(carried[:, 0, 2]).max() < 2


def test_likeness_that_no_distance_could_have_gives_no_wild_colours() -> None:
    between = np.array([[1, 0.9, 0.9], [0.9, 1, 0.0], [0.9, 0.0, 1]], np.float32)
    assert np.linalg.eigvalsh(between)[0] < -0.2
    alike = np.random.default_rng(0).uniform(0, 1, (4, 4, 3)).astype(np.float32)
    carried = _krige(alike, between, np.full((2, 3), 10, np.float32), np.full(3, 0.01, np.float32))
    assert np.abs(carried).max() < 10.1


def test_many_touches_of_one_object_count_as_one_for_the_rest_of_the_photo() -> None:
    ab, lightness = halves()
    once, often = brush(12, 8), np.zeros((3, HEIGHT, WIDTH), np.float32)
    for row, column in [(r, c) for r in (2, 7, 12, 17, 21) for c in (2, 8, 14)]:
        often = np.maximum(often, np.abs(brush(row, column)))
    often[:2] = np.where(often[2] > 0, ASKED[:, None, None], 0)
    far = np.s_[:, :, -4:]
    one, many = (np.abs(propagate_hints(ab, lightness, hints)[far]).mean() for hints in (once, often))
    assert many < 3 * one


def test_a_stroke_outweighs_a_dot_beside_it() -> None:
    ab, lightness = np.zeros((2, HEIGHT, WIDTH), np.float32), np.full((HEIGHT, WIDTH), 50, np.float32)
    hints = brush(12, 12, np.array([40.0, 0.0]))
    hints[:, 12, 23] = -40, 0, 1
    assert propagate_hints(ab, lightness, hints)[0, 12, 18] > 12


def test_hints_twice_as_vivid_as_the_photo_make_the_rest_more_vivid() -> None:
    ab, lightness = photo(6)
    lightness[:, WIDTH // 2 :] += 200  # similar to nothing
    hints = np.zeros((3, HEIGHT, WIDTH), np.float32)
    for row, column in [(r, c) for r in range(1, 24, 3) for c in range(1, 18, 4)]:
        hints[:2, row, column] = 2 * ab[:, row, column]
        hints[2, row, column] = 1
    far = np.s_[:, :, -8:]
    before, after = ab[far], propagate_hints(ab, lightness, hints)[far]
    assert after.std((1, 2)).mean() > 1.15 * before.std((1, 2)).mean()
