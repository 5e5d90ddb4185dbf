"""Lightning callback for checkpoints, validation, logs and the end of a run."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor

from tinct.atomic import atomic_write
from tinct.errors import TrainingError, short_reason
from tinct.learning.log.loss_curve import draw_curve
from tinct.learning.log.progress import Display, Progress, Speedometer
from tinct.learning.log.records import LOG, append_log_row
from tinct.learning.run.task import ColorizationModule
from tinct.learning.run.tensorboard import TensorBoardWriter
from tinct.learning.run.validation import Validator
from tinct.learning.weights.initial import BEST, LAST

CHECKPOINT_SECONDS = 120
LOG_SECONDS = 60
CURVE = "loss.svg"


class CheckpointCallback(pl.Callback):
    """Validates before the first step and every minute, or every `val_interval` samples; keeps the best weights.

    A checkpoint to resume from is written every two minutes. interrupted: asked after each step whether to stop.
    Only the first process writes; all decide together when, because Lightning synchronises processes while one
    saves.
    """

    def __init__(
        self, run: Path, module: ColorizationModule, validator: Validator, display: Display,
        interrupted: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        self.run, self.validator, self.display, self.interrupted = run, validator, display, interrupted
        self.experiment, self.time_limit = module.experiment, module.time_limit
        self.losses, self.parts = list[float](), list[dict[str, Tensor]]()
        self.stepped = self.saved = self.logged = time.monotonic()
        self.writer: TensorBoardWriter | None = None
        self.progress = Progress(0, module.experiment.steps, 0.0, math.nan)
        self.speed = Speedometer(module.experiment.batch_size)
        self.best, self.best_step, self.val_step, self.worse = math.inf, 0, 0, 0
        self.photos = [len(module.photos), int(module.photos.sizes.prod(1).sum())]

    def on_train_start(self, trainer: Any, module: Any) -> None:
        if trainer.is_global_zero:
            try:
                self.writer = TensorBoardWriter(
                    self.run, module.photos, self.validator.photos, self.experiment.crops.side
                )
            except OSError as error:
                self._disable_writer(error)
            if trainer.global_step == 0:
                self.display.line("validating before the first step")
                self.validate(trainer, module)
        self.stepped = self.saved = self.logged = time.monotonic()

    def on_train_batch_end(self, trainer: Any, module: Any, outputs: Any, *_: Any) -> None:
        self.losses.append(float(outputs["loss"]))
        self.parts.append(outputs["losses"])
        now, step = time.monotonic(), trainer.global_step
        self.speed.step(now - self.stepped)
        due = now - self.logged > LOG_SECONDS
        if self.experiment.val_interval:
            due = (step - self.val_step) * self.experiment.batch_size >= self.experiment.val_interval
        last = step >= trainer.max_steps or self.time_limit.reached
        if trainer.is_global_zero and (due or last):
            self.validate(trainer, module)
            self.logged = time.monotonic()
        early = bool(self.experiment.patience) and self.worse >= self.experiment.patience
        last = trainer.strategy.reduce_boolean_decision(last or early, all=False)
        stop = trainer.strategy.reduce_boolean_decision(self.interrupted(), all=False)
        save = trainer.strategy.reduce_boolean_decision(now - self.saved > CHECKPOINT_SECONDS, all=False)
        if save and not (last or stop):
            self.save(trainer)
            self.saved = time.monotonic()
        if save or last:
            self._write_events(lambda writer: writer.add_photos(module, step))
        trainer.should_stop = trainer.should_stop or last or stop
        self.stepped = time.monotonic()
        self._show(trainer.max_steps, step)

    def validate(self, trainer: Any, module: ColorizationModule) -> None:
        """Append a row to the log: the mean training loss since the last row, and the validation loss of the
        moving average; keep its weights if that is the lowest.
        """
        step, known = trainer.global_step, bool(self.losses)
        loss = float(np.mean(self.losses)) if known else math.nan
        val_loss = self.validator.loss(trainer.strategy.precision_plugin.val_step_context)
        self.progress = replace(
            self.progress, step=step, loss=loss, val_loss=val_loss, grey_loss=self.validator.grey_loss()
        )
        self._keep_best(trainer, module, val_loss)
        row = {
            "step": step,
            "photos": step * self.experiment.batch_size,
            "loss": round(loss, 4) if known else "",
            "val_loss": round(val_loss, 4),
            "photos_per_second": round(self.speed.rate, 1),
            "grey_loss": round(self.validator.grey_loss(), 4),
        }
        try:
            append_log_row(self.run / LOG, row)
            draw_curve(self.run / LOG, self.run / CURVE)
        except OSError as error:
            self.display.line(
                f"{self.run}: the log cannot be written ({short_reason(error)}); training goes on, but make room: "
                "the next checkpoint needs it"
            )
        figures = {"loss": loss, "val_loss": val_loss, "grey_loss": self.progress.grey_loss} if known else {}
        for name in self.parts[0] if known else ():
            figures[name] = float(np.mean([float(each[name]) for each in self.parts]))
        figures |= {f"lr {n}": each["lr"] for n, each in enumerate(trainer.optimizers[0].param_groups)}
        self._write_events(lambda writer: writer.add_scalars(figures, step))
        lowest = " (lowest)" if self.val_step == self.best_step and step else ""
        trained = f"loss {loss:.4f}, " if known else ""
        speed = f", {self.speed.rate:.1f} photos/s" if known else ""
        self.display.line(
            f"step {step:,}: {trained}validation loss {val_loss:.4f}{lowest}, grey {self.progress.grey_loss:.4f}{speed}"
        )
        self.losses.clear()
        self.parts.clear()

    def _keep_best(self, trainer: Any, module: ColorizationModule, val_loss: float) -> None:
        self.val_step = trainer.global_step
        if not val_loss < self.best:
            self.worse += 1
            return
        self.best, self.best_step, self.worse = val_loss, trainer.global_step, 0
        average = {f"average.{name}": value for name, value in module.average.state_dict().items()}
        kept = {"state_dict": average, "global_step": trainer.global_step, "val_loss": val_loss}
        self._write(BEST, lambda partial: torch.save(kept, partial))

    def _show(self, max_steps: int, step: int) -> None:
        steps, rate = min(max_steps, self.experiment.steps), self.speed.rate
        left = (steps - step) * self.experiment.batch_size / rate if rate else math.nan
        if self.time_limit.limit is not None:
            left = min(left, self.time_limit.limit - self.time_limit.seconds)
        loss = float(np.mean(self.losses)) if self.losses else self.progress.loss
        self.display.step(replace(self.progress, step=step, steps=steps, rate=rate, left=left, loss=loss))

    def _write_events(self, write: Callable[[TensorBoardWriter], None]) -> None:
        """Write to TensorBoard while possible: a failure must not stop the run."""
        try:
            if self.writer is not None:
                write(self.writer)
        except OSError as error:
            self._disable_writer(error)

    def _disable_writer(self, error: OSError) -> None:
        self.writer = None
        self.display.line(
            f"{self.run}: the TensorBoard event file cannot be written ({short_reason(error)}); training "
            "goes on without it until the next start"
        )

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run must know."""
        names = ("best", "best_step", "val_step", "worse", "photos")
        return {name: getattr(self, name) for name in names} | {"seconds": self.time_limit.seconds}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from `state_dict`; TrainingError if the photos are others."""
        before, now = state_dict["photos"], self.photos
        if before != now:
            raise TrainingError(
                f"{self.run}: its photos have changed since it began ({before[0]:,} then, {now[0]:,} now); put them "
                "back, or start a new run with --run and --init from this one"
            )
        for name in ("best", "best_step", "val_step", "worse"):
            setattr(self, name, state_dict[name])
        self.time_limit.before = state_dict["seconds"]

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
        if trainer.is_global_zero:
            self._write(LAST, trainer.save_checkpoint)
        else:  # all processes take part, but only the first one writes
            trainer.save_checkpoint(self.run / LAST)

    def _write(self, name: str, save: Callable[[Path], None]) -> None:
        try:
            with atomic_write(self.run / name, overwrite=True) as partial:
                save(partial)
        except (OSError, RuntimeError) as error:  # torch raises RuntimeError on a full disk
            raise TrainingError(
                f"{self.run}: a checkpoint cannot be written ({short_reason(error)}); make room and start again"
            ) from error
