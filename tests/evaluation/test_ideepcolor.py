"""The published protocol: squashed photos, true means, nested sets of hints, gains over none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.learning.conftest import coloured_photo
from tinct import photo
from tinct.cli.app import run
from tinct.colorizer import Colorizer
from tinct.evaluation.evaluate import to_grey
from tinct.evaluation.ideepcolor import SIDE, IdeepcolorMeasure, squash, true_hints


def test_hints_are_true_means_of_six_pixels_square_inside_the_photo() -> None:
    ab = np.random.default_rng(0).normal(0, 20, (SIDE, SIDE, 2))
    hints = true_hints(ab, 200, np.random.default_rng(1))
    places = np.array([hint.points[0] for hint in hints]) * SIDE
    assert places.min() >= 3
    assert places.max() <= SIDE - 3
    assert 0.15 * SIDE < places.std() < 0.25 * SIDE
    column, row = places[7].round().astype(int)
    np.testing.assert_allclose(hints[7].ab, ab[row - 3 : row + 3, column - 3 : column + 3].mean((0, 1)))
    assert hints[7].radius * SIDE == pytest.approx(3)


def test_any_shape_is_squashed_to_the_square() -> None:
    wide = np.zeros((60, 200, 3), np.uint8)
    wide[:, 100:] = 200
    square = squash(wide)
    assert square.shape == (SIDE, SIDE, 3)
    assert square[:, :120].max() == 0
    assert square[:, 136:].min() == 200


def test_more_true_hints_bring_more(tiny_model: Path) -> None:
    truth = photo.decode_srgb(coloured_photo(3))
    measured = IdeepcolorMeasure(Colorizer(tiny_model), np.random.default_rng(0), counts=(0, 5, 40))
    row = measured.photo(to_grey(truth), truth, truth)
    assert row["ideepcolor_psnr_0"] < row["ideepcolor_psnr_5"] < row["ideepcolor_psnr_40"]
    total = measured.total()
    gain = row["ideepcolor_psnr_40"] - row["ideepcolor_psnr_0"]
    assert total["ideepcolor_gain_40"] == pytest.approx(gain, abs=1e-3)


@pytest.mark.parametrize("words", [["--protocol", "ideepcolour", "--hints"], ["--protocol", "ideepcolor"]])
def test_an_unknown_protocol_or_one_without_hints_is_a_usage_error(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.png").write_bytes(coloured_photo(1))
    assert run(["evaluate", "grey", "--data", str(tmp_path), *words]) == 2
    assert "protocol" in capsys.readouterr().err
