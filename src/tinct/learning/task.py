"""What one step of training does: a thin Lightning task over pure functions."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, IterableDataset

from tinct.color.bins import srgb_bins
from tinct.errors import LearningError
from tinct.learning import losses
from tinct.learning.crops import Crops, batches
from tinct.learning.experiment import Experiment
from tinct.learning.frozen import Frozen, backbone_of
from tinct.learning.photos import GRID, PhotoCache
from tinct.learning.rgb import lab_to_srgb
from tinct.networks.build import BuiltNetwork

BETAS = (0.9, 0.98)


class Colouring(pl.LightningModule):
    """Teaches `network` the colours of `photos[indices]`; `average` is the moving average of its weights,
    which is what is kept.
    """

    def __init__(
        self, experiment: Experiment, network: BuiltNetwork, photos: PhotoCache, indices: NDArray[np.int64],
        frozen: Frozen | None, bin_weights: Tensor | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.experiment, self.photos, self.indices, self.frozen = experiment, photos, indices, frozen
        self.network = network
        self.average = copy.deepcopy(network).eval().requires_grad_(False)
        self.bin_weights = bin_weights
        for parameter in still_parameters(network, experiment.learn):
            parameter.requires_grad_(False)
        if experiment.learn == "tail":
            for block in backbone_of(network).blocks:
                block.drop_path = experiment.drop_path  # type: ignore[assignment]
                block.depthwise.conv.by_matrices = True  # type: ignore[union-attr]

    def train(self, mode: bool = True) -> Colouring:
        """As torch's, but the average and a frozen backbone's batch norms stay in evaluation mode."""
        super().train(mode)
        self.average.eval()
        if self.experiment.learn != "all":
            for block in backbone_of(self.network).eval().blocks:
                block.training = mode  # its drop path alone: the norms below it stay as they are
        return self

    def on_train_batch_start(self, *_: Any) -> None:
        """Dropped paths and drawn places depend on seed and step alone,
        so that a resumed run repeats them.
        """
        torch.manual_seed(self.experiment.seed * 1_000_003 + self.global_step)

    def training_step(self, crops: Crops, _: int) -> Tensor:
        loss = self.loss(self.network, crops)
        if not torch.isfinite(loss):
            raise LearningError(
                f"{self.experiment.name}: the loss is not a number at step {self.global_step}; "
                "go on from the last checkpoint with a lower rate."
            )
        self.log("loss", loss.detach())
        return loss

    def loss(self, network: BuiltNetwork, crops: Crops) -> Tensor:
        """The weighted sum of the experiment's losses for one batch."""
        said = network.network
        scaled = crops.lightness * said.input.scale + said.input.offset
        if said.output.kind == "ab":
            return self._regression(
                network(scaled, crops.hints if said.hints else None) * said.output.scale, crops.ab
            )
        taps = self._taps(network, scaled)
        lab = torch.cat([F.avg_pool2d(crops.lightness, GRID), crops.ab], 1)
        if self.experiment.places:
            features, lab = _some_places(network.before_head(taps, crops.hints), lab, self.experiment.places)
            return self._classification(_places(network.last_layer(features)), lab, crops.hints)
        return self._classification(_places(network.decode(taps, crops.hints)), _places(lab), crops.hints)

    def _taps(self, network: BuiltNetwork, scaled: Tensor) -> dict[str, Tensor]:
        if self.frozen is None:
            return network.encode(scaled)
        features = self.frozen(scaled)
        return backbone_of(network).late(features) if self.experiment.learn == "tail" else features

    def _regression(self, predicted: Tensor, ab: Tensor) -> Tensor:
        truth = F.interpolate(ab, predicted.shape[-2:], mode="bilinear", align_corners=False)
        if self.experiment.losses.get("smooth_l1"):
            return losses.smooth_l1(predicted, truth)
        return F.mse_loss(predicted, truth)

    def _classification(self, logits: Tensor, lab: Tensor, hints: Tensor) -> Tensor:
        said, weights = self.experiment, self.experiment.losses or {"cross_entropy": 1.0}
        flat, ab = logits.flatten(0, 1), lab[..., 1:]
        total = logits.new_zeros((), dtype=torch.float32)
        if weights.get("cross_entropy"):
            total = total + weights["cross_entropy"] * losses.soft_cross_entropy(
                flat, ab.flatten(0, 1), self.bin_weights
            )
        if not weights.keys() - {"cross_entropy"}:
            return total
        predicted = losses.expected_ab(flat, srgb_bins(), said.temperature).view(ab.shape) * said.vividness
        if weights.get("smooth_l1"):
            total = total + weights["smooth_l1"] * losses.smooth_l1(predicted, ab)
        if weights.keys() & {"log_mse", "colourfulness"}:
            ours, true = _srgb(lab[..., :1], predicted), _srgb(lab[..., :1], ab)
            total = total + weights.get("log_mse", 0) * losses.log_mse(ours, true)
            total = total + weights.get("colourfulness", 0) * losses.colourfulness_gap(ours, true)
        if weights.get("hint_consistency"):
            picture = predicted.transpose(1, 2).reshape(hints.shape[0], 2, *hints.shape[2:])
            total = total + weights["hint_consistency"] * losses.hint_consistency(picture, hints)
        return total

    def on_train_batch_end(self, *_: Any) -> None:
        step = self.global_step
        decay = min(self.experiment.ema, (1 + step) / (20 + step))
        with torch.no_grad():
            for kept, new in zip(
                self.average.state_dict().values(), self.network.state_dict().values(), strict=True
            ):
                if kept.dtype.is_floating_point:
                    kept.lerp_(new, 1 - decay)
                else:
                    kept.copy_(new)

    def configure_optimizers(self) -> Any:
        experiment = self.experiment
        backbone = (
            {id(p) for p in backbone_of(self.network).parameters()} if experiment.learn == "tail" else set()
        )
        learning = [p for p in self.network.parameters() if p.requires_grad]
        groups = [
            {"params": [p for p in learning if id(p) not in backbone], "lr": experiment.rate},
            {
                "params": [p for p in learning if id(p) in backbone],
                "lr": experiment.rate * experiment.backbone_rate,
            },
        ]
        kind = torch.optim.AdamW if experiment.optimizer == "adamw" else torch.optim.Adam
        optimizer = kind(
            [group for group in groups if group["params"]], betas=BETAS, weight_decay=experiment.weight_decay
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: cosine(step, experiment.steps, experiment.warmup)
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def train_dataloader(self) -> DataLoader[Crops]:
        """Batches from the step on at which training stands: a resumed run sees what it would have seen."""
        rank, world = self.trainer.global_rank, self.trainer.world_size
        mine = self.indices[rank::world]
        stream = _Stream(self.photos, mine, self.experiment, self.global_step)
        return DataLoader(stream, batch_size=None, num_workers=0)


class _Stream(IterableDataset[Crops]):
    def __init__(
        self, photos: PhotoCache, indices: NDArray[np.int64], experiment: Experiment, first: int
    ) -> None:
        self.photos, self.indices, self.experiment, self.first = photos, indices, experiment, first

    def __iter__(self) -> Iterator[Crops]:
        said = self.experiment
        return batches(self.photos, self.indices, said.batch, said.crops, said.seed, self.first)


def still_parameters(network: BuiltNetwork, learn: str) -> Iterator[nn.Parameter]:
    """The parameters that do not learn: none, the backbone's (`decoder`),
    or those of its early part (`tail`).
    """
    if learn == "all":
        return
    backbone = backbone_of(network)
    late = {id(p) for block in list(backbone.blocks)[backbone.taps["s8"] + 1 :] for p in block.parameters()}
    for parameter in backbone.parameters():
        if learn == "decoder" or id(parameter) not in late:
            yield parameter


def cosine(step: int, steps: int, warmup: int) -> float:
    """The share of the full rate at a step: up in a line over `warmup`,
    then down along half a cosine to 1/1000.
    """
    rise = min(1.0, (step + 1) / max(1, warmup))
    return rise * (0.5 * (1 + math.cos(math.pi * min(1.0, step / steps))) + 1e-3)


def _places(maps: Tensor) -> Tensor:
    """Maps (n, c, h, w) as places (n, h * w, c)."""
    return maps.flatten(2).transpose(1, 2)


def _srgb(lightness: Tensor, ab: Tensor) -> Tensor:
    """sRGB (n, 3, p, 1) in 0..1 of places (n, p, 1) and (n, p, 2); what sRGB lacks is clipped."""
    return lab_to_srgb(lightness.transpose(1, 2)[..., None], ab.transpose(1, 2)[..., None]).clamp(0, 1)


def _some_places(features: Tensor, lab: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """`count` places of each photo, drawn without return: features (n, c, count, 1) and lab (n, count, 3)."""
    places, truth = _places(features), _places(lab)
    drawn = torch.rand(places.shape[:2], device=places.device).argsort(1)[:, :count, None]
    chosen = places.gather(1, drawn.expand(-1, -1, places.shape[2]))
    return chosen.transpose(1, 2)[..., None], truth.gather(1, drawn.expand(-1, -1, 3))
