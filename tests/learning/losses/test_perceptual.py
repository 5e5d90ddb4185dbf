from __future__ import annotations

import numpy as np
import torch

from tinct.learning.losses.perceptual import CHANNELS, imagenet_features, normalized_features, perceptual_loss

CPU = torch.device("cpu")


def crop(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(seed)
    lightness = rng.uniform(20, 80, (2, 1, 8, 8)).repeat(8, 2).repeat(8, 3).astype(np.float32)
    return torch.from_numpy(lightness), torch.from_numpy(rng.normal(0, 20, (2, 2, 16, 16)).astype(np.float32))


def test_true_colours_cost_nothing_and_further_ones_more() -> None:
    features = imagenet_features(CPU)
    lightness, ab = crop()
    truth = normalized_features(features, lightness, ab)
    costs = [
        perceptual_loss(normalized_features(features, lightness, share * ab), truth).item()
        for share in (1.0, 0.8, 0.0)
    ]
    assert costs[0] == 0
    assert 0 < costs[1] < costs[2]


def test_descending_its_gradient_brings_colours_nearer() -> None:
    features = imagenet_features(CPU)
    lightness, ab = crop(1)
    guess, truth = torch.zeros_like(ab, requires_grad=True), normalized_features(features, lightness, ab)
    optimizer = torch.optim.Adam([guess], lr=2.0)
    costs = []
    for _ in range(12):
        optimizer.zero_grad()
        cost = perceptual_loss(normalized_features(features, lightness, guess), truth)
        cost.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        costs.append(cost.item())
    assert costs[-1] < 0.7 * costs[0]


def test_features_of_a_colour_photo_see_its_three_channels() -> None:
    features = imagenet_features(CPU)
    rgb = torch.rand(1, 3, 64, 64)
    turned = rgb.flip(1)
    assert [each.shape[-1] for each in features(rgb)] == [8, 4, 2]
    assert tuple(each.shape[1] for each in features(rgb)) == CHANNELS
    assert (features(rgb)[2] - features(turned)[2]).abs().max() > 0.1
