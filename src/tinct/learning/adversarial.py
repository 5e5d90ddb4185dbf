"""A critic of colourings and its losses: the adversarial stage, for networks that colour too cautiously.

Patches are judged, not photos (Isola et al. 2017), by the hinge loss (Lim and Ye 2017), with kernels of spectral norm
1 (Miyato et al. 2018). The critic sees lightness beside colour, so that it learns which colours a thing may have.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

CHANNELS = (32, 64, 128)
BETAS = (0.5, 0.9)


def critic() -> nn.Module:
    """The judge: L / 100 and ab / 100 (n, 3, h, w) -> a score (n, 1, h', w') for each patch of 22 x 22 places."""
    layers: list[nn.Module] = []
    channels = 3
    for filters in CHANNELS:
        stride = 1 if filters == CHANNELS[-1] else 2
        layers += [spectral_norm(nn.Conv2d(channels, filters, 4, stride, 1)), nn.LeakyReLU(0.2)]
        channels = filters
    return nn.Sequential(*layers, spectral_norm(nn.Conv2d(channels, 1, 3, 1, 1)))


def seen_by_critic(lightness: Tensor, ab: Tensor) -> Tensor:
    """Lightness (n, 1, s, s), shrunk to the size of ab (n, 2, h, w), and ab, as the critic is shown them."""
    return torch.cat([F.adaptive_avg_pool2d(lightness, (ab.shape[-2], ab.shape[-1])), ab], 1) / 100


def critic_loss(real: Tensor, coloured: Tensor) -> Tensor:
    """What the critic learns by: scores of real photos above 1, of coloured ones below -1."""
    return F.relu(1 - real).mean() + F.relu(1 + coloured).mean()


def adversarial_loss(judge: nn.Module, lightness: Tensor, ab: Tensor) -> Tensor:
    """What the network learns by: minus the mean score of its ab (n, 2, h, w); the critic gets no gradient."""
    fixed = {name: value.detach() for name, value in judge.named_parameters()}
    score: Tensor = functional_call(judge, fixed, (seen_by_critic(lightness, ab),))
    return -score.mean()


class Critic:
    """A critic and its own optimiser, which live beside the task: their state goes into its checkpoints."""

    def __init__(self, rate: float) -> None:
        self.judge = critic()
        self.optimizer = torch.optim.Adam(self.judge.parameters(), lr=rate, betas=BETAS)

    def learn(self, lightness: Tensor, coloured: Tensor, real: Tensor) -> Tensor:
        """One step on a batch: ab (n, 2, h, w) as the network coloured it and as it was; returns the loss."""
        self._move(real.device)
        judged = [self.judge(seen_by_critic(lightness, ab.detach())) for ab in (real, coloured)]
        loss = critic_loss(*judged)
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
