"""Data-parallel training: several processes on one machine, or on many as torchrun starts them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pytorch_lightning.strategies import DDPStrategy

from tinct.errors import TrainingError
from tinct.learning.experiment import Experiment

POLL_SECONDS = 0.5


@dataclass(frozen=True)
class DistributedContext:
    """World size and rank of this process, on its machine and over all."""

    local_world_size: int = 1
    num_nodes: int = 1
    local_rank: int = 0
    rank: int = 0

    @property
    def world_size(self) -> int:
        """Processes on all machines."""
        return self.local_world_size * self.num_nodes

    def local_batch_size(self, experiment: Experiment) -> int:
        """Crops of each batch for this process; TrainingError if the batch cannot be divided evenly."""
        if experiment.batch_size % self.world_size:
            raise TrainingError(
                f"{experiment.name}: {self.world_size} processes cannot share a batch of {experiment.batch_size}; "
                f"make it a multiple of {self.world_size}"
            )
        return experiment.batch_size // self.world_size

    def strategy(self, experiment: Experiment) -> Any:
        """Lightning's strategy: gradients are averaged, over gloo on CPUs and NCCL on GPUs."""
        if self.world_size == 1:
            return "auto"
        return DDPStrategy(find_unused_parameters=bool(experiment.unfreeze))


def detect_context(processes: int) -> DistributedContext:
    """The processes that torchrun started, else `processes` of them on this machine."""
    environment = os.environ
    if "TORCHELASTIC_RUN_ID" in environment:
        local, world = int(environment["LOCAL_WORLD_SIZE"]), int(environment["WORLD_SIZE"])
        return DistributedContext(
            local, world // local, int(environment["LOCAL_RANK"]), int(environment["RANK"])
        )
    rank = (
        int(environment.get("LOCAL_RANK", 0)) if processes > 1 else 0
    )  # set by Lightning for the processes that it starts
    return DistributedContext(processes, 1, rank, rank)


def wait_until(ready: Callable[[], bool], context: DistributedContext) -> None:
    """Block until the first process of this machine has made something `ready`; the first returns at once."""
    while context.local_rank and not ready():
        time.sleep(POLL_SECONDS)
