"""Lagrange multiplier constraining mean colourfulness."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

STEP = 0.01


class LagrangeMultiplier(nn.Module):
    """Holds colourfulness at `target`, as a share of the true one, at the least cost of the other losses.

    With a fixed weight, colourfulness falls as the other losses get better at being cautious. The weight is therefore
    learned by dual ascent (Platt and Barr 1988): it rises while colours are paler than the target and falls while they
    are more vivid. It is part of the checkpoint.
    """

    def __init__(self, target: float, initial: float) -> None:
        super().__init__()
        self.target = target
        self.register_buffer("value", torch.tensor(float(initial)))

    def loss(self, share: Tensor) -> Tensor:
        """The multiplier times target - share; negative if a batch is more colourful than the target."""
        return float(cast(Tensor, self.value)) * (self.target - share)

    def update(self, share: Tensor) -> None:
        """Step of dual ascent after a batch of this share."""
        value = cast(Tensor, self.value)
        value.add_(STEP * (self.target - share.detach())).clamp_(min=0)
