"""What holds for every valid network file, tried on random ones: the arithmetic is that of torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tinct.networks.arithmetic import Measure, measure
from tinct.networks.build import BuiltNetwork, build
from tinct.networks.layer import Network
from tinct.networks.parse import catalog_names, find_network, parse_network

SMOOTH = ("none", "leaky_relu", "elu", "gelu", "silu")
EVERY = (*SMOOTH, "relu", "tanh", "sigmoid")
FEW = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def network_texts(draw: st.DrawFn, *, local: bool = False) -> str:
    """A random valid file, with skips and hints. `local`: only layers whose gradient shows the field."""

    def convolution(name: str, **more: Any) -> dict[str, Any]:
        groups = draw(st.sampled_from([1, 1, 1, 2]))
        return {
            "name": name,
            "kind": "conv",
            "filters": 2 * draw(st.integers(1, 3)),
            "size": draw(st.one_of(st.integers(1, 5), st.lists(st.integers(1, 5), min_size=2, max_size=2))),
            "bias": draw(st.booleans()),
            "norm": draw(st.sampled_from(["none", "batch"] if local else ["none", "batch", "group"])),
            "activation": draw(st.sampled_from(SMOOTH if local else EVERY)),
            "init": draw(st.sampled_from(["he", "xavier"])),
            **({"groups": groups} if more.pop("even", False) else {}),
            **more,
        }

    levels = draw(st.integers(0, 2))
    encoder: list[dict[str, Any]] = [convolution("first", dilation=draw(st.integers(1, 3)))]
    strides = [draw(st.integers(2, 3)) for _ in range(levels)]
    for i, stride in enumerate(strides):
        kinds = ["conv", "avg_pool"] if local else ["conv", "avg_pool", "max_pool"]
        if (kind := draw(st.sampled_from(kinds))) == "conv":
            encoder.append(convolution(f"down{i}", stride=stride, even=True))
        else:
            encoder.append(
                {"name": f"down{i}", "kind": kind, "size": draw(st.integers(stride, 4)), "stride": stride}
            )
    bottleneck = [convolution("across", even=True, dilation=draw(st.integers(1, 3)))]
    if draw(st.booleans()):  # two unpadded layers that give back what the first takes
        size = draw(st.integers(2, 4))
        bottleneck.append(convolution("shrinks") | {"size": size, "padding": "valid"})
        bottleneck.append(
            {"name": "regrows", "kind": "conv_transpose", "filters": 4, "size": size, "padding": 0}
        )
    if not local and draw(st.booleans()):
        bottleneck.append({"name": "whole", "kind": "global_context", "bias": draw(st.booleans())})
    decoder: list[dict[str, Any]] = []
    for i in reversed(range(levels)):
        stride = strides[i]
        if draw(st.booleans()):
            mode = draw(st.sampled_from(["nearest", "bilinear"]))
            decoder.append({"name": f"up{i}", "kind": "upsample", "factor": stride, "mode": mode})
        else:
            size = draw(st.integers(stride, 5))
            up = convolution(f"up{i}", stride=stride) | {"kind": "conv_transpose", "size": size}
            decoder.append(up | {"dropout": draw(st.sampled_from([0, 0.25]))})
    same = ["first"] + ([] if levels else ["across"])
    skip = draw(st.lists(st.sampled_from([*same, "input", "hints"]), unique=True, max_size=3))
    head = {"name": "ab", "kind": "conv", "filters": 2, "size": draw(st.integers(1, 3))}
    content: dict[str, Any] = {"output": "ab", "encoder": encoder, "bottleneck": bottleneck}
    content |= {"decoder": decoder, "hints": {"stride": 1}, "head": [head | ({"skip": skip} if skip else {})]}
    return yaml.safe_dump(content, sort_keys=False)


def positive(module: BuiltNetwork) -> BuiltNetwork:
    """All weights positive and in double precision, so that no path's gradient can cancel or vanish."""
    generator = torch.Generator().manual_seed(0)
    for name, weight in module.double().named_parameters():
        with torch.no_grad():
            if name.endswith("bias"):
                weight.fill_(0.1)
            else:
                weight.copy_(torch.rand(weight.shape, generator=generator) / max(1, weight[0].numel()) + 0.01)
    return module.eval()


def gradient(module: BuiltNetwork, row: int, column: int, height: int, width: int) -> np.ndarray:
    """How the output at one place changes with each pixel of the photo: (height, width)."""
    photo = torch.full((1, 1, height, width), 0.5, dtype=torch.double, requires_grad=True)
    module(photo)[0, :, row, column].sum().backward()
    assert photo.grad is not None
    return photo.grad[0, 0].numpy()


