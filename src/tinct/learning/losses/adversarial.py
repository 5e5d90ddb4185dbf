"""A critic of colourings and its losses: the adversarial stage, for networks that colour too cautiously.

It is shown what `perceptual.normalized_features` is of a crop, and judges each place at three sizes (Sauer et al. 2021), so that it
knows from its first step what things are. By the hinge loss (Lim and Ye 2017), with kernels of spectral norm 1
(Miyato et al. 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from tinct.learning.losses.perceptual import CHANNELS

HIDDEN = 64
# Features of length 1 differ by less than a kernel of norm 1 can tell apart.
GAIN = 10.0
BETAS = (0.5, 0.9)


class Discriminator(nn.Module):
    """Features seen (n, c, h, w) at some sizes -> a score for each of their places (n, places of all sizes)."""

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        self.judges = nn.ModuleList(_judge(count) for count in channels)

    def forward(self, seen: Sequence[Tensor]) -> Tensor:
        scores = [judge(GAIN * features) for judge, features in zip(self.judges, seen, strict=True)]
        return torch.cat([score.flatten(1) for score in scores], 1)


def _judge(channels: int) -> nn.Module:
    return nn.Sequential(
        spectral_norm(nn.Conv2d(channels, HIDDEN, 1)), nn.LeakyReLU(0.2),
        spectral_norm(nn.Conv2d(HIDDEN, HIDDEN, 3, 1, 1)), nn.LeakyReLU(0.2),
        spectral_norm(nn.Conv2d(HIDDEN, 1, 1)),
    )  # fmt: skip


def discriminator_loss(real: Tensor, coloured: Tensor) -> Tensor:
    """What the critic learns by: scores of real photos above 1, of coloured ones below -1."""
    return F.relu(1 - real).mean() + F.relu(1 + coloured).mean()


def adversarial_loss(judge: nn.Module, seen: Sequence[Tensor]) -> Tensor:
    """What the network learns by: minus the mean score of its colours; the critic gets no gradient."""
    fixed = {name: value.detach() for name, value in judge.named_parameters()}
    score: Tensor = functional_call(judge, fixed, (seen,))
    return -score.mean()


class DiscriminatorTrainer:
    """A critic and its own optimiser, which live beside the task: their state goes into its checkpoints."""

    def __init__(self, rate: float, channels: Sequence[int] = CHANNELS) -> None:
        self.judge = Discriminator(channels)
        self.optimizer = torch.optim.Adam(self.judge.parameters(), lr=rate, betas=BETAS)

    def learn(self, coloured: Sequence[Tensor], real: Sequence[Tensor]) -> Tensor:
        """One step on what is seen in crops as the network coloured them and as they were; returns the loss."""
        self._move(real[0].device)
        judged = [self.judge([features.detach() for features in seen]) for seen in (real, coloured)]
        loss = discriminator_loss(*judged)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        _average_over_processes(self.judge)
        self.optimizer.step()
        return loss.detach()

    def state(self) -> dict[str, Any]:
        """All that a resumed run needs to go on exactly."""
        return {"judge": self.judge.state_dict(), "optimizer": self.optimizer.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        self.judge.load_state_dict(state["judge"])
        self.optimizer.load_state_dict(state["optimizer"])

    def _move(self, device: torch.device) -> None:
        if next(self.judge.parameters()).device != device:
            self.judge.to(device)
            self.optimizer.load_state_dict(self.optimizer.state_dict())  # brings its moments along


def _average_over_processes(judge: nn.Module) -> None:
    if not torch.distributed.is_initialized():
        return
    for parameter in judge.parameters():
        if parameter.grad is not None:
            torch.distributed.all_reduce(parameter.grad)
            parameter.grad /= torch.distributed.get_world_size()
