"""Losses as pure functions of a prediction and the true colour."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from tinct.color.bins import Bins, soft_encoding_table
from tinct.learning.torch_ciede2000 import ciede2000

GRADIENT_DISTANCES = (1, 2, 4, 8)
OVERSHOOT_MARGIN, OVERSHOOT_CHROMA, OVERSHOOT_COLD = 6.0, 14.0, 0.4


def soft_labels(ab: Tensor) -> tuple[Tensor, Tensor]:
    """Soft encoding of colours (..., 2) rounded to whole ab: indices of the five nearest bins and their
    weights, each (..., 5).
    """
    indices, weights = soft_encoding_table()
    whole = ab.round().clamp(-128, 127).long() + 128
    row = whole[..., 0] * 256 + whole[..., 1]
    return torch.from_numpy(indices).to(ab.device)[row], torch.from_numpy(weights).to(ab.device)[row]


def soft_cross_entropy(logits: Tensor, ab: Tensor, bin_weights: Tensor | None = None) -> Tensor:
    """Mean cross-entropy, in nats, of logits (m, n) against the soft encoding of true colours (m, 2).

    Zhang et al. 2016. bin_weights: (n,), class rebalancing: each position counts by the weight of its true
    colour.
    """
    indices, weights = soft_labels(ab)
    logarithms = F.log_softmax(logits.float(), -1).gather(-1, indices)
    losses = -(weights * logarithms).sum(-1)
    if bin_weights is None:
        return losses.mean()
    position_weights = (bin_weights.to(indices.device)[indices] * weights).sum(-1)
    return (losses * position_weights).sum() / position_weights.sum()


def distillation(logits: Tensor, teacher: Tensor) -> Tensor:
    """Mean Kullback-Leibler divergence, in nats, of logits (..., n) from a teacher's (Hinton et al. 2015)."""
    ours, theirs = F.log_softmax(logits.float(), -1), F.log_softmax(teacher.float(), -1)
    return (theirs.exp() * (theirs - ours)).sum(-1).mean()


def expected_ab(logits: Tensor, bins: Bins, temperature: float = 1.0) -> Tensor:
    """Annealed mean of logits (m, n) as colours (m, 2), differentiable."""
    centres = torch.from_numpy(bins.centres).to(logits.device)
    with torch.autocast(logits.device.type, enabled=False):
        return F.softmax(logits.float() / temperature, -1) @ centres


def scale_chroma(ab: Tensor, vividness: float) -> Tensor:
    """`color.decode.scale_chroma` for colours (n, p, 2) of the positions of n photos, differentiable."""
    mean = ab.mean(1, keepdim=True)
    coloured: Tensor = mean * min(vividness, vividness**0.5) + (ab - mean) * vividness
    return coloured


def smooth_l1(predicted: Tensor, ab: Tensor, beta: float = 5.0) -> Tensor:
    """Huber loss of colours (m, 2), quadratic within `beta` ab units of the truth."""
    return F.smooth_l1_loss(predicted, ab, beta=beta)


def delta_e(predicted: Tensor, ab: Tensor) -> Tensor:
    """Mean CIEDE2000 between colours (..., 2) and the truth, at equal lightness."""
    return ciede2000(predicted.float(), ab.float()).mean()


def overshoot(predicted: Tensor, ab: Tensor) -> Tensor:
    """Mean square of what the chroma of vivid colours (..., 2) exceeds the true one by beyond a margin, colours of
    positive a in full and others less.

    What readers notice first are glowing patches, most often red, where there are none.
    """
    excess = (predicted.norm(dim=-1) - ab.norm(dim=-1) - OVERSHOOT_MARGIN).clamp(min=0)
    vivid = predicted.norm(dim=-1) > OVERSHOOT_CHROMA
    weight = torch.where(predicted[..., 0] > 0, 1.0, OVERSHOOT_COLD)
    squares: Tensor = (excess * vivid * weight).square()
    return squares.mean()


def hint_consistency(predicted: Tensor, hints: Tensor) -> Tensor:
    """Mean distance, in ab units, between predicted ab (n, 2, h, w) and hints (n, 3, h, w) where the mask is
    set.
    """
    mask = hints[:, 2:]
    gap = (predicted - hints[:, :2] * 100).abs() * mask
    return gap.sum() / mask.sum().clamp(min=1)


def rebalancing_weights(frequencies: np.ndarray, uniform_share: float) -> Tensor:
    """Class rebalancing weights (n,): 1 / ((1 - λ) p + λ / n), scaled to a mean of 1 under p; λ = 1 weighs
    all alike.
    """
    weights = 1 / ((1 - uniform_share) * frequencies + uniform_share / len(frequencies))
    return torch.from_numpy((weights / (frequencies * weights).sum()).astype(np.float32))


def log_mse(predicted: Tensor, true: Tensor, floor: float = 1e-4) -> Tensor:
    """Mean over photos of the logarithm of the mean squared error of sRGB (n, 3, h, w) in 0..1.

    Up to scale and sign the mean PSNR; `floor` keeps nearly perfect photos from dominating.
    """
    return ((predicted - true).square().mean((1, 2, 3)) + floor).log().mean()


def gradient(predicted: Tensor, true: Tensor) -> Tensor:
    """Multi-scale gradient matching of ab (n, 2, h, w) over 1, 2, 4 and 8 positions, in ab units (Li and
    Snavely 2018).

    Penalises spurious colour edges more than a uniform error.
    """
    gap = predicted - true
    changes = [
        (gap[..., far:] - gap[..., :-far]).abs().mean() for far in GRADIENT_DISTANCES if far < gap.shape[-1]
    ]
    changes += [
        (gap[..., far:, :] - gap[..., :-far, :]).abs().mean()
        for far in GRADIENT_DISTANCES
        if far < gap.shape[-2]
    ]
    return torch.stack(changes).mean()


def colourfulness_share(predicted: Tensor, true: Tensor) -> Tensor:
    """Mean colourfulness of predicted sRGB (n, 3, h, w) in 0..1 as a share of the true one.

    The batch means are compared, not photo by photo: the network may choose which photos are vivid.
    """
    return colourfulness(predicted).mean() / colourfulness(true).mean().clamp(min=1e-3)


def colourfulness(rgb: Tensor) -> Tensor:
    """Colourfulness M3 of Hasler and Suesstrunk (2003), (n,), of sRGB (n, 3, h, w) in 0..1."""
    red, green, blue = rgb.flatten(2).unbind(1)
    opponents = torch.stack([red - green, (red + green) / 2 - blue])
    spread = (opponents.var(2, correction=0).sum(0) + 1e-8).sqrt()
    return spread + 0.3 * (opponents.mean(2).square().sum(0) + 1e-8).sqrt()
