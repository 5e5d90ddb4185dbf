"""A network whose answer is known: it obeys hints to the letter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import helper, numpy_helper

from tests.conftest import graph

ModelMaker = Callable[..., Path]


@pytest.fixture(scope="session")
def obedient(tmp_path_factory: pytest.TempPathFactory, model_maker: ModelMaker) -> Path:
    """A model that gives each place the mean of the hints' colours within two places of it, and else leaves it grey."""
    nodes = [
        helper.make_node("AveragePool", ["lightness"], ["quarter"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Conv", ["hints", "box"], ["sums"], pads=[2, 2, 2, 2], group=3),
        helper.make_node("Split", ["sums", "parts"], ["ab", "mask"], axis=1),
        helper.make_node("Max", ["mask", "least"], ["count"]),
        helper.make_node("Div", ["ab", "count"], ["mean"]),
        helper.make_node("Mul", ["quarter", "nothing"], ["flat"]),
        helper.make_node("Add", ["flat", "mean"], ["answer"]),
    ]
    constants = {
        "box": np.ones((3, 1, 5, 5), np.float32),
        "parts": np.array([2, 1], np.int64),
        "least": np.array([1], np.float32),
        "nothing": np.array([0], np.float32),
    }
    network = graph(
        [nodes + [numpy_helper.from_array(value, name) for name, value in constants.items()]],
        {"lightness": (1, 1, "h", "w"), "hints": (1, 3, "h4", "w4")},
        {"answer": (1, 2, "h4", "w4")},
    )
    output = {"kind": "ab", "name": "answer", "scale": 100}
    changes = {"output": output, "temperature": None, "chroma_gain": 1.7}
    return model_maker(tmp_path_factory.mktemp("obedient"), {"network": network}, changes)
