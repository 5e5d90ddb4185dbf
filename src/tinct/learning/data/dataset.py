"""The batches of a run as training takes them: drawn by its own process, or by helpers beside it."""

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
    """The experiment's batches from step `first` on, without end; of each the `share` (i, n) as `batches` has it."""

    def __init__(
        self, photos: PhotoCache, indices: NDArray[np.int64], experiment: Experiment, first: int,
        share: tuple[int, int],
    ) -> None:  # fmt: skip
        self.photos, self.indices, self.experiment = photos, indices, experiment
        self.first, self.share = first, share

    def __iter__(self) -> Iterator[Crops]:
        """Of several helpers each draws every so many-th batch, so that together they give what one would."""
        said, helper = self.experiment, get_worker_info()
        first, every = (self.first, 1) if helper is None else (self.first + helper.id, helper.num_workers)
        return batches(self.photos, self.indices, said.batch, said.crops, said.seed, first, self.share, every)


def make_dataloader(stream: CropDataset, workers: int) -> DataLoader[Crops]:
    """What hands over the batches in order; with `workers` that many processes draw them ahead."""
    # libvips has threads, which a fork would not survive.
    context = "spawn" if workers else None
    return DataLoader(stream, batch_size=None, num_workers=workers, multiprocessing_context=context)


def default_num_workers(device: torch.device, processes: int) -> int:
    """How many helpers keep a device fed: none where it is the processor itself, else the cores that are left of it
    when `processes` share this machine.
    """
    if device.type == "cpu":
        return 0
    return max(1, (os.cpu_count() or 1) // processes - 1)
