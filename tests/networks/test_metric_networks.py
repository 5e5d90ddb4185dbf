from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tinct.errors import ModelError
from tinct.networks.metric_networks import load_fid_features, load_lpips

RNG = np.random.default_rng(0)
ONE, OTHER = (RNG.integers(0, 256, (20, 24, 3)).astype(np.uint8) for _ in range(2))


class Gap(nn.Module):
    def forward(self, one: Tensor, other: Tensor) -> Tensor:
        return (one - other).abs().mean((1, 2, 3), keepdim=True)


class Inception(nn.Module):
    def forward(self, shown: Tensor, return_features: bool = False) -> Tensor:
        features = shown.mean((2, 3))
        return features if return_features else features.softmax(1)


class Means(nn.Module):
    def forward(self, shown: Tensor) -> Tensor:
        return shown.mean((2, 3))


def scripted(module: nn.Module, folder: Path) -> Path:
    file = folder / "judge.pt"
    torch.jit.save(torch.jit.script(module), str(file))
    return file


def as_onnx(module: nn.Module, folder: Path, shown: tuple[Tensor, ...]) -> Path:
    file = folder / "judge.onnx"
    torch.onnx.export(module.eval(), shown, str(file), dynamo=True, verbose=False)
    return file


@pytest.mark.parametrize("kind", ["torchscript", "onnx"])
def test_the_users_distance_is_fed_pairs_in_minus_one_to_one(kind: str, tmp_path: Path) -> None:
    shown = torch.zeros(1, 3, 20, 24), torch.ones(1, 3, 20, 24)
    file = scripted(Gap(), tmp_path) if kind == "torchscript" else as_onnx(Gap(), tmp_path, shown)
    expected = np.abs(ONE.astype(float) - OTHER).mean() / 127.5
    assert load_lpips(file)(ONE, OTHER) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("kind", ["torchscript", "onnx"])
def test_the_users_features_are_of_pictures_in_0_to_255_and_not_its_classes(
    kind: str, tmp_path: Path
) -> None:
    shown = (torch.zeros(2, 3, 299, 299),)
    file = scripted(Inception(), tmp_path) if kind == "torchscript" else as_onnx(Means(), tmp_path, shown)
    rows = load_fid_features(file)([ONE, OTHER])
    np.testing.assert_allclose(rows, [each.mean((0, 1)) for each in (ONE, OTHER)], rtol=0.02)


def test_what_is_wrong_with_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken.pt").write_bytes(b"no network")
    (tmp_path / "broken.onnx").write_bytes(b"no network")
    with pytest.raises(ModelError, match=r"broken.pt: not a TorchScript file"):
        load_lpips(tmp_path / "broken.pt")
    with pytest.raises(ModelError, match=r"broken.onnx: ONNX Runtime cannot open it"):
        load_fid_features(tmp_path / "broken.onnx")
    with pytest.raises(ModelError, match="there is no such file"):
        load_lpips(tmp_path / "missing.pt")
    with pytest.raises(ModelError, match="neither TorchScript nor ONNX"):
        load_lpips(tmp_path / "weights.bin")


def test_a_network_of_another_kind_is_told(tmp_path: Path) -> None:
    file = scripted(Means(), tmp_path)
    with pytest.raises(ModelError, match=r"judge.pt: cannot be run on these pictures"):
        load_lpips(file)(ONE, OTHER)
    file = scripted(Gap(), tmp_path)
    with pytest.raises(ModelError, match=r"judge.pt: cannot be run on these pictures"):
        load_fid_features(file)([ONE, OTHER])
