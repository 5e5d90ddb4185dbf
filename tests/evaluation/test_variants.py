from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.learning.conftest import coloured_photo
from tinct import photo
from tinct.color.difference import ciede2000
from tinct.color.lab import srgb_to_lab
from tinct.colorizer import Colorizer
from tinct.evaluation.evaluate import model_colorizer, to_grey
from tinct.evaluation.variants import VariantMeasure

TRUTH = photo.decode_srgb(coloured_photo(3))


def measured(model: Path, count: int, seed: int) -> tuple[dict[str, float], dict[str, object]]:
    lightness = to_grey(TRUTH)
    measure = VariantMeasure(Colorizer(model), count, np.random.default_rng(seed))
    row = measure.photo(lightness, TRUTH, model_colorizer(model)(lightness))
    return row, measure.total()


def test_the_best_of_more_variants_is_nearer_and_the_mean_is_none_of_them(tiny_model: Path) -> None:
    two, eight = measured(tiny_model, 2, 0)[0], measured(tiny_model, 8, 0)[0]
    assert eight["best_of_8_ciede2000"] <= two["best_of_2_ciede2000"] + 1e-9
    assert eight["best_of_8_ciede2000"] <= eight["variant_ciede2000"]
    assert eight["variant_diversity"] > 0.2


def test_figures_are_those_of_the_drawn_photos(tiny_model: Path) -> None:
    row, summary = measured(tiny_model, 2, 7)
    session = Colorizer(tiny_model).open(to_grey(TRUTH))
    rng = np.random.default_rng(7).spawn(1)[0]
    drawn = [srgb_to_lab(session.sample(rng).array()[::2, ::2] / 255) for _ in range(2)]
    true = srgb_to_lab(TRUTH[::2, ::2] / 255)
    assert row["variant_diversity"] == pytest.approx(ciede2000(*drawn).mean())
    assert row["best_of_2_ciede2000"] == pytest.approx(min(ciede2000(each, true).mean() for each in drawn))
    assert summary["variants"] == 2


def test_one_variant_does_not_differ_from_itself(tiny_model: Path) -> None:
    assert measured(tiny_model, 1, 0)[0]["variant_diversity"] == 0
