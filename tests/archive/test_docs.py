"""docs/archive.md and docs/scale.md: every command of every block does what the page says, one after another."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from .conftest import Tinct, make_photo

DOCS = Path(__file__).parents[2] / "docs"
SLOW = ("--engine ray", "s3://", "--watch")


def commands(page: str) -> list[str]:
    """The commands of a page, in order."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", (DOCS / page).read_text(), re.M | re.S)
    return [line for block in blocks for line in block.splitlines()]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the photos and the table of the pages."""
    for number, name in enumerate(("box 1/11.jpg", "box 1/12.jpg", "box 2/03.jpg", "box 2/04.png")):
        make_photo(tmp_path / "photos" / name, number)
    table = re.search(r"^```csv\n(.*?)^```$", (DOCS / "archive.md").read_text(), re.M | re.S)
    assert table is not None
    (tmp_path / "table.csv").write_text(table[1])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def stop_after_a_while(run: subprocess.Popen[str]) -> None:
    time.sleep(4)
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)
    assert run.returncode == 130


@pytest.mark.parametrize("page", ["archive.md", "scale.md"])
def test_every_command_of_the_page_runs(tinct: Tinct, place: Path, page: str) -> None:
    lines = commands(page)
    assert len(lines) >= 4
    for line in lines:
        program, verb, *words = line.split()
        assert (program, verb) == ("tinct", "archive")
        if "--watch" in words:
            stop_after_a_while(tinct.start(*words))
        elif not any(word in line for word in SLOW):
            tinct(*words)
    results = {path.relative_to("coloured").as_posix() for path in Path("coloured").rglob("*/*.jpg")}
    assert results == {"box 1/11.jpg", "box 1/12.jpg", "box 2/03.jpg"}
    if page == "archive.md":
        assert "The harbour" in (place / "coloured" / "box 1" / "12.jpg.xmp").read_text()
        assert (place / "report" / "index.html").exists()
        assert (place / "bag" / "bagit.txt").exists()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_command_for_ray_runs(tinct: Tinct, place: Path) -> None:
    pytest.importorskip("ray")
    (line,) = [line for line in commands("scale.md") if "--engine ray" in line]
    tinct(*line.split()[2:])
    assert len(list((place / "coloured-by-ray").rglob("*/*.jpg"))) == 3
