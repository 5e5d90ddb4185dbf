"""Lightning callback for checkpoints, logs and TensorBoard."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch import Tensor

from tinct.atomic import atomic_write
from tinct.errors import TrainingError, short_reason
from tinct.learning.data.crops import sample_crops
from tinct.learning.run.loss_curve import draw_curve
from tinct.learning.run.records import LOG, append_log_row
from tinct.learning.run.task import ColorizationModule
from tinct.learning.run.tensorboard import TensorBoardWriter
from tinct.learning.run.weights import LAST

Log = Callable[[str], None]
CHECKPOINT_SECONDS = 120
LOG_SECONDS = 60
CURVE = "loss.svg"


class CheckpointCallback(pl.Callback):
    """Writes a checkpoint every two minutes and a row of the log every minute.

    batch: crops per step of this process. Only the first process writes; all decide together when, because
    Lightning synchronises processes while one saves.
    """

    def __init__(
        self, run: Path, module: ColorizationModule, val_indices: NDArray[np.int64], batch: int, log: Log
    ) -> None:
        self.run, self.val_indices, self.batch, self.print_line = run, val_indices, batch, log
        self.experiment, self.losses = module.experiment, list[float]()
        self.parts = list[dict[str, Tensor]]()
        self.saved = self.logged = time.monotonic()
        self.writer: TensorBoardWriter | None = None

    def on_train_start(self, trainer: Any, module: Any) -> None:
        if trainer.is_global_zero:
            try:
                self.writer = TensorBoardWriter(
                    self.run, module.photos, self.val_indices, self.experiment.crops.side
                )
            except OSError as error:
                self._disable_writer(error)

    def on_train_batch_end(self, trainer: Any, module: Any, outputs: Any, *_: Any) -> None:
        self.losses.append(float(outputs["loss"]))
        self.parts.append(outputs["losses"])
        now, last = time.monotonic(), trainer.global_step >= trainer.max_steps
        if trainer.is_global_zero and (last or now - self.logged > LOG_SECONDS):
            self.write_log(trainer, module, now - self.logged)
            self.logged = time.monotonic()
        due = not last and now - self.saved > CHECKPOINT_SECONDS
        if trainer.strategy.reduce_boolean_decision(due, all=False):
            self.save(trainer)
            self.saved = time.monotonic()
        if due or last:
            self._write_events(lambda writer: writer.add_photos(module, trainer.global_step))

    def write_log(self, trainer: Any, module: ColorizationModule, seconds: float) -> None:
        """Append a row to the log: the training loss, and the validation loss of the moving average."""
        row = {
            "step": trainer.global_step,
            "photos": trainer.global_step * self.experiment.batch_size,
            "loss": round(float(np.mean(self.losses)), 4),
            "val_loss": round(self._val_loss(module), 4),
            "photos_per_second": round(len(self.losses) * self.experiment.batch_size / max(seconds, 1e-9), 1),
        }
        parts = {name: float(np.mean([float(each[name]) for each in self.parts])) for name in self.parts[0]}
        self.losses.clear()
        self.parts.clear()
        try:
            append_log_row(self.run / LOG, row)
            draw_curve(self.run / LOG, self.run / CURVE)
        except OSError as error:
            self.print_line(
                f"{self.run}: the log cannot be written ({short_reason(error)}); training goes on, but make room: "
                "the next checkpoint needs it"
            )
        rates = {f"lr {n}": each["lr"] for n, each in enumerate(trainer.optimizers[0].param_groups)}
        figures = {name: row[name] for name in ("loss", "val_loss")} | parts | rates
        self._write_events(lambda writer: writer.add_scalars(figures, row["step"]))
        self.print_line("  ".join(f"{name} {value}" for name, value in row.items()))

    def _write_events(self, write: Callable[[TensorBoardWriter], None]) -> None:
        """Write to TensorBoard while possible: a failure must not stop the run."""
        try:
            if self.writer is not None:
                write(self.writer)
        except OSError as error:
            self._disable_writer(error)

    def _disable_writer(self, error: OSError) -> None:
        self.writer = None
        self.print_line(
            f"{self.run}: the TensorBoard event file cannot be written ({short_reason(error)}); training "
            "goes on without it until the next start"
        )

    def _val_loss(self, module: ColorizationModule) -> float:
        rng, found = np.random.default_rng(0), []
        crops = replace(self.experiment.crops, hint_prob=0.0, degrade_prob=0.0)
        size = self.batch
        for start in range(0, max(1, min(len(self.val_indices), 4 * size) // size * size), size):
            chosen = np.resize(self.val_indices[start : start + size], size)
            shown = sample_crops(module.photos, chosen, crops, rng).to(module.device)
            with torch.no_grad():
                found.append(float(module.loss(module.average, shown)))
        return float(np.mean(found))

    def save(self, trainer: Any) -> None:
        """Write a checkpoint beside the last one and rename it once complete.

        TrainingError if it cannot be written or a weight is not finite; the last good checkpoint then stays.
        """
        if not all(
            bool(torch.isfinite(each).all()) for each in trainer.lightning_module.network.parameters()
        ):
            raise TrainingError(
                f"{self.run}: a weight is not a number after step {trainer.global_step}; "
                "lower the lr and start a new run, with --init from this one if it has a last.ckpt"
            )
        last = self.run / LAST
        try:  # all processes take part, but only the first one writes
            with (
                atomic_write(last, overwrite=True) if trainer.is_global_zero else nullcontext(last) as partial
            ):
                trainer.save_checkpoint(partial)
        except (OSError, RuntimeError) as error:  # torch raises RuntimeError on a full disk
            raise TrainingError(
                f"{self.run}: a checkpoint cannot be written ({short_reason(error)}); make room and start again"
            ) from error
