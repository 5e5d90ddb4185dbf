"""As much colour as was asked for: a price on paleness that rises while it is missed."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

STEP = 0.01


class LagrangeMultiplier(nn.Module):
    """Holds colourfulness at `target`, a share of the photos' own, at the least cost of the other losses.

    A fixed weight asks for less and less as the other losses get better at being cautious. So the weight is itself
    learned, by dual ascent (Platt and Barr 1988): up while the network is paler than asked, down while it is more
    vivid. It is part of the checkpoint.
    """

    def __init__(self, target: float, price: float) -> None:
        super().__init__()
        self.target = target
        self.register_buffer("price", torch.tensor(float(price)))

    def loss(self, share: Tensor) -> Tensor:
        """The price of what a batch's `colourfulness_share` lacks; negative where it has more than was asked."""
        return float(cast(Tensor, self.price)) * (self.target - share)

    def learn(self, share: Tensor) -> None:
        """Raise or lower the price after a batch of this share."""
        price = cast(Tensor, self.price)
        price.add_(STEP * (self.target - share.detach())).clamp_(min=0)
