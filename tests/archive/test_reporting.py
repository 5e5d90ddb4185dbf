"""status, retry, verify, report and bag: what an archive tells about itself."""

from __future__ import annotations

import csv
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import bagit
import pytest
from PIL import Image

from .conftest import Tinct, make_photo, make_photos, states, tree


@pytest.fixture
def archive(tinct: Tinct, tmp_path: Path) -> Path:
    """A destination with five results and one failure."""
    source = make_photos(tmp_path / "source", 5)
    (source / "broken <b>.jpg").write_text("no photo")
    tinct(source, tmp_path / "dest", code=1)
    return tmp_path / "dest"


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.found += [value or "" for name, value in attributes if name in ("href", "src")]


def links(file: Path) -> list[str]:
    parser = Links()
    parser.feed(file.read_text(encoding="utf-8"))
    return parser.found


def test_status_counts_and_names_failures(tinct: Tinct, archive: Path) -> None:
    assert tinct("status", archive).stdout == "6 files: 5 done, 1 failed\n"
    listed = tinct("status", archive, "--failures").stdout.splitlines()
    assert len(listed) == 2
    assert re.match(r"failed: broken <b>\.jpg: .*not a photo", listed[1])


def test_status_as_json_is_a_line_for_every_file(tinct: Tinct, archive: Path) -> None:
    rows = [json.loads(line) for line in tinct("status", archive, "--json").stdout.splitlines()]
    found = {row["path"].encode(): row for row in rows}
    assert {path: row["state"] for path, row in found.items()} == states(archive)
    assert {path: row["result_sha256"] for path, row in found.items() if row["state"] == "done"} == tree(
        archive
    )


