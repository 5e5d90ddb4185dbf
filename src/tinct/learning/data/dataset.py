"""The data set of a run: an endless stream of batches, drawn in this process or by worker processes."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from tinct.learning.data.crops import Crops, batches
from tinct.learning.data.photos import PhotoCache
from tinct.learning.experiment import Experiment


class CropDataset(IterableDataset[Crops]):
    """The batches of an experiment from step `first` on; `shard` (i, n) selects crops as in `batches`."""

    def __init__(
        self, photos: PhotoCache, indices: NDArray[np.int64], experiment: Experiment, first: int,
        shard: tuple[int, int],
    ) -> None:  # fmt: skip
        self.photos, self.indices, self.experiment = photos, indices, experiment
        self.first, self.shard = first, shard

    def __iter__(self) -> Iterator[Crops]:
        """Shard batches across workers, preserving single-process order."""
        experiment, worker = self.experiment, get_worker_info()
        first, every = (self.first, 1) if worker is None else (self.first + worker.id, worker.num_workers)
        return batches(
            self.photos, self.indices, experiment.batch_size, experiment.crops, experiment.seed, first, self.shard,
            every,
        )  # fmt: skip


def make_dataloader(dataset: CropDataset, workers: int) -> DataLoader[Crops]:
    """A DataLoader that yields the batches in order; `workers` processes prefetch them."""
    # A fork would not carry over the threads of libvips.
    context = "spawn" if workers else None
    return DataLoader(dataset, batch_size=None, num_workers=workers, multiprocessing_context=context)


def default_num_workers(device: torch.device, processes: int) -> int:
    """Workers that keep a device busy: none for the CPU, else the cores left when `processes` share the
    machine.
    """
    if device.type == "cpu":
        return 0
    return max(1, (os.cpu_count() or 1) // processes - 1)
