"""Two processes on one machine, joined by gloo on 127.0.0.1, learn what one would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.learning.conftest import NETWORK
from tinct.errors import TrainingError
from tinct.learning.experiment import Experiment, read_experiment
from tinct.learning.run.distributed import DistributedContext
from tinct.learning.run.train import train

EXPERIMENT = """
network: {network}
data: [{shard}]
num_samples: 48
batch_size: 6
val_size: 2
warmup_steps: 1
seed: 3
crops: {{side: 64, hint_prob: 0.5}}
losses: {{cross_entropy: 1.0, adversarial: 0.1}}
"""
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def write(folder: Path, shard: Path) -> Path:
    """An experiment whose network has no batch norm, which would see half of each batch only."""
    (folder / "grouped.yaml").write_text(NETWORK.replace("norm: batch", "norm: group"))
    path = folder / "shared.yaml"
    path.write_text(EXPERIMENT.format(network=folder / "grouped.yaml", shard=shard))
    return path


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("start", "more"), [([], ["--processes", "2"]), pytest.param(TORCHRUN, [], marks=pytest.mark.slow)]
)
def test_two_processes_learn_what_one_does(
    start: list[str], more: list[str], shard: Path, tmp_path: Path
) -> None:
    path = write(tmp_path, shard)
    alone = train(
        read_experiment(path), tmp_path / "one", tmp_path / "cache", log=print, device="cpu", threads=1
    )
    command = [sys.executable, *start, "-m", "tinct", "train", str(path), *more]
    command += ["--cache", str(tmp_path / "cache"), "--device", "cpu", "--threads", "1"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=600, cwd=tmp_path,
        env={**os.environ, "MASTER_ADDR": "127.0.0.1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("trained shared") <= 2
    one, two = (
        torch.load(each, weights_only=True)
        for each in (alone.last, tmp_path / "runs" / "shared" / "last.ckpt")
    )
    assert one["global_step"] == two["global_step"] == 8
    assert (
        one["state_dict"]["network.down1.norm.weight"] - 1
    ).abs().max() > 2e-3  # it began at 1, and learned
    for name, value in one["state_dict"].items():
        assert torch.allclose(value, two["state_dict"][name], atol=3e-4), name
    for name, value in one["discriminator"]["discriminator"].items():
        assert torch.allclose(value, two["discriminator"]["discriminator"][name], atol=3e-4), name


def test_a_batch_that_cannot_be_shared_is_told() -> None:
    with pytest.raises(TrainingError, match="2 processes cannot share a batch of 9"):
        DistributedContext(local_world_size=2).local_batch_size(
            Experiment(name="odd", network="tinct-s", batch_size=9)
        )
