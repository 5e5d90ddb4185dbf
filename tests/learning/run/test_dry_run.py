from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import pyvips

from tests.learning.conftest import coloured_photo
from tests.learning.experiments import experiment
from tinct.errors import PhotoError, TrainingError
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
    config = experiment(network_file, shard, losses={"mse": 2.0})
    told = plan_run(config, tmp_path / "cache", device="cpu", minutes=0.0001)
    assert told["samples"] == "80 in 20 steps of 4"
    assert told["losses"] == "2 x mse"
    assert re.fullmatch(r"all from sample 0 on, \d+\.\d\d s/step", told["trainable"])
    assert re.fullmatch(r"\d+\.\d GiB per process", told["memory"])
    assert re.match(
        r"0\.0001 minutes, in which about \d+ samples are seen; without the limit about \d+", told["time"]
    )
    assert told["initial weights"] == "random"
    assert told["photos"] == "photos.tar (shard)"
    assert told["first photos"] == "12 in colour, 0 grey, 0 unreadable"
    assert told["photos cached"].startswith("no")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_plan_times_what_thaws(shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learning = []

    def teach(config: Experiment, network: BuiltNetwork, *others: object) -> ColorizationModule:
        task = build_module(config, network, *others)  # type: ignore[arg-type]
        learning.append(sum(each.requires_grad for each in task.network.parameters()))
        return task

    monkeypatch.setattr(plans, "build_module", teach)
    config = experiment(
        Path("tinct-s"), shard, batch_size=2, trainable="decoder", unfreeze={"tail": 4, "all": 8}
    )
    plan_run(config, tmp_path, device="cpu")
    assert learning == sorted(set(learning))


def test_a_dry_run_finds_what_would_stop_the_run(network_file: Path, shard: Path, tmp_path: Path) -> None:
    few = tmp_path / "few"
    few.mkdir()
    (few / "one.png").write_bytes(coloured_photo(1))
    (few / "two.png").write_bytes(b"no photo")
    missing = str(tmp_path / "none.tar")
    for changes, error, told in (
        ({"data": ()}, TrainingError, "no photos are given; give a folder or tar shards with --data"),
        ({"data": (str(shard), missing)}, PhotoError, r"none\.tar: no such shard"),
        ({"data": (str(few),)}, TrainingError, "only 1 photos in colour; give at least 5"),
        ({"init": "mistyped"}, TrainingError, "mistyped: neither a run, a checkpoint nor a model"),
        ({"init": "tinct-m"}, TrainingError, "tinct-m: holds another network"),
    ):
        with pytest.raises(error, match=told):
            plan_run(experiment(network_file, shard, **changes), tmp_path / "cache", device="cpu")
    assert not (tmp_path / "cache").exists()


def test_photos_in_colour_that_come_late_are_found(
    network_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "NUM_PHOTOS", 2)
    grey = np.full((64, 64), 90, np.uint8)
    for number in range(4):
        pyvips.Image.new_from_array(grey).pngsave(str(tmp_path / f"{number}.png"))
    for number in range(5):
        (tmp_path / f"late-{number}.png").write_bytes(coloured_photo(number))
    told = plan_run(experiment(network_file, tmp_path), tmp_path / "cache", device="cpu")
    assert told["first photos"] == "5 in colour, 4 grey, 0 unreadable"
    assert told["photos"] == f"{tmp_path.name} (9 photos)"
