"""An experiment's objective: its losses, computed, weighted and summed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import torch
from torch import Tensor
from torch.nn import functional as F

from tinct.color.bins import srgb_bins
from tinct.errors import TrainingError
from tinct.learning.data.crops import Crops
from tinct.learning.experiment import Experiment
from tinct.learning.losses import functional
from tinct.learning.losses.lagrangian import LagrangeMultiplier
from tinct.learning.losses.perceptual import imagenet_features, normalized_features, perceptual_loss
from tinct.learning.torch_lab import lab_to_srgb
from tinct.networks.build import BuiltNetwork

# Feature losses cost most: they see one crop in so many.
PERCEPTUAL_STRIDE = 3
# Neighbouring positions are redundant: losses over all bins take one in so many of whole pictures.
POSITION_STRIDE = 3
# Losses of a distribution over bins.
CLASSIFICATION_LOSSES = ("cross_entropy", "distillation")


@dataclass(frozen=True)
class ColorizedBatch:
    """A batch of n crops as a network coloured it, at p positions each.

    ab (n, p, 2), lab (n, p, 3) the truth; of a classifier also logits (n, p, bins), and with a teacher its
    logits. size: (h, w) if the positions are whole pictures in raster order.
    """

    crops: Crops
    ab: Tensor
    lab: Tensor
    logits: Tensor | None = None
    size: tuple[int, int] | None = None
    teacher: Tensor | None = None

    @property
    def true_ab(self) -> Tensor:
        """The true ab (n, p, 2)."""
        return self.lab[..., 1:]

    @cached_property
    def srgb(self) -> tuple[Tensor, Tensor]:
        """Predicted and true sRGB (n, 3, p, 1) in 0..1, clipped."""
        ours, true = (
            lab_to_srgb(_as_maps(self.lab[..., :1]), _as_maps(ab)).clamp(0, 1)
            for ab in (self.ab, self.true_ab)
        )
        return ours, true

    @cached_property
    def features(self) -> tuple[list[Tensor], list[Tensor]]:
        """`perceptual.normalized_features` of one crop in PERCEPTUAL_STRIDE, predicted and true."""
        backbone = imagenet_features(self.ab.device)
        subset = slice(max(1, len(self.ab) // PERCEPTUAL_STRIDE))
        ours, truth = (
            normalized_features(backbone, self.crops.lightness[subset], self.unflatten(ab)[subset])
            for ab in (self.ab, self.true_ab)
        )
        return ours, truth

    def unflatten(self, ab: Tensor) -> Tensor:
        """Reshape colours (n, p, 2) of whole pictures to maps (n, 2, h, w)."""
        assert self.size is not None
        return unflatten_maps(ab, self.size)


Loss = Callable[[ColorizedBatch], Tensor]


def from_logits(
    experiment: Experiment, logits: Tensor, lab: Tensor, crops: Crops, size: tuple[int, int] | None,
    teacher: Tensor | None = None,
) -> ColorizedBatch:  # fmt: skip
    """Decode logits (n, p, bins) into a batch."""
    return ColorizedBatch(crops, decode_logits(experiment, logits), lab, logits, size, teacher)


def decode_logits(experiment: Experiment, logits: Tensor) -> Tensor:
    """ab (n, p, 2) of logits (n, p, bins) at the experiment's temperature and vividness."""
    expected = functional.expected_ab(logits.flatten(0, 1), srgb_bins(), experiment.temperature)
    return functional.scale_chroma(expected.view(*logits.shape[:2], 2), experiment.vividness)


def from_ab(predicted: Tensor, crops: Crops) -> ColorizedBatch:
    """A batch of a network that predicts ab (n, 2, h, w) at any size; the truth is resized to it."""
    size = (predicted.shape[-2], predicted.shape[-1])
    lightness = F.interpolate(crops.lightness, size, mode="bilinear", antialias=True)
    ab = F.interpolate(crops.ab, size, mode="bilinear", align_corners=False)
    return ColorizedBatch(
        crops, flatten_maps(predicted), flatten_maps(torch.cat([lightness, ab], 1)), None, size
    )


def loss_weights(experiment: Experiment, network: BuiltNetwork) -> Mapping[str, float]:
    """Losses of the experiment and their weights, by default those that fit the output of the network.

    TrainingError for a loss that does not fit it.
    """
    classifies = network.network.output.kind == "ab_bins"
    for name in () if classifies else CLASSIFICATION_LOSSES:
        if experiment.losses.get(name):
            raise TrainingError(
                f"{experiment.name}: {network.network.name} answers with ab, which {name} cannot teach; use mse"
            )
    asked = experiment.losses or {"cross_entropy" if classifies else "mse": 1.0}
    constrained = {"colourfulness": 0.0} if experiment.colourfulness is not None else {}
    return constrained | {name: weight for name, weight in asked.items() if weight}


