from __future__ import annotations

import copy

import torch

from tinct.learning.losses.adversarial import (
    Discriminator,
    DiscriminatorTrainer,
    adversarial_loss,
    discriminator_loss,
)


def seen(value: float) -> list[torch.Tensor]:
    """Features of four crops at two sizes."""
    return [torch.full((4, 4, 8, 8), value), torch.full((4, 6, 4, 4), value)]


def test_hinge_loss_is_none_once_all_is_told_apart_by_a_margin() -> None:
    sure = torch.full((2, 1, 3, 3), 1.5)
    assert discriminator_loss(sure, -sure) == 0
    assert discriminator_loss(torch.zeros(4), torch.zeros(4)) == 2
    assert discriminator_loss(-sure, sure) == 5


def test_a_critic_learns_to_tell_what_is_seen_apart_and_then_pulls_toward_the_real() -> None:
    torch.manual_seed(0)
    critic = DiscriminatorTrainer(1e-2, (4, 6))
    real, dull = seen(0.5), [each.requires_grad_() for each in seen(-0.5)]
    told = [critic.learn(dull, real).item() for _ in range(15)]
    assert told[-1] < told[0] / 2
    before = {name: value.clone() for name, value in critic.judge.named_parameters()}
    adversarial_loss(critic.judge, dull).backward()  # type: ignore[no-untyped-call]
    for each in dull:
        assert each.grad is not None
        assert each.grad.mean() < 0  # downhill is toward what is real
    assert all(torch.equal(value, before[name]) for name, value in critic.judge.named_parameters())
    assert adversarial_loss(critic.judge, real) < adversarial_loss(critic.judge, dull)


def test_every_place_of_every_size_is_judged() -> None:
    torch.manual_seed(0)
    judge = Discriminator((4, 6))
    assert judge(seen(0.5)).shape == (4, 8 * 8 + 4 * 4)
    assert all((parameter != 0).any() for parameter in judge.parameters())


def test_a_critic_goes_on_from_its_state() -> None:
    torch.manual_seed(0)
    real, coloured = ([torch.rand(2, 4, 8, 8), torch.rand(2, 6, 4, 4)] for _ in range(2))
    one, other = DiscriminatorTrainer(1e-3, (4, 6)), DiscriminatorTrainer(1e-3, (4, 6))
    one.learn(coloured, real)
    other.restore(copy.deepcopy(one.state()))
    assert one.learn(coloured, real) == other.learn(coloured, real)
    for ours, theirs in zip(one.judge.parameters(), other.judge.parameters(), strict=True):
        assert torch.equal(ours, theirs)
