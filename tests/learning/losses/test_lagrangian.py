from __future__ import annotations

import torch

from tinct.learning.losses.lagrangian import LagrangeMultiplier


def test_the_multiplier_rises_while_colours_are_too_pale_and_falls_to_nothing_where_they_are_not() -> None:
    multiplier = LagrangeMultiplier(0.9, 1.0)
    multiplier.update(torch.tensor(0.5))
    assert multiplier.value > 1.0
    for _ in range(200):
        multiplier.update(torch.tensor(2.0))
    assert multiplier.value == 0


def test_what_pays_for_colour_settles_where_it_was_asked_to() -> None:
    share = torch.tensor(0.4, requires_grad=True)
    optimizer, multiplier = torch.optim.SGD([share], lr=0.05), LagrangeMultiplier(0.9, 0.0)
    for _ in range(3000):
        optimizer.zero_grad()
        (2 * (share - 0.4).square() + multiplier.loss(share)).backward()
        optimizer.step()
        multiplier.update(share)
    assert abs(share.item() - 0.9) < 0.01
