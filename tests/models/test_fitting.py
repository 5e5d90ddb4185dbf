"""A photo of any shape meets the sizes of a network with its aspect kept and without seams."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from tinct.models.fitting import content_size, predict_fitted
from tinct.models.manifest import Input, read_manifest
from tinct.models.runtime import Network

from .stand_ins import StandIn, eccv16, manifest

DYNAMIC = Input("l", "x", (1.0,), (0.0,), 256, 32, fit="pad")
FIXED = replace(DYNAMIC, size=(512, 512), short_side=512, multiple=1)


@pytest.mark.parametrize(
    ("given", "stride", "shape", "expected"),
    [
        (DYNAMIC, 1, (400, 600), (256, 384)),
        (DYNAMIC, 4, (500, 333), (384, 256)),
        (DYNAMIC, 1, (100, 5000), (256, 2048)),
        (FIXED, 1, (400, 600), (341, 512)),
        (FIXED, 4, (600, 400), (512, 340)),
        (FIXED, 1, (3, 6000), (1, 512)),
        (replace(FIXED, fit="tile"), 1, (400, 600), (512, 768)),
        (replace(DYNAMIC, fit="tile"), 1, (300, 200), (384, 256)),
        (replace(FIXED, size=(256, 512)), 1, (400, 400), (256, 256)),
    ],
)
def test_the_aspect_is_kept(
    given: Input, stride: int, shape: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert content_size(given, stride, shape, given.short_side) == expected


@pytest.mark.parametrize("fit", ["pad", "tile"])
@pytest.mark.parametrize("shape", [(256, 256), (256, 700), (700, 256), (171, 256)])
def test_a_network_that_looks_at_single_positions_answers_the_same_padded_and_tiled(
    fit: str, shape: tuple[int, int], tmp_path: Path, folder_of: Callable[..., Path]
) -> None:
    content = manifest(input={"kind": "l", "name": "input", "size": [256, 256], "fit": fit})
    network = Network(folder_of(tmp_path / "m", eccv16(), content))
    if fit == "pad" and max(shape) > 256:
        shape = (max(1, shape[0] * 256 // max(shape)), max(1, shape[1] * 256 // max(shape)))
    lightness = np.random.default_rng(0).uniform(20, 80, shape).astype(np.float32)
    answer = predict_fitted(network, lightness)
    assert answer.ab is not None
    assert answer.ab.shape == (2, *shape)
    np.testing.assert_array_equal(answer.lightness, lightness)
    np.testing.assert_allclose(answer.ab[0], 0.5 * lightness - 20, atol=1e-3)
    np.testing.assert_allclose(answer.ab[1], -0.4 * lightness + 30, atol=1e-3)


def test_padding_is_by_reflection(tmp_path: Path, model_maker: Callable[..., Path]) -> None:
    kernel = helper.make_tensor("k", TensorProto.FLOAT, (2, 1, 1, 9), [1 / 9] * 18)
    nodes = [helper.make_node("Conv", ["x", "k"], ["y"], pads=[0, 4, 0, 4])]
    put = [helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 1, 64, 64))]
    out = [helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 2, 64, 64))]
    graph = helper.make_model(
        helper.make_graph(nodes, "g", put, out, [kernel]),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    changes = {"format": 2, "hints": None, "stride": 1, "temperature": None}
    changes |= {
        "input": {"kind": "l", "name": "x", "size": [64, 64]},
        "output": {"kind": "ab", "name": "y", "scale": 1},
    }
    network = Network(model_maker(tmp_path, {"network": graph}, changes))
    lightness = np.random.default_rng(1).uniform(0, 100, (64, 30)).astype(np.float32)
    padded = np.pad(lightness, ((0, 0), (4, 4)), "reflect")
    expected = np.mean([padded[:, i : i + 30] for i in range(9)], 0)
    answer = predict_fitted(network, lightness).ab
    assert answer is not None
    np.testing.assert_allclose(answer[0], expected, atol=1e-3)


def test_tiles_of_a_distribution_blend_its_probabilities(
    tmp_path: Path, folder_of: Callable[..., Path]
) -> None:
    made = StandIn([[0.05], [-0.05]], [-2.5, 2.5], (64, 64), {"x": 1}, "y", stride=4)
    content = manifest(
        input={"kind": "l", "name": "x", "size": [64, 64], "fit": "tile"},
        output={"kind": "ab_bins", "name": "y", "bins": [[20, 30], [-20, -10]]},
        stride=4,
        temperature=1.0,
    )
    network = Network(folder_of(tmp_path / "m", made, content))
    lightness = np.repeat(np.linspace(10, 90, 50, dtype=np.float32), 4)[None].repeat(64, 0)
    answer = predict_fitted(network, lightness)
    assert answer.size == (16, 50)
    first = 1 / (1 + np.exp(-(0.1 * lightness[::4, ::4] - 5)))
    np.testing.assert_allclose(answer.annealed(1.0)[0], 40 * first - 20, atol=1e-3)


def test_the_shape_of_an_answer_must_be_that_of_the_manifest(
    tmp_path: Path, folder_of: Callable[..., Path]
) -> None:
    content = manifest(input={"kind": "l", "name": "input", "size": [256, 256]}, stride=4)
    network = Network(folder_of(tmp_path / "m", eccv16(), content))
    with pytest.raises(Exception, match="answers with 2 x 256 x 256 numbers, not 2 x 64 x 64"):
        predict_fitted(network, np.full((256, 256), 50, np.float32))


def test_the_size_of_an_onnx_file_that_takes_one_only_is_read_from_the_manifest(
    tmp_path: Path, folder_of: Callable[..., Path]
) -> None:
    content = manifest(input={"kind": "l", "name": "input", "short_side": 128})
    network = Network(folder_of(tmp_path / "m", eccv16(), content))
    assert read_manifest(tmp_path / "m").input.size is None
    with pytest.raises(Exception, match=r"ONNX Runtime cannot run it .*correct its manifest"):
        predict_fitted(network, np.full((128, 128), 50, np.float32))
    assert onnx.load(tmp_path / "m" / "network.onnx").graph.input[0].name == "input"
