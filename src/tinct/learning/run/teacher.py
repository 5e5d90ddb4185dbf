"""Another network whose answers a network may learn from, besides the truth (Hinton et al. 2015)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from tinct.errors import ModelError, TrainingError
from tinct.learning.data.crops import Crops
from tinct.learning.run.records import RECORD, load_run_config
from tinct.learning.run.weights import load, load_weights
from tinct.models.manifest import read_manifest
from tinct.models.store import find_model
from tinct.networks.build import build
from tinct.networks.parse import find_network

Teacher = Callable[[Crops], Tensor]


def load_teacher(name: str) -> Teacher:
    """What gives a model's or a run's logits (n, bins, h / 4, w / 4) for a batch of crops; it never learns.

    TrainingError for one that cannot be opened or does not answer with bins of ab.
    """
    network = build(find_network(_network_of(name)))
    if network.network.output.kind != "ab_bins":
        raise TrainingError(f"{name}: answers with ab, which nobody can be taught by; give one with bins.")
    load(network, load_weights(name), name)
    network.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    said = network.network

    @torch.no_grad()
    def answer(crops: Crops) -> Tensor:
        network.to(crops.lightness.device)
        scaled = crops.lightness * said.input.scale + said.input.offset
        logits: Tensor = network(scaled, crops.hints if said.hints else None)
        return logits

    return answer


def _network_of(name: str) -> str:
    """The network of a run, or of a model that was exported from one."""
    if (Path(name) / RECORD).exists():
        return str(load_run_config(Path(name))["network"])
    try:
        source = read_manifest(find_model(name)).source
        return str(source["experiment"]["network"])
    except (ModelError, KeyError, TypeError) as error:
        raise TrainingError(
            f"{name}: neither a run nor a model of one; give one of these as teacher."
        ) from error
