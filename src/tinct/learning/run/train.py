"""Training runs: from an experiment to its last checkpoint, with exact resume."""

from __future__ import annotations

import errno
import json
import logging
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytorch_lightning as pl
import torch
from lightning_fabric.utilities.exceptions import MisconfigurationException
from numpy.typing import NDArray

from tinct.atomic import atomic_write_text
from tinct.color.bins import soft_encoding_table, srgb_bins
from tinct.errors import TrainingError, short_reason
from tinct.learning.data.photos import PhotoCache, is_cached, open_photos
from tinct.learning.experiment import Experiment, to_dict
from tinct.learning.log.progress import Display, Log
from tinct.learning.log.records import RECORD, load_run_config
from tinct.learning.losses.functional import rebalancing_weights
from tinct.learning.run.checkpointing import CheckpointCallback
from tinct.learning.run.distributed import DistributedContext, detect_context, wait_until
from tinct.learning.run.memory import tune_malloc
from tinct.learning.run.task import ColorizationModule
from tinct.learning.run.time_limit import TimeLimit
from tinct.learning.run.validation import Validator
from tinct.learning.weights.frozen import Frozen, frozen_backbone, get_backbone
from tinct.learning.weights.initial import BEST, LAST, initialize, load_trained, set_head_bias
from tinct.learning.weights.input_digests import input_digests
from tinct.networks.build import BuiltNetwork, build
from tinct.networks.parse import find_network

FREQUENCY_PHOTOS = 4000
MIN_PHOTOS = 5

StopRequests = Callable[[], AbstractContextManager[Callable[[], bool]]]


def never_stop() -> AbstractContextManager[Callable[[], bool]]:
    """Stop requests of a run that nobody interrupts."""
    return nullcontext(lambda: False)


@dataclass(frozen=True)
class Outcome:
    """How a run ended: its last checkpoint, and the validation losses of the last, of the best and of grey."""

    last: Path
    step: int
    steps: int
    interrupted: bool
    best_step: int
    best_loss: float
    val_loss: float
    grey_loss: float


