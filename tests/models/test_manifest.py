"""A model's folder is checked before any of it is run."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tinct.errors import ModelError
from tinct.models.manifest import read_manifest
from tinct.models.runtime import Network
from tinct.models.store import find_model, shipped_models


@pytest.fixture
def folder(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "copy"))


def change(folder: Path, edit: Callable[[dict[str, Any]], Any]) -> None:
    path = folder / "manifest.json"
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(json.dumps(content))


def test_a_manifest_says_what_the_folder_holds(tiny_model: Path) -> None:
    manifest = read_manifest(tiny_model)
    assert manifest.title == "tiny 0"
    assert manifest.input.short_side == 64
    assert len(manifest.output.bins) == 9
    assert manifest.files["decoder"] == tiny_model / "decoder.onnx"


def test_one_changed_byte_of_a_network_is_noticed(folder: Path) -> None:
    path = folder / "decoder.onnx"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match=r"decoder\.onnx.*fetch the model again"):
        read_manifest(folder)


def test_a_missing_network_is_named(folder: Path) -> None:
    (folder / "encoder.onnx").unlink()
    with pytest.raises(ModelError, match=r"encoder\.onnx.*No such file"):
        read_manifest(folder)


@pytest.mark.parametrize(
    ("edit", "content"),
    [
        (lambda m: m.pop("stride"), "stride"),
        (lambda m: m.update(stride=0), "stride"),
        (lambda m: m.update(format=3), "format 3"),
        (lambda m: m["input"].update(kind="yuv"), "yuv"),
        (lambda m: m["input"].update(multiple="8"), "multiple"),
        (lambda m: m["output"].update(kind="luv"), "luv"),
        (lambda m: m["output"].update(bins=[]), "bins"),
        (lambda m: m["output"].update(bins=[[1]]), "manifest.json"),
        (lambda m: m["files"].pop("encoder"), "encoder and decoder"),
        (lambda m: m["files"]["encoder"].update(file="../encoder.onnx"), "plain name"),
        (lambda m: m.update(files=3), "manifest.json"),
    ],
)
def test_a_wrong_manifest_is_refused_with_what_is_wrong(
    folder: Path, edit: Callable[[dict[str, Any]], Any], content: str
) -> None:
    change(folder, edit)
    with pytest.raises(ModelError, match=content):
        read_manifest(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"'])
def test_a_manifest_that_is_no_table_is_refused(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text)
    with pytest.raises(ModelError, match=r"manifest\.json"):
        read_manifest(folder)


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no manifest\.json"):
        Network(tmp_path)


def test_a_model_is_found_by_its_folder_and_an_unknown_name_lists_the_shipped(tiny_model: Path) -> None:
    assert find_model(str(tiny_model)) == tiny_model
    with pytest.raises(ModelError, match=r"no-such-model.*shipped"):
        find_model("no-such-model")


def test_every_shipped_model_is_whole() -> None:
    for name in shipped_models():
        assert read_manifest(find_model(name)).name == name


@pytest.mark.parametrize("name", shipped_models())
def test_a_shipped_model_tells_nothing_of_the_machine_that_exported_it(name: str) -> None:
    for graph in find_model(name).glob("*.onnx"):
        for told in (b"stack_trace", b"site-packages", b"/home/", b".py"):
            assert told not in graph.read_bytes()


@pytest.mark.parametrize("name", shipped_models())
def test_a_shipped_model_names_all_that_it_was_made_from(name: str) -> None:
    source = read_manifest(find_model(name)).source
    experiment = source["experiment"]
    assert set(experiment["sha256"]) == set(experiment["data"])
    assert source["parents"]
    digests = [*experiment["sha256"].values(), *(parent["sha256"] for parent in source["parents"])]
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests)
