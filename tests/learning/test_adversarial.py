from __future__ import annotations

import copy

import torch

from tinct.learning.adversarial import Critic, adversarial_loss, critic_loss


def test_hinge_loss_is_none_once_all_is_told_apart_by_a_margin() -> None:
    sure = torch.full((2, 1, 3, 3), 1.5)
    assert critic_loss(sure, -sure) == 0
    assert critic_loss(torch.zeros(4), torch.zeros(4)) == 2
    assert critic_loss(-sure, sure) == 5


def test_a_critic_learns_to_tell_grey_from_coloured_and_then_pulls_toward_colour() -> None:
    torch.manual_seed(0)
    critic = Critic(rate=1e-2)
    lightness = torch.full((4, 1, 64, 64), 50.0)
    real, grey = torch.full((4, 2, 16, 16), 40.0), torch.zeros(4, 2, 16, 16, requires_grad=True)
    told = [critic.learn(lightness, grey, real).item() for _ in range(15)]
    assert told[-1] < told[0] / 2
    before = {name: value.clone() for name, value in critic.judge.named_parameters()}
    adversarial_loss(critic.judge, lightness, grey).backward()  # type: ignore[no-untyped-call]
    assert grey.grad is not None
    assert grey.grad.mean() < 0  # downhill is toward what is real
    assert all(torch.equal(value, before[name]) for name, value in critic.judge.named_parameters())
    assert adversarial_loss(critic.judge, lightness, real) < adversarial_loss(critic.judge, lightness, grey)


def test_a_critic_goes_on_from_its_state() -> None:
    torch.manual_seed(0)
    lightness = torch.rand(2, 1, 64, 64) * 100
    real, coloured = torch.randn(2, 2, 2, 16, 16)
    one, other = Critic(1e-3), Critic(1e-3)
    one.learn(lightness, coloured, real)
    other.restore(copy.deepcopy(one.state()))
    assert one.learn(lightness, coloured, real) == other.learn(lightness, coloured, real)
    for ours, theirs in zip(one.judge.parameters(), other.judge.parameters(), strict=True):
        assert torch.equal(ours, theirs)
