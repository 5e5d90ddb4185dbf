from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import lab2rgb, rgb2lab
from skimage.measure import label

from tinct.color.lab import lab_to_srgb
from tinct.colorizer import Colorizer
from tinct.evaluation.evaluate import grey, model_colorizer, to_grey
from tinct.evaluation.hints import (
    HintMeasure,
    find_object,
    flood_fill,
    hint_response,
    hints_from_truth,
    improbable_colour,
    spot,
)
from tinct.session import Session

seeds = st.integers(0, 2**32 - 1)


def two_colours() -> np.ndarray:
    """sRGB (64, 96, 3): a red left third and a rest that is nearly grey and much lighter."""
    lab = np.full((64, 96, 3), (75.0, 2.0, 3.0))
    lab[:, :30] = (35, 50, 30)
    return np.asarray(np.rint(255 * lab2rgb(lab)), np.uint8)


def test_the_colour_that_was_asked_for_comes_out_and_a_thing_of_another_lightness_keeps_its_own(
    obedient: Path,
) -> None:
    lightness = np.full((64, 64, 3), 120, np.uint8)
    lightness[:, 32:] = 220
    session = Colorizer(obedient).open(lightness)
    coloured = session.with_hints([spot(session, 4, 4, np.array([10.0, -25]))]).array()
    expected = lab_to_srgb(np.array([rgb2lab(lightness)[0, 0, 0], 10, -25]))
    np.testing.assert_allclose(coloured[18, 18], 255 * expected, atol=2)
    np.testing.assert_allclose(coloured[50, 10], 255 * expected, atol=12)
    np.testing.assert_allclose(coloured[50, 55], 220, atol=5)


def test_true_hints_help_and_an_unlikely_one_is_obeyed(obedient: Path) -> None:
    truth = two_colours()
    lightness = to_grey(truth)
    measured = HintMeasure(Colorizer(obedient), np.random.default_rng(0))
    row = measured.photo(lightness, truth, model_colorizer(obedient)(lightness))
    summary = measured.total()
    # Not fewer with 50: so many touches cover nearly all of so small a photo, and lie over one another.
    assert row["ciede2000_hints_10"] < row["ciede2000_hints_1"]
    assert summary["ciede2000_reduction_hints_50"] > 0.4
    assert summary["hint_response_at_hint"] == pytest.approx(1, abs=0.15)
    assert summary["hint_response"] > 5 * abs(summary["hint_leakage"])


def test_a_network_that_does_not_listen_gains_nothing(
    obedient: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Session, "with_hints", lambda self, _hints: self)
    truth = two_colours()
    measured = HintMeasure(Colorizer(obedient), np.random.default_rng(0))
    measured.photo(to_grey(truth), truth, grey(to_grey(truth)))
    summary = measured.total()
    assert abs(summary["ciede2000_reduction_hints_50"]) < 0.01
    assert abs(summary["hint_response"]) < 0.01


def test_the_same_generator_asks_the_same(obedient: Path) -> None:
    truth = two_colours()
    rows = [
        HintMeasure(Colorizer(obedient), np.random.default_rng(5)).photo(
            to_grey(truth), truth, to_grey(truth)
        )
        for _ in range(2)
    ]
    assert rows[0] == rows[1]


@settings(max_examples=30, deadline=None)
@given(seeds, st.floats(0.3, 0.9))
def test_what_is_reached_is_scikit_images_component(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    free = rng.random((13, 17)) < share
    start = (int(rng.integers(13)), int(rng.integers(17)))
    parts = label(free, connectivity=1)
    expected = (parts == parts[start]) & free if free[start] else np.zeros_like(free)
    np.testing.assert_array_equal(flood_fill(free, start), expected)


def test_a_thing_is_what_has_one_colour_and_is_not_the_whole_photo() -> None:
    lab = np.full((20, 30, 3), (60.0, 0, 0))
    lab[5:15, 5:15] = (40, 30, 30)
    found = find_object(lab, np.array([0, 6 * 30 + 6]))
    assert found is not None
    place, thing = found
    assert place == 6 * 30 + 6
    assert thing.sum() == 100
    assert find_object(lab, np.array([0, 1])) is None


@settings(max_examples=30, deadline=None)
@given(st.floats(2, 98), st.floats(-80, 80), st.floats(-80, 80))
def test_an_unlikely_colour_is_opposite_and_can_be_shown(lightness: float, a: float, b: float) -> None:
    wanted = improbable_colour(np.array([lightness, a, b]))
    assert np.hypot(*wanted) <= 45 + 1e-9
    rgb = lab_to_srgb(np.array([lightness, *wanted]))
    assert rgb.min() > -0.01
    assert rgb.max() < 1.01
    if np.hypot(a, b) > 5.001:
        assert wanted @ [a, b] <= 1e-9


def test_true_hints_say_the_colours_of_their_places(obedient: Path) -> None:
    session = Colorizer(obedient).open(np.full((24, 32), 128, np.uint8))
    height, width = session.prediction.size
    lab = np.random.default_rng(0).normal(0, 20, (height, width, 3))
    first, second = hints_from_truth(session, lab, np.array([0, 2 * width + 3]))
    np.testing.assert_allclose(first.points[0], (0.5 / width, 0.5 / height))
    np.testing.assert_allclose(second.points[0], (3.5 / width, 2.5 / height))
    np.testing.assert_allclose(second.ab, lab[2, 3, 1:])
    assert second.radius == pytest.approx(1.5 / min(height, width))


def test_the_way_is_measured_toward_what_was_asked() -> None:
    before = np.zeros((1, 3, 2))
    after = np.array([[[10.0, 0], [5, 5], [0, 10]]])
    np.testing.assert_allclose(hint_response(before, after, np.array([10.0, 0])), [[1, 0.5, 0]])
