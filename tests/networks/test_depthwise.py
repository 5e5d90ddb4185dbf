from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from tinct.networks.backbones import SameConv2d
from tinct.networks.depthwise import depthwise_conv2d


@settings(deadline=None)
@given(
    height=st.integers(1, 6),
    width=st.integers(1, 6),
    kernel=st.sampled_from((1, 3, 5, 7)),
    stride=st.integers(1, 3),
)
def test_a_depthwise_convolution_and_its_gradients_are_torchs(
    height: int, width: int, kernel: int, stride: int
) -> None:
    x = torch.randn(3, 6, (height - 1) * stride + kernel, (width - 1) * stride + kernel, requires_grad=True)
    weight = torch.randn(6, 1, kernel, kernel, requires_grad=True)
    wanted, found = F.conv2d(x, weight, stride=stride, groups=6), depthwise_conv2d(x, weight, stride)
    assert torch.allclose(found, wanted, atol=1e-5)
    shown = torch.randn_like(wanted)
    gradients = [torch.autograd.grad(each, (x, weight), shown) for each in (found, wanted)]
    for one, other in zip(*gradients, strict=True):
        assert torch.allclose(one, other, atol=1e-4)


@pytest.mark.parametrize("frozen", ["maps", "kernels"])
def test_only_the_gradient_that_is_wanted_is_taken(frozen: str) -> None:
    x = torch.randn(2, 4, 7, 7, requires_grad=frozen == "kernels")
    weight = torch.randn(4, 1, 3, 3, requires_grad=frozen == "maps")
    depthwise_conv2d(x, weight, 2).sum().backward()
    assert (x.grad is None) == (frozen == "maps")
    assert (weight.grad is None) == (frozen == "kernels")


@pytest.mark.parametrize(("kernel", "stride"), [(5, 1), (5, 2), (3, 2)])
@pytest.mark.parametrize("side", [8, 9])
def test_a_layer_gives_the_same_in_low_precision_while_it_learns(side: int, kernel: int, stride: int) -> None:
    layer = SameConv2d(6, 6, kernel, stride, groups=6, bias=False)
    x = torch.randn(2, 6, side, side)
    with torch.autocast("cpu", torch.bfloat16):
        learning = layer(x)
        with torch.no_grad():
            still = layer(x)
    assert "_Depthwise" in str(learning.grad_fn)
    assert learning.dtype == torch.bfloat16
    assert torch.allclose(learning, still, atol=0.1)
    learning.sum().backward()
    assert layer.weight.grad is not None
    assert layer.weight.grad.dtype == torch.float32


@pytest.mark.parametrize(("kernel", "stride", "low"), [(3, 1, True), (5, 1, False), (3, 2, False)])
def test_where_torch_is_fast_it_is_left_alone(kernel: int, stride: int, low: bool) -> None:
    layer = SameConv2d(6, 6, kernel, stride, groups=6, bias=False)
    with torch.autocast("cpu", torch.bfloat16, enabled=low):
        assert "_Depthwise" not in str(layer(torch.randn(2, 6, 8, 8)).grad_fn)
