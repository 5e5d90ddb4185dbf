"""What is kept of a run while it goes on: checkpoints, the log, its curve, and the board."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch import Tensor

from tinct.errors import TrainingError
from tinct.learning.data.crops import sample_crops
from tinct.learning.run.loss_curve import draw_curve
from tinct.learning.run.records import LOG, append_log_row, reason
from tinct.learning.run.task import ColorizationModule
from tinct.learning.run.tensorboard import TensorBoardWriter
from tinct.learning.run.weights import LAST

Say = Callable[[str], None]
SECONDS_BETWEEN_CHECKPOINTS = 120
SECONDS_BETWEEN_REPORTS = 60
CURVE = "loss.svg"


class CheckpointCallback(pl.Callback):
    """Keeps checkpoints and the log: every two minutes the one, every minute a line of the other.

    batch: the crops of a step of this process. The first process alone writes; all decide together when, because
    Lightning lets them wait for one another where one of them saves.
    """

    def __init__(
        self, run: Path, task: ColorizationModule, held_out: NDArray[np.int64], batch: int, say: Say
    ) -> None:
        self.run, self.held_out, self.batch, self.say = run, held_out, batch, say
        self.experiment, self.losses = task.experiment, list[float]()
        self.measured = list[dict[str, Tensor]]()
        self.saved = self.reported = time.monotonic()
        self.board: TensorBoardWriter | None = None

    def on_train_start(self, trainer: Any, task: Any) -> None:
        if trainer.is_global_zero:
            try:
                self.board = TensorBoardWriter(
                    self.run, task.photos, self.held_out, self.experiment.crops.side
                )
            except OSError as error:
                self._without_board(error)

    def on_train_batch_end(self, trainer: Any, task: Any, outputs: Any, *_: Any) -> None:
        self.losses.append(float(outputs["loss"]))
        self.measured.append(outputs["measured"])
        now, last = time.monotonic(), trainer.global_step >= trainer.max_steps
        if trainer.is_global_zero and (last or now - self.reported > SECONDS_BETWEEN_REPORTS):
            self.report(trainer, task, now - self.reported)
            self.reported = time.monotonic()
        due = not last and now - self.saved > SECONDS_BETWEEN_CHECKPOINTS
        if trainer.strategy.reduce_boolean_decision(due, all=False):
            self.save(trainer)
            self.saved = time.monotonic()
        if due or last:
            self._on_board(lambda board: board.sheet(task, trainer.global_step))

    def report(self, trainer: Any, task: ColorizationModule, seconds: float) -> None:
        """One line of the log: the loss, and the moving average's loss on photos it does not learn from."""
        row = {
            "step": trainer.global_step,
            "photos": trainer.global_step * self.experiment.batch,
            "loss": round(float(np.mean(self.losses)), 4),
            "unseen": round(self._unseen(task), 4),
            "photos_per_second": round(len(self.losses) * self.experiment.batch / max(seconds, 1e-9), 1),
        }
        parts = {
            name: float(np.mean([float(each[name]) for each in self.measured])) for name in self.measured[0]
        }
        self.losses.clear()
        self.measured.clear()
        try:
            append_log_row(self.run / LOG, row)
            draw_curve(self.run / LOG, self.run / CURVE)
        except OSError as error:
            self.say(
                f"{self.run}: the log cannot be written ({reason(error)}); training goes on, but make room: "
                "the next checkpoint needs it."
            )
        rates = {f"rate {n}": each["lr"] for n, each in enumerate(trainer.optimizers[0].param_groups)}
        figures = {name: row[name] for name in ("loss", "unseen")} | parts | rates
        self._on_board(lambda board: board.figures(figures, row["step"]))
        self.say("  ".join(f"{name} {value}" for name, value in row.items()))

    def _on_board(self, show: Callable[[TensorBoardWriter], None]) -> None:
        """Show it as long as the board can be written; a run is worth more than its board."""
        try:
            if self.board is not None:
                show(self.board)
        except OSError as error:
            self._without_board(error)

    def _without_board(self, error: OSError) -> None:
        self.board = None
        self.say(
            f"{self.run}: TensorBoard's file cannot be written ({reason(error)}); training goes on without it "
            "until it is started again."
        )

    def _unseen(self, task: ColorizationModule) -> float:
        rng, found = np.random.default_rng(0), []
        crops = replace(self.experiment.crops, hints=0.0, ageing=0.0)
        size = self.batch
        for start in range(0, max(1, min(len(self.held_out), 4 * size) // size * size), size):
            chosen = np.resize(self.held_out[start : start + size], size)
            shown = sample_crops(task.photos, chosen, crops, rng).to(task.device)
            with torch.no_grad():
                found.append(float(task.loss(task.average, shown)))
        return float(np.mean(found))

    def save(self, trainer: Any) -> None:
        """Write the checkpoint beside the last one and put it in its place once it is whole.

        TrainingError where it cannot be written, or where a weight is not a number: the last good one then stays.
        """
        if not all(
            bool(torch.isfinite(each).all()) for each in trainer.lightning_module.network.parameters()
        ):
            raise TrainingError(
                f"{self.run}: a weight is not a number after step {trainer.global_step}; "
                "lower the rate and start a new run, with --init from this one if it has a last.ckpt."
            )
        part = self.run / "part.ckpt"
        try:
            trainer.save_checkpoint(part)
            if trainer.is_global_zero:
                os.replace(part, self.run / LAST)
        except (OSError, RuntimeError) as error:  # torch says a RuntimeError where a disk is full
            part.unlink(missing_ok=True)
            raise TrainingError(
                f"{self.run}: a checkpoint cannot be written ({reason(error)}); make room and start again."
            ) from error
