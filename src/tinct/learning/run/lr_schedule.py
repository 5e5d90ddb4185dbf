"""How fast each part of a network learns, and when: schedules, a rate for each block, thawing in stages."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

from torch import nn

from tinct.learning.experiment import Experiment
from tinct.learning.run.frozen import get_backbone, has_backbone
from tinct.networks.build import BuiltNetwork

LOWEST = 1e-3
RISE = 0.3
START = 1 / 25


@dataclass(frozen=True)
class Group:
    """Parameters that learn at one share of the experiment's rate, from the step `since` on."""

    parameters: list[nn.Parameter]
    share: float
    since: int = 0


def param_groups(network: BuiltNetwork, said: Experiment) -> list[Group]:
    """What learns at some time of the experiment: new layers, then the backbone's blocks from the last on.

    A block learns at rate x backbone_rate x block_decay to the power of its distance from the last (Howard and Ruder
    2018), once the stage has come that thaws it. Without a block_decay all blocks of a stage are one group.
    """
    still = {id(each) for each in frozen_parameters(network, said.last_stage)}
    late = {id(each) for each in late_parameters(network)} if has_backbone(network) else set()
    learning = [each for each in network.parameters() if each.requires_grad and id(each) not in still]
    backbone = [[each for each in part.parameters() if id(each) not in still] for part in _parts(network)]
    held = {id(each) for part in backbone for each in part}
    blocks = [
        Group(
            part,
            said.backbone_rate * said.block_decay**distance,
            stage_start(said, "tail" if id(part[0]) in late else "all"),
        )
        for distance, part in enumerate(backbone)
        if part
    ]
    return [Group([each for each in learning if id(each) not in held], 1.0), *_joined(blocks)]


def trainable_stage(said: Experiment, step: int) -> str:
    """What learns at a step: `decoder`, `tail` or `all`; see `Experiment.unfreeze`."""
    thawed = [word for word in said.unfreeze if step >= stage_start(said, word)]
    return thawed[-1] if thawed else said.learn


def stage_start(said: Experiment, word: str) -> int:
    """The step from which so much learns: 0 for what the experiment begins with."""
    if word == said.learn or said.learn == "all":
        return 0
    if word == "tail" and word not in said.unfreeze:
        word = "all"
    return said.unfreeze.get(word, 0) // said.batch


def frozen_parameters(network: BuiltNetwork, learn: str) -> Iterator[nn.Parameter]:
    """The parameters that do not learn: none, the backbone's (`decoder`), or those of its early part (`tail`)."""
    if learn == "all":
        return
    late = {id(parameter) for parameter in late_parameters(network)}
    for parameter in get_backbone(network).parameters():
        if learn == "decoder" or id(parameter) not in late:
            yield parameter


def late_parameters(network: BuiltNetwork) -> Iterator[nn.Parameter]:
    """The parameters of the backbone's blocks from 1/8 on."""
    backbone = get_backbone(network)
    for block in list(backbone.blocks)[backbone.taps["s8"] + 1 :]:
        yield from block.parameters()


def lr_factor(said: Experiment, step: int) -> float:
    """The share of the full rate at a step, 0..1, as the experiment's schedule says.

    cosine: up in a line over `warmup` steps, then down along half a cosine to 1/1000. restarts: the same cosine
    `cycles` times over (Loshchilov and Hutter 2017). one_cycle: up along half a cosine from 1/25 over three tenths of
    the run, then down to 1/1000 (Smith and Topin 2019).
    """
    done = min(step, said.steps) / said.steps
    if said.schedule == "one_cycle":
        if done < RISE:
            return START + (1 - START) * (1 - _half_cosine(done / RISE))
        return LOWEST + (1 - LOWEST) * _half_cosine((done - RISE) / (1 - RISE))
    if said.schedule == "restarts" and done < 1:
        done = step * said.cycles % said.steps / said.steps
    return min(1.0, (step + 1) / max(1, said.warmup)) * (_half_cosine(done) + LOWEST)


def group_lr_factor(said: Experiment, group: Group) -> Callable[[int], float]:
    """`lr_factor` for one group, which after its thawing comes up over `warmup` steps of its own."""

    def share(step: int) -> float:
        if not group.since:
            return lr_factor(said, step)
        return lr_factor(said, step) * min(1.0, max(0, step - group.since + 1) / max(1, said.warmup))

    return share


def _joined(blocks: list[Group]) -> Iterator[Group]:
    """Neighbours that learn alike as one group."""
    for (share, since), alike in groupby(blocks, lambda block: (block.share, block.since)):
        yield Group([each for block in alike for each in block.parameters], share, since)


def _parts(network: BuiltNetwork) -> list[nn.Module]:
    """The backbone's blocks from the last to the first, then its stem; none where there is no backbone."""
    if not has_backbone(network):
        return []
    backbone = get_backbone(network)
    return [*reversed(list(backbone.blocks)), backbone.stem]


def _half_cosine(done: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * done))
