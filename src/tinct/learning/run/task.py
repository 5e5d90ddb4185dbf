"""The Lightning module of a run: one training step, over pure functions."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from tinct.errors import TrainingError
from tinct.learning.data.crops import GRID, Crops
from tinct.learning.data.dataset import CropDataset, default_num_workers, make_dataloader
from tinct.learning.data.photos import PhotoCache
from tinct.learning.experiment import Experiment
from tinct.learning.losses import objective
from tinct.learning.losses.adversarial import DiscriminatorTrainer, adversarial_loss
from tinct.learning.losses.lagrangian import LagrangeMultiplier
from tinct.learning.losses.objective import ColorizedBatch
from tinct.learning.run import lr_schedule
from tinct.learning.run.memory import trim_heap
from tinct.learning.run.time_limit import TimeLimit
from tinct.learning.weights.frozen import Frozen, get_backbone
from tinct.learning.weights.teacher import load_teacher
from tinct.networks.build import BuiltNetwork

MakeFrozen = Callable[[str], Frozen]

BETAS = (0.9, 0.98)


class ColorizationModule(pl.LightningModule):
    """Trains `network` on `photos[indices]`; `average` is the exponential moving average of its weights,
    which is released.
    """

    def __init__(
        self, experiment: Experiment, network: BuiltNetwork, photos: PhotoCache, indices: NDArray[np.int64],
        make_frozen: MakeFrozen | None = None, bin_weights: Tensor | None = None, workers: int | None = None,
        time_limit: TimeLimit | None = None,
    ) -> None:  # fmt: skip
        """make_frozen: makes the function that runs the frozen part of the backbone, see
        `frozen.frozen_backbone`.

        workers: data loading workers of this process; by default as many as the device needs. time_limit: the
        learning rate falls to its end by then, or with the samples, whichever is first.
        """
        super().__init__()
        self.experiment, self.photos, self.indices = experiment, photos, indices
        self.make_frozen, self.workers = make_frozen, workers
        self.time_limit = time_limit or TimeLimit()
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(network).eval().requires_grad_(False)
        self.bin_weights = bin_weights
        self.weights = objective.loss_weights(experiment, network)
        target = experiment.colourfulness
        self.multiplier = (
            None if target is None else LagrangeMultiplier(target, self.weights.get("colourfulness", 0))
        )
        self.teacher = None if experiment.teacher is None else load_teacher(experiment.teacher)
        self.discriminator = (
            DiscriminatorTrainer(experiment.discriminator_lr) if self.weights.get("adversarial") else None
        )
        self.stage, self.frozen = "", cast(Frozen | None, None)
        for parameter in lr_schedule.frozen_parameters(network, experiment.last_stage):
            parameter.requires_grad_(False)
        if experiment.trainable == "tail" or experiment.unfreeze:
            for block in get_backbone(network).blocks:
                block.drop_path = experiment.drop_path  # type: ignore[assignment]

    def train(self, mode: bool = True) -> ColorizationModule:
        """As torch's, but the moving average and the batch norms of a frozen backbone, or all of them if the
        experiment says so, stay in evaluation mode.
        """
        super().train(mode)
        self.average.eval()
        if self.experiment.freeze_batch_norm:
            for module in self.network.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()
        if self.experiment.trainable != "all":
            for block in get_backbone(self.network).eval().blocks:
                block.training = mode  # for drop path only: the norms inside stay in evaluation mode
        return self

    def on_train_start(self) -> None:
        """Set the modes of the layers: Lightning leaves them as they are."""
        self.train()

    def on_train_batch_start(self, *_: Any) -> None:
        """Seed torch by experiment and step alone, so that a resumed run draws the same paths and positions."""
        rank = self.trainer.global_rank
        torch.manual_seed(self.experiment.seed * 1_000_003 + self.global_step + (rank << 40))
        stage = lr_schedule.trainable_stage(self.experiment, self.global_step)
        if stage != self.stage:
            self.stage = stage
            self.frozen = None if stage == "all" or self.make_frozen is None else self.make_frozen(stage)

    def training_step(self, crops: Crops, _: int) -> dict[str, Any]:
        """The loss of a batch and, under `losses`, its parts."""
        coloured = self.colorize(self.network, crops)
        found = self._losses(coloured)
        logged = {}
        if self.discriminator is not None:
            ours, truth = coloured.features
            logged["discriminator"] = self.discriminator.step(ours, truth)
            found["adversarial"] = adversarial_loss(self.discriminator.discriminator, ours)
        loss = objective.weighted_sum(self.weights, found, self.multiplier)
        if self.multiplier is not None:
            self.multiplier.update(self.trainer.strategy.reduce(found["colourfulness"].detach()))
        if not torch.isfinite(self.trainer.strategy.reduce(loss.detach().clone())):
            raise TrainingError(
                f"{self.experiment.name}: the loss is not a number at step {self.global_step}; "
                "lower its lr and start a new run, with --init from this one if it has a last.ckpt"
            )
        return {"loss": loss, "losses": {name: value.detach() for name, value in (found | logged).items()}}

    def loss(self, network: BuiltNetwork, crops: Crops) -> Tensor:
        """Sum of the experiment's losses for one batch at their fixed weights, without the adversarial one."""
        return objective.weighted_sum(self.weights, self._losses(self.colorize(network, crops)))

    def grey_loss(self, crops: Crops, frequencies: Tensor | None) -> Tensor:
        """`loss` of an answer that looks at no photo: grey, with the bins as probable as `frequencies` (n,)."""
        coloured = objective.from_ab(torch.zeros_like(crops.ab), crops)
        if frequencies is not None:
            logits = frequencies.clamp(min=1e-7).log().to(crops.ab.device)
            teacher = None if self.teacher is None else objective.flatten_maps(self.teacher(crops))
            logits = logits.expand(*coloured.ab.shape[:2], -1)
            coloured = replace(coloured, logits=logits, teacher=teacher)
        return objective.weighted_sum(self.weights, self._losses(coloured))

    def _losses(self, coloured: ColorizedBatch) -> dict[str, Tensor]:
        return objective.compute_losses(self.weights, coloured, self.bin_weights)

    def colorize(self, network: BuiltNetwork, crops: Crops) -> ColorizedBatch:
        """Colour a batch with `network`, at all positions or at as many as the experiment samples."""
        config = network.network
        scaled = crops.lightness * config.input.scale + config.input.offset
        if config.output.kind == "ab":
            answer = network(scaled, crops.hints if config.hints else None)
            return objective.from_ab(answer.float() * config.output.scale, crops)
        taps = self._taps(network, scaled)
        truth = [torch.cat([F.avg_pool2d(crops.lightness, GRID), crops.ab], 1)]
        if self.teacher is not None:
            truth.append(self.teacher(crops))
        if self.experiment.loss_positions:
            features = network.before_head(taps, crops.hints)
            features, *truth = objective.sample_positions(self.experiment.loss_positions, features, *truth)
            logits, size = network.last_layer(features), None
        else:
            logits, size = network.decode(taps, crops.hints), (crops.ab.shape[-2], crops.ab.shape[-1])
        lab, *taught = map(objective.flatten_maps, truth)
        return objective.from_logits(
            self.experiment, objective.flatten_maps(logits), lab, crops, size, *taught
        )

    def _taps(self, network: BuiltNetwork, scaled: Tensor) -> dict[str, Tensor]:
        if self.frozen is None:
            return network.encode(scaled)
        features = {
            tap: values.contiguous(memory_format=torch.channels_last)
            for tap, values in self.frozen(scaled).items()
        }
        return get_backbone(network).late(features) if self.stage == "tail" else features

    def optimizer_step(self, *given: Any, **more: Any) -> None:
        """As Lightning's, then update the moving average: a checkpoint at the end of this step must hold all
        of it.
        """
        super().optimizer_step(*given, **more)
        step = self.global_step + 1
        decay = min(self.experiment.ema_decay, (1 + step) / (20 + step))
        with torch.no_grad():
            for kept, new in zip(
                self.average.state_dict().values(), self.network.state_dict().values(), strict=True
            ):
                if kept.dtype.is_floating_point:
                    kept.lerp_(new, 1 - decay)
                else:
                    kept.copy_(new)

    def on_train_batch_end(self, *_: Any) -> None:
        """Return free memory to the system periodically."""
        trim_heap(self.global_step)

    def configure_optimizers(self) -> Any:
        experiment = self.experiment
        groups = [group for group in lr_schedule.param_groups(self.network, experiment) if group.parameters]
        kind = torch.optim.AdamW if experiment.optimizer == "adamw" else torch.optim.Adam
        optimizer = kind(
            [{"params": group.parameters, "lr": experiment.lr * group.lr_scale} for group in groups],
            betas=BETAS,
            weight_decay=experiment.weight_decay,
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer,
            [
                lr_schedule.group_lr_factor(experiment, group, lambda: self.time_limit.share)
                for group in groups
            ],
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        if self.discriminator is not None:
            checkpoint["discriminator"] = self.discriminator.state_dict()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        _rename_old_keys(checkpoint)
        if self.discriminator is not None:
            self.discriminator.load_state_dict(checkpoint["discriminator"])

    def train_dataloader(self) -> DataLoader[Crops]:
        """Batches from the current step on, so that a resumed run sees those it would have seen."""
        shard = self.trainer.global_rank, self.trainer.world_size
        dataset = CropDataset(self.photos, self.indices, self.experiment, self.global_step, shard)
        workers = (
            default_num_workers(self.device, self.trainer.num_devices)
            if self.workers is None
            else self.workers
        )
        return make_dataloader(dataset, workers)


def _rename_old_keys(checkpoint: dict[str, Any]) -> None:
    """Give the entries of a checkpoint that an earlier version wrote their present names."""
    weights = checkpoint["state_dict"]
    if "balance.price" in weights:
        weights["multiplier.value"] = weights.pop("balance.price")
    if "critic" in checkpoint:
        critic = checkpoint.pop("critic")
        renamed = {name.replace("judges.", "heads.", 1): value for name, value in critic["judge"].items()}
        checkpoint["discriminator"] = {"discriminator": renamed, "optimizer": critic["optimizer"]}
