"""Dry run: memory and time of a training run, measured over a few steps on noise."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch

from tinct.learning.data.crops import GRID
from tinct.learning.data.photos import PhotoCache
from tinct.learning.experiment import Experiment
from tinct.learning.run.distributed import DistributedContext
from tinct.learning.run.memory import tune_malloc
from tinct.learning.run.train import build_module, build_trainer, silence_lightning
from tinct.networks.build import build
from tinct.networks.parse import find_network

TIMED_STEPS = 3
NUM_PHOTOS = 64


def dry_run(
    experiment: Experiment,
    cache: Path,
    device: str = "auto",
    threads: int | None = None,
    processes: int = 1,
    workers: int | None = None,
) -> dict[str, Any]:
    """A summary of the run, measured over three steps of each stage on crops of noise; reads no photos,
    writes nothing.

    A single process is timed, with its share of the batch.
    """
    tune_malloc()
    if threads:
        torch.set_num_threads(threads)
    torch.manual_seed(experiment.seed)
    network = build(find_network(experiment.network))
    context = DistributedContext(local_world_size=processes)
    stages = {experiment.trainable: 0, **experiment.unfreeze}
    ends = [*list(stages.values())[1:], experiment.num_samples]
    stages_text, seconds = [], 0.0
    for word, begin, end in zip(stages, stages.values(), ends, strict=True):
        step = _seconds_per_step(experiment, word, context, device, workers)
        seconds += step * max(0, min(end, experiment.num_samples) - begin) / experiment.batch_size
        stages_text.append(f"{word} from sample {begin:,} on, {step:.2f} s/step")
    losses = experiment.losses or {"default of the output": 1}
    return {
        "network": experiment.network,
        "parameters": f"{sum(each.numel() for each in network.parameters()):,}",
        "initial weights": experiment.init or "ImageNet for a backbone, else random",
        "trainable": "; ".join(stages_text),
        "losses": ", ".join(f"{weight:g} x {name}" for name, weight in losses.items()),
        "schedule": f"{experiment.schedule}, lr {experiment.lr:g}",
        "samples": f"{experiment.num_samples:,} in {experiment.steps:,} steps of {experiment.batch_size}",
        "shards or folders": len(experiment.data),
        "photos cached": (cache / "sizes.npy").exists(),
        "processes": processes,
        "memory": f"{_peak_memory() / 2**30:.1f} GiB per process",
        "time": f"about {_format_duration(seconds)} on this machine at its present load",
    }


def _seconds_per_step(
    experiment: Experiment, stage: str, context: DistributedContext, device: str, workers: int | None
) -> float:
    timed = replace(experiment, trainable=stage, unfreeze={}, rebalance=None)
    batch = context.local_batch_size(experiment)
    timed = replace(timed, batch_size=batch, num_samples=(1 + TIMED_STEPS) * batch)
    clock = _Clock()
    network = build(find_network(timed.network))
    task = build_module(
        timed, network, _noise_photos(timed.short_side), np.arange(NUM_PHOTOS), None, batch, workers
    )
    task.indices = np.resize(task.indices, max(NUM_PHOTOS, batch))
    with silence_lightning():
        build_trainer(timed, device, DistributedContext(), None, [clock]).fit(task)
    return float(np.mean(np.diff(clock.ends)))


class _Clock(pl.Callback):
    """The time at the end of each step; the first step also warms up what the others use."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_train_batch_end(self, *_: Any) -> None:
        self.ends.append(time.perf_counter())


def _noise_photos(short_side: int) -> PhotoCache:
    """Photos of noise, all of one size."""
    rng, side = np.random.default_rng(0), short_side // GRID * GRID
    lightness = rng.integers(0, 256, (NUM_PHOTOS, side, side), np.uint8)
    ab = rng.integers(-40, 41, (NUM_PHOTOS, 2, side // GRID, side // GRID), np.int8)
    starts = np.arange(NUM_PHOTOS, dtype=np.int64) * side * side
    return PhotoCache(lightness.ravel(), ab.ravel(), starts, np.full((NUM_PHOTOS, 2), side, np.int32))


def _peak_memory() -> float:
    """Peak memory of this process in bytes, on the GPU if one is used."""
    if torch.cuda.is_available() and torch.cuda.max_memory_allocated():
        return float(torch.cuda.max_memory_allocated())
    if sys.platform == "win32":
        return float("nan")
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(most if sys.platform == "darwin" else most * 1024)


def _format_duration(seconds: float) -> str:
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 1.5 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} seconds"