def train(
    experiment: Experiment, run: Path, cache: Path, *,
    log: Log, device: str = "auto", threads: int | None = None, until: int | None = None, processes: int = 1,
    workers: int | None = None, minutes: float | None = None, display: Display | None = None,
    stop_requests: StopRequests = never_stop,
) -> Outcome:  # fmt: skip
    """Train in the folder `run`, or resume from its last checkpoint.

    log: receives lines of progress, unless there is a `display`. until: the step after which to stop, to be
    resumed later; by default the last one. processes: how many to start on this machine; under torchrun, those
    that it started. workers: data loading workers per process; by default none on a CPU, the cores left on a
    GPU. minutes: time that the run may take over all its starts; the learning rate falls accordingly.
    stop_requests: a context in which the run asks after each step whether to stop, after a checkpoint. Raises
    TrainingError for data, weights or a checkpoint that cannot be used, for a loss that is not finite and for a
    checkpoint that cannot be written; the last good checkpoint then stays. A log that cannot be written is
    reported and stops nothing.
    """
    limit, display = TimeLimit(minutes), display or Display(log)
    tune_malloc()
    if threads:
        torch.set_num_threads(threads)
    torch.manual_seed(experiment.seed)
    context = detect_context(processes)
    batch = context.local_batch_size(experiment)
    photos = _open_photos(experiment, cache, context, display)
    indices = np.random.default_rng(0).permutation(len(photos))
    val_size = max(1, min(experiment.val_size, len(photos) // 5))
    network = build(find_network(experiment.network))
    _write_run_config(run, experiment, context)
    last = run / LAST
    classifies = network.network.output.kind == "ab_bins"
    frequencies = bin_frequencies(photos, indices) if classifies else None
    bin_weights = _initialize_weights(network, experiment, frequencies, last)
    module = build_module(experiment, network, photos, indices[val_size:], bin_weights, batch, workers, limit)
    validator = Validator(module, indices[:val_size], batch, frequencies)
    with silence_lightning(), stop_requests() as interrupted:
        callback = CheckpointCallback(run, module, validator, display, interrupted)
        trainer = build_trainer(experiment, device, context, until, [callback])
        try:
            trainer.fit(module, ckpt_path=last if last.exists() else None, weights_only=True)
        except SystemExit as stopped:  # Lightning's answer to a second Ctrl-C
            raise KeyboardInterrupt from stopped
        callback.save(trainer)
    progress = callback.progress
    return Outcome(
        last, trainer.global_step, experiment.steps, interrupted(), callback.best_step, callback.best,
        progress.val_loss, validator.grey_loss() if trainer.is_global_zero else progress.grey_loss,
    )  # fmt: skip


def _open_photos(
    experiment: Experiment, cache: Path, context: DistributedContext, display: Display
) -> PhotoCache:
    """The photos of a run, from their cache; TrainingError if they are too few."""
    sources = [Path(source) for source in experiment.data]
    side, chroma = experiment.short_side, experiment.min_chroma
    ready = partial(is_cached, sources, cache, short_side=side, min_chroma=chroma)
    wait_until(ready, context)
    if not context.rank and not ready():
        display.line(f"reading {', '.join(experiment.data[:3]) or 'photos'} into {cache}, once")
    photos = open_photos(sources, cache, short_side=side, min_chroma=chroma, report=display.photos)
    if any(photos.left_out.values()) and not context.rank:
        left_out = ", ".join(f"{n} {why}" for why, n in photos.left_out.items())
        display.line(f"{len(photos):,} photos; left out: {left_out}")
    check_number(experiment, len(photos))
    return photos


def check_number(experiment: Experiment, count: int) -> None:
    """TrainingError if `count` photos are too few to train on and validate with."""
    if count < MIN_PHOTOS:
        raise TrainingError(
            f"{', '.join(experiment.data)}: only {count} photos in colour; give at least {MIN_PHOTOS}"
        )


def build_module(
    experiment: Experiment, network: BuiltNetwork, photos: PhotoCache, indices: NDArray[np.int64],
    bin_weights: torch.Tensor | None, batch: int, workers: int | None = None, limit: TimeLimit | None = None,
) -> ColorizationModule:  # fmt: skip
    """The Lightning module that trains `network`; a frozen backbone runs on batches of `batch` crops."""
    if experiment.trainable != "all":
        get_backbone(network)  # raises if there is none
    shape = (batch, 1, experiment.crops.side, experiment.crops.side)

    def make_frozen(stage: str) -> Frozen:
        return frozen_backbone(network, stage, shape, torch.get_num_threads())

    return ColorizationModule(experiment, network, photos, indices, make_frozen, bin_weights, workers, limit)


def build_trainer(
    experiment: Experiment,
    device: str,
    context: DistributedContext,
    until: int | None,
    callbacks: list[pl.Callback],
) -> pl.Trainer:
    """A Lightning trainer without loggers, checkpoints or output of its own."""
    try:
        return pl.Trainer(
            max_steps=min(until or experiment.steps, experiment.steps), accelerator=device,
            devices=context.local_world_size, num_nodes=context.num_nodes,
            strategy=context.strategy(experiment), use_distributed_sampler=False,
            precision=experiment.precision,  # type: ignore[arg-type]
            gradient_clip_val=experiment.grad_clip_norm or None, callbacks=callbacks, logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False, enable_model_summary=False, max_epochs=-1,
        )  # fmt: skip
    except (ValueError, MisconfigurationException) as error:
        raise TrainingError(
            f"{experiment.name}: cannot be trained on {device} in precision {experiment.precision} "
            f"({short_reason(error)}); give --device auto or cpu, and a precision such as 32"
        ) from error


@contextmanager
def silence_lightning() -> Iterator[None]:
    """Suppress messages of Lightning that a user of tinct cannot act on."""
    loggers = [logging.getLogger(name) for name in ("pytorch_lightning", "lightning_fabric")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="pytorch_lightning")
        warnings.filterwarnings("ignore", message="Grad strides do not match bucket view strides")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


def bin_frequencies(photos: PhotoCache, indices: NDArray[np.int64]) -> NDArray[np.float64]:
    """Relative frequency of each ab bin (n,) over the positions of at most FREQUENCY_PHOTOS of these photos."""
    table, weights = soft_encoding_table()
    counts = np.zeros(len(srgb_bins()))
    for index in indices[:FREQUENCY_PHOTOS]:
        whole = photos.photo(int(index))[1].astype(np.int64) + 128
        rows = (whole[0] * 256 + whole[1]).ravel()
        counts += np.bincount(table[rows].ravel(), weights[rows].ravel(), len(counts))
    return np.asarray(counts / counts.sum())


def _initialize_weights(
    network: BuiltNetwork, experiment: Experiment, frequencies: NDArray[np.float64] | None, last: Path
) -> torch.Tensor | None:
    """Load initial weights or those of the last checkpoint; returns class rebalancing weights, if any.

    frequencies: of the bins (n,), for a network that predicts them.
    """
    if last.exists():
        load_trained(network, last)
    else:
        initialize(network, experiment.init)
        if experiment.init is None and frequencies is not None:
            set_head_bias(network, frequencies)
    if experiment.rebalance is None or frequencies is None:
        return None
    return rebalancing_weights(frequencies, experiment.rebalance)


def _write_run_config(run: Path, experiment: Experiment, context: DistributedContext) -> None:
    """Write the experiment and the digests of its inputs into its run folder; refuse the folder of another run.

    A folder without a checkpoint is overwritten. Fields missing from the file of an earlier version count as
    defaults.
    """
    if context.rank:
        return
    config, default = (
        json.loads(json.dumps(to_dict(each))) for each in (experiment, Experiment(name="", network=""))
    )
    try:
        run.mkdir(parents=True, exist_ok=True)
        if not os.access(run, os.W_OK):
            raise PermissionError(errno.EACCES, "it may not be written to")
        if not (run / LAST).exists():
            (run / BEST).unlink(missing_ok=True)  # of a run that never wrote a checkpoint to resume from
        if not (run / RECORD).exists() or not (run / LAST).exists():
            record = config | {"sha256": input_digests(experiment)}
            atomic_write_text(run / RECORD, json.dumps(record, indent=1) + "\n")
    except OSError as error:
        raise TrainingError(
            f"{run}: the run cannot be written ({short_reason(error)}); make room, or give another folder with --run"
        ) from error
    recorded = load_run_config(run)
    recorded.pop("sha256", None)
    if default | recorded != config:
        raise TrainingError(f"{run}: holds a run of another experiment; give a new folder with --run")
