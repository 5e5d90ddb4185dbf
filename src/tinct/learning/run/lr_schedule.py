"""Learning rate schedules, layer-wise decay and gradual unfreezing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

from torch import nn

from tinct.learning.experiment import Experiment
from tinct.learning.weights.frozen import get_backbone, has_backbone
from tinct.networks.build import BuiltNetwork

MIN_FACTOR = 1e-3
WARMUP_SHARE = 0.3
INITIAL_FACTOR = 1 / 25


@dataclass(frozen=True)
class ParamGroup:
    """Parameters trained at `lr_scale` times the experiment's learning rate, from `start_step` on."""

    parameters: list[nn.Parameter]
    lr_scale: float
    start_step: int = 0


def param_groups(network: BuiltNetwork, experiment: Experiment) -> list[ParamGroup]:
    """Parameter groups of everything trained at some point: new layers, then the blocks of the backbone from
    the last on.

    A block learns at lr x backbone_lr_scale x layer_decay to the power of its distance from the last (Howard
    and Ruder 2018), from the stage that unfreezes it. Blocks with equal settings form one group.
    """
    frozen = {id(each) for each in frozen_parameters(network, experiment.last_stage)}
    tail = {id(each) for each in tail_parameters(network)} if has_backbone(network) else set()
    learning = [each for each in network.parameters() if each.requires_grad and id(each) not in frozen]
    backbone = [
        [each for each in part.parameters() if id(each) not in frozen] for part in _backbone_parts(network)
    ]
    held = {id(each) for part in backbone for each in part}
    blocks = [
        ParamGroup(
            part,
            experiment.backbone_lr_scale * experiment.layer_decay**distance,
            stage_start(experiment, "tail" if id(part[0]) in tail else "all"),
        )
        for distance, part in enumerate(backbone)
        if part
    ]
    return [ParamGroup([each for each in learning if id(each) not in held], 1.0), *_merge_equal(blocks)]


def trainable_stage(experiment: Experiment, step: int) -> str:
    """The stage at a step: `decoder`, `tail` or `all`; see `Experiment.unfreeze`."""
    unfrozen = [word for word in experiment.unfreeze if step >= stage_start(experiment, word)]
    return unfrozen[-1] if unfrozen else experiment.trainable


def stage_start(experiment: Experiment, word: str) -> int:
    """The step from which a stage is trained: 0 for the one that the experiment starts with."""
    if word == experiment.trainable or experiment.trainable == "all":
        return 0
    if word == "tail" and word not in experiment.unfreeze:
        word = "all"
    return experiment.unfreeze.get(word, 0) // experiment.batch_size


def frozen_parameters(network: BuiltNetwork, trainable: str) -> Iterator[nn.Parameter]:
    """Parameters that are not trained: none (`all`), the backbone's (`decoder`), or those of its early part
    (`tail`).
    """
    if trainable == "all":
        return
    tail = {id(parameter) for parameter in tail_parameters(network)}
    for parameter in get_backbone(network).parameters():
        if trainable == "decoder" or id(parameter) not in tail:
            yield parameter


def tail_parameters(network: BuiltNetwork) -> Iterator[nn.Parameter]:
    """Parameters of the blocks of the backbone from stride 8 on."""
    backbone = get_backbone(network)
    for block in list(backbone.blocks)[backbone.taps["s8"] + 1 :]:
        yield from block.parameters()


def lr_factor(experiment: Experiment, step: int, time_share: float = 0.0) -> float:
    """The factor on the learning rate at a step, 0..1.

    time_share: share of a limit of time that is used, which the schedule follows if it is ahead of the steps.

    cosine: linear warmup over `warmup_steps`, then half a cosine down to 1/1000. restarts: the same cosine
    `cycles` times (Loshchilov and Hutter 2017). one_cycle: up along half a cosine from 1/25 over three tenths
    of the run, then down to 1/1000 (Smith and Topin 2019).
    """
    done = max(min(step, experiment.steps) / experiment.steps, time_share)
    if experiment.schedule == "one_cycle":
        if done < WARMUP_SHARE:
            return INITIAL_FACTOR + (1 - INITIAL_FACTOR) * (1 - _half_cosine(done / WARMUP_SHARE))
        return MIN_FACTOR + (1 - MIN_FACTOR) * _half_cosine((done - WARMUP_SHARE) / (1 - WARMUP_SHARE))
    if experiment.schedule == "restarts" and done < 1:
        done = (
            max(step, time_share * experiment.steps) * experiment.cycles % experiment.steps / experiment.steps
        )
    return min(1.0, (step + 1) / max(1, experiment.warmup_steps)) * (_half_cosine(done) + MIN_FACTOR)


def group_lr_factor(
    experiment: Experiment, group: ParamGroup, time_share: Callable[[], float] = lambda: 0.0
) -> Callable[[int], float]:
    """`lr_factor` for one group, which warms up over `warmup_steps` once it is unfrozen."""

    def factor(step: int) -> float:
        whole = lr_factor(experiment, step, time_share())
        if not group.start_step:
            return whole
        return whole * min(1.0, max(0, step - group.start_step + 1) / max(1, experiment.warmup_steps))

    return factor


def _merge_equal(blocks: list[ParamGroup]) -> Iterator[ParamGroup]:
    """Merge neighbouring blocks with equal settings."""
    for (lr_scale, start_step), alike in groupby(blocks, lambda block: (block.lr_scale, block.start_step)):
        yield ParamGroup([each for block in alike for each in block.parameters], lr_scale, start_step)


def _backbone_parts(network: BuiltNetwork) -> list[nn.Module]:
    """The blocks of the backbone from the last to the first, then its stem; none without a backbone."""
    if not has_backbone(network):
        return []
    backbone = get_backbone(network)
    return [*reversed(list(backbone.blocks)), backbone.stem]


def _half_cosine(done: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * done))
