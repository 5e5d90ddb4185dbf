"""Dry run: whether a run can start, and its memory and time, measured over a few steps."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch

from tinct import photo
from tinct.learning.data.photos import PhotoCache, collect_photos, is_cached, no_photos
from tinct.learning.data.preprocess import Prepared, preprocess_source
from tinct.learning.experiment import Experiment
from tinct.learning.run.distributed import DistributedContext
from tinct.learning.run.memory import tune_malloc
from tinct.learning.run.train import MIN_PHOTOS, build_module, build_trainer, check_number, silence_lightning
from tinct.learning.weights.initial import initialize, random_weights
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
    minutes: float | None = None,
) -> dict[str, Any]:
    """A summary of the run, measured over three steps of each stage on the first photos; writes nothing.

    Opens every source of photos and loads the initial weights; raises what `train` would raise for them. minutes:
    limit of time of the run. A single process is timed, with its share of the batch.
    """
    tune_malloc()
    if threads:
        torch.set_num_threads(threads)
    torch.manual_seed(experiment.seed)
    network = build(find_network(experiment.network))
    initialize(network, experiment.init)
    photos = _first_photos(experiment)
    context = DistributedContext(local_world_size=processes)
    stages = {experiment.trainable: 0, **experiment.unfreeze}
    ends = [*list(stages.values())[1:], experiment.num_samples]
    stages_text, seconds = [], 0.0
    for word, begin, end in zip(stages, stages.values(), ends, strict=True):
        step = _seconds_per_step(experiment, photos, word, context, device, workers)
        seconds += step * max(0, min(end, experiment.num_samples) - begin) / experiment.batch_size
        stages_text.append(f"{word} from sample {begin:,} on, {step:.2f} s/step")
    losses = experiment.losses or {"default of the output": 1}
    sources, side = [Path(source) for source in experiment.data], experiment.short_side
    cached = is_cached(sources, cache, short_side=side, min_chroma=experiment.min_chroma)
    return {
        "network": experiment.network,
        "parameters": f"{sum(each.numel() for each in network.parameters()):,}",
        "initial weights": experiment.init or random_weights(network),
        "trainable": "; ".join(stages_text),
        "losses": ", ".join(f"{weight:g} x {name}" for name, weight in losses.items()),
        "schedule": f"{experiment.schedule}, lr {experiment.lr:g}",
        "samples": f"{experiment.num_samples:,} in {experiment.steps:,} steps of {experiment.batch_size}",
        "photos": ", ".join(f"{_name(source)} ({_count(source)})" for source in sources),
        "first photos": f"{len(photos)} in colour, "
        + ", ".join(f"{count} {why}" for why, count in photos.left_out.items()),
        "photos cached": "yes" if cached else "no, they are read once when training starts",
        "processes": processes,
        "memory": f"{_peak_memory() / 2**30:.1f} GiB per process",
        "time": _time(seconds, minutes, experiment),
    }


def _first_photos(experiment: Experiment) -> PhotoCache:
    """The first photos of every source, about NUM_PHOTOS in all; the errors of `train` if they cannot be used."""
    sources = [Path(source) for source in experiment.data]
    limit = -(-NUM_PHOTOS // max(1, len(sources)))
    found, left_out = _read(sources, experiment, limit)
    if len(found) < MIN_PHOTOS:  # there may be more further on
        found, left_out = _read(sources, experiment, None)
        if not found:
            raise no_photos(sources, left_out)
        check_number(experiment, len(found))
    return collect_photos(found, left_out)


def _read(
    sources: list[Path], experiment: Experiment, limit: int | None
) -> tuple[list[Prepared], dict[str, int]]:
    """Photos of every source, at most `limit` of each, and how many were left out."""
    found, left_out = list[Prepared](), {"grey": 0, "unreadable": 0}
    for source in sources:
        some, missing = preprocess_source(source, experiment.short_side, experiment.min_chroma, limit=limit)
        found += some
        left_out = {why: left_out[why] + count for why, count in missing.items()}
    return found, left_out


def _count(source: Path) -> str:
    """How many photos a source has, as far as its listing says."""
    return f"{len(photo.find_photos(source)):,} photos" if source.is_dir() else "shard"


def _name(source: Path) -> str:
    return source.name or str(source)


def _time(seconds: float, minutes: float | None, experiment: Experiment) -> str:
    whole = f"about {_format_duration(seconds)} on this machine at its present load"
    if minutes is None or 60 * minutes > seconds:
        return whole
    samples = int(experiment.num_samples * 60 * minutes / seconds)
    return f"{minutes:g} minutes, in which about {samples:,} samples are seen; without the limit {whole}"


def _seconds_per_step(
    experiment: Experiment, photos: PhotoCache, stage: str, context: DistributedContext, device: str,
    workers: int | None,
) -> float:  # fmt: skip
    timed = replace(experiment, trainable=stage, unfreeze={}, rebalance=None)
    batch = context.local_batch_size(experiment)
    timed = replace(timed, batch_size=batch, num_samples=(1 + TIMED_STEPS) * batch)
    clock = _Clock()
    network = build(find_network(timed.network))
    task = build_module(timed, network, photos, np.arange(len(photos)), None, batch, workers)
    with silence_lightning():
        build_trainer(timed, device, DistributedContext(), None, [clock]).fit(task)
    return float(np.mean(np.diff(clock.ends)))


class _Clock(pl.Callback):
    """The time at the end of each step; the first step also warms up what the others use."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_train_batch_end(self, *_: Any) -> None:
        self.ends.append(time.perf_counter())


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
