"""Networks of every kind that a manifest can describe run, and agree with the same sums done by hand."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
from skimage import color
from skimage.transform import resize

from tinct.color.decode import Decoding, sample_colouring, scale_chroma
from tinct.color.hint_propagation import propagate_hints
from tinct.errors import ModelError
from tinct.models.runtime import Network
from tinct.models.sessions import physical_cores

LIGHTNESS = np.linspace(0, 100, 64 * 96, dtype=np.float32).reshape(64, 96)


def one_file(
    channels: int, nodes: list[onnx.NodeProto], constants: list[onnx.TensorProto]
) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "one",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, channels, "h", "w"))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, "n", "h", "w"))],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def shown(kind: str, scale: float, offset: float) -> dict[str, object]:
    return {"kind": kind, "name": "x", "scale": scale, "offset": offset, "short_side": 64, "multiple": 8}


def test_two_halves_answer_what_onnx_says_they_should(tiny_model: Path) -> None:
    network = Network(tiny_model)
    prediction = network.predict(network.encode(LIGHTNESS))
    encoder = ReferenceEvaluator(str(tiny_model / "encoder.onnx"))
    decoder = ReferenceEvaluator(str(tiny_model / "decoder.onnx"))
    s4, s8 = encoder.run(["s4", "s8"], {"lightness": LIGHTNESS[None, None] * np.float32(0.01)})
    hints = np.zeros((1, 3, 16, 24), np.float32)
    (logits,) = decoder.run(["logits"], {"s4": s4, "s8": s8, "hints": hints})
    assert prediction.log_probabilities is not None
    assert prediction.bins is not None
    assert len(prediction.bins) == 9
    np.testing.assert_allclose(prediction.log_probabilities, logits[0], rtol=1e-4, atol=1e-4)


def test_hints_change_the_answer_where_they_are(tiny_model: Path) -> None:
    network = Network(tiny_model)
    features = network.encode(LIGHTNESS)
    hints = np.zeros((3, 16, 24), np.float32)
    without = network.predict(features).log_probabilities
    assert without is not None
    np.testing.assert_array_equal(network.predict(features, hints).log_probabilities, without)
    hints[:, 3, 5] = 1
    changed = network.predict(features, hints).log_probabilities
    assert changed is not None
    assert (changed != without).any(0).nonzero() == ([3], [5])


def test_colours_follow_hints_and_without_them_stay_as_they_are(tiny_model: Path) -> None:
    network = Network(tiny_model)
    prediction = network.predict(network.encode(LIGHTNESS))
    assert prediction.size == (16, 24)
    plain = prediction.colours(Decoding(0.5, 1.5))
    hints = np.zeros((3, *prediction.size), np.float32)
    np.testing.assert_array_equal(prediction.colours(Decoding(0.5, 1.5), hints), plain)
    hints[:, 3, 5] = 31, -7, 1
    small = LIGHTNESS.reshape(16, 4, 24, 4).mean((1, 3))
    result = prediction.colours(Decoding(0.5, 1.5), hints)
    np.testing.assert_array_equal(result[:, 3, 5], (31, -7))
    np.testing.assert_allclose(result, propagate_hints(plain, small, hints), atol=1e-2)


def test_drawn_colours_are_as_vivid_as_all_others(tiny_model: Path) -> None:
    network = Network(tiny_model)
    prediction = network.predict(network.encode(LIGHTNESS))
    one, again, other = (
        prediction.sample(Decoding(0.5, 1.5), np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).max() > 1
    assert prediction.log_probabilities is not None
    assert prediction.bins is not None
    rough = sample_colouring(prediction.log_probabilities, prediction.bins, 0.5, np.random.default_rng(1))
    np.testing.assert_allclose(one, scale_chroma(rough, 1.5), atol=1e-2)


def test_a_sure_network_draws_the_colours_that_it_tells(tiny_model: Path) -> None:
    network = Network(tiny_model)
    answer = network.predict(network.encode(LIGHTNESS))
    told = answer.colours(Decoding(1e-5, 1.5))
    np.testing.assert_allclose(answer.sample(Decoding(1e-5, 1.5), np.random.default_rng(0)), told, atol=1e-3)


def test_the_annealed_colours_are_the_mean_over_input_sizes(tiny_model: Path) -> None:
    network = Network(tiny_model)
    large = network.predict(network.encode(LIGHTNESS))
    small = network.predict(network.encode(LIGHTNESS[::2, ::2].copy()))
    both = replace(large, smaller=(small,))
    assert both.size == large.size
    enlarged = resize(small.annealed(0.5), (2, *large.size), order=1, mode="edge", anti_aliasing=False)
    np.testing.assert_allclose(both.annealed(0.5), (large.annealed(0.5) + enlarged) / 2, atol=1e-3)
    drawn = both.sample(Decoding(1e-5), np.random.default_rng(0))
    np.testing.assert_allclose(drawn, both.annealed(1e-5), atol=1e-2)


def test_a_network_of_one_file_that_answers_ab_is_scaled(
    tmp_path: Path, model_maker: Callable[..., Path]
) -> None:
    graph = one_file(1, [helper.make_node("Concat", ["x", "x"], ["y"], axis=1)], [])
    output = {"kind": "ab", "name": "y", "scale": 110.0}
    changes = {
        "input": shown("l", 0.01, -0.5),
        "output": output,
        "hints": None,
        "temperature": None,
        "stride": 1,
    }
    network = Network(model_maker(tmp_path, {"network": graph}, changes))
    ab = network.predict(network.encode(LIGHTNESS)).ab
    assert ab is not None
    np.testing.assert_allclose(ab[1], (LIGHTNESS / 100 - 0.5) * 110, atol=1e-4)


def test_a_network_that_takes_and_answers_rgb_is_brought_to_ab(
    tmp_path: Path, model_maker: Callable[..., Path]
) -> None:
    tint = helper.make_tensor("tint", TensorProto.FLOAT, (1, 3, 1, 1), [1.0, 0.5, 0.25])
    graph = one_file(3, [helper.make_node("Mul", ["x", "tint"], ["y"])], [tint])
    output = {"kind": "rgb", "name": "y", "scale": 1 / 255}
    changes = {"input": shown("grey_rgb", 255.0, 0.0), "output": output, "hints": None, "temperature": None}
    network = Network(model_maker(tmp_path, {"network": graph}, changes | {"stride": 1}))
    ab = network.predict(network.encode(LIGHTNESS)).ab
    lab = np.zeros((64, 96, 3))
    lab[..., 0] = LIGHTNESS
    grey = color.lab2rgb(lab)
    expected = color.rgb2lab(grey * [1.0, 0.5, 0.25])[..., 1:]
    assert ab is not None
    np.testing.assert_allclose(np.moveaxis(ab, 0, -1), expected, atol=0.05)
    with pytest.raises(ModelError, match="takes no hints"):
        network.predict(network.encode(LIGHTNESS), np.zeros((3, 64, 96), np.float32))


def test_names_that_the_graphs_do_not_have_are_refused(
    tmp_path: Path, model_maker: Callable[..., Path]
) -> None:
    graph = one_file(1, [helper.make_node("Concat", ["x", "x"], ["y"], axis=1)], [])
    changes = {"output": {"kind": "ab", "name": "y", "scale": 1}, "hints": None, "stride": 1}
    with pytest.raises(ModelError, match="takes x, not lightness"):
        Network(model_maker(tmp_path, {"network": graph}, changes))


def test_a_file_that_is_no_network_is_refused_in_one_sentence(
    tmp_path: Path, model_maker: Callable[..., Path]
) -> None:
    wrong = one_file(1, [helper.make_node("NoSuchLayer", ["x"], ["y"])], [])
    with pytest.raises(ModelError, match=r"network\.onnx: ONNX Runtime cannot open it"):
        Network(model_maker(tmp_path, {"network": wrong}, {"hints": None}))


def test_one_network_serves_many_threads_with_the_same_answer(tiny_model: Path) -> None:
    network = Network(tiny_model, threads=1)

    def ask(step: int) -> np.ndarray:
        answer = network.predict(network.encode(LIGHTNESS * np.float32(step % 3 / 2))).log_probabilities
        assert answer is not None
        return answer

    alone = [ask(step) for step in range(3)]
    with ThreadPoolExecutor(4) as pool:
        for step, answer in enumerate(pool.map(ask, range(24))):
            np.testing.assert_array_equal(answer, alone[step % 3])


def test_there_is_at_least_one_core() -> None:
    assert physical_cores() >= 1
