"""What every room's tests may use: a tiny random network as a model's folder, and photos made by code."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

# Imports of a test module that need torch, directly or through the rooms that train and build networks.
_TORCH = re.compile(
    r"^\s*(?:import torch|from torch|(?:from|import) tinct\.learning|from tinct\.networks\."
    r"(?:build|backbones|inspection|depthwise|metric_networks|lite2_features)\b"
    r"|from tinct\.networks import .*inspection)",
    re.M,
)
_HERE = Path(__file__).parent


def needs_torch(path: Path) -> bool:
    """Whether a test module needs torch: all of `learning`, and others by what they import at the top."""
    return path.is_relative_to(_HERE / "learning") or bool(_TORCH.search(path.read_text(encoding="utf-8")))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave modules that need torch unimported where it is missing, or not wanted (-m "not torch")."""
    wanted = "not torch" not in config.option.markexpr and find_spec("torch") is not None
    if wanted or not re.fullmatch(r"(test_\w+|conftest)\.py", collection_path.name):
        return None
    return True if needs_torch(collection_path) else None


def pytest_report_header() -> str | None:
    """Say that tests are left out."""
    return None if find_spec("torch") else "torch is not installed: the tests that need it are left out"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of modules that need torch."""
    for path in {item.path for item in items if needs_torch(item.path)}:
        for item in items:
            if item.path == path:
                item.add_marker(pytest.mark.torch)


BINS = [[a, b] for a in (-40, 0, 40) for b in (-40, 0, 40)]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a random network with two halves, nine bins and hints, of the same form as tinct-s."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    folder.mkdir()
    rng = np.random.default_rng(7)
    encoder = graph(
        [conv("s4", "lightness", rng, (4, 1, 4, 4), 4), conv("s8", "s4", rng, (6, 4, 2, 2), 2)],
        {"lightness": (1, 1, "h", "w")},
        {"s4": (1, 4, "h4", "w4"), "s8": (1, 6, "h8", "w8")},
    )
    decoder = graph(
        [
            up("up4", "s8", rng, (6, 4, 2, 2)),
            [helper.make_node("Concat", ["s4", "up4", "hints"], ["merged"], axis=1)],
            conv("logits", "merged", rng, (9, 11, 1, 1), 1),
        ],
        {"s4": (1, 4, "h4", "w4"), "s8": (1, 6, "h8", "w8"), "hints": (1, 3, "h4", "w4")},
        {"logits": (1, 9, "h4", "w4")},
    )
    return write_model(folder, {"encoder": encoder, "decoder": decoder}, {})


@pytest.fixture(scope="session")
def model_maker() -> Callable[..., Path]:
    """Writes graphs and a manifest as a model's folder: (folder, {role: graph}, changes to the manifest)."""
    return write_model


def write_model(folder: Path, graphs: dict[str, onnx.ModelProto], changes: dict[str, Any]) -> Path:
    files = {}
    for role, proto in graphs.items():
        data = proto.SerializeToString()
        (folder / f"{role}.onnx").write_bytes(data)
        files[role] = {"file": f"{role}.onnx", "sha256": hashlib.sha256(data).hexdigest()}
    manifest = {
        "format": 1,
        "name": "tiny",
        "version": "0",
        "license": "CC0-1.0",
        "source": {"run": "random"},
        "files": files,
        "input": {"kind": "l", "name": "lightness", "scale": 0.01, "offset": 0}
        | {"short_side": 64, "multiple": 8},
        "output": {"kind": "ab_bins", "name": "logits", "bins": BINS},
        "stride": 4,
        "hints": {"name": "hints", "stride": 4},
        "temperature": 0.5,
        "chroma_gain": 1.0,
        "figures": {},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest | changes))
    return folder


Layer = list[onnx.NodeProto | onnx.TensorProto]
Shapes = dict[str, tuple[int | str, ...]]


def conv(name: str, source: str, rng: np.random.Generator, shape: tuple[int, ...], stride: int) -> Layer:
    weight = numpy_helper.from_array(rng.normal(0, 0.6, shape).astype(np.float32), f"{name}.weight")
    return [
        helper.make_node("Conv", [source, f"{name}.weight"], [name], strides=[stride, stride]),
        weight,
    ]


def up(name: str, source: str, rng: np.random.Generator, shape: tuple[int, ...]) -> Layer:
    weight = numpy_helper.from_array(rng.normal(0, 0.6, shape).astype(np.float32), f"{name}.weight")
    return [helper.make_node("ConvTranspose", [source, f"{name}.weight"], [name], strides=[2, 2]), weight]


def graph(layers: list[Layer], inputs: Shapes, outputs: Shapes) -> onnx.ModelProto:
    parts = [part for layer in layers for part in layer]
    made = helper.make_graph(
        [part for part in parts if isinstance(part, onnx.NodeProto)],
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
        [part for part in parts if isinstance(part, onnx.TensorProto)],
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.fixture
def grey_photo() -> np.ndarray:
    """A grey photo, uint8 (96, 128): a soft gradient with a bright disc, so that it has edges and flats."""
    y, x = np.mgrid[0:96, 0:128]
    grey = 40 + 120 * x / 127
    grey[(y - 48) ** 2 + (x - 40) ** 2 < 20**2] = 230
    return grey.astype(np.uint8)


@pytest.fixture
def grey_png(grey_photo: np.ndarray, tmp_path: Path) -> Path:
    """The grey photo as a PNG file."""
    import pyvips

    path = tmp_path / "grey.png"
    pyvips.Image.new_from_array(grey_photo).copy(interpretation="b-w").pngsave(str(path))
    return path
