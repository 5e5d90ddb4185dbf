"""Every known family of networks colours a photo of any shape at full size and depth with exactly its colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
from skimage import color

from tinct.colorizer import Colorizer
from tinct.errors import OptionError
from tinct.guidance.hints import Hint

from .stand_ins import StandIn, ddcolor, deoldify, eccv16, expected_ab, manifest, siggraph17

GREY_RGB = {"kind": "grey_rgb", "name": "input"}


@dataclass(frozen=True)
class Case:
    made: StandIn
    content: dict[str, Any]
    external: str | None = None


CASES = {
    "ddcolor": Case(ddcolor(), manifest(input=GREY_RGB | {"size": [512, 512]})),
    "ddcolor tiny, tiled": Case(ddcolor(256), manifest(input=GREY_RGB | {"size": [256, 256], "fit": "tile"})),
    "deoldify": Case(
        deoldify(("h", "w")),
        manifest(
            input=GREY_RGB | {"scale": 255, "short_side": 256, "multiple": 32},
            output={"kind": "rgb", "name": "output", "scale": 1 / 255},
        ),
    ),
    "deoldify of one size in float16": Case(
        deoldify(half=True),
        manifest(
            input=GREY_RGB | {"scale": 255, "size": [256, 256]},
            output={"kind": "rgb", "name": "output", "scale": [1 / 255] * 3},
        ),
    ),
    "siggraph17, weights beside it": Case(
        siggraph17(),
        manifest(
            input={"kind": "l", "name": "input_L", "short_side": 256, "multiple": 8},
            output={"kind": "ab", "name": "output_ab", "scale": 1},
        ),
        external="network.onnx.data",
    ),
    "siggraph17 with its hint channels": Case(
        siggraph17(hints=True),
        manifest(
            input={"kind": "l", "name": "input_A", "short_side": 256, "multiple": 8},
            extra_inputs={"input_B": {"value": 0}, "mask_B": {"value": 0}},
        ),
    ),
    "eccv16": Case(eccv16(), manifest(input={"kind": "l", "name": "input", "size": [256, 256]})),
    "eccv16 in float16": Case(
        eccv16(half=True), manifest(input={"kind": "l", "name": "input", "size": [256, 256]})
    ),
    "lab in, lab out, each channel its own scale": Case(
        StandIn(
            [[1, 0, 0], [0.5, 0, 0], [-0.8, 0, 0]], [0.1, -0.2, 0.6], ("h", "w"), {"x": 3}, "y"
        ),
        manifest(
            input={"kind": "lab", "name": "x", "scale": [0.01, 1, 1], "short_side": 128, "fit": "tile"},
            output={"kind": "lab", "name": "y", "scale": [100, 100, 50], "offset": [0, 0, 0]},
        ),
    ),
    "bins at a quarter of the size": Case(
        # Between two bins the softmax of ±c L is a colour that depends on L alone.
        StandIn([[0.05], [-0.05]], [-2.5, 2.5], (128, 128), {"x": 1}, "y", stride=4),
        manifest(
            input={"kind": "l", "name": "x", "size": [128, 128]},
            output={"kind": "ab_bins", "name": "y", "bins": [[20, 30], [-20, -10]]},
            stride=4,
            temperature=1.0,
        ),
    ),
}  # fmt: skip


def true_ab(case: Case, lightness: np.ndarray) -> np.ndarray:
    if case.content["output"]["kind"] == "lab":
        return np.stack([50 * lightness / 100 - 20, 50 * (-0.8 * lightness / 100 + 0.6)], -1)
    if case.content["output"]["kind"] == "ab_bins":
        first = 1 / (1 + np.exp(-(0.1 * lightness - 5)))[..., None]
        return np.asarray(first * np.array([20, 30]) + (1 - first) * np.array([-20, -10]))
    return expected_ab(case.made, lightness)


@pytest.mark.parametrize("shape", [(420, 660), (700, 300)], ids=["landscape", "portrait"])
@pytest.mark.parametrize("name", CASES)
def test_a_family_s_colours_come_out_at_full_size_in_16_bits_with_alpha_and_metadata(
    name: str, shape: tuple[int, int], tmp_path: Path, folder_of: Callable[..., Path]
) -> None:
    case = CASES[name]
    folder = folder_of(tmp_path / "model", case.made, case.content, external=case.external)
    greys = np.array([[20000, 38000, 30000], [34000, 24000, 43000]], np.uint16)
    grey = np.repeat(np.repeat(greys, shape[0] // 2, 0), shape[1] // 3, 1)
    alpha = np.full_like(grey, 65535)
    alpha[:40, :40] = 1234
    image = pyvips.Image.new_from_array(np.dstack([grey, alpha])).copy(interpretation="grey16")
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd0-Artist", "A. Nonymous")
    image.pngsave(str(tmp_path / "photo.png"))

    result = pyvips.Image.new_from_file(str(Colorizer(folder).colorize(tmp_path / "photo.png")))
    pixels = result.numpy()
    assert pixels.dtype == np.uint16
    assert pixels.shape == (*grey.shape, 4)
    np.testing.assert_array_equal(pixels[..., 3], alpha)
    assert "A. Nonymous" in result.get("exif-ifd0-Artist")
    lab = color.rgb2lab(pixels[..., :3] / 65535)
    true_lightness = color.rgb2lab(np.repeat(grey[..., None], 3, -1) / 65535)[..., 0]
    np.testing.assert_allclose(lab[..., 0], true_lightness, atol=0.05)
    middles = np.ix_(
        *(np.array(range(1, 2 * n, 2)) * side // (2 * n) for n, side in zip((2, 3), shape, strict=True))
    )
    found, wanted = lab[..., 1:][middles], true_ab(case, true_lightness[middles])
    assert np.hypot(*np.moveaxis(wanted, -1, 0)).max() > 5
    np.testing.assert_allclose(found, wanted, atol=0.3)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("ddcolor", {"input": GREY_RGB | {"size": [512, 512], "scale": 0.5}}),
        ("ddcolor", {"output": {"kind": "ab", "name": "output", "scale": [1, -1]}}),
        ("deoldify of one size in float16", {"input": GREY_RGB | {"size": [256, 256], "scale": 1}}),
        ("eccv16", {"input": {"kind": "l", "name": "input", "size": [256, 256], "offset": -50}}),
        (
            "siggraph17 with its hint channels",
            {"extra_inputs": {"input_B": {"value": 1}, "mask_B": {"value": 0}}},
        ),
    ],
)
def test_a_wrong_scale_order_or_offset_shows(
    name: str, wrong: dict[str, Any], tmp_path: Path, folder_of: Callable[..., Path]
) -> None:
    case = CASES[name]
    folder = folder_of(tmp_path / "model", case.made, case.content | wrong, external=case.external)
    grey = np.full((128, 128), 128, np.uint8)
    found = color.rgb2lab(Colorizer(folder).colorize(grey))[64, 64]
    assert np.abs(found[1:] - true_ab(case, found[:1])[0]).max() > 0.9


@pytest.mark.parametrize("name", CASES)
def test_hints_work_with_every_model_and_variants_with_those_of_a_distribution(
    name: str, tmp_path: Path, folder_of: Callable[..., Path]
) -> None:
    case = CASES[name]
    folder = folder_of(tmp_path / "model", case.made, case.content, external=case.external)
    grey = np.full((200, 420), 100, np.uint8)
    grey[:, 210:] = 200
    session = Colorizer(folder).open(grey)
    plain = color.rgb2lab(session.array())
    hinted = color.rgb2lab(session.with_hints([Hint(((0.25, 0.5),), "30,-20")]).array())
    np.testing.assert_allclose(hinted[100, 105, 1:], (30, -20), atol=1.5)
    np.testing.assert_allclose(hinted[20, 20, 1:], (30, -20), atol=4)  # like the place, so it follows
    moved, whole = (np.hypot(*(each - plain[100, 380, 1:])) for each in (hinted[100, 380, 1:], (30, -20)))
    assert moved < 0.25 * whole  # of another lightness
    if case.content["output"]["kind"] == "ab_bins":
        assert session.sample(np.random.default_rng(0)).array().shape == (200, 420, 3)
    else:
        with pytest.raises(OptionError, match="stand-in 0 answers with one colouring; it has no variants"):
            session.sample(np.random.default_rng(0))
