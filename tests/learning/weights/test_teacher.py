"""Learning from another network's answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.learning.conftest import NETWORK
from tests.learning.experiments import QUICK, experiment
from tests.learning.run.test_task import assert_broken_is_whole
from tinct.errors import TrainingError
from tinct.learning.data.crops import Crops, sample_crops
from tinct.learning.data.photos import open_photos
from tinct.learning.experiment import read_experiment
from tinct.learning.losses import functional, objective
from tinct.learning.run.task import ColorizationModule
from tinct.learning.run.train import train
from tinct.learning.weights.initial import load, load_weights
from tinct.learning.weights.teacher import load_teacher
from tinct.networks.build import build
from tinct.networks.parse import find_network


@pytest.fixture
def teacher(network_file: Path, shard: Path, tmp_path: Path) -> str:
    """A run that has learned for two steps."""
    config = experiment(network_file, shard, num_samples=8, seed=7)
    train(config, tmp_path / "teacher", tmp_path / "cache", log=print, device="cpu")
    return str(tmp_path / "teacher")


@pytest.fixture
def crops(shard: Path, tmp_path: Path) -> Crops:
    photos = open_photos([shard], tmp_path / "cache", workers=1)
    return sample_crops(
        photos, np.arange(4), replace(QUICK, side=64, hint_prob=0.5), np.random.default_rng(0)
    )


def test_distillation_is_the_divergence_from_the_teachers_distribution() -> None:
    taught = torch.randn(6, 225)
    assert functional.distillation(taught + 3, taught).item() == pytest.approx(0, abs=1e-6)
    ours, theirs = torch.tensor([[0.5, 0.5]]).log(), torch.tensor([[0.9, 0.1]]).log()
    by_hand = 0.9 * np.log(0.9 / 0.5) + 0.1 * np.log(0.1 / 0.5)
    assert functional.distillation(ours, theirs).item() == pytest.approx(by_hand, abs=1e-6)


@pytest.mark.parametrize("places", [0, 40])
def test_the_teacher_itself_has_nothing_to_learn_and_another_has(
    network_file: Path, shard: Path, teacher: str, crops: Crops, places: int
) -> None:
    config = experiment(
        network_file, shard, losses={"distillation": 1.0}, teacher=teacher, loss_positions=places
    )
    network = build(find_network(str(network_file))).eval()
    task = ColorizationModule(
        config, network, open_photos([shard], Path(teacher).parent / "cache"), np.arange(12)
    )
    apart = task.loss(network, crops).item()
    load(network, load_weights(teacher), teacher)
    assert task.loss(network, crops).item() == pytest.approx(0, abs=1e-5)
    assert apart > 0.01
    assert not [name for name in task.state_dict() if "teacher" in name]


def test_a_run_with_a_teacher_goes_on_as_if_never_broken(
    network_file: Path, shard: Path, teacher: str, tmp_path: Path
) -> None:
    weights = {"distillation": 1.0, "cross_entropy": 0.5}
    config = experiment(network_file, shard, num_samples=24, losses=weights, teacher=teacher)
    assert_broken_is_whole(config, 3, tmp_path)


def test_a_released_model_teaches(crops: Crops) -> None:
    logits = load_teacher("tinct-m")(crops)
    assert logits.shape == (4, 225, 16, 16)
    assert not logits.requires_grad


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("losses: {distillation: 1}", "need each other"),
        ("teacher: tinct-m", "need each other"),
        ("losses: {distilation: 1}\nteacher: tinct-m", "did you mean 'distillation'"),
    ],
)
def test_a_teacher_and_its_loss_come_together(tmp_path: Path, lines: str, told: str) -> None:
    path = tmp_path / "said.yaml"
    path.write_text(f"network: tinct-s\n{lines}\n")
    with pytest.raises(TrainingError, match=told):
        read_experiment(path)


def test_who_cannot_teach_is_told_in_one_sentence(tmp_path: Path, shard: Path) -> None:
    with pytest.raises(TrainingError, match="nobody: neither a run nor a model"):
        load_teacher("nobody")
    plain = tmp_path / "plain.yaml"
    bins = NETWORK[NETWORK.index("head:") :]
    ab = "head:\n  - {name: ab, kind: conv, filters: 2, size: 1, stride: 1, padding: 0}\n"
    plain.write_text(NETWORK.replace("{kind: ab_bins, step: 10}", "{kind: ab, scale: 100}").replace(bins, ab))
    config = experiment(plain, shard, num_samples=4, losses={"mse": 1.0})
    train(config, tmp_path / "plain", tmp_path / "cache", log=print, device="cpu")
    with pytest.raises(TrainingError, match="plain: predicts ab"):
        load_teacher(str(tmp_path / "plain"))
    with pytest.raises(TrainingError, match="which distillation cannot teach"):
        objective.loss_weights(
            experiment(plain, shard, losses={"distillation": 1.0}), build(find_network(str(plain)))
        )
