"""Depthwise convolution with a fast backward pass on CPUs in bfloat16.

torch (2.13) takes up to fifty times as long for the gradient of a 5 x 5 kernel, and for that of strided maps,
as for the convolution itself (`python benchmarks/depthwise.py`). Here the first is computed as four gradients
of 3 x 3, the second as a convolution of the zero-stuffed gradient.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor
from torch.nn import functional as F

WINDOW = 3


def pays(x: Tensor, kernel: int, stride: int) -> bool:
    """Whether the custom gradient is faster: bfloat16 on a CPU, with a kernel or stride that torch is slow
    at.
    """
    return x.device.type == "cpu" and _precision(x) == torch.bfloat16 and (kernel > WINDOW or stride > 1)


def depthwise_conv2d(x: Tensor, weight: Tensor, stride: int) -> Tensor:
    """The depthwise convolution of x (n, c, h, w), padded already, with weight (c, 1, k, k).

    Returns (n, c, (h - k) / stride + 1, (w - k) / stride + 1), which must be whole, as `F.conv2d(..., groups=c)` does.
    """
    precision = _precision(x)
    return cast(Tensor, _Depthwise.apply(x.to(precision), weight.to(precision), stride))  # type: ignore[no-untyped-call]


def _precision(x: Tensor) -> torch.dtype:
    kind = x.device.type
    return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else x.dtype


class _Depthwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, stride: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.stride = stride
        return F.conv2d(x, weight, stride=stride, groups=len(weight))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        x, weight = ctx.saved_tensors
        of_x, of_weight = ctx.needs_input_grad[:2]
        gradient = gradient.contiguous(memory_format=torch.channels_last)
        return (
            _gradient_of_maps(gradient, weight, ctx.stride) if of_x else None,
            _gradient_of_kernels(x, weight, gradient, ctx.stride) if of_weight else None,
            None,
        )


def _gradient_of_maps(gradient: Tensor, weight: Tensor, stride: int) -> Tensor:
    """Gradient (n, c, h, w) with respect to the padded maps."""
    return F.conv2d(
        _spread(gradient, stride), weight.flip(2, 3), padding=weight.shape[-1] - 1, groups=len(weight)
    )


def _spread(maps: Tensor, stride: int) -> Tensor:
    """Maps with stride - 1 zeros between positions."""
    if stride == 1:
        return maps
    count, channels, height, width = maps.shape
    size = (count, channels, (height - 1) * stride + 1, (width - 1) * stride + 1)
    spread = torch.zeros(size, dtype=maps.dtype, device=maps.device).to(memory_format=torch.channels_last)
    spread[..., ::stride, ::stride] = maps
    return spread


def _gradient_of_kernels(x: Tensor, weight: Tensor, gradient: Tensor, stride: int) -> Tensor:
    """Gradient (c, 1, k, k) with respect to the kernels, in windows of 3 x 3 taps beyond 3 x 3."""
    kernel = weight.shape[-1]
    if kernel <= WINDOW:
        return _whole_gradient_of_kernels(x, weight, gradient, stride)
    found = torch.empty_like(weight)
    reach = [(side - 1) * stride + WINDOW for side in gradient.shape[-2:]]
    starts = sorted({*range(0, kernel - WINDOW, WINDOW - 1), kernel - WINDOW})
    for top in starts:
        for left in starts:
            seen = x[..., top : top + reach[0], left : left + reach[1]].contiguous(
                memory_format=torch.channels_last
            )
            taps = weight[..., top : top + WINDOW, left : left + WINDOW].contiguous()
            found[..., top : top + WINDOW, left : left + WINDOW] = _whole_gradient_of_kernels(
                seen, taps, gradient, stride
            )
    return found


def _whole_gradient_of_kernels(x: Tensor, weight: Tensor, gradient: Tensor, stride: int) -> Tensor:
    found = torch.ops.aten.convolution_backward(
        gradient,
        x,
        weight,
        None,
        [stride] * 2,
        [0, 0],
        [1, 1],
        False,
        [0, 0],
        len(weight),
        [False, True, False],
    )
    return cast(Tensor, found[1])
