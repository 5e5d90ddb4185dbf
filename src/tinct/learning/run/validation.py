"""Validation: the loss on photos that are not trained on, beside that of an answer that looks at no photo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tinct.learning.data.crops import Crops, sample_crops
from tinct.learning.run.task import ColorizationModule

MIN_CROPS, MAX_CROPS = 64, 256


class Validator:
    """Validation losses on the photos `indices`, in batches of `batch` crops, always the same.

    frequencies: of the bins (n,) over the training photos, for networks that predict bins.
    """

    def __init__(
        self, module: ColorizationModule, indices: NDArray[np.int64], batch: int,
        frequencies: NDArray[np.float64] | None = None,
    ) -> None:  # fmt: skip
        self.module, self.photos, self.batch = module, indices, batch
        wanted = min(max(len(indices), MIN_CROPS), MAX_CROPS)
        self.indices = np.resize(indices, max(1, wanted // batch) * batch)
        self.frequencies = None if frequencies is None else torch.from_numpy(frequencies.astype(np.float32))
        self._grey: float | None = None

    def loss(self, precision: Callable[[], AbstractContextManager[None]]) -> float:
        """Validation loss of the moving average, computed in the context that `precision` makes."""
        with precision():
            return self._mean(lambda crops: self.module.loss(self.module.average, crops))

    def grey_loss(self) -> float:
        """Loss of grey; cross-entropy and distillation are those of how frequent each bin is."""
        if self._grey is None:
            self._grey = self._mean(lambda crops: self.module.grey_loss(crops, self.frequencies))
        return self._grey

    def _mean(self, loss: Callable[[Crops], Tensor]) -> float:
        """The mean of a loss over the crops; draws no random number of the run's."""
        devices = [self.module.device] if self.module.device.type == "cuda" else []
        with torch.no_grad(), torch.random.fork_rng(devices):
            torch.manual_seed(0)
            return float(np.mean([float(loss(crops)) for crops in self._crops()]))

    def _crops(self) -> Iterator[Crops]:
        module, rng = self.module, np.random.default_rng(0)
        crops = replace(module.experiment.crops, hint_prob=0.0, degrade_prob=0.0)
        for start in range(0, len(self.indices), self.batch):
            chosen = self.indices[start : start + self.batch]
            yield sample_crops(module.photos, chosen, crops, rng).to(module.device)
