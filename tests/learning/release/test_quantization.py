"""Weights stored in float16 or int8 only where colours stay as they were."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import onnx
import pytest
import torch

from tinct.color.decode import Decoding
from tinct.errors import TrainingError
from tinct.learning.release.model_folder import _lightness_inputs, export_run
from tinct.learning.release.onnx_export import ModelInfo, export, max_ab_difference
from tinct.learning.release.quantization import fold_batch_norm, mean_ciede2000
from tinct.learning.weights.initial import load, load_weights
from tinct.networks.build import build
from tinct.networks.parse import find_network

from .conftest import SAID


@pytest.mark.slow
def test_small_kernels_stay_exact_so_that_rounding_cannot_be_seen(tmp_path: Path) -> None:
    network, shown = build(find_network("tinct-m")).eval(), _lightness_inputs([], 32)[:6]
    load(network, load_weights("tinct-m"), "tinct-m")
    with torch.no_grad():  # released weights are round numbers already, trained ones are not
        for kernel in network.parameters():
            kernel *= 1 + 2**-11 * torch.rand(kernel.shape, generator=torch.Generator().manual_seed(0))
    said = ModelInfo("trial", "0", "CC0", {}, 256, (), Decoding(1.0), {})
    export(network, tmp_path / "mixed", said)
    export(network, tmp_path / "half", said, half_from=1)
    mixed, half = (max_ab_difference(network, tmp_path / name, shown) for name in ("mixed", "half"))
    assert mixed < 0.1
    assert half > 2 * mixed
    assert sum(path.stat().st_size for path in (tmp_path / "mixed").iterdir()) < 10_500_000


def test_a_network_that_rounding_would_change_is_stored_in_full(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = iter([0.3, 0.0, 0.3, 0.2, 0.0])
    monkeypatch.setattr("tinct.learning.release.model_folder.max_ab_difference", lambda *_: next(told))
    report = export_run(run, tmp_path / "model", data=[], **SAID)
    assert report["kernels"] == "float16, those below 100,000 weights float32"
    monkeypatch.setattr("tinct.learning.release.model_folder.max_ab_difference", lambda *_: next(told))
    report = export_run(run, tmp_path / "model", data=[], overwrite=True, **SAID)
    assert report["kernels"].startswith("float32")
    assert report["photos compared"] == 20
    monkeypatch.setattr("tinct.learning.release.model_folder.max_ab_difference", lambda *_: 0.3)
    with pytest.raises(TrainingError, match=r"would differ from the trained network by 0\.30 ab units"):
        export_run(run, tmp_path / "refused", data=[], **SAID)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_int8_is_kept_only_where_it_colours_nearly_alike(
    run: Path, shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinct.learning.release.quantization.FLOAT_BELOW", 0)
    report = export_run(run, tmp_path / "model", data=[shard], int8=True, **SAID)
    assert report["CIEDE2000 of int8 to float32"] < 1
    assert report["kernels"] == "int8"
    network = build(find_network(str(run.parent / "small.yaml")))
    load(network, load_weights(str(run)), "run")
    worst = max_ab_difference(
        network.eval(), tmp_path / "model", _lightness_inputs([shard], network.multiple)
    )
    assert report["largest ab difference to torch"] == pytest.approx(worst, abs=1e-4)
    graphs = [onnx.load(path).graph for path in (tmp_path / "model").glob("*.onnx")]
    kinds = {kernel.data_type for graph in graphs for kernel in graph.initializer if len(kernel.dims) == 4}
    assert kinds == {onnx.TensorProto.UINT8}
    with pytest.raises(TrainingError, match="holds integers, which cannot be trained on"):
        load_weights(str(tmp_path / "model"))
    monkeypatch.setattr("tinct.learning.release.model_folder.MAX_INT8_CIEDE2000", 0.0)
    report = export_run(run, tmp_path / "refused", data=[shard], int8=True, **SAID)
    assert report["int8"].startswith("not stored: it changes colours by")
    assert report["kernels"].startswith("float16")


def test_integers_are_measured_against_what_they_stand_for(run: Path, tmp_path: Path) -> None:
    export_run(run, tmp_path / "one", data=[], **SAID)
    shown = _lightness_inputs([], 32)[:2]
    assert mean_ciede2000(tmp_path / "one", tmp_path / "one", shown) == 0
    manifest = json.loads((tmp_path / "one" / "manifest.json").read_text())
    shutil.copytree(tmp_path / "one", tmp_path / "other")
    (tmp_path / "other" / "manifest.json").write_text(json.dumps({**manifest, "chroma_gain": 1.5}))
    assert mean_ciede2000(tmp_path / "one", tmp_path / "other", shown) > 0.01


def test_folded_kernels_colour_as_kernels_with_norms_do() -> None:
    network = build(find_network("tinct-m")).eval()
    lightness = torch.rand(1, 1, 32, 64)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)  # type: ignore[union-attr]
                module.running_var.uniform_(0.5, 2)  # type: ignore[union-attr]
        one = fold_batch_norm(network)
        assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in one.modules())
        assert torch.allclose(one(lightness), network(lightness), atol=1e-3)
