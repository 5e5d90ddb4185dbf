"""The primer runs: every block of every page, with the numbers it prints and the pictures it shows."""

from __future__ import annotations

import contextlib
import io
import re
import shutil
from pathlib import Path

import pytest

PRIMER = Path(__file__).parents[2] / "docs" / "primer"
PAGES = sorted(PRIMER.glob("[0-9]*.md"))
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run_page(page: Path) -> None:
    """Run all blocks of a page in the working folder; a `text` block is what the one before it must print."""
    from tinct.cli.app import run

    names: dict[str, object] = {}
    printed = ""
    for language, body in BLOCK.findall(page.read_text(encoding="utf-8")):
        if language == "python":
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(body, str(page), "exec"), names)
            printed = out.getvalue()
        elif language == "text":
            assert printed == body
        elif language == "sh":
            for line in body.splitlines():
                program, *words = line.split()
                assert program == "tinct"
                assert run(words) == 0, line
        else:
            pytest.fail(f"{page.name}: a block of {language!r} is run by nothing")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
@pytest.mark.torch
def test_every_block_of_the_page_runs_and_prints_what_the_page_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pictures").mkdir()
    shutil.copy(PRIMER / "pictures" / "scene.png", tmp_path / "pictures")
    monkeypatch.chdir(tmp_path)
    run_page(page)
    shown = re.findall(r"!\[[^]]+\]\(pictures/([\w.-]+)\)", page.read_text(encoding="utf-8"))
    assert shown
    for picture in shown:
        assert (tmp_path / "pictures" / picture).stat().st_size > 0
        assert (PRIMER / "pictures" / picture).is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_page_ends_in_a_check_and_stands_in_the_list(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "assert " in text.split("## Check it")[1]
    assert f"({page.name})" in (PRIMER / "README.md").read_text(encoding="utf-8")


def test_there_is_a_page_for_each_notion_of_the_chapter() -> None:
    titles = " ".join(page.read_text(encoding="utf-8").splitlines()[0].lower() for page in PAGES)
    for notion in (
        "locality",
        "weight sharing",
        "padding",
        "stride",
        "pooling",
        "dilation",
        "transposed convolution",
    ):
        assert notion in titles
