from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tinct.networks.backbones import SameConv2d
from tinct.networks.depthwise import depthwise_conv2d, pays


@settings(deadline=None)
@given(
    height=st.integers(1, 9),
    width=st.integers(1, 9),
    kernel=st.sampled_from((3, 5)),
    stride=st.integers(1, 2),
)
def test_matrices_give_the_depthwise_convolution_and_its_gradients(
    height: int, width: int, kernel: int, stride: int
) -> None:
    layer = SameConv2d(6, 6, kernel, stride, groups=6, bias=False)
    x = torch.randn(3, 6, height, width, requires_grad=True)
    by_taps, by_matrices = layer(x), depthwise_conv2d(x, layer.weight, stride)
    assert torch.allclose(by_matrices, by_taps, atol=1e-5)
    shown = torch.randn_like(by_taps)
    wanted = torch.autograd.grad(by_taps, (x, layer.weight), shown)
    found = torch.autograd.grad(by_matrices, (x, layer.weight), shown)
    for one, other in zip(found, wanted, strict=True):
        assert torch.allclose(one, other, atol=1e-4)


@pytest.mark.parametrize(
    ("height", "width", "kernel", "stride", "worth"),
    [
        (4, 4, 5, 1, True),
        (8, 8, 5, 1, True),
        (16, 16, 3, 2, True),
        (16, 16, 5, 1, False),
        (64, 64, 3, 2, False),
    ],
)
def test_only_small_maps_are_turned_into_matrices(
    height: int, width: int, kernel: int, stride: int, worth: bool
) -> None:
    assert pays(height, width, kernel, stride) == worth
