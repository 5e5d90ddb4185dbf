"""Depthwise convolutions of the default backbone as they learn: `networks.depthwise` against torch's own.

    python benchmarks/depthwise.py [--precision bf16|32]

Forward and backward of 48 maps, channels last, on two threads.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from statistics import median
from time import perf_counter

import torch
from torch.nn import functional as F

from tinct.networks.depthwise import depthwise_conv2d

LAYERS = (
    (1152, 5, 5, 1),
    (672, 10, 5, 2),
    (672, 10, 5, 1),
    (480, 10, 3, 1),
    (240, 20, 3, 2),
    (240, 20, 5, 1),
    (96, 80, 3, 2),
)
RUNS = 7


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--precision", choices=("bf16", "32"), default="bf16")
    bf16 = parser.parse_args().precision == "bf16"
    torch.set_num_threads(2)
    print(f"{'channels':>8} {'map':>5} {'kernel':>6} {'stride':>6} {'torch':>10} {'tinct':>10} {'ratio':>6}")
    for channels, side, kernel, stride in LAYERS:
        padded = (side - 1) // stride * stride + kernel
        x = (
            torch.randn(48, channels, padded, padded)
            .contiguous(memory_format=torch.channels_last)
            .requires_grad_()
        )
        weight = torch.randn(channels, 1, kernel, kernel, requires_grad=True)
        theirs = milliseconds(
            lambda x=x, weight=weight, stride=stride: F.conv2d(x, weight, stride=stride, groups=len(weight)),
            bf16,
        )
        ours = milliseconds(
            lambda x=x, weight=weight, stride=stride: depthwise_conv2d(x, weight, stride), bf16
        )
        layer_said = f"{channels:8} {side:5} {kernel:6} {stride:6}"
        print(f"{layer_said} {theirs:7.1f} ms {ours:7.1f} ms {theirs / ours:6.1f}")


def milliseconds(run: Callable[[], torch.Tensor], bf16: bool) -> float:
    """The median time of a forward and a backward pass."""
    times = []
    for _ in range(RUNS):
        start = perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            output = run()
        output.sum().backward()
        times.append(perf_counter() - start)
    return 1000 * median(times)


if __name__ == "__main__":
    main()
