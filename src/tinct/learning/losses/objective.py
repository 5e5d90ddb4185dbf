"""What an experiment asks a network to get right: its losses, weighted and added up."""

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

# What looks at features, the dearest of all, is shown one crop in so many.
PERCEIVED = 3
# Neighbours say the same: what is asked of all bins is asked of one place in so many of whole pictures.
TAUGHT = 3
# Losses of a distribution over bins.
CLASSIFIED = ("cross_entropy", "distillation")


@dataclass(frozen=True)
class ColorizedBatch:
    """What a network made of n crops at p places each: ab (n, p, 2) and, of a classifier, logits (n, p, bins), beside
    the true lab (n, p, 3) and, where there is a teacher, its logits; `size` (h, w) where the places are whole
    pictures in order.
    """

    crops: Crops
    ab: Tensor
    lab: Tensor
    logits: Tensor | None = None
    size: tuple[int, int] | None = None
    taught: Tensor | None = None

    @property
    def true_ab(self) -> Tensor:
        """The true ab (n, p, 2)."""
        return self.lab[..., 1:]

    @cached_property
    def srgb(self) -> tuple[Tensor, Tensor]:
        """sRGB (n, 3, p, 1) in 0..1 as coloured and as it was; what sRGB lacks is clipped."""
        ours, true = (
            lab_to_srgb(_column(self.lab[..., :1]), _column(ab)).clamp(0, 1) for ab in (self.ab, self.true_ab)
        )
        return ours, true

    @cached_property
    def perceived(self) -> tuple[list[Tensor], list[Tensor]]:
        """What `perceptual.normalized_features` is of one crop in `PERCEIVED`, as coloured and as it was."""
        features = imagenet_features(self.ab.device)
        some = slice(max(1, len(self.ab) // PERCEIVED))
        ours, truth = (
            normalized_features(features, self.crops.lightness[some], self.unflatten(ab)[some])
            for ab in (self.ab, self.true_ab)
        )
        return ours, truth

    def unflatten(self, ab: Tensor) -> Tensor:
        """Colours (n, p, 2) of whole pictures as maps (n, 2, h, w)."""
        assert self.size is not None
        return unflatten_maps(ab, self.size)


Measure = Callable[[ColorizedBatch], Tensor]


def from_logits(
    said: Experiment, logits: Tensor, lab: Tensor, crops: Crops, size: tuple[int, int] | None,
    taught: Tensor | None = None,
) -> ColorizedBatch:  # fmt: skip
    """The colours that logits (n, p, bins) mean, beside the truth and, where there is a teacher, its logits."""
    return ColorizedBatch(crops, decode_logits(said, logits), lab, logits, size, taught)


def decode_logits(said: Experiment, logits: Tensor) -> Tensor:
    """ab (n, p, 2) of logits (n, p, bins) at the experiment's temperature and vividness."""
    expected = functional.expected_ab(logits.flatten(0, 1), srgb_bins(), said.temperature)
    return functional.scale_chroma(expected.view(*logits.shape[:2], 2), said.vividness)


def from_ab(predicted: Tensor, crops: Crops) -> ColorizedBatch:
    """The colours that a network answered itself, ab (n, 2, h, w) at any size, beside the truth brought to it."""
    size = (predicted.shape[-2], predicted.shape[-1])
    lightness = F.interpolate(crops.lightness, size, mode="bilinear", antialias=True)
    ab = F.interpolate(crops.ab, size, mode="bilinear", align_corners=False)
    return ColorizedBatch(
        crops, flatten_maps(predicted), flatten_maps(torch.cat([lightness, ab], 1)), None, size
    )


def loss_weights(said: Experiment, network: BuiltNetwork) -> Mapping[str, float]:
    """The experiment's losses and their weights, or what such a network is taught by when it names none.

    TrainingError for a loss that the network's output cannot be measured by.
    """
    classifies = network.network.output.kind == "ab_bins"
    for name in () if classifies else CLASSIFIED:
        if said.losses.get(name):
            raise TrainingError(
                f"{said.name}: {network.network.name} answers with ab, which {name} cannot teach; use mse."
            )
    asked = said.losses or {"cross_entropy" if classifies else "mse": 1.0}
    balanced = {"colourfulness": 0.0} if said.colourfulness is not None else {}
    return balanced | {name: weight for name, weight in asked.items() if weight}


def compute_losses(
    names: Iterable[str], coloured: ColorizedBatch, bin_weights: Tensor | None = None
) -> dict[str, Tensor]:
    """The losses of these names, unweighted, but the adversarial one, which needs a critic; of `colourfulness` the
    share of the true one's.
    """
    measures: dict[str, Measure] = {
        **MEASURES,
        "cross_entropy": partial(_cross_entropy, bin_weights=bin_weights),
    }
    return {name: measures[name](coloured) for name in names if name in measures}


def weighted_sum(
    weights: Mapping[str, float], found: Mapping[str, Tensor], balance: LagrangeMultiplier | None = None
) -> Tensor:
    """The weighted sum of what was `compute_losses`.

    balance: what weighs colourfulness instead of its fixed weight.
    """
    costs = {name: weights[name] * value for name, value in found.items()}
    share = found.get("colourfulness")
    if share is not None:
        fixed = weights["colourfulness"] * (share - 1).square()
        costs["colourfulness"] = fixed if balance is None else balance.loss(share)
    return sum(costs.values(), torch.zeros(()))


def flatten_maps(maps: Tensor) -> Tensor:
    """Maps (n, c, h, w) as places (n, h * w, c)."""
    return maps.flatten(2).transpose(1, 2)


def sample_positions(count: int, *maps: Tensor) -> list[Tensor]:
    """`count` places of each photo, drawn without return, the same in all maps (n, c, h, w): each (n, c, count, 1)."""
    every = [flatten_maps(each) for each in maps]
    drawn = torch.rand(every[0].shape[:2], device=every[0].device).argsort(1)[:, :count, None]
    chosen = [each.gather(1, drawn.expand(-1, -1, each.shape[2])) for each in every]
    return [each.transpose(1, 2)[..., None] for each in chosen]


def unflatten_maps(ab: Tensor, size: tuple[int, int]) -> Tensor:
    """Places (n, h * w, 2) as maps (n, 2, h, w)."""
    return ab.transpose(1, 2).reshape(len(ab), 2, *size)


def _column(maps: Tensor) -> Tensor:
    """Places (n, p, c) as maps (n, c, p, 1)."""
    return maps.transpose(1, 2)[..., None]


def _cross_entropy(said: ColorizedBatch, bin_weights: Tensor | None) -> Tensor:
    assert said.logits is not None
    logits, ab = (_some(said, each).flatten(0, 1) for each in (said.logits, said.true_ab))
    return functional.soft_cross_entropy(logits, ab, bin_weights)


def _distillation(said: ColorizedBatch) -> Tensor:
    assert said.logits is not None
    assert said.taught is not None
    return functional.distillation(_some(said, said.logits), _some(said, said.taught))


def _some(said: ColorizedBatch, values: Tensor) -> Tensor:
    """Of values (n, p, c) of whole pictures those of one place in `TAUGHT`."""
    return values[:, :: TAUGHT if said.size else 1]


def _hint_consistency(said: ColorizedBatch) -> Tensor:
    hints = said.crops.hints
    return functional.hint_consistency(
        F.interpolate(said.unflatten(said.ab), hints.shape[-2:], mode="area"), hints
    )


MEASURES: Mapping[str, Measure] = {
    "distillation": _distillation,
    "mse": lambda said: F.mse_loss(said.ab, said.true_ab),
    "smooth_l1": lambda said: functional.smooth_l1(said.ab, said.true_ab),
    "delta_e": lambda said: functional.delta_e(said.ab, said.true_ab),
    "log_mse": lambda said: functional.log_mse(*said.srgb),
    "colourfulness": lambda said: functional.colourfulness_share(*said.srgb),
    "gradient": lambda said: functional.gradient(said.unflatten(said.ab), said.unflatten(said.true_ab)),
    "hint_consistency": _hint_consistency,
    "perceptual": lambda said: perceptual_loss(*said.perceived),
}
