"""Several processes that train one network: on this machine, or on many as torchrun starts them."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytorch_lightning.strategies import DDPStrategy

from tinct.errors import TrainingError
from tinct.learning.experiment import Experiment

SECONDS_BETWEEN_LOOKS = 0.5


@dataclass(frozen=True)
class DistributedContext:
    """How many processes run on each of how many machines, and which of them this one is, here and in all."""

    here: int = 1
    machines: int = 1
    local_rank: int = 0
    rank: int = 0

    @property
    def all(self) -> int:
        """DistributedContext on all machines together."""
        return self.here * self.machines

    def share(self, experiment: Experiment) -> int:
        """How many crops of each batch this process sees; TrainingError where they cannot be shared out evenly."""
        if experiment.batch % self.all:
            raise TrainingError(
                f"{experiment.name}: a batch of {experiment.batch} cannot be shared by {self.all} processes; "
                f"make it a multiple of {self.all}."
            )
        return experiment.batch // self.all

    def strategy(self, experiment: Experiment) -> Any:
        """How Lightning is to join them: gradients are averaged, over gloo on processors and NCCL on GPUs."""
        if self.all == 1:
            return "auto"
        return DDPStrategy(find_unused_parameters=bool(experiment.unfreeze))


def detect_context(asked: int) -> DistributedContext:
    """The processes that torchrun started, or else `asked` of them on this machine."""
    told = os.environ
    if "TORCHELASTIC_RUN_ID" in told:
        here, everywhere = int(told["LOCAL_WORLD_SIZE"]), int(told["WORLD_SIZE"])
        return DistributedContext(here, everywhere // here, int(told["LOCAL_RANK"]), int(told["RANK"]))
    rank = (
        int(told.get("LOCAL_RANK", 0)) if asked > 1 else 0
    )  # Lightning tells it to those that it starts itself
    return DistributedContext(asked, 1, rank, rank)


def wait_for_file(file: Path, processes: DistributedContext) -> None:
    """Until the first process of this machine has made `file`; the first itself does not wait."""
    while processes.local_rank and not file.exists():
        time.sleep(SECONDS_BETWEEN_LOOKS)
