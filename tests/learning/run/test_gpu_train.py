"""The trainer for one GPU, on the CPU: the same steps as `tinct train`, photos that arrive late, pieces that join."""

from __future__ import annotations

import importlib.util
import io
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from skimage.color import rgb2lab

from tests.learning.conftest import coloured_photo
from tests.learning.experiments import experiment
from tinct.learning.data.crops import Crops, batches
from tinct.learning.data.photos import open_photos
from tinct.learning.experiment import Experiment
from tinct.learning.run.train import bin_frequencies, train
from tinct.learning.weights.initial import initialize, load_weights, set_head_bias
from tinct.networks.build import build
from tinct.networks.parse import find_network

SCRIPT = Path(__file__).parents[3] / "experiments" / "gpu_train.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gpu_train", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["gpu_train"] = module
    spec.loader.exec_module(module)
    return module


def test_its_steps_are_those_of_tinct_train(
    script: ModuleType, network_file: Path, shard: Path, tmp_path: Path
) -> None:
    weights = {
        "cross_entropy": 1.0,
        "log_mse": 0.5,
        "gradient": 0.1,
        "colourfulness": 0.5,
        "adversarial": 0.5,
    }
    crops = replace(experiment(network_file, shard).crops, side=64, hint_prob=0.0)
    asked = experiment(network_file, shard, losses=weights, colourfulness=0.8, vividness=1.5, crops=crops)
    train(asked, tmp_path / "run", tmp_path / "cache", log=print, device="cpu")
    photos = open_photos([shard], tmp_path / "cache")
    indices = np.random.default_rng(0).permutation(len(photos))
    torch.manual_seed(asked.seed)
    network = build(find_network(asked.network))
    initialize(network, None)
    set_head_bias(network, bin_frequencies(photos, indices))
    trainer = script.Trainer(asked, network, torch.device("cpu"))
    drawn = batches(photos, indices[2:], asked.batch_size, asked.crops, asked.seed)

    def given(_: Experiment, __: int) -> tuple[Crops, None]:
        return next(drawn), None

    script.train(trainer, [script.Phase(asked, None)], given, lambda *_: None)
    assert trainer.step == 20
    for name, value in load_weights(str(tmp_path / "run")).items():
        torch.testing.assert_close(trainer.average.state_dict()[name], value, rtol=1e-3, atol=1e-5, msg=name)


def test_it_trains_on_shards_of_both_sizes_and_writes_a_run(
    network_file: Path, shard: Path, tmp_path: Path
) -> None:
    data, run, asked = tmp_path / "data", tmp_path / "run", tmp_path / "asked.yaml"
    data.mkdir()
    with tarfile.open(data / "b.tar", "w") as tar:
        for number in range(12):
            photo = coloured_photo(number, 288)
            member = tarfile.TarInfo(f"{number}.png")
            member.size = len(photo)
            tar.addfile(member, io.BytesIO(photo))
    asked.write_text(
        f"network: {network_file}\nnum_samples: 12\nbatch_size: 4\nwarmup_steps: 1\ncrops: {{side: 32}}\n"
    )
    shutil.copy(shard, data / "a.tar")
    command = [
        sys.executable,
        str(SCRIPT),
        str(asked),
        "--data",
        str(data),
        "--run",
        str(run),
        "--device",
        "cpu",
    ]
    options = ["--capacity", "20", "20", "20", "--workers", "1", "--wait-for", "24"]
    subprocess.run([*command, *options], check=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    subprocess.run([*command[:2], "--join", str(run)], check=True)
    weights = load_weights(str(run))
    assert weights.keys() >= dict(build(find_network(str(network_file))).named_parameters()).keys()


def test_pieces_of_a_checkpoint_join(
    script: ModuleType, network_file: Path, shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = build(find_network(str(network_file)))
    trainer = script.Trainer(experiment(network_file, shard), network, torch.device("cpu"))
    monkeypatch.setattr(script, "PIECE", 5_000)
    script.save(trainer, tmp_path, {"a.tar": "0" * 64})
    pieces = list(tmp_path.glob("last.ckpt.*"))
    assert len(pieces) > 1
    assert max(piece.stat().st_size for piece in pieces) <= 5_000
    weights = load_weights(str(script.join(tmp_path)))
    for name, value in network.state_dict().items():
        torch.testing.assert_close(weights[name], value, rtol=1e-3, atol=1e-3)


def test_a_crop_has_the_colours_of_its_photo(script: ModuleType) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (40, 64, 3), np.uint8).repeat(4, 0).repeat(4, 1)
    store = script.Store(256, 1, torch.device("cpu"))
    canvas = np.zeros((1, 256, 256, 3), np.uint8)
    canvas[0, :160] = pixels
    store.add(canvas, np.array([pixels.shape[:2]]))
    given, sizes = store.draw(1, torch.Generator())
    cut = script._cut(given, sizes, 160, 1.0, torch.Generator(), plain=True)
    lightness, ab = script.srgb_to_lab(cut)
    truth = rgb2lab(pixels[:, 48:208]).astype(np.float32)
    np.testing.assert_allclose(lightness[0, 0], truth[..., 0], atol=0.05)
    np.testing.assert_allclose(ab[0].permute(1, 2, 0), truth[..., 1:], atol=0.1)


def test_degraded_lightness_stays_within_its_range_and_differs(script: ModuleType) -> None:
    lightness = torch.linspace(0, 100, 64 * 64).view(1, 1, 64, 64).repeat(32, 1, 1, 1)
    ab = torch.zeros(32, 2, 64, 64) + 20
    worn = script.degrade(lightness, ab, 1.0, torch.Generator().manual_seed(1))
    assert worn.min() >= 0
    assert worn.max() <= 100
    changed = (worn - lightness).abs().mean((1, 2, 3)) > 0.1
    assert 16 < int(changed.sum()) <= 32


def test_frozen_parts_keep_their_weights_and_frozen_batch_norms_their_statistics(
    script: ModuleType, shard: Path
) -> None:
    asked = experiment(
        Path("tinct-s"),
        shard,
        trainable="tail",
        freeze_batch_norm=True,
        losses={"cross_entropy": 1.0, "overshoot": 0.1},
    )
    network = build(find_network("tinct-s"))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    trainer = script.Trainer(asked, network, torch.device("cpu"))
    drawn = Crops(torch.rand(2, 1, 64, 64) * 100, torch.randn(2, 2, 16, 16) * 20, torch.zeros(2, 3, 16, 16))
    found = trainer.learn(drawn, 0.01)
    assert "overshoot" in found
    frozen = {name for name, each in network.named_parameters() if not each.requires_grad}
    assert frozen
    assert len(frozen) < len(list(network.parameters()))
    for name, value in trainer.network.state_dict().items():
        if name in frozen or name.endswith(("running_mean", "running_var")):
            assert torch.equal(value, before[name]), name
    learned = [name for name, each in network.named_parameters() if each.requires_grad]
    assert any(not torch.equal(trainer.network.state_dict()[name], before[name]) for name in learned)
