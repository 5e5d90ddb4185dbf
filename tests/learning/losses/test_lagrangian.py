from __future__ import annotations

import torch

from tinct.learning.losses.lagrangian import LagrangeMultiplier


def test_the_price_rises_while_colours_are_too_pale_and_falls_to_nothing_where_they_are_not() -> None:
    balance = LagrangeMultiplier(0.9, 1.0)
    balance.learn(torch.tensor(0.5))
    assert balance.price > 1.0
    for _ in range(200):
        balance.learn(torch.tensor(2.0))
    assert balance.price == 0


def test_what_pays_for_colour_settles_where_it_was_asked_to() -> None:
    share = torch.tensor(0.4, requires_grad=True)
    optimizer, balance = torch.optim.SGD([share], lr=0.05), LagrangeMultiplier(0.9, 0.0)
    for _ in range(3000):
        optimizer.zero_grad()
        (2 * (share - 0.4).square() + balance.loss(share)).backward()
        optimizer.step()
        balance.learn(share)
    assert abs(share.item() - 0.9) < 0.01
