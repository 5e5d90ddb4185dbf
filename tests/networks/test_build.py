"""Built networks: the names of the file in the state dict, two halves, hints, kernels, and learning."""

from __future__ import annotations

import copy

import pytest
import torch

from tinct.errors import NetworkError
from tinct.networks.build import HINT_GAIN, build, norm_groups
from tinct.networks.layer import Network
from tinct.networks.parse import catalog_names, find_network, parse_network


def test_the_state_dict_has_the_names_of_the_file() -> None:
    state = build(find_network("article-2")).state_dict()
    assert [key for key in state if key.endswith("conv.weight")] == [
        f"{name}.conv.weight" for name in ("down1", "down2", "down3", "up1", "up2", "ab")
    ]
    assert {"down1.norm.weight", "down1.norm.running_mean", "up1.conv.bias"} <= set(state)


def test_tinct_s_keeps_the_names_under_which_it_is_trained() -> None:
    state = build(find_network("tinct-s")).state_dict()
    names = {key for key in state if not key.startswith("backbone.")}
    layers = [
        "context1",
        "context2",
        "up16",
        "merge16a",
        "merge16b",
        "up8",
        "merge8a",
        "merge8b",
        "up4",
        "merge4a",
        "merge4b",
    ]
    expected = {f"{name}.conv.weight" for name in (*layers, "head")} | {"head.conv.bias"}
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    expected |= {f"{name}.norm.{part}" for name in layers for part in norm}
    assert expected <= names
    assert len(names - expected) == 2  # the global context's weight and bias
    from tinct.color.bins import srgb_bins

    assert state["head.conv.weight"].shape == (len(srgb_bins()), 48, 1, 1)


def test_a_state_dict_comes_back_strictly() -> None:
    torch.manual_seed(0)
    first = build(find_network("tinct-s")).eval()
    second = build(find_network("tinct-s")).eval()
    second.load_state_dict(first.state_dict())
    photo = torch.rand(1, 1, 64, 96)
    assert torch.equal(first(photo), second(photo))


@pytest.mark.parametrize("name", catalog_names())
def test_the_two_halves_are_the_whole(name: str) -> None:
    module = build(find_network(name)).eval()
    side = 2 * module.multiple
    photo = torch.rand(1, 1, side, 2 * side)
    taps = module.encode(photo)
    assert set(taps) == set(module.taps)
    assert torch.equal(module.decode(taps), module(photo))
    assert torch.equal(module.last_layer(module.before_head(taps)), module(photo))


def test_a_network_that_is_all_encoder_or_has_none_runs() -> None:
    for section in ("encoder", "head"):
        module = build(
            parse_network(f"output: ab\n{section}: [{{name: ab, kind: conv, filters: 2}}]\n")
        ).eval()
        photo = torch.rand(1, 1, 8, 8)
        assert module(photo).shape == (1, 2, 8, 8)
        assert torch.equal(module.last_layer(module.before_head(module.encode(photo))), module(photo))


def test_weights_that_no_memory_holds_are_refused_before_they_are_made() -> None:
    text = "output: ab\nencoder: [{kind: conv, filters: 65536, size: 64, repeat: 2}]\nhead: [{kind: conv, filters: 2}]"
    with pytest.raises(NetworkError, match="65,537 GiB of memory; use fewer filters"):
        build(parse_network(text))


def test_the_backbones_taps_are_the_four_of_the_contract() -> None:
    taps = build(find_network("tinct-s")).eval().encode(torch.rand(1, 1, 64, 96))
    assert {name: tuple(tap.shape) for name, tap in taps.items()} == {
        "s4": (1, 24, 16, 24), "s8": (1, 40, 8, 12), "s16": (1, 112, 4, 6), "s32": (1, 320, 2, 3),
    }  # fmt: skip


def test_hints_change_the_colours_and_none_means_zeros() -> None:
    module = build(find_network("tinct-s")).eval()
    photo, none = torch.rand(1, 1, 64, 64), torch.zeros(1, 3, 16, 16)
    given = none.clone()
    given[..., 5, 5] = 1
    assert torch.equal(module(photo), module(photo, none))
    assert not torch.allclose(module(photo), module(photo, given))


def test_hints_are_averaged_to_the_size_where_they_join() -> None:
    text = (
        "output: ab_bins\nhints: {stride: 1}\n"
        "encoder: [{name: down, kind: avg_pool, size: 2}]\n"
        "head: [{name: see, kind: conv, filters: 1, size: 1, bias: false, skip: hints}]\n"
    )
    module = build(parse_network(text)).eval()
    with torch.no_grad():
        module.state_dict()["see.conv.weight"].copy_(torch.tensor([0.0, 1, 0, 0]).view(1, 4, 1, 1))
    hints = torch.rand(1, 3, 8, 8)
    expected = HINT_GAIN * hints[:, :1].unfold(2, 2, 2).unfold(3, 2, 2).mean((-2, -1))
    assert torch.allclose(module(torch.rand(1, 1, 8, 8), hints), expected)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (17, 400), (33, 31)])
