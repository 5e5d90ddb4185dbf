"""Every kind of broken model is refused with one sentence: the file, what is wrong, what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from tinct.errors import ModelError
from tinct.models.fitting import predict_fitted
from tinct.models.manifest import read_manifest
from tinct.models.onnx_file import external_data
from tinct.models.runtime import Network

from .conftest import digest
from .stand_ins import StandIn, manifest, siggraph17, write

INPUT = {"kind": "l", "name": "input", "size": [8, 8]}


def refusal(folder: Path) -> str:
    """The sentence with which a folder is refused when it is opened and used."""
    with pytest.raises(ModelError) as caught:
        predict_fitted(Network(folder), np.full((8, 8), 50, np.float32))
    text = str(caught.value)
    assert "\n" not in text
    assert "; " in text
    assert not text.endswith(".")
    return text


def graph(
    nodes: list[onnx.NodeProto], shape: Any = (1, 1, 8, 8), number: int = TensorProto.FLOAT
) -> onnx.ModelProto:
    made = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("input", number, shape)],
        [helper.make_tensor_value_info("output", number, None if shape is None else (1, 2, 8, 8))],
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


BOTH = helper.make_node("Concat", ["input", "input"], ["output"], axis=1)


def folder_with(folder: Path, data: bytes) -> Path:
    folder.mkdir()
    (folder / "network.onnx").write_bytes(data)
    files = {"network": {"file": "network.onnx", "sha256": digest(folder / "network.onnx")}}
    (folder / "manifest.json").write_text(json.dumps(manifest(input=INPUT, files=files)))
    return folder


@pytest.mark.parametrize("data", [b"", b"PK\3\4 a pickle of torch", b"\x80\2}q\0", b"<html>", bytes(100)])
def test_what_is_no_onnx_file(data: bytes, tmp_path: Path) -> None:
    assert "not a whole ONNX file" in refusal(folder_with(tmp_path / "m", data))


def test_a_truncated_file(tmp_path: Path) -> None:
    whole = write(StandIn([[1.0], [1.0]], [0, 0], (8, 8)), tmp_path / "whole.onnx", padding=5000).read_bytes()
    for share in (0.1, 0.5, 0.9, 0.999):
        folder = folder_with(tmp_path / str(share), whole[: int(share * len(whole))])
        assert "not a whole ONNX file" in refusal(folder)


def test_unknown_operators(tmp_path: Path) -> None:
    node = helper.make_node("NoSuchLayer", ["input"], ["output"])
    said = refusal(folder_with(tmp_path / "m", graph([node]).SerializeToString()))
    assert "NoSuchLayer" in said


def test_an_unknown_number_of_dimensions(tmp_path: Path) -> None:
    said = refusal(folder_with(tmp_path / "m", graph([BOTH], None).SerializeToString()))
    assert "dimensions, not 4" in said


def test_a_type_that_is_no_float(tmp_path: Path) -> None:
    said = refusal(folder_with(tmp_path / "m", graph([BOTH], number=TensorProto.UINT8).SerializeToString()))
    assert "tensor(uint8), not float" in said


def test_answers_that_are_no_numbers(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Sub", ["input", "input"], ["zero"]),
        helper.make_node("Div", ["zero", "zero"], ["nan"]),
        helper.make_node("Concat", ["nan", "nan"], ["output"], axis=1),
    ]
    assert "no number" in refusal(folder_with(tmp_path / "m", graph(nodes).SerializeToString()))


def test_an_input_that_the_manifest_does_not_name(tmp_path: Path, folder_of: Callable[..., Path]) -> None:
    made = siggraph17(hints=True)
    content = manifest(input={"kind": "l", "name": "input_A", "short_side": 8})
    assert "input_B" in refusal(folder_of(tmp_path / "m", made, content))


@pytest.fixture
def external(tmp_path: Path, folder_of: Callable[..., Path]) -> Path:
    content = manifest(input={"kind": "l", "name": "input", "short_side": 8})
    made = StandIn([[1.0], [1.0]], [0, 0], ("h", "w"))
    return folder_of(tmp_path / "m", made, content, external="weights.bin")


def test_external_data_is_found_without_the_package_onnx(external: Path) -> None:
    assert external_data(external / "network.onnx") == {"weights.bin"}
    assert read_manifest(external).data == {"network": (external / "weights.bin",)}
    assert predict_fitted(Network(external), np.full((8, 8), 50, np.float32)).ab is not None


def test_external_data_that_is_missing_or_another(external: Path) -> None:
    data = bytearray((external / "weights.bin").read_bytes())
    data[0] ^= 1
    (external / "weights.bin").write_bytes(data)
    assert "weights.bin: is not the file" in refusal(external)
    (external / "weights.bin").unlink()
    assert "weights.bin: cannot be read" in refusal(external)


@pytest.mark.parametrize("place", ["../secret.bin", "sub/weights.bin", "/etc/passwd"])
def test_external_data_outside_the_folder(place: str, external: Path) -> None:
    model = onnx.load(external / "network.onnx", load_external_data=False)
    for tensor in model.graph.initializer:
        next(each for each in tensor.external_data if each.key == "location").value = place
    (external / "network.onnx").write_bytes(model.SerializeToString())
    content = json.loads((external / "manifest.json").read_text())
    content["files"]["network"]["sha256"] = digest(external / "network.onnx")
    (external / "manifest.json").write_text(json.dumps(content))
    assert f"takes weights from {place}" in refusal(external)
    content["files"]["network"]["data"] = [{"file": place, "sha256": "0"}]
    (external / "manifest.json").write_text(json.dumps(content))
    assert "plain name" in refusal(external)


def test_external_data_inside_a_branch_is_found(tmp_path: Path) -> None:
    model = onnx.load(
        write(StandIn([[1.0]], [0], (8, 8)), tmp_path / "a.onnx", external="a.bin"), load_external_data=False
    )
    weight = model.graph.initializer[0]
    branch = helper.make_graph(
        [helper.make_node("Identity", ["weight"], ["w"])],
        "b",
        [],
        [helper.make_empty_tensor_value_info("w")],
        [weight],
    )
    node = helper.make_node("If", ["c"], ["w"], then_branch=branch, else_branch=branch)
    constant = helper.make_node("Constant", [], ["k"], value=model.graph.initializer[1])
    whole = helper.make_graph([node, constant], "g", [], [])
    path = tmp_path / "nested.onnx"
    path.write_bytes(helper.make_model(whole).SerializeToString())
    assert external_data(path) == {"a.bin"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"input": INPUT | {"fit": "crop"}}, "crop"),
        ({"input": INPUT | {"size": [8]}}, "height and width"),
        ({"input": INPUT | {"size": [8, 0]}}, "input.size"),
        ({"input": INPUT | {"fit": "stretch"}}, "stretch"),
        ({"input": INPUT | {"scale": [1, 2]}}, "2 numbers, not one or 1"),
        ({"input": INPUT | {"scale": float("inf")}}, "not a number"),
        ({"input": INPUT | {"short_sides": [8]}}, "short_sides"),
        ({"input": {"kind": "l", "name": "input"}}, "short_side"),
        ({"output": {"kind": "rgb", "name": "output", "scale": 1, "offset": "0"}}, "output.offset"),
        ({"extra_inputs": {"mask": {"value": "none"}}}, "extra_inputs.mask.value"),
        ({"extra_inputs": {"mask": {"stride": 0}}}, "extra_inputs.mask.stride"),
    ],
)
def test_a_wrong_manifest_of_format_2(
    change: dict[str, Any], said: str, tmp_path: Path, folder_of: Callable[..., Path]
) -> None:
    made = StandIn([[1.0], [1.0]], [0, 0], (8, 8))
    assert said in refusal(folder_of(tmp_path / "m", made, manifest(input=INPUT) | change))
