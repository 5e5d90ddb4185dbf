"""Every kind of training in a run: losses that look at pictures, a critic, parts that thaw, what is shown of it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.learning.experiments import QUICK, experiment
from tinct.errors import TrainingError
from tinct.learning.data.crops import Crops, sample_crops
from tinct.learning.data.photos import open_photos
from tinct.learning.losses import objective
from tinct.learning.losses.lagrangian import LagrangeMultiplier
from tinct.learning.run.train import train
from tinct.learning.weights.frozen import Frozen, frozen_in_torch, get_backbone
from tinct.learning.weights.initial import initialize, load_weights
from tinct.networks.build import BuiltNetwork, build
from tinct.networks.parse import find_network


def saved(run: Path) -> Mapping[str, torch.Tensor]:
    found: Mapping[str, torch.Tensor] = torch.load(run / "last.ckpt", weights_only=True)["state_dict"]
    return found


def assert_broken_is_whole(said: object, until: int, folder: Path) -> None:
    train(said, folder / "whole", folder / "cache", log=print, device="cpu")  # type: ignore[arg-type]
    train(said, folder / "broken", folder / "cache", log=print, device="cpu", until=until)  # type: ignore[arg-type]
    train(said, folder / "broken", folder / "cache", log=print, device="cpu")  # type: ignore[arg-type]
    whole, broken = saved(folder / "whole"), saved(folder / "broken")
    for name, value in whole.items():
        assert torch.equal(value, broken[name]), name


def test_a_run_with_a_critic_goes_on_as_if_never_broken(
    network_file: Path, shard: Path, tmp_path: Path
) -> None:
    weights = {"cross_entropy": 1.0, "adversarial": 0.5}
    said = experiment(network_file, shard, num_samples=24, losses=weights, crops=replace(QUICK, side=64))
    assert_broken_is_whole(said, 3, tmp_path)
    without = replace(said, losses={"cross_entropy": 1.0})
    train(without, tmp_path / "without", tmp_path / "cache", log=print, device="cpu")
    name = "network.bins.conv.weight"
    assert not torch.equal(saved(tmp_path / "whole")[name], saved(tmp_path / "without")[name])


def test_a_run_that_holds_its_colourfulness_goes_on_with_its_multiplier(
    network_file: Path, shard: Path, tmp_path: Path
) -> None:
    said = experiment(network_file, shard, num_samples=24, losses={"mse": 0.01}, colourfulness=0.9)
    assert_broken_is_whole(said, 3, tmp_path)
    assert saved(tmp_path / "whole")["multiplier.value"] > 0


def still(network: BuiltNetwork, stage: str, *_: object) -> Frozen:
    """The frozen part in torch, whose export to ONNX another test pays for."""
    backbone = copy.deepcopy(get_backbone(network)).requires_grad_(False).eval()
    return frozen_in_torch(backbone.early if stage == "tail" else backbone)


def test_parts_learn_from_their_stage_on_and_a_broken_run_knows_its_stage(
    shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinct.learning.run.train.frozen_backbone", still)
    said = experiment(
        Path("tinct-m"),
        shard,
        num_samples=12,
        batch_size=2,
        init="tinct-m",
        trainable="decoder",
        unfreeze={"tail": 4, "all": 8},
    )
    assert_broken_is_whole(said, 3, tmp_path)
    train(said, tmp_path / "early", tmp_path / "cache", log=print, device="cpu", until=2)
    train(said, tmp_path / "middle", tmp_path / "cache", log=print, device="cpu", until=4)
    early, middle, late = (saved(tmp_path / run) for run in ("early", "middle", "whole"))
    stem, tail = "network.backbone.stem.conv.weight", "network.backbone.blocks.12.project.conv.weight"
    assert not torch.equal(early[tail], middle[tail])
    assert torch.equal(early[stem], middle[stem])
    assert not torch.equal(middle[stem], late[stem])


@pytest.mark.parametrize("loss", sorted(objective.LOSSES.keys() - set(objective.CLASSIFICATION_LOSSES)))
def test_each_loss_falls_toward_the_true_colours(
    loss: str, network_file: Path, shard: Path, tmp_path: Path
) -> None:
    photos = open_photos([shard], tmp_path / "cache", workers=1)
    crops = sample_crops(
        photos, np.arange(3), replace(QUICK, side=64, hint_prob=1.0), np.random.default_rng(0)
    )
    lab = objective.flatten_maps(torch.cat([torch.full_like(crops.ab[:, :1], 50), crops.ab], 1))
    said = experiment(network_file, shard, losses={loss: 1.0})
    costs = []
    # overshoot alone looks at colours that are too vivid only.
    for share in (1.0, 2.0, 3.0) if loss == "overshoot" else (1.0, 0.5, 0.0):
        coloured = objective.ColorizedBatch(crops, share * lab[..., 1:], lab, None, (16, 16))
        costs.append(objective.weighted_sum(said.losses, objective.compute_losses([loss], coloured)).item())
    assert costs[0] < costs[1] < costs[2]


def test_colourfulness_is_weighed_by_a_price_where_a_share_is_asked_for(
    network_file: Path, shard: Path
) -> None:
    said = experiment(network_file, shard, losses={"mse": 1.0}, colourfulness=0.9)
    weights = objective.loss_weights(said, build(find_network(str(network_file))))
    found = {"mse": torch.tensor(2.0), "colourfulness": torch.tensor(0.5)}
    assert weights.keys() == found.keys()
    assert objective.weighted_sum(weights, found, LagrangeMultiplier(0.9, 3.0)).item() == pytest.approx(
        2 + 3 * (0.9 - 0.5)
    )
    fixed = objective.weighted_sum({"mse": 1.0, "colourfulness": 4.0}, found)
    assert fixed.item() == pytest.approx(2 + 4 * (1 - 0.5) ** 2)


def test_logits_at_whole_pictures_stay_in_their_places(network_file: Path, shard: Path) -> None:
    said = experiment(network_file, shard)
    logits = torch.zeros(1, 6, 225)
    logits[0, 4] = torch.nn.functional.one_hot(torch.tensor(7), 225) * 99
    crops = Crops(torch.zeros(1, 1, 8, 12), torch.zeros(1, 2, 2, 3), torch.zeros(1, 3, 2, 3))
    coloured = objective.from_logits(said, logits, torch.zeros(1, 6, 3), crops, (2, 3))
    picture = coloured.unflatten(coloured.ab)
    elsewhere = picture[0, :, 0, 0]
    assert [torch.allclose(picture[0, :, y, x], elsewhere) for y in range(2) for x in range(3)] == [
        True, True, True, True, False, True,
    ]  # fmt: skip


def test_a_network_that_answers_with_ab_is_not_taught_by_cross_entropy(shard: Path) -> None:
    said = experiment(Path("article-6"), shard, losses={"cross_entropy": 1.0})
    with pytest.raises(TrainingError, match="answers with ab, which cross_entropy cannot teach; use mse"):
        objective.loss_weights(said, build(find_network("article-6")))


def test_the_board_shows_figures_and_photos_that_are_not_learned_from(
    network_file: Path, shard: Path, tmp_path: Path
) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    said = experiment(network_file, shard, num_samples=8)
    train(said, tmp_path / "run", tmp_path / "cache", log=print, device="cpu")
    events = EventAccumulator(str(tmp_path / "run"))
    events.Reload()
    assert {"loss", "val_loss", "cross_entropy", "lr 0"} <= set(events.Tags()["scalars"])
    (shown,) = events.Images("validation")
    assert (shown.width, shown.height) == (3 * 32, 2 * 32)


def test_crops_of_regressed_pictures_meet_the_truth_at_the_networks_size() -> None:
    crops = Crops(
        torch.full((1, 1, 64, 64), 50.0), torch.full((1, 2, 16, 16), 20.0), torch.zeros(1, 3, 16, 16)
    )
    coloured = objective.from_ab(torch.full((1, 2, 32, 32), 20.0), crops)
    assert coloured.lab.shape == (1, 1024, 3)
    assert objective.compute_losses(["mse"], coloured) == {"mse": 0}


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"network": "tinct-s", "trainable": "tail", "batch_size": 2, "num_samples": 2}, "backbone"),
        ({"freeze_batch_norm": True}, ""),
    ],
)
def test_frozen_batch_norms_keep_their_statistics(
    changes: dict[str, Any], kept: str, network_file: Path, shard: Path, tmp_path: Path
) -> None:
    settings = replace(experiment(network_file, shard, num_samples=8), **changes)
    network = build(find_network(settings.network))
    initialize(network, None)
    train(settings, tmp_path / "run", tmp_path / "cache", log=print, device="cpu")
    trained = load_weights(str(tmp_path / "run" / "last.ckpt"))
    statistics = [name for name in trained if "running_" in name]
    changed = [name for name in statistics if not torch.allclose(trained[name], network.state_dict()[name])]
    assert any(name.startswith(kept) for name in statistics)
    assert not [name for name in changed if name.startswith(kept)]
    assert bool(changed) == bool(kept)  # the batch norms of a decoder that is not frozen change
