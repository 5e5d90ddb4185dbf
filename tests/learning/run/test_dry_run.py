from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.learning.run.test_train import experiment
from tinct.learning.experiment import Experiment
from tinct.learning.run import dry_run as plans
from tinct.learning.run.dry_run import dry_run as plan_run
from tinct.learning.run.task import ColorizationModule
from tinct.learning.run.train import build_module
from tinct.networks.build import BuiltNetwork


def test_a_plan_tells_steps_memory_and_time_and_leaves_no_trace(
    network_file: Path, shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    told = plan_run(experiment(network_file, shard, losses={"mse": 2.0}), tmp_path / "cache", device="cpu")
    assert told["samples"] == "80 in 20 steps of 4"
    assert told["losses"] == "2 x mse"
    assert re.fullmatch(r"all from sample 0 on, \d+\.\d\d s/step", told["trainable"])
    assert re.fullmatch(r"\d+\.\d GiB per process", told["memory"])
    assert re.match(r"about \d+ seconds on this machine", told["time"])
    assert sorted(tmp_path.rglob("*")) == before


def test_a_plan_times_what_thaws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learning = []

    def teach(config: Experiment, network: BuiltNetwork, *others: object) -> ColorizationModule:
        task = build_module(config, network, *others)  # type: ignore[arg-type]
        learning.append(sum(each.requires_grad for each in task.network.parameters()))
        return task

    monkeypatch.setattr(plans, "build_module", teach)
    config = experiment(
        Path("tinct-s"), tmp_path, batch_size=2, trainable="decoder", unfreeze={"tail": 4, "all": 8}
    )
    plan_run(config, tmp_path, device="cpu")
    assert learning == sorted(set(learning))