def test_retry_makes_failures_pending_which_the_next_run_colours(
    tinct: Tinct, archive: Path, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    assert "0 photos in" in tinct(source, archive, code=1).stdout
    run = tinct("retry", archive)
    assert run.stdout == f"1 photos are pending again; run tinct archive {source} {archive} to colour them\n"
    assert states(archive)[b"broken <b>.jpg"] == "pending"
    make_photo(source / "broken <b>.jpg", 50)
    tinct(source, archive)
    assert tinct("status", archive).stdout == "6 files: 6 done\n"


def test_verify_names_results_and_originals_that_are_not_what_they_were(
    tinct: Tinct, archive: Path, tmp_path: Path
) -> None:
    assert tinct("verify", archive, "--sources").stdout == "10 files compared, 0 not as in the ledger\n"
    (archive / "roll 0" / "00000.jpg").unlink()
    with (archive / "roll 0" / "00001.jpg").open("r+b") as file:
        file.seek(200)
        file.write(b"x")
    make_photo(archive / "stranger.jpg", 3)
    make_photo(tmp_path / "source" / "roll 0" / "00002.jpg", 99)
    run = tinct("verify", archive, "--sources", code=1)
    faults = [line.removeprefix(f"tinct: {tmp_path}/") for line in run.stderr.splitlines()]
    assert faults == [
        "dest/roll 0/00000.jpg: the result is missing; run tinct archive again",
        "dest/roll 0/00001.jpg: the result has changed; remove it and run tinct archive again",
        "source/roll 0/00002.jpg: the original has changed; bring it back from a backup, or run tinct archive with "
        "--update",
    ]
    assert "not from this archive: stranger.jpg" in run.stdout


def test_a_report_has_pictures_before_and_after_failures_and_working_links(
    tinct: Tinct, archive: Path, tmp_path: Path
) -> None:
    first = Path(tinct("report", archive, "-o", tmp_path / "report").stdout.strip())
    pages = sorted(path.name for path in first.parent.glob("*.html"))
    assert pages == ["failed-001.html", "index.html", "sheet-001.html", "slowest.html", "uncertain.html"]
    for page in first.parent.glob("*.html"):
        assert "://" not in page.read_text()
        assert all((page.parent / link).exists() for link in links(page)), page
    pictures = [link for link in links(first.parent / "sheet-001.html") if link.endswith(".jpg")]
    assert len(pictures) == 10
    assert {Image.open(first.parent / each).mode for each in pictures if "after" in each} == {"RGB"}
    failed = (first.parent / "failed-001.html").read_text()
    assert "broken &lt;b&gt;.jpg" in failed
    assert "not a photo" in failed
    with (first.parent / "results.csv").open(newline="") as file:
        rows = {row["path"].encode(): row for row in csv.DictReader(file)}
    assert {path: row["state"] for path, row in rows.items()} == states(archive)


def test_the_first_page_shows_photos_figures_and_the_way_to_failures(tinct: Tinct, archive: Path) -> None:
    tinct("report", archive)
    first = (archive / ".tinct" / "report" / "index.html").read_text()
    assert 'model</th><td class="number">tiny 0<' in first
    assert '<a href="failed-001.html">1</a>' in first
    assert first.count('alt="after"') == 5
    assert (
        "broken &lt;b&gt;.jpg"
        not in (archive / ".tinct" / "report" / "failed-001.html").read_text().split("<td>")[2]
    )


def test_a_report_is_written_again_but_never_into_another_folder(
    tinct: Tinct, archive: Path, tmp_path: Path
) -> None:
    tinct("report", archive)
    tinct("report", archive, "--photos", 2)
    assert (
        len([link for link in links(archive / ".tinct" / "report" / "sheet-001.html") if "after" in link])
        == 2
    )
    run = tinct("report", archive, "-o", tmp_path / "source", code=1)
    assert "holds something else than a report" in run.stderr


@pytest.mark.parametrize("words", [[], ["--link"]])
def test_a_bag_is_valid_by_the_reference_implementation(
    tinct: Tinct, archive: Path, tmp_path: Path, words: list[str]
) -> None:
    name = "odd\nname.jpg"
    make_photo(tmp_path / "source" / name, 77)
    tinct(tmp_path / "source", archive, code=1)
    run = tinct("bag", archive, tmp_path / "bag", *words)
    assert run.stdout == f"{tmp_path}/bag: a bag of 6 files\n"
    bag = bagit.Bag(str(tmp_path / "bag"))
    bag.validate()
    assert {path.removeprefix("data/") for path in bag.payload_files()} == {
        os.fsdecode(path) for path in tree(archive)
    }
    assert tinct("bag", archive, tmp_path / "bag", code=1).stderr.endswith(
        "exists already; choose another name\n"
    )


def test_line_breaks_and_percent_signs_are_escaped_as_rfc_8493_says(
    tinct: Tinct, archive: Path, tmp_path: Path
) -> None:
    make_photo(tmp_path / "source" / "100 %25\n.jpg", 77)
    tinct(tmp_path / "source", archive, code=1)
    tinct("bag", archive, tmp_path / "bag")
    manifest = (tmp_path / "bag" / "manifest-sha256.txt").read_text()
    assert manifest.splitlines()[0].endswith("  data/100 %2525%0A.jpg")


def test_no_bag_is_made_of_results_that_have_changed(tinct: Tinct, archive: Path, tmp_path: Path) -> None:
    (archive / "roll 0" / "00001.jpg").write_bytes(b"other")
    run = tinct("bag", archive, tmp_path / "bag", code=1)
    assert "roll 0/00001.jpg: the result has changed" in run.stderr
    assert not list(tmp_path.glob("*bag*"))


@pytest.mark.parametrize("verb", ["status", "retry", "verify", "report"])
def test_a_folder_without_a_ledger_is_named(tinct: Tinct, tmp_path: Path, verb: str) -> None:
    run = tinct(verb, tmp_path / "nothing", code=1)
    assert (
        run.stderr == f"tinct: {tmp_path}/nothing: has no ledger; give the DEST of a run of tinct archive\n"
    )
