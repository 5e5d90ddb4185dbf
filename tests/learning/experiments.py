"""An experiment that is quick to run; apart from the fixtures, which must load without torch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tinct.learning.data.crops import CropSettings
from tinct.learning.experiment import Experiment

QUICK = CropSettings(side=32)


def experiment(network: Path, shard: Path, **changes: object) -> Experiment:
    """An experiment of 20 steps on small crops, with fields changed."""
    said = Experiment(
        name="quick",
        network=str(network),
        data=(str(shard),),
        num_samples=80,
        batch_size=4,
        val_size=2,
        warmup_steps=2,
        crops=QUICK,
    )
    return replace(said, **changes)  # type: ignore[arg-type]
