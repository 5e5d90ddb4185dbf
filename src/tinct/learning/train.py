"""A training run from its experiment to its last checkpoint; broken off,
it goes on exactly where it stood.
"""

from __future__ import annotations

import csv
import json
import logging
import os
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray

from tinct.color.bins import soft_encoding_table, srgb_bins
from tinct.errors import LearningError
from tinct.learning.crops import draw_crops
from tinct.learning.curve import draw_curve
from tinct.learning.experiment import Experiment, as_table
from tinct.learning.frozen import frozen_part
from tinct.learning.losses import rebalancing_weights
from tinct.learning.photos import PhotoCache, open_photos
from tinct.learning.task import Colouring
from tinct.learning.weights import LAST, begin, load_learned, set_head_bias
from tinct.networks.build import BuiltNetwork, build
from tinct.networks.parse import find_network

Say = Callable[[str], None]
SECONDS_BETWEEN_CHECKPOINTS = 120
SECONDS_BETWEEN_REPORTS = 60
SAMPLE = 4000
LOG = "log.csv"
CURVE = "loss.svg"
RECORD = "experiment.json"


def train(
    experiment: Experiment, run: Path, cache: Path, *,
    say: Say, device: str = "auto", threads: int | None = None, until: int | None = None,
) -> Path:  # fmt: skip
    """Train in the folder `run`, or go on there from its last checkpoint; returns that checkpoint.

    until: the step after which to stop, to be gone on from later; by default the experiment's last.
    Raises LearningError for data, weights or a checkpoint that cannot be used, for a loss that is not a number and
    for a checkpoint that cannot be written; the last good checkpoint then stays.
    """
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    if threads:
        torch.set_num_threads(threads)
    torch.manual_seed(experiment.seed)
    photos = open_photos(
        [Path(source) for source in experiment.data], cache, short_side=experiment.short_side
    )
    indices = np.random.default_rng(0).permutation(len(photos))
    held_out = min(experiment.held_out, len(photos) // 5)
    network = build(find_network(experiment.network))
    _claim(run, experiment)
    last = run / LAST
    task = Colouring(
        experiment,
        network,
        photos,
        indices[held_out:],
        None,
        _prepare(network, experiment, photos, indices, last),
    )
    if experiment.learn != "all":
        shape = (experiment.batch, 1, experiment.crops.side, experiment.crops.side)
        task.frozen = frozen_part(network, experiment.learn, shape, run, torch.get_num_threads())
    keeper = _Keeper(run, task, indices[:held_out], say)
    trainer = pl.Trainer(
        max_steps=min(until or experiment.steps, experiment.steps), accelerator=device, devices=1,
        precision=experiment.precision,  # type: ignore[arg-type]
        gradient_clip_val=experiment.clip or None, callbacks=[keeper], logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, max_epochs=-1,
    )  # fmt: skip
    trainer.fit(task, ckpt_path=last if last.exists() else None, weights_only=True)
    keeper.save(trainer)
    return last


def plan(experiment: Experiment, cache: Path) -> dict[str, Any]:
    """What a run would do, in numbers, without doing it; reads neither photos nor weights."""
    network = build(find_network(experiment.network))
    parameters = sum(p.numel() for p in network.parameters())
    return {
        "network": experiment.network,
        "parameters": parameters,
        "learn": experiment.learn,
        "photos to see": experiment.photos,
        "steps": experiment.steps,
        "shards or folders": len(experiment.data),
        "photos cached": (cache / "sizes.npy").exists(),
        "memory of weights, gradients and moments": f"{parameters * 4 * 5 / 2**20:.0f} MiB",
    }


def bin_frequencies(photos: PhotoCache, indices: NDArray[np.int64]) -> NDArray[np.float64]:
    """How often each ab bin (n,) is the colour of a place, over at most 4,000 of these photos."""
    table, weights = soft_encoding_table()
    counts = np.zeros(len(srgb_bins()))
    for index in indices[:SAMPLE]:
        whole = photos.photo(int(index))[1].astype(np.int64) + 128
        rows = (whole[0] * 256 + whole[1]).ravel()
        counts += np.bincount(table[rows].ravel(), weights[rows].ravel(), len(counts))
    return np.asarray(counts / counts.sum())


def _prepare(
    network: BuiltNetwork, experiment: Experiment, photos: PhotoCache, indices: NDArray[np.int64], last: Path
) -> torch.Tensor | None:
    """First weights, or those of the last checkpoint; and the bins' weights where the experiment rebalances."""
    fresh = network.network.output.kind == "ab_bins" and experiment.init is None and not last.exists()
    frequencies = bin_frequencies(photos, indices) if fresh or experiment.rebalance is not None else None
    if last.exists():
        load_learned(network, last)
    else:
        begin(network, experiment.init)
    if fresh and frequencies is not None:
        set_head_bias(network, frequencies)
    if experiment.rebalance is None or frequencies is None:
        return None
    return rebalancing_weights(frequencies, experiment.rebalance)


def _claim(run: Path, experiment: Experiment) -> None:
    """Note the experiment in its run's folder; refuse to go on with another one's run."""
    run.mkdir(parents=True, exist_ok=True)
    record, said = run / RECORD, json.loads(json.dumps(as_table(experiment)))
    if not record.exists():
        record.write_text(json.dumps(said, indent=1) + "\n")
    elif json.loads(record.read_text()) != said:
        raise LearningError(f"{run}: holds a run of another experiment; give a new folder with --run.")


class _Keeper(pl.Callback):
    """Keeps checkpoints and the log: every two minutes the one, every minute a line of the other."""

    def __init__(self, run: Path, task: Colouring, held_out: NDArray[np.int64], say: Say) -> None:
        self.run, self.held_out, self.say = run, held_out, say
        self.experiment, self.losses = task.experiment, list[float]()
        self.saved = self.reported = time.monotonic()

    def on_train_batch_end(self, trainer: Any, task: Any, outputs: Any, *_: Any) -> None:
        self.losses.append(float(outputs["loss"]))
        now, last = time.monotonic(), trainer.global_step >= trainer.max_steps
        if last or now - self.reported > SECONDS_BETWEEN_REPORTS:
            self.report(trainer, task, now - self.reported)
            self.reported = time.monotonic()
        if not last and now - self.saved > SECONDS_BETWEEN_CHECKPOINTS:
            self.save(trainer)
            self.saved = time.monotonic()

    def report(self, trainer: Any, task: Colouring, seconds: float) -> None:
        """One line of the log: the loss, and the moving average's loss on photos it does not learn from."""
        row = {
            "step": trainer.global_step,
            "photos": trainer.global_step * self.experiment.batch,
            "loss": round(float(np.mean(self.losses)), 4),
            "unseen": round(self._unseen(task), 4),
            "photos_per_second": round(len(self.losses) * self.experiment.batch / max(seconds, 1e-9), 1),
        }
        self.losses.clear()
        new = not (self.run / LOG).exists()
        with open(self.run / LOG, "a", newline="") as file:
            writer = csv.DictWriter(file, list(row))
            if new:
                writer.writeheader()
            writer.writerow(row)
        draw_curve(self.run / LOG, self.run / CURVE)
        self.say("  ".join(f"{name} {value}" for name, value in row.items()))

    def _unseen(self, task: Colouring) -> float:
        rng, found = np.random.default_rng(0), []
        crops = replace(self.experiment.crops, hints=0.0, ageing=0.0)
        size = self.experiment.batch
        for start in range(0, max(1, min(len(self.held_out), 4 * size) // size * size), size):
            chosen = np.resize(self.held_out[start : start + size], size)
            with torch.no_grad():
                found.append(
                    float(
                        task.loss(task.average, draw_crops(task.photos, chosen, crops, rng).to(task.device))
                    )
                )
        return float(np.mean(found))

    def save(self, trainer: Any) -> None:
        """Write the checkpoint beside the last one and put it in its place once it is whole."""
        part = self.run / "part.ckpt"
        try:
            trainer.save_checkpoint(part)
            os.replace(part, self.run / LAST)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise LearningError(
                f"{self.run}: a checkpoint cannot be written ({error.strerror}); make room and start again."
            ) from error
