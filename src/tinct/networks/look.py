"""Looking inside a built network: what its layers answer to a photo, its kernels, and how long it takes.
Torch."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tinct.errors import NetworkError
from tinct.networks.build import BuiltNetwork, build
from tinct.networks.layer import Network, nearest

Array = NDArray[np.float32]


def seeded(network: Network, weights: Path | None = None, seed: int = 0) -> BuiltNetwork:
    """The module of `network`, with the weights of a checkpoint file or else drawn from `seed`; in
    evaluation mode.

    A checkpoint is what torch.save wrote: a state dict, or a record that holds one under `state_dict`, its
    names perhaps behind a prefix such as `network.`. Raises NetworkError for a file that does not fit the
    network.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = build(network)
    if weights is not None:
        module.load_state_dict(_state(weights, module))
    return module.eval()


def feature_maps(module: BuiltNetwork, lightness: Array) -> dict[str, Array]:
    """What every layer answers to a photo's L (h, w), 0..100: arrays (channels, h', w') by layer name, in
    order.

    Both sides of `lightness` must be multiples of `module.multiple`.
    """
    scaled = module.network.input.scale * lightness + module.network.input.offset
    with torch.inference_mode():
        outputs = module.outputs(torch.from_numpy(scaled.astype(np.float32))[None, None])
    return {name: value[0].numpy() for name, value in outputs.items() if name != "input"}


def kernels_of(module: BuiltNetwork, layer: str) -> Array:
    """The kernels of one convolution: (filters, channels, h, w); of a backbone, those of its first
    convolution."""
    found = module.network.layer(layer)
    for name, value in module.state_dict().items():
        if name.startswith(f"{layer}.") and value.ndim == 4:
            kernels = value.transpose(0, 1) if found.kind == "conv_transpose" and found.groups == 1 else value
            return np.asarray(kernels.numpy())
    having = [
        each.name for each in module.network.layers if each.kind in ("conv", "conv_transpose", "backbone")
    ]
    raise NetworkError(
        f"layer {layer!r} has no kernels: a {found.kind} has nothing to learn; {', '.join(having)} have"
    )


def seconds_per_photo(module: BuiltNetwork, height: int, width: int, runs: int = 5) -> float:
    """The median time of one forward pass over one photo on this machine's processor."""
    photo = torch.zeros(1, 1, height, width)
    times = []
    with torch.inference_mode():
        for _ in range(runs + 1):
            start = perf_counter()
            module(photo)
            times.append(perf_counter() - start)
    return median(times[1:])


def _state(path: Path, module: BuiltNetwork) -> dict[str, Any]:
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever the damaged file provokes
        raise NetworkError(
            f"{path}: is not a checkpoint of weights that can be read ({type(error).__name__})"
        ) from None
    saved = saved.get("state_dict", saved) if isinstance(saved, dict) else {}
    wanted = module.state_dict()
    for prefix in ("", "network.", "module.", "ema.", "model."):
        state = {key: saved.get(prefix + key) for key in wanted}
        if all(value is not None and value.shape == wanted[key].shape for key, value in state.items()):
            return state
    missing = next((key for key in wanted if key not in saved), next(iter(wanted)))
    raise NetworkError(
        f"{path}: holds the weights of another network: {module.network.name} needs {missing!r}"
        f"{nearest(missing, [str(key) for key in saved][:50])}"
    )
