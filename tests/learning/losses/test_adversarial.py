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


def test_a_discriminator_learns_to_tell_what_is_seen_apart_and_then_pulls_toward_the_real() -> None:
    torch.manual_seed(0)
    trainer = DiscriminatorTrainer(1e-2, (4, 6))
    real, dull = seen(0.5), [each.requires_grad_() for each in seen(-0.5)]
    told = [trainer.step(dull, real).item() for _ in range(15)]
    assert told[-1] < told[0] / 2
    before = {name: value.clone() for name, value in trainer.discriminator.named_parameters()}
    adversarial_loss(trainer.discriminator, dull).backward()  # type: ignore[no-untyped-call]
    for each in dull:
        assert each.grad is not None
        assert each.grad.mean() < 0  # downhill is toward what is real
    assert all(torch.equal(value, before[name]) for name, value in trainer.discriminator.named_parameters())
    assert adversarial_loss(trainer.discriminator, real) < adversarial_loss(trainer.discriminator, dull)


def test_every_position_of_every_scale_has_a_score() -> None:
    torch.manual_seed(0)
    discriminator = Discriminator((4, 6))
    assert discriminator(seen(0.5)).shape == (4, 8 * 8 + 4 * 4)
    assert all((parameter != 0).any() for parameter in discriminator.parameters())


def test_a_critic_goes_on_from_its_state() -> None:
    torch.manual_seed(0)
    real, coloured = ([torch.rand(2, 4, 8, 8), torch.rand(2, 6, 4, 4)] for _ in range(2))
    one, other = DiscriminatorTrainer(1e-3, (4, 6)), DiscriminatorTrainer(1e-3, (4, 6))
    one.step(coloured, real)
    other.load_state_dict(copy.deepcopy(one.state_dict()))
    assert one.step(coloured, real) == other.step(coloured, real)
    for ours, theirs in zip(one.discriminator.parameters(), other.discriminator.parameters(), strict=True):
        assert torch.equal(ours, theirs)