def assert_field_is_exact(network: Network) -> None:
    """The gradient of one output place is never outside the computed field, and everywhere inside."""
    vertical, horizontal = measure(network).rows[-1].field
    size = max(vertical.size or 0, horizontal.size or 0)
    multiple = measure(network).multiple
    side = -(-(2 * size + 4 * multiple) // multiple) * multiple
    module = positive(build(network))
    for offset in range(min(vertical.period, 3)):
        row, column = side // module.output_stride // 2 + offset, side // module.output_stride // 2 - offset
        reached = gradient(module, row, column, side, side) != 0
        assert np.flatnonzero(reached.any(1)).tolist() == vertical.inputs(row)
        assert np.flatnonzero(reached.any(0)).tolist() == horizontal.inputs(column)


def assert_sizes_are_torchs(measured: Measure, module: BuiltNetwork) -> None:
    photo = torch.rand(2, 1, measured.padded_height, measured.padded_width)
    outputs = module.eval().outputs(photo)
    for row in measured.rows:
        assert tuple(outputs[row.layer.name].shape[1:]) == (row.channels, row.height, row.width)


@FEW
@given(text=network_texts(), height=st.integers(1, 40), width=st.integers(1, 40))
def test_sizes_parameters_and_any_resolution_are_torchs(text: str, height: int, width: int) -> None:
    network = parse_network(text)
    measured, module = measure(network, height, width), build(network)
    assert measured.parameters == sum(p.numel() for p in module.parameters())
    assert_sizes_are_torchs(measured, module)
    assert module.eval()(torch.rand(1, 1, height, width)).shape == (1, 2, height, width)


@FEW
@given(text=network_texts())
def test_multiply_adds_are_what_torch_counts(text: str) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    network = parse_network(text)
    measured = measure(network, 36)
    with FlopCounterMode(display=False) as counter:
        build(network).eval()(torch.rand(1, 1, measured.padded_height, measured.padded_width))
    assert counter.get_total_flops() == 2 * measured.multiply_adds


@FEW
@given(text=network_texts(local=True))
def test_the_gradient_of_one_output_place_fills_the_computed_field_exactly(text: str) -> None:
    assume(max(measure(parse_network(text)).rows[-1].receptive_field) < 250)  # type: ignore[type-var]
    assert_field_is_exact(parse_network(text))


@FEW
@given(text=network_texts())
def test_gradients_reach_every_trainable_parameter(text: str) -> None:
    torch.manual_seed(0)
    module = build(parse_network(text)).double()
    for each in module.modules():
        if isinstance(each, torch.nn.Dropout2d):
            each.p = 0.0
        if isinstance(each, torch.nn.ReLU):  # a dead ReLU is a matter of luck, not of building
            each.forward = torch.nn.functional.elu  # type: ignore[method-assign, assignment]
    multiple = module.multiple
    output = module(torch.rand(2, 1, 6 * multiple, 6 * multiple, dtype=torch.double), None)
    (output * torch.rand_like(output)).sum().backward()
    norms = (torch.nn.BatchNorm2d, torch.nn.GroupNorm)
    undone = {
        f"{name}.conv.bias"
        for name, each in module.named_modules()
        if isinstance(getattr(each, "norm", None), norms)
    }
    for name, parameter in module.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        # What a norm behind it takes off again has a gradient of zero but for rounding.
        assert parameter.grad.any() or name in undone, name


@pytest.mark.parametrize(
    "name", ["article-1", "article-3", "average-pool-encoder", "dilated", "upsample-decoder"]
)
def test_the_field_of_shipped_networks_is_exact(name: str) -> None:
    network = find_network(name)
    assert_field_is_exact(network)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["article-5", "article-6"])
def test_the_field_of_the_large_networks_is_exact(name: str) -> None:
    assert_field_is_exact(find_network(name))


@pytest.mark.parametrize("tap", ["s4", "s8", pytest.param("s16", marks=pytest.mark.slow)])
def test_the_field_of_the_backbone_is_exact_at_every_tap(tap: str) -> None:
    stride = int(tap[1:])
    text = (
        "output: {kind: ab_bins}\nencoder: [{kind: backbone}]\n"
        f"decoder: [{{kind: upsample, factor: {32 // stride}}}]\n"
        f"head: [{{name: h, kind: conv, filters: 3, size: 1, skip: {tap}}}]\n"
    )
    network = parse_network(text)
    vertical = measure(network).outputs[tap].field[0]
    module = positive(build(network))
    side = 32 * ((vertical.size or 0) // 32 + 2)
    photo = torch.full((1, 1, side, 32), 0.5, dtype=torch.double, requires_grad=True)
    backbone = module._modules["backbone1"]
    assert backbone is not None
    for each in backbone.modules():
        if hasattr(each, "linear"):
            each.linear = True  # ReLU6 saturates; without it every path stays open
    middle = side // stride // 2
    backbone(photo)[tap][0, :, middle, 0].sum().backward()
    assert photo.grad is not None
    seen = np.flatnonzero((photo.grad[0, 0] != 0).any(1).numpy())
    assert seen.tolist() == [i for i in vertical.inputs(middle) if 0 <= i < side]


@pytest.mark.slow
@pytest.mark.parametrize("name", catalog_names())
def test_eager_equals_onnx_runtime_for_every_shipped_network(name: str) -> None:
    assert_onnx_equals_eager(build(find_network(name)))


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=network_texts())
def test_eager_equals_onnx_runtime_for_random_networks(text: str) -> None:
    assert_onnx_equals_eager(build(parse_network(text)))


def test_eager_equals_onnx_runtime_for_one_network_of_every_kind() -> None:
    assert_onnx_equals_eager(build(find_network("article-5")))


def assert_onnx_equals_eager(module: BuiltNetwork) -> None:
    from tinct.models.onnx_runtime import onnxruntime

    module.eval()
    photo = torch.rand(1, 1, 4 * module.multiple, 4 * module.multiple)
    program = torch.onnx.export(module, (photo,), dynamo=True, verbose=False)
    assert program is not None
    session = onnxruntime.InferenceSession(program.model_proto.SerializeToString())
    (answer,) = session.run(None, {session.get_inputs()[0].name: photo.numpy()})
    with torch.inference_mode():
        expected = module(photo).numpy()
    assert np.abs(answer - expected).max() <= 1e-4 * max(1.0, np.abs(expected).max())
