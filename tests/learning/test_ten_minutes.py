"""docs/ten-minutes.md, as a student would follow it: every block, with two steps in place of ten minutes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import pyvips
from skimage import data

from tests.networks.test_primer import BLOCK
from tinct.cli.app import run
from tinct.networks.arithmetic import measure
from tinct.networks.parse import find_network

PAGE = (Path(__file__).parents[2] / "docs" / "ten-minutes.md").read_text(encoding="utf-8")
QUICK = {
    "train": ["--until", "2", "--device", "cpu"],
    "evaluate": ["--no-frechet"],
    "export": ["--short-side", "64"],
}


def put_photos(folder: Path) -> None:
    """Parts of photos that scikit-image ships, in colour, and one in grey."""
    for name, wholes in (("photos", (data.astronaut(), data.coffee())), ("test", (data.chelsea(),))):
        (folder / name).mkdir()
        for whole in wholes:
            for number, left in enumerate(range(0, 384, 96)):
                tile = np.ascontiguousarray(whole[96:224, left : left + 96])
                pyvips.Image.new_from_array(tile).copy(interpretation="srgb").pngsave(
                    str(folder / name / f"{tile.sum()}-{number}.png")
                )
    pyvips.Image.new_from_array(np.ascontiguousarray(data.camera()[:200, :240])).jpegsave(
        str(folder / "OLD-PHOTO")
    )


def apply(diff: str, before: str) -> str:
    """`before` with each line that begins with - replaced by the one after it that begins with +."""
    lines = diff.splitlines()
    for old, new in zip(lines[::2], lines[1::2], strict=True):
        assert (old[0], new[0]) == ("-", "+")
        assert before.count(old[1:] + "\n") == 1, old
        before = before.replace(old[1:] + "\n", new[1:] + "\n")
    return before


@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_block_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    put_photos(tmp_path)
    changed = {"first.yaml": "bins.yaml", "first-run.yaml": "bins-run.yaml"}
    told = ""
    for language, body in BLOCK.findall(PAGE):
        if language == "yaml":
            name = "first-run.yaml" if body.startswith("network:") else "first.yaml"
            assert f"Save this as `{name}`" in PAGE
            (tmp_path / name).write_text(
                body.replace("side: 128", "side: 64").replace("batch_size: 16", "batch_size: 4")
            )
        elif language == "diff":
            name = "first-run.yaml" if "network:" in body else "first.yaml"
            (tmp_path / changed[name]).write_text(apply(body, (tmp_path / name).read_text()))
        elif language == "sh":
            for line in body.splitlines():
                # after two steps no vividness makes a network as colourful as that
                program, *words = line.replace(" --match-colourfulness 0.6", "").split()
                assert program == "tinct"
                assert run([*words, *QUICK.get(words[0], [])]) == 0, line
                told += capsys.readouterr().out
        else:
            assert language == "text"
    assert "trained first-run: 2 of 25,000 steps" in told
    assert "trained bins-run: 2 of 25,000 steps" in told
    for name in ("first", "bins"):
        (coloured,) = (tmp_path / f"coloured-{name}").iterdir()
        pixels = pyvips.Image.new_from_file(str(coloured)).numpy()
        assert pixels.shape == (200, 240, 3)
        assert name == "first" or np.ptp(pixels, axis=2).max() > 0  # which after two steps is still grey
        assert (tmp_path / f"{name}.jpg").read_bytes().startswith(b"\xff\xd8")


def test_the_page_says_what_describe_counts(tmp_path: Path) -> None:
    (body,) = [body for language, body in BLOCK.findall(PAGE) if language == "yaml" and "encoder:" in body]
    (tmp_path / "first.yaml").write_text(body)
    found = measure(find_network(str(tmp_path / "first.yaml")), 128)
    assert f"{found.parameters:,} parameters and {sum(row.multiply_adds for row in found.rows):,}" in PAGE
