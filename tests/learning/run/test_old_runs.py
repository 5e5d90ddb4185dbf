"""Runs that an earlier version began: their config, log and checkpoint have old names, and they go on exactly."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import torch

from tests.learning.experiments import QUICK, experiment
from tinct.learning.experiment import CROP_RENAMED, RENAMED
from tinct.learning.log.records import read_log
from tinct.learning.run.train import train


def as_an_earlier_version_wrote_it(run: Path) -> None:
    """Rename what a run folder holds to the names of its config, log and checkpoint before they were renamed."""
    config = json.loads((run / "experiment.json").read_text())
    old = {new: name for name, new in RENAMED.items()}
    old_crops = {new: name for name, new in CROP_RENAMED.items()}
    crops = {old_crops.get(name, name): value for name, value in config["crops"].items()}
    config = {old.get(name, name): value for name, value in config.items()}
    (run / "experiment.json").write_text(json.dumps(config | {"crops": crops}))
    (run / "log.csv").write_text((run / "log.csv").read_text().replace("val_loss", "unseen"))
    checkpoint = torch.load(run / "last.ckpt", weights_only=True)
    weights = checkpoint["state_dict"]
    weights["balance.price"] = weights.pop("multiplier.value")
    critic = checkpoint.pop("discriminator")
    judge = {name.replace("heads.", "judges."): value for name, value in critic["discriminator"].items()}
    checkpoint["critic"] = {"judge": judge, "optimizer": critic["optimizer"]}
    checkpoint["callbacks"] = {}
    torch.save(checkpoint, run / "last.ckpt")
    (run / "best.ckpt").unlink()


def test_a_run_of_an_earlier_version_is_resumed_exactly(
    network_file: Path, shard: Path, tmp_path: Path
) -> None:
    weights = {"mse": 1e-3, "adversarial": 1e-3}
    crops = replace(QUICK, side=64)
    settings = experiment(network_file, shard, num_samples=16, losses=weights, colourfulness=0.9, crops=crops)
    cache = tmp_path / "cache"
    train(settings, tmp_path / "whole", cache, log=print, device="cpu")
    train(settings, tmp_path / "broken", cache, log=print, device="cpu", until=2)
    as_an_earlier_version_wrote_it(tmp_path / "broken")
    train(settings, tmp_path / "broken", cache, log=print, device="cpu")
    whole, broken = (
        torch.load(tmp_path / name / "last.ckpt", weights_only=True) for name in ("whole", "broken")
    )
    for name, value in whole["state_dict"].items():
        assert torch.equal(value, broken["state_dict"][name]), name
    assert [row["step"] for row in read_log(tmp_path / "broken" / "log.csv")] == [0, 2, 4]
