"""A training run from its experiment to its last checkpoint; broken off, it goes on exactly where it stood."""

from __future__ import annotations

import errno
import json
import logging
import os
import warnings
from pathlib import Path

import numpy as np
import pytorch_lightning as pl
import torch
from lightning_fabric.utilities.exceptions import MisconfigurationException
from numpy.typing import NDArray

from tinct.color.bins import soft_encoding_table, srgb_bins
from tinct.errors import TrainingError
from tinct.learning.data.photos import PhotoCache, open_photos
from tinct.learning.experiment import Experiment, to_dict
from tinct.learning.losses.functional import rebalancing_weights
from tinct.learning.run.checkpointing import CheckpointCallback, Say
from tinct.learning.run.distributed import DistributedContext, detect_context, wait_for_file
from tinct.learning.run.frozen import Frozen, frozen_backbone, get_backbone
from tinct.learning.run.memory import tune_malloc
from tinct.learning.run.records import RECORD, atomic_write_text, load_run_config, reason
from tinct.learning.run.task import ColorizationModule
from tinct.learning.run.weights import LAST, initialize, load_trained, set_head_bias
from tinct.networks.build import BuiltNetwork, build
from tinct.networks.parse import find_network

SAMPLE = 4000
FEWEST = 5


def train(
    experiment: Experiment, run: Path, cache: Path, *,
    say: Say, device: str = "auto", threads: int | None = None, until: int | None = None, processes: int = 1,
    workers: int | None = None,
) -> Path:  # fmt: skip
    """Train in the folder `run`, or go on there from its last checkpoint; returns that checkpoint.

    until: the step after which to stop, to be gone on from later; by default the experiment's last.
    processes: how many to start on this machine; under torchrun, those that it started.
    workers: how many more draw crops for each of them; by default none on a CPU, on a GPU the cores that are left.
    Raises TrainingError for data, weights or a checkpoint that cannot be used, for a loss that is not a number and
    for a checkpoint that cannot be written; the last good checkpoint then stays. A log that cannot be written is
    said and stops nothing.
    """
    silence_lightning()
    tune_malloc()
    if threads:
        torch.set_num_threads(threads)
    torch.manual_seed(experiment.seed)
    joined = detect_context(processes)
    batch = joined.share(experiment)
    wait_for_file(cache / "sizes.npy", joined)
    photos = open_photos(
        [Path(source) for source in experiment.data],
        cache,
        short_side=experiment.short_side,
        min_chroma=experiment.min_chroma,
    )
    if any(photos.left_out.values()) and not joined.rank:
        say(
            f"{len(photos):,} photos; left out: "
            + ", ".join(f"{n} {why}" for why, n in photos.left_out.items())
        )
    indices = np.random.default_rng(0).permutation(len(photos))
    if len(photos) < FEWEST:
        raise TrainingError(
            f"{', '.join(experiment.data)}: only {len(photos)} photos in colour; give {FEWEST} at the least."
        )
    held_out = max(1, min(experiment.held_out, len(photos) // 5))
    network = build(find_network(experiment.network))
    _write_run_config(run, experiment, joined)
    last = run / LAST
    bin_weights = _initialize_weights(network, experiment, photos, indices, last)
    task = build_module(experiment, network, photos, indices[held_out:], bin_weights, batch, workers)
    keeper = CheckpointCallback(run, task, indices[:held_out], batch, say)
    trainer = build_trainer(experiment, device, joined, until, [keeper])
    try:
        trainer.fit(task, ckpt_path=last if last.exists() else None, weights_only=True)
    except SystemExit as stopped:  # Lightning's answer to Ctrl-C
        raise KeyboardInterrupt from stopped
    keeper.save(trainer)
    return last


def build_module(
    experiment: Experiment, network: BuiltNetwork, photos: PhotoCache, indices: NDArray[np.int64],
    bin_weights: torch.Tensor | None, batch: int, workers: int | None = None,
) -> ColorizationModule:  # fmt: skip
    """The task that teaches `network`; what is still of its backbone runs on batches of `batch` crops."""
    if experiment.learn != "all":
        get_backbone(network)  # says at once if there is none
    shape = (batch, 1, experiment.crops.side, experiment.crops.side)

    def freeze(stage: str) -> Frozen:
        return frozen_backbone(network, stage, shape, torch.get_num_threads())

    return ColorizationModule(experiment, network, photos, indices, freeze, bin_weights, workers)


def build_trainer(
    experiment: Experiment,
    device: str,
    joined: DistributedContext,
    until: int | None,
    callbacks: list[pl.Callback],
) -> pl.Trainer:
    """Lightning's trainer, which keeps nothing and prints nothing of its own."""
    try:
        return pl.Trainer(
            max_steps=min(until or experiment.steps, experiment.steps), accelerator=device, devices=joined.here,
            num_nodes=joined.machines, strategy=joined.strategy(experiment), use_distributed_sampler=False,
            precision=experiment.precision,  # type: ignore[arg-type]
            gradient_clip_val=experiment.clip or None, callbacks=callbacks, logger=False, enable_checkpointing=False,
            enable_progress_bar=False, enable_model_summary=False, max_epochs=-1,
        )  # fmt: skip
    except (ValueError, MisconfigurationException) as error:
        raise TrainingError(
            f"{experiment.name}: cannot be trained on {device} in precision {experiment.precision} ({reason(error)}); "
            "give --device auto or cpu, and a precision such as 32."
        ) from error


def silence_lightning() -> None:
    """Keep Lightning from printing what a user of tinct cannot act on."""
    for library in ("pytorch_lightning", "lightning_fabric"):
        logging.getLogger(library).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    warnings.filterwarnings("ignore", message="Grad strides do not match bucket view strides")


def bin_frequencies(photos: PhotoCache, indices: NDArray[np.int64]) -> NDArray[np.float64]:
    """How often each ab bin (n,) is the colour of a place, over at most 4,000 of these photos."""
    table, weights = soft_encoding_table()
    counts = np.zeros(len(srgb_bins()))
    for index in indices[:SAMPLE]:
        whole = photos.photo(int(index))[1].astype(np.int64) + 128
        rows = (whole[0] * 256 + whole[1]).ravel()
        counts += np.bincount(table[rows].ravel(), weights[rows].ravel(), len(counts))
    return np.asarray(counts / counts.sum())


def _initialize_weights(
    network: BuiltNetwork, experiment: Experiment, photos: PhotoCache, indices: NDArray[np.int64], last: Path
) -> torch.Tensor | None:
    """First weights, or those of the last checkpoint; and the bins' weights where the experiment rebalances."""
    fresh = network.network.output.kind == "ab_bins" and experiment.init is None and not last.exists()
    frequencies = bin_frequencies(photos, indices) if fresh or experiment.rebalance is not None else None
    if last.exists():
        load_trained(network, last)
    else:
        initialize(network, experiment.init)
    if fresh and frequencies is not None:
        set_head_bias(network, frequencies)
    if experiment.rebalance is None or frequencies is None:
        return None
    return rebalancing_weights(frequencies, experiment.rebalance)


def _write_run_config(run: Path, experiment: Experiment, joined: DistributedContext) -> None:
    """Note the experiment in its run's folder; refuse to go on with another one's run.

    A run without a checkpoint has learned nothing and is noted anew. What a run's note does not name, because an
    older tinct wrote it, it had at the default.
    """
    if joined.rank:
        return
    said, default = (
        json.loads(json.dumps(to_dict(each))) for each in (experiment, Experiment(name="", network=""))
    )
    try:
        run.mkdir(parents=True, exist_ok=True)
        if not os.access(run, os.W_OK):
            raise PermissionError(errno.EACCES, "it may not be written to")
        if not (run / RECORD).exists() or not (run / LAST).exists():
            atomic_write_text(run / RECORD, json.dumps(said, indent=1) + "\n")
    except OSError as error:
        raise TrainingError(
            f"{run}: the run cannot be kept there ({reason(error)}); make room, or give another folder with --run."
        ) from error
    if default | load_run_config(run) != said:
        raise TrainingError(f"{run}: holds a run of another experiment; give a new folder with --run.")