@pytest.mark.parametrize("name", ["article-6", "tinct-s", "dilated"])
def test_any_resolution_runs(name: str, height: int, width: int) -> None:
    module = build(find_network(name)).eval()
    stride = module.output_stride
    assert module(torch.rand(1, 1, height, width)).shape[-2:] == (-(-height // stride), -(-width // stride))


@pytest.mark.parametrize("name", ["article-1", "article-2"])
def test_the_faithful_networks_can_never_paint_green_or_blue(name: str) -> None:
    torch.manual_seed(1)
    photo = torch.rand(4, 1, 32, 32)
    assert build(find_network(name)).eval()(photo).min() >= 0
    assert build(find_network(f"{name}-fixed")).eval()(photo).min() < 0


def test_layers_that_are_not_trainable_keep_their_weights_and_statistics() -> None:
    text = (
        "output: ab\nencoder: [{name: fixed, kind: conv, filters: 4, norm: batch, trainable: false}]\n"
        "head: [{kind: conv, filters: 2}]\n"
    )
    module = build(parse_network(text)).train()
    before = copy.deepcopy({k: v for k, v in module.state_dict().items() if k.startswith("fixed")})
    optimizer = torch.optim.Adam(module.parameters())
    module(torch.rand(2, 1, 8, 8)).square().sum().backward()
    optimizer.step()
    assert all(torch.equal(module.state_dict()[key], value) for key, value in before.items())


def test_named_kernels_are_applied_to_the_mean_of_the_channels() -> None:
    text = (
        "output: ab_bins\n"
        "encoder: [{name: copy, kind: conv, filters: 2, size: 1, bias: false, init: [[1]]}]\n"
        "head: [{name: edges, kind: conv, filters: 3, init: sobel, bias: false}]\n"
    )
    ramp = torch.arange(8.0).repeat(8, 1)[None, None]
    right, down, again = build(parse_network(text)).eval()(ramp)[0, :, 3, 3].tolist()
    assert (right, down, again) == (8, 0, 8)


@pytest.mark.parametrize(
    ("kind", "stride"), [("conv", 1), ("conv", 2), ("conv_transpose", 1), ("conv_transpose", 2)]
)
def test_he_initialisation_keeps_the_size_of_signals(kind: str, stride: int) -> None:
    text = (
        "output: {kind: ab_bins}\nencoder:\n  - {name: make, kind: conv, filters: 64, size: 1}\n"
        f"  - {{name: a, kind: {kind}, filters: 64, size: {4 if stride == 2 else 3}, stride: {stride}}}\n"
    )
    if kind == "conv_transpose" and stride == 2:
        text = text.replace("size: 1}", "size: 2, stride: 2}")
    torch.manual_seed(0)
    layer = build(parse_network(text))._modules["a"]
    assert layer is not None
    x = torch.randn(4, 64, 32, 32).relu()
    with torch.no_grad():
        ratio = layer(x)[..., 4:-4, 4:-4].square().mean() / x.square().mean()
    assert 1.4 < ratio < 2.8  # He et al. 2015: variance 2, which the next ReLU halves


@pytest.mark.parametrize(("filters", "groups"), [(1, 1), (2, 1), (7, 1), (12, 6), (16, 8), (48, 8)])
def test_group_norm_never_makes_groups_of_one_channel(filters: int, groups: int) -> None:
    assert norm_groups(filters) == groups


def learned(network: Network, steps: int) -> tuple[float, float]:
    """Loss before and after fitting one batch of eight photos, with the network's own loss."""
    torch.manual_seed(0)
    module = build(network).train()
    side = max(32, 2 * module.multiple)
    photos = torch.rand(8, 1, side, side)
    photos = torch.nn.functional.avg_pool2d(photos, 5, 1, 2)
    with torch.no_grad():
        shape = module.eval()(photos).shape
    module.train()
    if network.output.kind == "ab":
        target = torch.stack([photos[:, 0], 0.5 - 0.5 * photos[:, 0]], 1)
        loss = lambda: torch.nn.functional.mse_loss(module(photos), target)  # noqa: E731
    else:
        bins = torch.nn.functional.interpolate(photos, shape[-2:], mode="area")[:, 0]
        labels = (bins * 4).long().clamp(0, 3)
        loss = lambda: torch.nn.functional.cross_entropy(module(photos), labels)  # noqa: E731
    optimizer = torch.optim.Adam([p for p in module.parameters() if p.requires_grad], 3e-3)
    first = last = loss()
    for _ in range(steps):
        optimizer.zero_grad()
        last = loss()
        last.backward()
        optimizer.step()
    return first.item(), last.item()


@pytest.mark.slow
@pytest.mark.parametrize("name", catalog_names())
def test_one_batch_of_eight_photos_is_learned(name: str) -> None:
    first, last = learned(find_network(name), 300)
    faithful = name in ("article-1", "article-2")  # their ReLU may die and then learn nothing
    assert last < (0.5 if faithful else 0.05) * first


def test_a_small_network_learns_one_batch() -> None:
    first, last = learned(find_network("article-3"), 60)
    assert last < 0.1 * first
