"""Adversarial loss: a projected discriminator on ImageNet features, for networks whose colours are too cautious.

The discriminator sees the features of `perceptual.normalized_features` at three scales (Sauer et al. 2021), so it knows
from its first step what objects are. Hinge loss (Lim and Ye 2017), spectral normalisation (Miyato et al. 2018).
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
# Features of unit length differ by less than a kernel of spectral norm 1 can separate.
GAIN = 10.0
BETAS = (0.5, 0.9)


class Discriminator(nn.Module):
    """Features (n, c, h, w) at several scales -> a score at each position, (n, positions of all scales)."""

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        self.heads = nn.ModuleList(_head(count) for count in channels)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        scores = [head(GAIN * scale) for head, scale in zip(self.heads, features, strict=True)]
        return torch.cat([score.flatten(1) for score in scores], 1)


def _head(channels: int) -> nn.Module:
    return nn.Sequential(
        spectral_norm(nn.Conv2d(channels, HIDDEN, 1)), nn.LeakyReLU(0.2),
        spectral_norm(nn.Conv2d(HIDDEN, HIDDEN, 3, 1, 1)), nn.LeakyReLU(0.2),
        spectral_norm(nn.Conv2d(HIDDEN, 1, 1)),
    )  # fmt: skip


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Hinge loss of the discriminator: scores of real photos above 1, of coloured ones below -1."""
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def adversarial_loss(discriminator: nn.Module, features: Sequence[Tensor]) -> Tensor:
    """Generator loss: minus the mean score of coloured photos; the discriminator gets no gradient."""
    fixed = {name: value.detach() for name, value in discriminator.named_parameters()}
    score: Tensor = functional_call(discriminator, fixed, (features,))
    return -score.mean()


class DiscriminatorTrainer:
    """A discriminator and its optimizer, kept outside the Lightning module; checkpoints hold their state."""

    def __init__(self, lr: float, channels: Sequence[int] = CHANNELS) -> None:
        self.discriminator = Discriminator(channels)
        self.optimizer = torch.optim.Adam(self.discriminator.parameters(), lr=lr, betas=BETAS)

    def step(self, fake: Sequence[Tensor], real: Sequence[Tensor]) -> Tensor:
        """One optimizer step on features of coloured and of true crops; returns the loss."""
        self._move(real[0].device)
        scores = [self.discriminator([scale.detach() for scale in features]) for features in (real, fake)]
        loss = discriminator_loss(*scores)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        _all_reduce_gradients(self.discriminator)
        self.optimizer.step()
        return loss.detach()

    def state_dict(self) -> dict[str, Any]:
        """State of the discriminator and its optimizer, for an exact resume."""
        return {"discriminator": self.discriminator.state_dict(), "optimizer": self.optimizer.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.discriminator.load_state_dict(state["discriminator"])
        self.optimizer.load_state_dict(state["optimizer"])

    def _move(self, device: torch.device) -> None:
        if next(self.discriminator.parameters()).device != device:
            self.discriminator.to(device)
            self.optimizer.load_state_dict(self.optimizer.state_dict())  # moves its moments along


def _all_reduce_gradients(discriminator: nn.Module) -> None:
    if not torch.distributed.is_initialized():
        return
    for parameter in discriminator.parameters():
        if parameter.grad is not None:
            torch.distributed.all_reduce(parameter.grad)
            parameter.grad /= torch.distributed.get_world_size()
