"""Initial weights: of a run, of a checkpoint, or read back from a model's ONNX files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from tinct.errors import ModelError, TrainingError
from tinct.models.store import find_model
from tinct.networks.backbones import imagenet_weights
from tinct.networks.build import BuiltNetwork

LAST, BEST = "last.ckpt", "best.ckpt"
HALF_SUFFIX = ".half"
PREFIX = "network."
GIVE_CHECKPOINT = "give the last.ckpt of a run"
RESTART = "delete it to restart this run, or put a copy in its place"


def initialize(network: BuiltNetwork, init: str | None) -> None:
    """Load the weights of `init` into `network`, or else ImageNet weights into a backbone; other layers stay
    random.

    init: a run folder, a checkpoint, or the name or folder of a model. TrainingError if they do not fit.
    """
    if init is not None:
        load(network, load_weights(init), init)
        return
    for layer in network.network.layers:
        if layer.kind == "backbone":
            network.get_submodule(layer.name).load_state_dict(imagenet_weights(layer.model))


def random_weights(network: BuiltNetwork) -> str:
    """What the weights of a network without `init` are, in words."""
    backbone = any(layer.kind == "backbone" for layer in network.network.layers)
    return "ImageNet's in the backbone, the others random" if backbone else "random"


def load_weights(init: str) -> dict[str, Tensor]:
    """The state dict that `init` names, see `initialize`; of a run the moving average at its lowest validation
    loss, which is what is released.
    """
    path = Path(init)
    path = next((path / name for name in (BEST, LAST) if (path / name).exists()), path)
    if path.is_file():
        return _from_checkpoint(path)
    try:
        folder = find_model(init)
    except ModelError as error:
        raise TrainingError(f"{init}: neither a run, a checkpoint nor a model; give one of these") from error
    return _from_onnx(folder)


def checkpoint_in_words(path: Path) -> str:
    """Name, step and validation loss of a checkpoint, as far as it records them."""
    kept = _read(path, GIVE_CHECKPOINT)
    step, val_loss = kept.get("global_step"), kept.get("val_loss")
    if step == 0:
        return f"{path.name}, step 0: the initial weights, because no validation was better"
    words = [path.name]
    if step is not None:
        words.append(f"step {step:,}")
    if val_loss is not None:
        words.append(f"validation loss {val_loss:.4f}")
    return ", ".join(words)


def load(network: BuiltNetwork, weights: dict[str, Tensor], source: str) -> None:
    """Load weights into `network`; TrainingError, naming the first layer that differs, if they do not fit."""
    own = network.state_dict()
    counted = {name: value for name, value in own.items() if name.endswith("num_batches_tracked")}
    weights = {**counted, **weights}
    other = f"{source}: holds another network than {network.network.name}"
    for name, value in own.items():
        if name not in weights:
            raise TrainingError(f"{other}: {name} is missing; give one that fits")
        if weights[name].shape != value.shape:
            shapes = f"{tuple(weights[name].shape)}, not {tuple(value.shape)}"
            raise TrainingError(f"{other}: {name} has shape {shapes}; give one that fits")
    extra = weights.keys() - own.keys()
    if extra:
        raise TrainingError(f"{other}: {min(extra)} is not part of it")
    network.load_state_dict(weights)


def load_trained(network: BuiltNetwork, checkpoint: Path) -> None:
    """Load the trained weights, not their moving average, of a run's checkpoint."""
    load(network, _from_checkpoint(checkpoint, "network.", RESTART), str(checkpoint))


def interpolate_weights(network: BuiltNetwork, share: float, init: str) -> None:
    """Interpolate the weights of `network` towards those of `init`, by `share` in 0..1 (WiSE-FT, Wortsman et
    al. 2022).
    """
    learned = {name: value.clone() for name, value in network.state_dict().items()}
    load(network, load_weights(init), init)
    for name, value in network.state_dict().items():
        value.copy_(learned[name].lerp(value, share) if value.is_floating_point() else learned[name])


def set_head_bias(network: BuiltNetwork, frequencies: np.ndarray) -> None:
    """Initialise the bias of a classifier with the log frequencies (n,) of the bins and shrink its weights."""
    last = network.get_submodule(network.network.layers[-1].name).conv
    with torch.no_grad():
        last.bias.copy_(torch.from_numpy(np.log(np.maximum(frequencies, 1e-7)).astype(np.float32)))  # type: ignore[union-attr, operator]
        last.weight.mul_(0.1)  # type: ignore[union-attr, operator]


def _from_checkpoint(path: Path, part: str = "average.", remedy: str = GIVE_CHECKPOINT) -> dict[str, Tensor]:
    saved = _read(path, remedy)["state_dict"]
    return {name.removeprefix(part): value for name, value in saved.items() if name.startswith(part)}


def _read(path: Path, remedy: str) -> dict[str, Any]:
    try:
        saved: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        if "state_dict" not in saved:
            raise ValueError
    except Exception as error:  # torch raises a dozen kinds for a damaged file
        raise TrainingError(f"{path}: not a checkpoint that can be read; {remedy}") from error
    return saved


def _from_onnx(folder: Path) -> dict[str, Tensor]:
    weights = {}
    for path in sorted(folder.glob("*.onnx")):
        for stored in onnx.load(path).graph.initializer:
            if stored.data_type in (onnx.TensorProto.INT8, onnx.TensorProto.UINT8):
                raise TrainingError(
                    f"{folder}: holds integers, which cannot be trained on; give its run, or a model without --int8"
                )
            name = stored.name.removesuffix(HALF_SUFFIX)
            if name.startswith(PREFIX):
                values = numpy_helper.to_array(stored).astype(np.float32)
                weights[name.removeprefix(PREFIX)] = torch.from_numpy(values.copy())
    if not weights:
        raise TrainingError(
            f"{folder}: holds neither a checkpoint nor a model; train it first, or give another"
        )
    return weights
