"""docs/video.md runs: every command of every block, with a tiny network."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.video.clips import pan, write_clip
from tinct.cli.app import run
from tinct.video.output.segments import MOST_SECONDS

PAGE = (Path(__file__).parents[2] / "docs" / "video.md").read_text()
COMMANDS = [
    line for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S) for line in block.splitlines()
]


def test_every_command_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_model: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "film.mp4", pan(1, 15) + pan(2, 12), codec="libx264", options={"crf": "10"})
    assert len(COMMANDS) >= 9
    for line in COMMANDS:
        program, *words = line.split()
        assert program == "tinct"
        more = [] if words[1] == "shots" else ["--model", str(tiny_model), "--overwrite"]
        assert run([*words, *more]) == 0, line
        if "-o" in words and "--dry-run" not in words:
            assert Path(words[words.index("-o") + 1]).stat().st_size > 0
    assert (tmp_path / "film-tinct.mp4").exists()
    assert (tmp_path / "sheet.png").exists()


def test_the_length_of_a_segment_is_what_the_page_says() -> None:
    assert MOST_SECONDS == 3
    assert "at most three seconds" in " ".join(PAGE.split())
