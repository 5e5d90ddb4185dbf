"""Network files become records: defaults, repeats, names, and where they are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tinct.errors import NetworkError
from tinct.networks.parse import catalog_names, find_network, parse_network

GOOD = """\
output: ab
encoder:
  - {name: down, kind: conv, filters: 8, size: 4, stride: 2, padding: 1}
decoder:
  - {name: up, kind: conv_transpose, filters: 4, size: 4, stride: 2, padding: 1}
head:
  - {name: ab, kind: conv, filters: 2, size: 1}
"""


def test_the_file_without_mistakes_is_read() -> None:
    network = parse_network(GOOD)
    assert [layer.name for layer in network.layers] == ["down", "up", "ab"]
    assert network.bins is None


def test_values_are_taken_from_the_layer_then_its_kind_then_the_defaults() -> None:
    network = parse_network(
        "output: ab\n"
        "defaults: {activation: relu, bias: false, conv: {activation: elu, size: 5}}\n"
        "encoder:\n  - {kind: conv, filters: 4}\n  - {kind: conv, filters: 4, size: 7}\n"
        "head:\n  - {kind: conv_transpose, filters: 2}\n"
    )
    first, second, head = network.layers
    assert (first.activation, first.size, first.bias) == ("elu", (5, 5), False)
    assert second.size == (7, 7)
    assert (head.activation, head.name) == ("relu", "conv_transpose1")


def test_a_pool_takes_no_padding_from_the_convolutions() -> None:
    text = (
        "output: ab\n"
        "defaults: {{size: 5, stride: 1, padding: 2{own}}}\n"
        "encoder:\n  - {{kind: conv, filters: 4}}\n  - {{kind: max_pool, size: 2, stride: 2}}\n"
        "decoder:\n  - {{kind: upsample, factor: 2}}\nhead:\n  - {{kind: conv, filters: 2}}\n"
    )
    conv, pool = parse_network(text.format(own="")).layers[:2]
    assert (conv.padding, pool.padding) == ((2, 2, 2, 2), (0, 0, 0, 0))
    own = ", max_pool: {padding: 1}"
    of_its_own = text.format(own=own).replace("size: 2", "size: 3")
    assert parse_network(of_its_own).layers[1].padding == (1, 1, 1, 1)


def test_repeat_writes_a_layer_several_times_with_numbered_names() -> None:
    text = GOOD.replace("decoder:", "  - {name: more, kind: conv, filters: 8, repeat: 3}\ndecoder:")
    names = [layer.name for layer in parse_network(text).layers]
    assert names == ["down", "more_1", "more_2", "more_3", "up", "ab"]


@pytest.mark.parametrize("name", catalog_names())
def test_every_shipped_file_is_right_and_says_what_it_is(name: str) -> None:
    assert find_network(name).about


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(NetworkError, match="did you mean 'article-"):
        find_network("article-7")


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    binary = tmp_path / "b.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none.yaml", tmp_path, binary):
        with pytest.raises(NetworkError):
            find_network(path if path.suffix else tmp_path / "x.yml")


def test_every_network_named_by_an_experiment_is_right() -> None:
    import yaml

    folder = Path(__file__).parents[2] / "experiments"
    for path in sorted(folder.rglob("*.yaml")):
        content = yaml.safe_load(path.read_text())
        if isinstance(content, dict) and isinstance(content.get("network"), str):
            name = content["network"]
            find_network(path.parent / name if name.endswith((".yaml", ".yml")) else name)
