"""Variants and suggestions: distinct, likely first, the same again for the same seed."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from tinct.colorizer import Colorizer
from tinct.errors import OptionError
from tinct.guidance.hints import Hint


@pytest.fixture(scope="module")
def colorizer() -> Colorizer:
    return Colorizer()


@pytest.fixture(scope="module")
def scene() -> np.ndarray:
    """A grey photo (120, 160) with a few shapes."""
    y, x = np.mgrid[0:120, 0:160]
    grey = 90 + 60 * np.sin(x / 25) * np.cos(y / 30)
    grey[(y - 60) ** 2 + (x - 50) ** 2 < 900] = 200
    return grey.astype(np.uint8)


def test_variants_are_distinct_and_the_first_is_the_automatic_one(
    colorizer: Colorizer, scene: np.ndarray
) -> None:
    session = colorizer.open(scene)
    arrays = [each.array() for each in session.variants(4)]
    np.testing.assert_array_equal(arrays[0], session.array())
    for one, other in combinations(arrays, 2):
        assert deltaE_ciede2000(rgb2lab(one), rgb2lab(other)).mean() > 1


def test_the_same_seed_gives_the_same_variants_and_another_others(
    colorizer: Colorizer, scene: np.ndarray
) -> None:
    first, again, other = (colorizer.open(scene, seed=seed).variants(2)[1].array() for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_hints_are_obeyed_in_a_variant_too(colorizer: Colorizer, scene: np.ndarray) -> None:
    variant = colorizer.open(scene).variants(2)[1].with_hints([Hint(((0.1, 0.1),), "12,-8")])
    np.testing.assert_allclose(rgb2lab(variant.array())[12, 16, 1:], (12, -8), atol=2)


@pytest.mark.parametrize("count", [0, 101])
def test_too_few_or_many_variants_are_refused(colorizer: Colorizer, scene: np.ndarray, count: int) -> None:
    with pytest.raises(OptionError, match="variants"):
        colorizer.open(scene).variants(count)


def test_suggestions_are_apart_likely_first_and_neutral_last(colorizer: Colorizer, scene: np.ndarray) -> None:
    found = colorizer.open(scene).suggest(0.3, 0.5)
    assert 2 <= len(found) <= 9
    level = rgb2lab(np.repeat(scene[60, 48], 3)[None, None])[0, 0, 0]
    labs = [np.array([level, *each.ab]) for each in found]
    coloured = labs[:-1]
    for one, other in combinations(coloured, 2):
        assert deltaE_ciede2000(one, other) >= 5.9
    chances = [each.probability for each in found[:-1]]
    assert chances == sorted(chances, reverse=True)
    assert all(0 <= chance <= 1 for chance in chances)
    assert sum(each.probability for each in found) == pytest.approx(1)
    np.testing.assert_allclose(found[-1].ab, 0, atol=1e-9)
    for each in found:
        shown = rgb2lab(np.array([[list(bytes.fromhex(each.hex[1:]))]], np.uint8))[0, 0]
        np.testing.assert_allclose(shown, (level, *each.ab), atol=1.5)


@pytest.mark.parametrize("place", [(-0.1, 0.5), (0.5, 1.1), (float("nan"), 0.5)])
def test_there_is_nothing_to_suggest_outside_a_photo(
    colorizer: Colorizer, scene: np.ndarray, place: tuple[float, float]
) -> None:
    with pytest.raises(OptionError, match="hint"):
        colorizer.open(scene).suggest(*place)


def test_a_model_without_a_distribution_says_that_it_has_none(
    tmp_path: Path, model_maker: object, tiny_model: Path, scene: np.ndarray
) -> None:
    import onnx

    graphs = {role: onnx.load(tiny_model / f"{role}.onnx") for role in ("encoder", "decoder")}
    output = {"kind": "ab", "name": "logits", "scale": 1.0}
    model = model_maker(tmp_path, graphs, {"output": output, "temperature": None})  # type: ignore[operator]
    session = Colorizer(model).open(scene)
    with pytest.raises(OptionError, match="no variants"):
        session.variants(3)
    with pytest.raises(OptionError, match="no suggestions"):
        session.suggest(0.5, 0.5)