def compute_losses(
    names: Iterable[str], coloured: ColorizedBatch, bin_weights: Tensor | None = None
) -> dict[str, Tensor]:
    """Unweighted losses of these names, except the adversarial one; for `colourfulness` its share of the true
    one.
    """
    losses: dict[str, Loss] = {
        **LOSSES,
        "cross_entropy": partial(_cross_entropy, bin_weights=bin_weights),
    }
    return {name: losses[name](coloured) for name in names if name in losses}


def weighted_sum(
    weights: Mapping[str, float], found: Mapping[str, Tensor], multiplier: LagrangeMultiplier | None = None
) -> Tensor:
    """Weighted sum of what `compute_losses` returned.

    multiplier: replaces the fixed weight of colourfulness.
    """
    costs = {name: weights[name] * value for name, value in found.items()}
    share = found.get("colourfulness")
    if share is not None:
        fixed = weights["colourfulness"] * (share - 1).square()
        costs["colourfulness"] = fixed if multiplier is None else multiplier.loss(share)
    return sum(costs.values(), torch.zeros(()))


def flatten_maps(maps: Tensor) -> Tensor:
    """Reshape maps (n, c, h, w) to positions (n, h * w, c)."""
    return maps.flatten(2).transpose(1, 2)


def sample_positions(count: int, *maps: Tensor) -> list[Tensor]:
    """Draw `count` positions of each photo without replacement, the same in all maps (n, c, h, w): each (n,
    c, count, 1).
    """
    every = [flatten_maps(each) for each in maps]
    drawn = torch.rand(every[0].shape[:2], device=every[0].device).argsort(1)[:, :count, None]
    chosen = [each.gather(1, drawn.expand(-1, -1, each.shape[2])) for each in every]
    return [each.transpose(1, 2)[..., None] for each in chosen]


def unflatten_maps(ab: Tensor, size: tuple[int, int]) -> Tensor:
    """Reshape positions (n, h * w, 2) to maps (n, 2, h, w)."""
    return ab.transpose(1, 2).reshape(len(ab), 2, *size)


def _as_maps(maps: Tensor) -> Tensor:
    """Reshape positions (n, p, c) to maps (n, c, p, 1)."""
    return maps.transpose(1, 2)[..., None]


def _cross_entropy(batch: ColorizedBatch, bin_weights: Tensor | None) -> Tensor:
    assert batch.logits is not None
    logits, ab = (_subsample(batch, each).flatten(0, 1) for each in (batch.logits, batch.true_ab))
    return functional.soft_cross_entropy(logits, ab, bin_weights)


def _distillation(batch: ColorizedBatch) -> Tensor:
    assert batch.logits is not None
    assert batch.teacher is not None
    return functional.distillation(_subsample(batch, batch.logits), _subsample(batch, batch.teacher))


def _subsample(batch: ColorizedBatch, values: Tensor) -> Tensor:
    """One position in POSITION_STRIDE of values (n, p, c) of whole pictures."""
    return values[:, :: POSITION_STRIDE if batch.size else 1]


def _hint_consistency(batch: ColorizedBatch) -> Tensor:
    hints = batch.crops.hints
    return functional.hint_consistency(
        F.interpolate(batch.unflatten(batch.ab), hints.shape[-2:], mode="area"), hints
    )


LOSSES: Mapping[str, Loss] = {
    "distillation": _distillation,
    "mse": lambda batch: F.mse_loss(batch.ab, batch.true_ab),
    "smooth_l1": lambda batch: functional.smooth_l1(batch.ab, batch.true_ab),
    "delta_e": lambda batch: functional.delta_e(batch.ab, batch.true_ab),
    "overshoot": lambda batch: functional.overshoot(batch.ab, batch.true_ab),
    "log_mse": lambda batch: functional.log_mse(*batch.srgb),
    "colourfulness": lambda batch: functional.colourfulness_share(*batch.srgb),
    "gradient": lambda batch: functional.gradient(batch.unflatten(batch.ab), batch.unflatten(batch.true_ab)),
    "hint_consistency": _hint_consistency,
    "perceptual": lambda batch: perceptual_loss(*batch.features),
}
