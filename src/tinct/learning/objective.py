"""What an experiment asks a network to get right: its losses, weighted and added up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F

from tinct.color.bins import srgb_bins
from tinct.errors import LearningError
from tinct.learning import losses
from tinct.learning.balance import Balance
from tinct.learning.crops import Crops
from tinct.learning.experiment import Experiment
from tinct.learning.perceptual import imagenet_features, perceptual, seen
from tinct.learning.rgb import lab_to_srgb
from tinct.networks.build import BuiltNetwork

# What looks at features, the dearest of all, is shown one crop in so many.
PERCEIVED = 3
# Neighbours say the same: cross-entropy and palette are asked of one place in so many of whole pictures.
TAUGHT = 3


@dataclass(frozen=True)
class Coloured:
    """What a network said of n photos at p places each: ab (n, p, 2) and, of a classifier, logits (n, p, bins),
    beside the true lab (n, p, 3); `lightness` (n, 1, s, s) is that of the crops, and `size` (h, w) where the places are
    whole pictures in order.
    """

    ab: Tensor
    lab: Tensor
    lightness: Tensor
    logits: Tensor | None = None
    size: tuple[int, int] | None = None

    @property
    def picture(self) -> Tensor:
        """ab (n, 2, h, w), of whole pictures."""
        assert self.size is not None
        return picture(self.ab, self.size)

    @property
    def truth(self) -> Tensor:
        """The true ab (n, 2, h, w) of whole pictures."""
        assert self.size is not None
        return picture(self.lab[..., 1:], self.size)

    @cached_property
    def colourfulness_share(self) -> Tensor:
        """`losses.colourfulness_share` of what was coloured."""
        ours, true = _srgb(self.lab, self.ab), _srgb(self.lab, self.lab[..., 1:])
        return losses.colourfulness_share(ours, true)

    @cached_property
    def perceived(self) -> tuple[list[Tensor], list[Tensor]]:
        """What `perceptual.seen` is of one crop in `PERCEIVED`, as coloured and as it was."""
        features = imagenet_features(self.ab.device)
        some = slice(max(1, len(self.ab) // PERCEIVED))
        ours, truth = (seen(features, self.lightness[some], ab[some]) for ab in (self.picture, self.truth))
        return ours, truth


def classified(
    said: Experiment, logits: Tensor, lab: Tensor, lightness: Tensor, size: tuple[int, int] | None
) -> Coloured:
    """The colours that logits (n, p, bins) mean, beside the truth."""
    return Coloured(decoded(said, logits), lab, lightness, logits, size)


def decoded(said: Experiment, logits: Tensor) -> Tensor:
    """ab (n, p, 2) of logits (n, p, bins) at the experiment's temperature and vividness."""
    expected = losses.expected_ab(logits.flatten(0, 1), srgb_bins(), said.temperature)
    return losses.vivid(expected.view(*logits.shape[:2], 2), said.vividness)


def regressed(predicted: Tensor, crops: Crops) -> Coloured:
    """The colours that a network answered itself, ab (n, 2, h, w) at any size, beside the truth brought to it."""
    size = (predicted.shape[-2], predicted.shape[-1])
    lightness = F.interpolate(crops.lightness, size, mode="bilinear", antialias=True)
    ab = F.interpolate(crops.ab, size, mode="bilinear", align_corners=False)
    return Coloured(places(predicted), places(torch.cat([lightness, ab], 1)), crops.lightness, None, size)


def weights_for(said: Experiment, network: BuiltNetwork) -> Mapping[str, float]:
    """The experiment's losses and their weights, or what such a network is taught by when it names none.

    LearningError for a loss that the network's output cannot be measured by.
    """
    classifies = network.network.output.kind == "ab_bins"
    if not classifies and said.losses.get("cross_entropy"):
        raise LearningError(
            f"{said.name}: {network.network.name} answers with ab, which cross_entropy cannot teach; use mse."
        )
    return said.losses or {"cross_entropy" if classifies else "mse": 1.0}


def total(
    weights: Mapping[str, float], coloured: Coloured, crops: Crops, bin_weights: Tensor | None = None,
    balance: Balance | None = None,
) -> Tensor:  # fmt: skip
    """The weighted sum of all losses but the adversarial one, which needs a critic.

    balance: what weighs colourfulness instead of its fixed weight.
    """
    found = coloured.ab.new_zeros((), dtype=torch.float32)
    predicted, ab = coloured.ab, coloured.lab[..., 1:]
    some = slice(None, None, TAUGHT if coloured.size else 1)
    if weights.get("cross_entropy") and coloured.logits is not None:
        logits, colours = (each[:, some].flatten(0, 1) for each in (coloured.logits, ab))
        loss = losses.soft_cross_entropy(logits, colours, bin_weights)
        found = found + weights["cross_entropy"] * loss
    if weights.get("smooth_l1"):
        found = found + weights["smooth_l1"] * losses.smooth_l1(predicted, ab)
    if weights.get("mse"):
        found = found + weights["mse"] * F.mse_loss(predicted, ab)
    if weights.get("log_mse"):
        ours, true = _srgb(coloured.lab, predicted), _srgb(coloured.lab, ab)
        found = found + weights["log_mse"] * losses.log_mse(ours, true)
    if weights.get("delta_e"):
        found = found + weights["delta_e"] * losses.delta_e(predicted, ab)
    if weights.get("palette"):
        lab = torch.cat([coloured.lab[..., :1], predicted], -1)
        drawn = (each[:, some].flatten(0, 1) for each in (lab, coloured.lab))
        found = found + weights["palette"] * losses.palette(*drawn)
    if balance is not None:
        found = found + balance.loss(coloured.colourfulness_share)
    elif weights.get("colourfulness"):
        found = found + weights["colourfulness"] * (coloured.colourfulness_share - 1).square()
    if weights.get("hint_consistency"):
        hinted = F.interpolate(coloured.picture, crops.hints.shape[-2:], mode="area")
        found = found + weights["hint_consistency"] * losses.hint_consistency(hinted, crops.hints)
    if weights.get("perceptual"):
        found = found + weights["perceptual"] * perceptual(*coloured.perceived)
    return found


def places(maps: Tensor) -> Tensor:
    """Maps (n, c, h, w) as places (n, h * w, c)."""
    return maps.flatten(2).transpose(1, 2)


def some_places(features: Tensor, lab: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """`count` places of each photo, drawn without return: features (n, c, count, 1) and lab (n, count, 3)."""
    every, truth = places(features), places(lab)
    drawn = torch.rand(every.shape[:2], device=every.device).argsort(1)[:, :count, None]
    chosen = every.gather(1, drawn.expand(-1, -1, every.shape[2]))
    return chosen.transpose(1, 2)[..., None], truth.gather(1, drawn.expand(-1, -1, 3))


def picture(ab: Tensor, size: tuple[int, int]) -> Tensor:
    """Places (n, h * w, 2) as maps (n, 2, h, w)."""
    return ab.transpose(1, 2).reshape(len(ab), 2, *size)


def _srgb(lab: Tensor, ab: Tensor) -> Tensor:
    """sRGB (n, 3, p, 1) in 0..1 of the lightness of places (n, p, 3) and ab (n, p, 2); what sRGB lacks is clipped."""
    lightness = lab[..., :1]
    return lab_to_srgb(lightness.transpose(1, 2)[..., None], ab.transpose(1, 2)[..., None]).clamp(0, 1)
