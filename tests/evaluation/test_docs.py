"""docs/evaluate.md runs: every command of every block; training takes two small steps, and is marked slow."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import pyvips
import torch
from skimage import data
from torch import Tensor, nn

from tinct.cli.app import run
from tinct.models.store import find_model
from tinct.networks.arithmetic import measure
from tinct.networks.parse import find_network

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", (ROOT / "docs" / "evaluate.md").read_text(), re.M | re.S)
SLOW = [pytest.mark.slow, pytest.mark.timeout(600)]
QUICK = {
    "train": ["--until", "2", "--device", "cpu"],
    "export": ["--short-side", "64"],
    "evaluate": ["--limit", "3"],
}
SMALL = {"batch_size": "2", "side": "64"}


class Gap(nn.Module):
    def forward(self, one: Tensor, other: Tensor) -> Tensor:
        return (one - other).abs().mean((1, 2, 3))


class Means(nn.Module):
    def forward(self, shown: Tensor) -> Tensor:
        return shown.mean((2, 3))


def tiles() -> list[np.ndarray]:
    """Parts of photos that scikit-image ships, 96 pixels square."""
    return [
        np.ascontiguousarray(whole[top : top + 192 : 2, left : left + 192 : 2])
        for whole in (data.astronaut(), data.coffee())
        for top in (0, 192)
        for left in (0, 192)
    ]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("photos", "my-photos"):
        (tmp_path / name).mkdir()
        for number, tile in enumerate(tiles()):
            pyvips.Image.new_from_array(tile).copy(interpretation="srgb").pngsave(
                str(tmp_path / name / f"{number}.png")
            )
    shutil.copytree(find_model("tinct-m"), tmp_path / "models" / "mine")
    shutil.copytree(ROOT / "experiments", tmp_path / "experiments")
    for path in (tmp_path / "experiments").glob("*.yaml"):
        text = re.sub(
            r"\b(batch_size|side): \d+", lambda found: f"{found[1]}: {SMALL[found[1]]}", path.read_text()
        )
        path.write_text(text)
    for module, name in ((Gap(), "lpips.pt"), (Means(), "inception.pt")):
        torch.jit.save(torch.jit.script(module), str(tmp_path / name))  # type: ignore[no-untyped-call]
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(body, marks=SLOW if "tinct train" in body else [], id=body.split("\n")[0])
        for _, body in BLOCKS
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_command_of_the_page_runs(block: str, place: Path) -> None:
    for line in block.splitlines():
        program, *words = line.split()
        assert program == "tinct"
        assert run([*words, *QUICK.get(words[0], [])]) == 0, line
    for written in re.findall(r"--(?:json|html) (\S+)", block):
        assert (place / written).stat().st_size > 0


def test_every_block_of_the_page_is_commands() -> None:
    assert {language for language, _ in BLOCKS} == {"sh"}


def test_the_baseline_after_zhang_costs_what_the_default_network_costs_and_has_no_encoder_or_hints() -> None:
    recipe, ours = find_network("cic-small"), find_network("tinct-s")
    costs = [sum(row.multiply_adds for row in measure(each, 256).rows) for each in (recipe, ours)]
    assert np.isclose(*costs, rtol=0.05)
    assert recipe.hints is None
    assert recipe.output.kind == "ab_bins"
    assert "backbone" not in {layer.kind for layer in recipe.layers}
