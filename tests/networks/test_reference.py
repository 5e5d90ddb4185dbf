"""Convolutions equal a plain NumPy one, in torch and in ONNX Runtime, and keep the laws of the primer."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tinct.networks.arithmetic import measure
from tinct.networks.build import BuiltNetwork, build
from tinct.networks.parse import parse_network

Float64Array = NDArray[np.float64]


def convolved(
    x: Float64Array, w: Float64Array, stride: int = 1, padding: int = 0, dilation: int = 1
) -> Float64Array:
    """The convolution written out: x (c, h, w), w (filters, c, kh, kw)."""
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
    spans = [dilation * (k - 1) + 1 for k in w.shape[2:]]
    high, wide = ((n - s) // stride + 1 for n, s in zip(x.shape[1:], spans, strict=True))
    out = np.zeros((len(w), high, wide))
    for f in range(len(w)):
        for i in range(high):
            for j in range(wide):
                top, left = i * stride, j * stride
                window = x[:, top : top + spans[0] : dilation, left : left + spans[1] : dilation]
                out[f, i, j] = (window * w[f]).sum()
    return out


def one_layer(layer: str, channels: int = 1) -> BuiltNetwork:
    """A network whose layer `a` is the one to test, behind a convolution that gives it its channels."""
    text = (
        f"output: {{kind: ab_bins}}\nencoder:\n  - {{name: make, kind: conv, filters: {channels}, size: 1}}\n"
        f"  - {{name: a, {layer}}}\n"
    )
    return build(parse_network(text)).double().eval()


def layer_a(layer: str, channels: int = 1) -> torch.nn.Module:
    found = one_layer(layer, channels)._modules["a"]
    assert found is not None
    return found


@settings(max_examples=40, deadline=None)
@given(
    size=st.integers(1, 4), stride=st.integers(1, 3), dilation=st.integers(1, 3), channels=st.integers(1, 3),
    filters=st.integers(1, 3), padding=st.integers(0, 2), seed=st.integers(0, 99),
)  # fmt: skip
def test_convolution_in_numpy_torch_and_onnx_runtime_is_the_same(
    size: int, stride: int, dilation: int, channels: int, filters: int, padding: int, seed: int
) -> None:
    from onnx import TensorProto, helper

    from tinct.models.onnx_runtime import onnxruntime

    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=(channels, 13, 11)), rng.normal(size=(filters, channels, size, size))
    expected = convolved(x, w, stride, padding, dilation)
    conv = torch.nn.Conv2d(channels, filters, size, stride, padding, dilation, bias=False).double()
    with torch.no_grad():
        conv.weight.copy_(torch.from_numpy(w))
        assert np.allclose(conv(torch.from_numpy(x)[None])[0].numpy(), expected)
    node = helper.make_node(
        "Conv", ["x", "w"], ["y"], strides=[stride] * 2, pads=[padding] * 4, dilations=[dilation] * 2
    )
    floats = [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in ("x", "w", "y")]
    graph = helper.make_graph([node], "one", floats[:2], floats[2:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (answer,) = session.run(None, {"x": x[None].astype(np.float32), "w": w.astype(np.float32)})
    assert np.abs(answer[0] - expected).max() < 1e-4


def test_a_built_layer_is_the_reference_convolution() -> None:
    layer = layer_a(
        "kind: conv, filters: 3, size: [3, 5], stride: 2, padding: [2, 4], dilation: 2, bias: false", 2
    )
    x = np.random.default_rng(0).normal(size=(2, 16, 16))
    weights = layer.conv.weight.detach().numpy()  # type: ignore[union-attr]
    around = np.pad(x, ((0, 0), (2, 2), (4, 4)))
    assert np.allclose(
        layer(torch.from_numpy(x)[None])[0].detach().numpy(), convolved(around, weights, 2, 0, 2)
    )


def test_dilation_is_a_kernel_stuffed_with_zeros() -> None:
    x, w = (
        np.random.default_rng(1).normal(size=(1, 12, 12)),
        np.random.default_rng(2).normal(size=(1, 1, 3, 3)),
    )
    stuffed = np.zeros((1, 1, 5, 5))
    stuffed[..., ::2, ::2] = w
    assert np.allclose(convolved(x, w, dilation=2), convolved(x, stuffed))
    dilated = layer_a("kind: conv, filters: 1, size: 3, dilation: 2, bias: false")
    full = layer_a("kind: conv, filters: 1, size: 5, bias: false")
    with torch.no_grad():
        full.conv.weight.zero_()  # type: ignore[union-attr, operator]
        full.conv.weight[..., ::2, ::2] = dilated.conv.weight  # type: ignore[union-attr, index]
    photo = torch.from_numpy(x)[None]
    assert torch.allclose(dilated(photo), full(photo))


@pytest.mark.parametrize(
    ("size", "dilation", "weights", "spans"), [(3, 2, 9, 5), (5, 1, 25, 5), (3, 1, 9, 3)]
)
def test_dilation_covers_more_with_the_same_weights(
    size: int, dilation: int, weights: int, spans: int
) -> None:
    layer = f"{{kind: conv, filters: 1, size: {size}, dilation: {dilation}, bias: false}}"
    text = f"output: ab_bins\nhead: [{layer}]"
    row = measure(parse_network(text)).rows[0]
    assert (row.parameters, row.layer.effective_size, row.receptive_field) == (
        weights,
        (spans,) * 2,
        (spans,) * 2,
    )
    assert len(row.field[0].inputs(0)) == size


@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), (3, 3), (4, 2)])
def test_average_pooling_is_a_frozen_depthwise_strided_convolution(size: int, stride: int) -> None:
    common = f"size: {size}, stride: {stride}"
    pool = layer_a(f"kind: avg_pool, {common}", 3)
    kernel = str([[1.0] * size] * size)
    module = one_layer(
        f"kind: conv, filters: 3, groups: 3, {common}, bias: false, trainable: false, init: {kernel}", 3
    )
    frozen = module._modules["a"]
    assert frozen is not None
    assert [p.requires_grad for p in frozen.parameters()] == [False]
    with torch.no_grad():
        frozen.conv.weight.fill_(1 / size**2)  # type: ignore[union-attr, operator]
    x = torch.rand(2, 3, 12, 12, dtype=torch.double)
    assert torch.allclose(pool(x), frozen(x))


def test_max_pooling_sends_its_gradient_to_the_largest_only() -> None:
    x = torch.rand(
        1, 1, 6, 6, dtype=torch.double, generator=torch.Generator().manual_seed(3), requires_grad=True
    )
    layer_a("kind: max_pool, size: 2")(x).sum().backward()
    assert x.grad is not None
    for i in range(3):
        for j in range(3):
            window, sent = (t[0, 0, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2] for t in (x, x.grad))
            assert torch.equal(sent != 0, window == window.max())


@settings(max_examples=30, deadline=None)
@given(
    size=st.integers(1, 5), stride=st.integers(1, 3), padding=st.integers(0, 2), dilation=st.integers(1, 2)
)
def test_the_transposed_convolution_is_the_adjoint(
    size: int, stride: int, padding: int, dilation: int
) -> None:
    rng = np.random.default_rng(5)
    w = rng.normal(size=(2, 3, size, size))
    x = rng.normal(size=(3, 14, 14))
    ax = convolved(x, w, stride, padding, dilation)
    y = rng.normal(size=ax.shape)
    over = (14 + 2 * padding - dilation * (size - 1) - 1) % stride
    back = torch.nn.functional.conv_transpose2d(
        torch.from_numpy(y)[None], torch.from_numpy(w), None, stride, padding, over, 1, dilation
    )[0].numpy()
    assert back.shape == x.shape
    assert np.isclose((ax * y).sum(), (x * back).sum())


def test_the_transposed_convolution_is_not_the_inverse() -> None:
    w = torch.rand(1, 1, 4, 4, dtype=torch.double, generator=torch.Generator().manual_seed(0))
    x = torch.rand(1, 1, 16, 16, dtype=torch.double, generator=torch.Generator().manual_seed(1))
    there = torch.nn.functional.conv2d(x, w, stride=2, padding=1)
    back = torch.nn.functional.conv_transpose2d(there, w, stride=2, padding=1)
    best = (back * x).sum() / (back * back).sum()
    assert (best * back - x).abs().mean() > 0.1


@settings(max_examples=20, deadline=None)
@given(down=st.integers(0, 3), across=st.integers(0, 3))
def test_convolutions_shift_with_the_photo_by_multiples_of_the_stride(down: int, across: int) -> None:
    from tinct.networks.parse import find_network

    module = build(find_network("article-3")).double().eval()
    wide = torch.rand(1, 1, 160, 160, dtype=torch.double, generator=torch.Generator().manual_seed(9))
    i, j = 8 * down, 8 * across
    here, there = module(wide[..., :128, :128]), module(wide[..., i : i + 128, j : j + 128])
    inside = 48  # further from the border than the receptive field reaches
    assert torch.allclose(
        here[..., inside + i : 128 - inside + i - i, inside + j : 128 - inside],
        there[..., inside : 128 - inside - i, inside : 128 - inside - j],
    )
    moved = module(wide[..., 1:129, :128])
    assert not torch.allclose(here[..., inside + 1 : 80, inside:80], moved[..., inside:79, inside:80])


def test_what_lies_outside_the_photo_is_never_the_largest() -> None:
    x = -1 - torch.rand(1, 2, 9, 9, dtype=torch.double)
    layer = layer_a("kind: max_pool, size: 3, stride: 1", 2)
    assert torch.equal(layer(x), torch.nn.functional.max_pool2d(x, 3, 1, 1))


@pytest.mark.parametrize(
    ("size", "stride", "padding"),
    [(3, 1, (1, 1)), (4, 1, (1, 2)), (3, 2, (0, 1)), (5, 2, (1, 2)), (2, 2, (0, 0))],
)
def test_same_pads_as_tensorflow_the_odd_pixel_last(size: int, stride: int, padding: tuple[int, int]) -> None:
    layer = layer_a(f"kind: conv, filters: 1, size: {size}, stride: {stride}, bias: false")
    x = torch.rand(1, 1, 12, 12, dtype=torch.double)
    padded = torch.nn.functional.pad(x, padding * 2)
    weights = layer.conv.weight  # type: ignore[union-attr]
    assert torch.equal(layer(x), torch.nn.functional.conv2d(padded, weights, stride=stride))  # type: ignore[arg-type]


@pytest.mark.parametrize("layer", ["kind: conv, filters: 2, norm: group", "kind: global_context"])
def test_statistics_of_the_whole_photo_make_every_place_see_all_of_it(layer: str) -> None:
    module = one_layer(layer, 2)
    assert measure(module.network).rows[-1].receptive_field == (None, None)
    x = torch.rand(1, 1, 16, 16, dtype=torch.double, requires_grad=True)
    module(x)[0, :, 0, 0].sum().backward()
    assert x.grad is not None
    assert (x.grad != 0).all()
