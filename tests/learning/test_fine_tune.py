"""docs/fine-tune.md, as a newcomer would follow it: every block, with fewer crops than it asks for."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import pyvips
from skimage import data

from tests.networks.test_primer import BLOCK
from tinct.cli.app import run

PAGE = Path(__file__).parents[2] / "docs" / "fine-tune.md"


def put_photos(folder: Path) -> None:
    """Photos in colour that scikit-image ships, cut into quarters, as somebody's own."""
    for name in ("my-photos", "my-test-photos"):
        (folder / name).mkdir()
    for photo in (data.astronaut(), data.coffee(), data.chelsea(), data.rocket()):
        height, width = (side // 2 for side in photo.shape[:2])
        for number, (top, left) in enumerate(((0, 0), (0, width), (height, 0), (height, width))):
            tile = np.ascontiguousarray(photo[top : top + height, left : left + width])
            place = folder / ("my-test-photos" if number == 3 else "my-photos") / f"{tile.sum()}.jpg"
            pyvips.Image.new_from_array(tile).copy(interpretation="srgb").jpegsave(str(place), Q=90)
    grey = np.ascontiguousarray(data.camera()[:200, :240])
    pyvips.Image.new_from_array(grey).jpegsave(str(folder / "old-photo.jpg"))


@pytest.mark.timeout(900)
def test_every_block_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    put_photos(tmp_path)
    output: dict[str, str] = {}
    for language, body in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if language == "yaml":
            assert "num_samples: 2_400" in body
            quick = body.replace("num_samples: 2_400", "num_samples: 32").replace("side: 192", "side: 64")
            (tmp_path / "mine.yaml").write_text(quick)
            continue
        assert language == "sh"
        for line in body.splitlines():
            program, *words = line.split()
            assert program == "tinct"
            assert run(words) == 0, line
            output[words[0]] = output.get(words[0], "") + capsys.readouterr().out
    assert "32 in 2 steps of 16" in output["train"]
    assert "trained mine: 2 of 2 steps in runs/mine" in output["train"]
    difference = re.search(r"largest ab difference to torch: ([\d.]+)", output["export"])
    assert difference is not None
    assert float(difference[1]) < 0.1
    assert "my-model" in output["evaluate"]
    (coloured,) = (tmp_path / "coloured").iterdir()
    assert np.ptp(pyvips.Image.new_from_file(str(coloured)).numpy()[..., :3], axis=2).max() > 10
    assert "*Draft by" in (tmp_path / "my-model" / "MODEL_CARD.md").read_text()
