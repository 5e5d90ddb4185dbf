"""What `tinct networks` prints and draws."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tinct.cli.app import run
from tinct.networks.arithmetic import measure
from tinct.networks.describe import FORMATS, dense_sentence, describe, memory
from tinct.networks.parse import catalog_names, find_network


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    from skimage.io import imsave

    path = tmp_path / "photo.png"
    imsave(path, (np.random.default_rng(0).random((60, 80)) * 255).astype(np.uint8), check_contrast=False)
    return path


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", catalog_names())
def test_every_network_is_described_in_every_format(name: str, form: str) -> None:
    text = describe(measure(find_network(name)), form)
    assert all(layer.name in text for layer in find_network(name).layers)


def test_the_table_states_totals_and_the_dense_layer_beside_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["networks", "describe", "article-6"]) == 0
    shown = capsys.readouterr().out
    for words in (
        "parameters        3,643,514",
        "receptive field   238 at dilated2",
        "65,536 x 131,072 = 8,589,934,592 weights, 32 GiB",
        "196,608² = 38,654,705,664 weights, 144 GiB",
    ):
        assert words in shown


def test_json_holds_the_numbers_of_the_table() -> None:
    content = json.loads(describe(measure(find_network("article-4"), 400, 208), "json"))
    assert content["parameters"] == 1_544_826
    assert content["receptive_field"] == [46, 46]
    assert [layer["output"] for layer in content["layers"]][:2] == [[200, 104], [100, 52]]
    assert sum(layer["parameters"] for layer in content["layers"]) == content["parameters"]


def test_markdown_rows_have_as_many_cells_as_the_head() -> None:
    rows = [
        line
        for line in describe(measure(find_network("tinct-s")), "markdown").splitlines()
        if line[:1] == "|"
    ]
    assert len({row.count("|") for row in rows}) == 1


def test_mermaid_draws_an_arrow_for_every_skip() -> None:
    network = find_network("article-6")
    text = describe(measure(network), "mermaid")
    assert text.count("-.->") == sum(len(layer.skip) for layer in network.layers)
    assert text.count("-->") == len(network.layers)


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 bytes"), (1024, "1 KiB"), (1536, "1.5 KiB"), (2**20, "1 MiB"), (2**40, "1,024 GiB")],
)
def test_memory_is_said_in_units_of_1024(count: int, words: str) -> None:
    assert memory(count) == words


def test_a_dense_layer_between_different_sizes_is_a_product() -> None:
    assert dense_sentence(2, 2, 1, 8) == "4 x 8 = 32 weights, 128 bytes"


def test_describing_loads_neither_torch_nor_numpy() -> None:
    code = (
        "import sys; from tinct.networks.parse import find_network;"
        "from tinct.networks.arithmetic import measure;"
        "from tinct.networks.describe import describe; describe(measure(find_network('tinct-s')));"
        "assert not {'torch', 'numpy', 'pyvips', 'onnxruntime'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_check_names_every_mistake_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "good.yaml").write_text("output: ab\nhead: [{kind: conv, filters: 2}]\n")
    (tmp_path / "inner" / "bad.yaml").write_text("output: ab\nhead: [{kind: cnov, filters: 2}]\n")
    assert run(["networks", "check", str(tmp_path / "good.yaml"), "article-1"]) == 0
    assert run(["networks", "check", str(tmp_path)]) == 1
    shown = capsys.readouterr()
    assert "good.yaml: right, 1 layers" in shown.out
    assert "bad.yaml, line 2, layer" in shown.err or "bad.yaml, line 2: unknown kind" in shown.err
    assert "did you mean 'conv'?" in shown.err


def test_list_names_every_shipped_network(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["networks", "list"]) == 0
    shown = capsys.readouterr().out
    assert [line.split()[0] for line in shown.splitlines()] == catalog_names()


def test_compare_puts_networks_side_by_side_with_their_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["networks", "compare", "article-1", "dilated", "--size", "32"]) == 0
    shown = capsys.readouterr().out
    assert "67,458" in shown
    assert "37,698" in shown
    assert shown.splitlines()[-1].count(" ms") == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["describe", "article-9"], "did you mean"),
        (["describe", "article-1", "--size", "0"], "--size is one number or HEIGHTxWIDTH"),
        (["describe", "article-1", "--format", "tabel"], "did you mean 'table'?"),
        (["kernels", "max-pool-encoder", "--layer", "pool1", "-o", "none.png"], "has no kernels"),
        (["kernels", "article-1", "--layer", "donw1", "-o", "none.png"], "did you mean 'down1'?"),
        (["features", "article-1", "no-such-photo.jpg", "-o", "none.png"], "no-such-photo.jpg"),
    ],
)
def test_a_wrong_word_is_answered_in_one_line(
    words: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["networks", *words]) in (1, 2)
    shown = capsys.readouterr().err
    assert expected in shown
    assert shown.strip().count("\n") == 0
    assert not Path("none.png").exists()


def test_features_and_kernels_are_drawn_and_nothing_is_overwritten(photo: Path, tmp_path: Path) -> None:
    from skimage.io import imread

    picture = tmp_path / "features.png"
    words = [
        "networks",
        "features",
        "article-1",
        str(photo),
        "--size",
        "32",
        "--layer",
        "down1",
        "-o",
        str(picture),
    ]
    assert run(words) == 0
    assert imread(picture).shape[1] > 8 * 32
    before = picture.read_bytes()
    assert run(words) == 2
    assert picture.read_bytes() == before
    assert run([*words, "--overwrite", "--seed", "1"]) == 0
    assert picture.read_bytes() != before
    assert run(["networks", "kernels", "fixed-kernels", "-o", str(tmp_path / "kernels.png")]) == 0


def test_weights_of_a_checkpoint_are_looked_into_and_a_strangers_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch

    from tinct.networks.inspection import kernels_of, seeded

    network = find_network("article-1")
    trained = seeded(network, 5)
    assert kernels_of(trained, "up1").shape == (32, 64, 4, 4)
    state = {f"average.{key}": value for key, value in trained.state_dict().items()}
    torch.save({"state_dict": state}, tmp_path / "last.ckpt")
    pictures = [tmp_path / f"{i}.png" for i in range(4)]
    words = ["networks", "kernels", "article-1"]
    assert run([*words, "-o", str(pictures[0]), "--seed", "5"]) == 0
    assert run([*words, "-o", str(pictures[1]), "--weights", str(tmp_path / "last.ckpt")]) == 0
    assert run([*words, "-o", str(pictures[2])]) == 0
    assert pictures[0].read_bytes() == pictures[1].read_bytes() != pictures[2].read_bytes()
    strangers = ["networks", "kernels", "article-2", "--weights", str(tmp_path / "last.ckpt")]
    assert run([*strangers, "-o", str(pictures[3])]) == 1
    assert "holds another network than article-2" in capsys.readouterr().err
    assert not pictures[3].exists()


def test_a_generator_draws_the_same_weights_again_and_leaves_torchs_own_alone() -> None:
    import torch

    from tinct.networks.build import build

    network = find_network("article-1")
    before = torch.get_rng_state()
    first, second = (build(network, torch.Generator().manual_seed(3)).state_dict() for _ in range(2))
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert torch.equal(torch.get_rng_state(), before)
