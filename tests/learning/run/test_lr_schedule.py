from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tinct.errors import TrainingError
from tinct.learning.experiment import Experiment, read_experiment
from tinct.learning.run import lr_schedule
from tinct.learning.weights.frozen import get_backbone
from tinct.networks.build import BuiltNetwork, build
from tinct.networks.parse import find_network


def config(**changes: object) -> Experiment:
    return Experiment(name="rates", network="tinct-s", batch_size=10, num_samples=1000, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def network() -> BuiltNetwork:
    return build(find_network("tinct-s"))


def stepped(schedule: torch.optim.lr_scheduler.LRScheduler, steps: int) -> list[float]:
    found = []
    for _ in range(steps):
        found.append(schedule.get_last_lr()[0])
        schedule.optimizer.step()
        schedule.step()
    return found


def optimizer() -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)


def test_one_cycle_is_that_of_torch() -> None:
    theirs = torch.optim.lr_scheduler.OneCycleLR(
        optimizer(), 1.0, total_steps=101, pct_start=0.3, cycle_momentum=False, final_div_factor=40
    )
    ours = [lr_schedule.lr_factor(config(schedule="one_cycle"), step) for step in range(100)]
    assert ours == pytest.approx(stepped(theirs, 100), abs=0.03)  # whose peak lies a step earlier
    assert max(ours) == pytest.approx(1)
    assert ours.index(max(ours)) == 30


def test_restarts_are_those_of_torch() -> None:
    theirs = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer(), T_0=25)
    ours = [
        lr_schedule.lr_factor(config(schedule="restarts", cycles=4, warmup_steps=1), step)
        for step in range(100)
    ]
    assert ours == pytest.approx(stepped(theirs, 100), abs=2e-3)


def test_each_block_further_from_the_decoder_learns_more_slowly(network: BuiltNetwork) -> None:
    found = lr_schedule.param_groups(network, config(trainable="all", backbone_lr_scale=0.5, layer_decay=0.8))
    shares = [group.lr_scale for group in found]
    assert shares[0] == 1
    assert shares[1:] == pytest.approx([0.5 * 0.8**distance for distance in range(17)])
    blocks = get_backbone(network).blocks
    assert {id(p) for p in found[1].parameters} == {id(p) for p in blocks[-1].parameters()}
    assert {id(p) for p in found[-1].parameters} == {id(p) for p in get_backbone(network).stem.parameters()}
    assert sum(len(group.parameters) for group in found) == len(list(network.parameters()))


def test_without_a_decay_the_backbone_is_one_group_and_a_frozen_one_none(network: BuiltNetwork) -> None:
    assert [group.lr_scale for group in lr_schedule.param_groups(network, config(trainable="tail"))] == [
        1,
        0.2,
    ]
    assert [group.lr_scale for group in lr_schedule.param_groups(network, config(trainable="decoder"))] == [1]
    plain = build(find_network("article-6"))
    assert [group.lr_scale for group in lr_schedule.param_groups(plain, config(trainable="all"))] == [1]


def test_parts_thaw_at_their_photos_and_come_up_slowly(network: BuiltNetwork) -> None:
    staged = config(trainable="decoder", unfreeze={"tail": 300, "all": 600}, warmup_steps=5)
    assert [lr_schedule.trainable_stage(staged, step) for step in (0, 29, 30, 59, 60)] == [
        "decoder", "decoder", "tail", "tail", "all",
    ]  # fmt: skip
    found = lr_schedule.param_groups(network, staged)
    assert [group.start_step for group in found] == [0, 30, 60]
    share = lr_schedule.group_lr_factor(staged, found[1])
    assert share(29) == 0
    assert share(30) == pytest.approx(lr_schedule.lr_factor(staged, 30) / 5)
    assert share(40) == lr_schedule.lr_factor(staged, 40)
    at_once = lr_schedule.param_groups(network, config(trainable="decoder", unfreeze={"all": 500}))
    assert [group.start_step for group in at_once] == [0, 50]


def test_stages_in_no_order_and_losses_that_cannot_be_are_named(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    for text, words in (
        ("trainable: tail\nunfreeze: {tail: 10}", "must go from trainable: tail to more"),
        ("trainable: decoder\nunfreeze: {all: 10, tail: 20}", "must go from trainable: decoder to more"),
        ("trainable: decoder\nunfreeze: {tail: 20, all: 10}", "later and later"),
        ("trainable: decoder\nunfreeze: {tial: 20}", "did you mean 'tail'"),
        ("schedule: cosin", "did you mean 'cosine'"),
        ("cycles: 0", "cycles is 0; give a number from 1"),
        ("losses: {perceptual: 1}\nloss_positions: 256", "perceptual looks at whole pictures"),
        ("losses: {mse: much}", "losses.mse is 'much'; give a number"),
        ("losses: [mse]", "give a table such as"),
        ("crops: 5", "crops is 5; give a table"),
        ("crops: {min_scale: 3}", "min_scale is 3; give a number from 0.05 to 1"),
        ("data: 5", "data is 5; give a list"),
        ("data: [1]", "give a list of folders and shards"),
        ("num_samples:", "num_samples is None"),
        ("batch_size: 4.5", "batch_size is 4.5"),
        ("temperature: 0", "temperature is 0; give a number from 0.01"),
        ("loss_positions: -5", "loss_positions is -5"),
    ):
        path.write_text(f"network: tinct-s\n{text}")
        with pytest.raises(TrainingError, match=words):
            read_experiment(path)
