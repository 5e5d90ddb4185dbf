"""Runs that are interrupted go on as if they never were."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import pytorch_lightning as pl
import torch

from tests.learning.experiments import experiment
from tinct.errors import TrainingError
from tinct.learning.run.checkpointing import CheckpointCallback
from tinct.learning.run.task import ColorizationModule
from tinct.learning.run.train import train
from tinct.learning.weights.initial import load_weights


def test_ten_and_ten_steps_are_the_same_as_twenty(network_file: Path, shard: Path, tmp_path: Path) -> None:
    said, cache = experiment(network_file, shard), tmp_path / "cache"
    train(said, tmp_path / "whole", cache, log=print, device="cpu")
    train(said, tmp_path / "broken", cache, log=print, device="cpu", until=10)
    train(said, tmp_path / "broken", cache, log=print, device="cpu")
    whole, broken = (
        torch.load(tmp_path / run / "last.ckpt", weights_only=True) for run in ("whole", "broken")
    )
    assert whole["global_step"] == broken["global_step"] == 20
    for name, value in whole["state_dict"].items():
        assert torch.equal(value, broken["state_dict"][name]), name


def test_a_checkpoint_of_any_step_holds_all_of_that_step(
    network_file: Path, shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, cache, save = (
        experiment(network_file, shard, num_samples=24),
        tmp_path / "cache",
        CheckpointCallback.save,
    )
    (tmp_path / "killed").mkdir()

    def keep_the_third(keeper: CheckpointCallback, trainer: pl.Trainer) -> None:
        save(keeper, trainer)
        if trainer.global_step == 3:
            for name in ("last.ckpt", "experiment.json"):
                shutil.copy(tmp_path / "whole" / name, tmp_path / "killed" / name)

    monkeypatch.setattr("tinct.learning.run.checkpointing.CHECKPOINT_SECONDS", -1)
    with monkeypatch.context() as patched:
        patched.setattr(CheckpointCallback, "save", keep_the_third)
        train(said, tmp_path / "whole", cache, log=print, device="cpu")
    train(said, tmp_path / "killed", cache, log=print, device="cpu")
    whole, killed = (load_weights(str(tmp_path / run / "last.ckpt")) for run in ("whole", "killed"))
    for name, value in whole.items():
        assert torch.equal(value, killed[name]), name


def test_a_run_stopped_from_outside_is_said_to_be(
    network_file: Path, shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ColorizationModule, "training_step", stop)
    with pytest.raises(KeyboardInterrupt):
        train(experiment(network_file, shard), tmp_path / "run", tmp_path / "cache", log=print, device="cpu")


def test_a_run_with_a_frozen_backbone_goes_on_as_if_never_broken(shard: Path, tmp_path: Path) -> None:
    said = experiment(
        Path("tinct-m"),
        shard,
        num_samples=16,
        trainable="tail",
        drop_path=0.2,
        loss_positions=16,
        init="tinct-m",
    )
    cache = tmp_path / "cache"
    train(said, tmp_path / "whole", cache, log=print, device="cpu")
    train(said, tmp_path / "broken", cache, log=print, device="cpu", until=2)
    train(said, tmp_path / "broken", cache, log=print, device="cpu")
    whole, broken = (
        torch.load(tmp_path / run / "last.ckpt", weights_only=True) for run in ("whole", "broken")
    )
    for name, value in whole["state_dict"].items():
        assert torch.equal(value, broken["state_dict"][name]), name


def test_a_run_noted_before_a_field_was_there_is_gone_on_with(
    network_file: Path, shard: Path, tmp_path: Path
) -> None:
    said, run = experiment(network_file, shard), tmp_path / "run"
    train(said, run, tmp_path / "cache", log=print, device="cpu", until=1)
    note = json.loads((run / "experiment.json").read_text())
    del note["teacher"]
    (run / "experiment.json").write_text(json.dumps(note))
    train(said, run, tmp_path / "cache", log=print, device="cpu", until=2)
    assert torch.load(run / "last.ckpt", weights_only=True)["global_step"] == 2


def test_a_run_of_another_experiment_is_not_gone_on_with(
    network_file: Path, shard: Path, tmp_path: Path
) -> None:
    said = experiment(network_file, shard)
    train(said, tmp_path / "run", tmp_path / "cache", log=print, device="cpu", until=1)
    with pytest.raises(TrainingError, match="another experiment"):
        train(replace(said, lr=0.1), tmp_path / "run", tmp_path / "cache", log=print, device="cpu")


def test_a_run_that_could_not_begin_leaves_its_folder_free(
    network_file: Path, shard: Path, tmp_path: Path
) -> None:
    said, run = experiment(network_file, shard), tmp_path / "run"
    with pytest.raises(TrainingError, match="mistyped"):
        train(replace(said, init="mistyped"), run, tmp_path / "cache", log=print, device="cpu")
    train(said, run, tmp_path / "cache", log=print, device="cpu", until=1)
    assert "mistyped" not in (run / "experiment.json").read_text()
