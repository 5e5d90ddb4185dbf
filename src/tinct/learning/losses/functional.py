"""What a network is taught by: pure functions of its output and the true colour."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from tinct.color.bins import Bins, soft_encoding_table
from tinct.learning.torch_ciede2000 import ciede2000

REACHES = (1, 2, 4, 8)


def soft_labels(ab: Tensor) -> tuple[Tensor, Tensor]:
    """The five nearest bins of colours (..., 2) and their weights, each (..., 5), by a table of whole colours."""
    indices, weights = soft_encoding_table()
    whole = ab.round().clamp(-128, 127).long() + 128
    row = whole[..., 0] * 256 + whole[..., 1]
    return torch.from_numpy(indices).to(ab.device)[row], torch.from_numpy(weights).to(ab.device)[row]


def soft_cross_entropy(logits: Tensor, ab: Tensor, bin_weights: Tensor | None = None) -> Tensor:
    """Mean cross-entropy, in nats, of logits (m, n) against the soft encoding of true colours (m, 2) (Zhang
    et al. 2016).

    With `bin_weights` (n,) each place counts by the weight of its true colour: the paper's rebalancing.
    """
    indices, weights = soft_labels(ab)
    logarithms = F.log_softmax(logits.float(), -1).gather(-1, indices)
    losses = -(weights * logarithms).sum(-1)
    if bin_weights is None:
        return losses.mean()
    places = (bin_weights.to(indices.device)[indices] * weights).sum(-1)
    return (losses * places).sum() / places.sum()


def distillation(logits: Tensor, taught: Tensor) -> Tensor:
    """Mean Kullback-Leibler divergence, in nats, of logits (..., n) from those of a teacher (Hinton et al. 2015)."""
    ours, theirs = F.log_softmax(logits.float(), -1), F.log_softmax(taught.float(), -1)
    return (theirs.exp() * (theirs - ours)).sum(-1).mean()


def expected_ab(logits: Tensor, bins: Bins, temperature: float = 1.0) -> Tensor:
    """The annealed mean of logits (m, n) as colours (m, 2), differentiable."""
    centres = torch.from_numpy(bins.centres).to(logits.device)
    with torch.autocast(logits.device.type, enabled=False):
        return F.softmax(logits.float() / temperature, -1) @ centres


def scale_chroma(ab: Tensor, vividness: float) -> Tensor:
    """Colours (n, p, 2) of the places of n photos as `color.decode.scale_chroma` makes them, differentiable."""
    mean = ab.mean(1, keepdim=True)
    coloured: Tensor = mean * min(vividness, vividness**0.5) + (ab - mean) * vividness
    return coloured


def smooth_l1(predicted: Tensor, ab: Tensor, beta: float = 5.0) -> Tensor:
    """Huber's loss of colours (m, 2), quadratic within `beta` ab units of the truth."""
    return F.smooth_l1_loss(predicted, ab, beta=beta)


def delta_e(predicted: Tensor, ab: Tensor) -> Tensor:
    """Mean CIEDE2000 between colours (..., 2) and the truth, at one lightness."""
    return ciede2000(predicted.float(), ab.float()).mean()


def hint_consistency(predicted: Tensor, hints: Tensor) -> Tensor:
    """Mean distance, in ab units, between predicted ab (n, 2, h, w) and hints (n, 3, h, w) where the mask is set."""
    mask = hints[:, 2:]
    gap = (predicted - hints[:, :2] * 100).abs() * mask
    return gap.sum() / mask.sum().clamp(min=1)


def rebalancing_weights(frequencies: np.ndarray, uniform_share: float) -> Tensor:
    """Weights (n,) of the bins: 1 / ((1 - λ) p + λ / n), scaled to a mean of 1 under p; λ = 1 weighs all alike."""
    weights = 1 / ((1 - uniform_share) * frequencies + uniform_share / len(frequencies))
    return torch.from_numpy((weights / (frequencies * weights).sum()).astype(np.float32))


def log_mse(predicted: Tensor, true: Tensor, floor: float = 1e-4) -> Tensor:
    """Mean over photos of the natural logarithm of their mean squared error, of sRGB (n, 3, h, w) in 0..1.

    Up to scale and sign the mean PSNR, which is what it raises; `floor` keeps photos that are nearly right from
    counting for more than those that are not.
    """
    return ((predicted - true).square().mean((1, 2, 3)) + floor).log().mean()


def gradient(predicted: Tensor, true: Tensor) -> Tensor:
    """Mean distance, in ab units, between how ab (n, 2, h, w) changes across and down, over 1, 2, 4 and 8 places, and
    how the truth does: multi-scale gradient matching (Li and Snavely 2018).

    A patch that ends where nothing ends costs more than a thing that is wrong as a whole.
    """
    gap = predicted - true
    changes = [(gap[..., far:] - gap[..., :-far]).abs().mean() for far in REACHES if far < gap.shape[-1]]
    changes += [
        (gap[..., far:, :] - gap[..., :-far, :]).abs().mean() for far in REACHES if far < gap.shape[-2]
    ]
    return torch.stack(changes).mean()


def colourfulness_share(predicted: Tensor, true: Tensor) -> Tensor:
    """The mean colourfulness of predicted sRGB (n, 3, h, w) in 0..1 as a share of the true one's.

    Means over the photos are compared, not photo by photo: it is left to the network where to be vivid.
    """
    return colourfulness(predicted).mean() / colourfulness(true).mean().clamp(min=1e-3)


def colourfulness(rgb: Tensor) -> Tensor:
    """Colourfulness M3 of Hasler and Suesstrunk (2003), (n,), of sRGB (n, 3, h, w) in 0..1."""
    red, green, blue = rgb.flatten(2).unbind(1)
    opponents = torch.stack([red - green, (red + green) / 2 - blue])
    spread = (opponents.var(2, correction=0).sum(0) + 1e-8).sqrt()
    return spread + 0.3 * (opponents.mean(2).square().sum(0) + 1e-8).sqrt()
