"""--kind uncertainty: the entropy of the distribution as a picture with a legend."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.stats import entropy as scipy_entropy

from tinct import photo
from tinct.cli.app import run
from tinct.color.decode import entropy
from tinct.colorizer import Colorizer
from tinct.errors import OptionError


def test_the_entropy_is_scipys_as_a_share_of_the_most() -> None:
    logits = np.random.default_rng(0).normal(0, 3, (9, 4, 5)).astype(np.float32)
    chances = np.exp(logits) / np.exp(logits).sum(0)
    np.testing.assert_allclose(entropy(logits), scipy_entropy(chances, axis=0) / np.log(9), rtol=1e-4)
    np.testing.assert_allclose(entropy(np.zeros((9, 2, 2), np.float32)), 1, rtol=1e-6)


def test_the_uncertain_is_brighter_than_the_certain_and_the_legend_goes_from_one_to_the_other() -> None:
    uncertain = np.zeros((12, 16), np.float32)
    uncertain[:, 8:] = 1
    opened = photo.read(np.random.default_rng(0).integers(0, 255, (240, 320), dtype=np.uint8))
    picture = photo.to_array(photo.uncertainty_picture(opened, uncertain))
    assert picture.shape[1:] == (320, 3)
    assert 250 < picture.shape[0] < 300
    np.testing.assert_allclose(picture[120, 20], (68, 1, 84), atol=2)
    np.testing.assert_allclose(picture[120, 300], (253, 231, 37), atol=2)
    np.testing.assert_allclose(picture[242, 0], picture[120, 20], atol=3)
    np.testing.assert_allclose(picture[242, -1], picture[120, 300], atol=3)
    assert (picture[246:, :160] < 100).any()
    assert (picture[246:, 160:] < 100).any()


def test_the_command_writes_a_png(tiny_model: Path, grey_png: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(grey_png.parent)
    jpeg = grey_png.with_name("old.jpg")
    Image.open(grey_png).save(jpeg)
    assert run(["old.jpg", "--kind", "uncertainty", "--model", str(tiny_model)]) == 0
    result = Image.open(jpeg.with_name("old-tinct.png"))
    assert result.mode == "RGB"
    assert result.width == 128


def test_the_smallest_photo_has_a_legend_too(tiny_model: Path) -> None:
    picture = Colorizer(tiny_model).colorize(np.full((3, 2), 90, np.uint8), kind="uncertainty")
    assert picture.shape[1:] == (2, 3)


def test_a_model_without_a_distribution_knows_no_uncertainty(
    tmp_path: Path, model_maker: Callable[..., Path], tiny_model: Path, grey_photo: np.ndarray
) -> None:
    import onnx

    graphs = {role: onnx.load(tiny_model / f"{role}.onnx") for role in ("encoder", "decoder")}
    output = {"kind": "ab", "name": "logits", "scale": 1.0}
    colorizer = Colorizer(model_maker(tmp_path, graphs, {"output": output, "temperature": None}))
    with pytest.raises(OptionError, match="no uncertainty"):
        colorizer.colorize(grey_photo, kind="uncertainty")
