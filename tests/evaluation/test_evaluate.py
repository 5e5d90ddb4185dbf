from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from skimage.color import rgb2lab

from tests.learning.conftest import coloured_photo
from tinct import photo
from tinct.errors import TinctError
from tinct.evaluation.evaluate import evaluate, find_colorizer, grey, to_grey
from tinct.evaluation.sheet import write_sheet
from tinct.options import Options

PHOTOS = [(f"{number}.png", coloured_photo(number)) for number in range(3)]


def test_the_colour_is_dropped_and_the_lightness_kept() -> None:
    truth = photo.decode_srgb(PHOTOS[0][1])
    dropped = to_grey(truth)
    assert (dropped[..., 0] == dropped[..., 1]).all()
    assert np.abs(rgb2lab(dropped)[..., 0] - rgb2lab(truth)[..., 0]).max() < 0.3


def test_grey_has_no_colour_and_the_truth_no_error() -> None:
    plain = evaluate("grey", grey, PHOTOS).summary()
    assert plain["colourfulness"] == 0
    assert plain["psnr_rgb_95"][0] <= plain["psnr_rgb"] <= plain["psnr_rgb_95"][1]
    mean = evaluate("mean-colour", find_colorizer("mean-colour", Options(), PHOTOS[:1]), PHOTOS[:1]).summary()
    assert mean["psnr_ab"] > evaluate("grey", grey, PHOTOS[:1]).summary()["psnr_ab"]


def test_the_shipped_model_is_measured_by_the_way_of_a_users_photo(tmp_path: Path) -> None:
    colour = find_colorizer("tinct-m", Options(), PHOTOS)
    found = evaluate("tinct-m", colour, PHOTOS)
    assert len(found.as_json()["photos"]) == 3
    assert found.summary()["colourfulness"] > 0
    write_sheet([found], [colour], PHOTOS, tmp_path / "sheet.png")
    assert photo.decode_srgb((tmp_path / "sheet.png").read_bytes()).shape[1] > 3 * 64


def test_nothing_to_measure_with_is_told() -> None:
    with pytest.raises(TinctError, match="no photo to measure with"):
        evaluate("grey", grey, [])


def test_photos_without_colour_are_not_measured_with() -> None:
    lightness = to_grey(photo.decode_srgb(PHOTOS[0][1]))
    flat = photo.join(photo.read(lightness), np.zeros((2, 8, 8), np.float32))
    with pytest.raises(TinctError, match="has colour to compare with"):
        evaluate("grey", grey, [("grey.png", photo.to_bytes(photo.read(lightness), flat, "png"))])
