"""Depthwise convolutions of the default backbone as they learn: one matrix per channel against torch's own.

    python benchmarks/depthwise.py [--precision bf16|32]

Forward and backward of 48 maps on two threads; the last column says which of the two training uses.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from statistics import median
from time import perf_counter

import torch

from tinct.networks.backbones import SameConv2d
from tinct.networks.depthwise import depthwise_conv2d, pays

LAYERS = (
    (1152, 4, 5, 1),
    (672, 8, 5, 2),
    (672, 8, 5, 1),
    (480, 8, 5, 1),
    (480, 8, 3, 1),
    (240, 16, 3, 2),
    (240, 16, 5, 1),
)
RUNS = 7


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--precision", choices=("bf16", "32"), default="bf16")
    bf16 = parser.parse_args().precision == "bf16"
    torch.set_num_threads(2)
    print(
        f"{'channels':>8} {'map':>5} {'kernel':>6} {'stride':>6} {'torch':>10} {'matrices':>10} {'ratio':>6}  used"
    )
    for channels, side, kernel, stride in LAYERS:
        layer = SameConv2d(channels, channels, kernel, stride, groups=channels, bias=False)
        x = torch.randn(48, channels, side, side, requires_grad=True)
        taps = milliseconds(lambda layer=layer, x=x: layer(x), bf16)
        matrices = milliseconds(
            lambda layer=layer, x=x: depthwise_conv2d(x, layer.weight, layer.stride[0]), bf16
        )
        used = "matrices" if pays(side, side, kernel, stride) else "torch"
        layer_said = f"{channels:8} {side:5} {kernel:6} {stride:6}"
        print(f"{layer_said} {taps:7.1f} ms {matrices:7.1f} ms {taps / matrices:6.1f}  {used}")


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
