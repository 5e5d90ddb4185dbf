"""What a run would do and what it would take, found by a few steps on photos of noise."""

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

TIMED = 3
NOISE = 64


def dry_run(
    experiment: Experiment,
    cache: Path,
    device: str = "auto",
    threads: int | None = None,
    processes: int = 1,
    workers: int | None = None,
) -> dict[str, Any]:
    """The run in words and numbers; reads no photos and not what it begins from, writes nothing.

    Memory and time come from three steps of each stage on crops of noise, one process taking its share of the batch.
    """
    silence_lightning()
    tune_malloc()
    if threads:
        torch.set_num_threads(threads)
    torch.manual_seed(experiment.seed)
    network = build(find_network(experiment.network))
    joined = DistributedContext(here=processes)
    stages = {experiment.learn: 0, **experiment.unfreeze}
    ends = [*list(stages.values())[1:], experiment.photos]
    told, seconds = [], 0.0
    for word, begin, end in zip(stages, stages.values(), ends, strict=True):
        step = _seconds_per_step(experiment, word, joined, device, workers)
        seconds += step * max(0, min(end, experiment.photos) - begin) / experiment.batch
        told.append(f"{word} from {begin:,} photos on, {step:.2f} s a step")
    losses = experiment.losses or {"its output's own": 1}
    return {
        "network": experiment.network,
        "parameters": f"{sum(each.numel() for each in network.parameters()):,}",
        "begins from": experiment.init or "ImageNet's weights and drawn ones",
        "learns": "; ".join(told),
        "losses": ", ".join(f"{weight:g} x {name}" for name, weight in losses.items()),
        "schedule": f"{experiment.schedule}, rate {experiment.rate:g}",
        "photos to see": f"{experiment.photos:,} in {experiment.steps:,} steps of {experiment.batch}",
        "shards or folders": len(experiment.data),
        "photos cached": (cache / "sizes.npy").exists(),
        "processes": processes,
        "memory": f"{_peak_memory() / 2**30:.1f} GiB a process",
        "time": f"about {_format_duration(seconds)} here, as busy as this machine is now",
    }


def _seconds_per_step(
    experiment: Experiment, stage: str, joined: DistributedContext, device: str, workers: int | None
) -> float:
    said = replace(experiment, learn=stage, unfreeze={}, rebalance=None)
    batch = joined.share(experiment)
    said = replace(said, batch=batch, photos=(1 + TIMED) * batch)
    clock = _Clock()
    network = build(find_network(said.network))
    task = build_module(said, network, _noise_photos(said.short_side), np.arange(NOISE), None, batch, workers)
    task.indices = np.resize(task.indices, max(NOISE, batch))
    build_trainer(said, device, DistributedContext(), None, [clock]).fit(task)
    return float(np.mean(np.diff(clock.ends)))


class _Clock(pl.Callback):
    """When each step ended; the first also makes and warms what the others use."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_train_batch_end(self, *_: Any) -> None:
        self.ends.append(time.perf_counter())


def _noise_photos(short_side: int) -> PhotoCache:
    """Photos that are nothing but noise, of one size."""
    rng, side = np.random.default_rng(0), short_side // GRID * GRID
    lightness = rng.integers(0, 256, (NOISE, side, side), np.uint8)
    ab = rng.integers(-40, 41, (NOISE, 2, side // GRID, side // GRID), np.int8)
    starts = np.arange(NOISE, dtype=np.int64) * side * side
    return PhotoCache(lightness.ravel(), ab.ravel(), starts, np.full((NOISE, 2), side, np.int32))


def _peak_memory() -> float:
    """Bytes: the most that this process held so far, or that it held on the GPU."""
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
