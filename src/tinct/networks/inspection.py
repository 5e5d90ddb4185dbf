"""Inspection of a built network: feature maps, kernels and timing."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray

from tinct.errors import NetworkError
from tinct.networks.build import BuiltNetwork, build
from tinct.networks.layer import Network

Float32Array = NDArray[np.float32]


def seeded(network: Network, seed: int = 0) -> BuiltNetwork:
    """The module of `network` in evaluation mode, with weights drawn from `seed`."""
    return build(network, torch.Generator().manual_seed(seed)).eval()


def feature_maps(module: BuiltNetwork, lightness: Float32Array) -> dict[str, Float32Array]:
    """Activations of every layer for a lightness image (h, w), 0..100: arrays (channels, h', w') by layer
    name, in order.
    """
    scaled = module.network.input.scale * lightness + module.network.input.offset
    with torch.inference_mode():
        outputs = module.outputs(torch.from_numpy(scaled.astype(np.float32))[None, None])
    left_out = {"input", *(layer.name for layer in module.network.layers if layer.taps)}
    return {name: value[0].numpy() for name, value in outputs.items() if name not in left_out}


def kernels_of(module: BuiltNetwork, layer: str) -> Float32Array:
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


def seconds_per_photo(module: BuiltNetwork, height: int, width: int, runs: int = 20) -> float:
    """Shortest time of a forward pass over one photo on the CPU: the one least disturbed by other programs."""
    photo = torch.zeros(1, 1, height, width)
    times = []
    with torch.inference_mode():
        for _ in range(runs + 1):
            start = perf_counter()
            module(photo)
            times.append(perf_counter() - start)
    return min(times[1:])
