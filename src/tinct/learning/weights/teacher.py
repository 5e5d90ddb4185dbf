"""Teachers for knowledge distillation (Hinton et al. 2015)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from tinct.errors import ModelError, TrainingError
from tinct.learning.data.crops import Crops
from tinct.learning.log.records import RECORD, load_run_config
from tinct.learning.weights.initial import load, load_weights
from tinct.models.manifest import read_manifest
from tinct.models.store import find_model
from tinct.networks.build import build
from tinct.networks.parse import find_network

Teacher = Callable[[Crops], Tensor]


def load_teacher(name: str) -> Teacher:
    """A frozen network that returns logits for a batch of crops.

    TrainingError if it cannot be loaded or does not predict ab bins.
    """
    network = build(find_network(_network_of(name)))
    if network.network.output.kind != "ab_bins":
        raise TrainingError(
            f"{name}: predicts ab, from which distillation cannot learn; give a model with bins"
        )
    load(network, load_weights(name), name)
    network.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    config = network.network

    @torch.no_grad()
    def predict(crops: Crops) -> Tensor:
        network.to(crops.lightness.device)
        scaled = crops.lightness * config.input.scale + config.input.offset
        logits: Tensor = network(scaled, crops.hints if config.hints else None)
        return logits

    return predict


def _network_of(name: str) -> str:
    """The network of a run, or of a model exported from one."""
    if (Path(name) / RECORD).exists():
        return str(load_run_config(Path(name))["network"])
    try:
        source = read_manifest(find_model(name)).source
        return str(source["experiment"]["network"])
    except (ModelError, KeyError, TypeError) as error:
        raise TrainingError(
            f"{name}: neither a run nor a model of one; give one of these as teacher"
        ) from error
