"""Every hostile file gives one clear error or a right photo: no crash, hang, flood or partial file."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinct import photo
from tinct.errors import PhotoError

from .library import array_tiff, library, png, saved, tiff

NAMES = [name for name, _ in library()]
# What must be refused, and a word that tells the person why.
REFUSED = {
    "empty.jpg": "empty",
    "text.jpg": "not a photo",
    "drawing.jpg": "not a photo",
    "animation.jpg": "damaged",
    "matrix.jpg": "not a photo",
    "document.tif": "not a photo",
    "apple.jpg": "",
    "jxl.jpg": "",
    "bomb.png": "1600 megapixels",
    "says it is of 65500 rows and columns.jpg": "megapixels",
    "progressive, of 400 megapixels.jpg": "decoded whole",
    "plain cut at 5 of 10.jpg": "ends too early",
    "plain cut at 9 of 10.jpg": "ends too early",
    "plain cut at 5 of 10.png": "",
    "plain cut at 5 of 10.tif": "",
    "plain cut at 3 of 5.webp": "",
    "plain cut at 3 of 5.avif": "",
    "complex samples.tif": "samples",
    "whole samples of 32 bits.tif": "samples",
    "seven channels.tif": "channels",
    "float samples that are infinite.tif": "float samples",
    "float samples that are not numbers.tif": "float samples",
    "in strips beyond the end.tif": "",
    "ten thousand pages.tif": "claim more",
    "deflate that is none.tif": "",
    "fax that is none.tif": "",
    "JPEG without tables.tif": "",
    "of unknown compression.tif": "",
    "of 60000 columns in a short strip.tif": "",
    "of half its rows.png": "",
    "a broken checksum.png": "",
    "a palette that is not there.png": "",
}
# What is a good photo in spite of all, and must be coloured.
COLOURED = [
    "has 64 KB of garbage for EXIF.jpg",
    "has EXIF that points at itself.jpg",
    "has an absurd profile.jpg",
    "has a profile in 255 parts, of which one is here.jpg",
    "has broken XMP.jpg",
    "has broken IPTC.jpg",
    "has Photoshop's resources without end.jpg",
    "has MakerNotes of garbage.jpg",
    "has XMP of which a part is missing.jpg",
    "has XMP said to be of 4 GB.jpg",
    "has XMP in a thousand pieces at one place.jpg",
    "words that swell.png",
    "has a long comment.jpg",
    "also an archive.jpg",
    "also a page.jpg",
    "an absurd profile.png",
    "directories in a circle.tif",
    "with EXIF that is itself.tif",
]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """What became of each file, in a process of its own: a crash shows as a file that never ends."""
    folder, out = tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("out")
    for name, content in library():
        (folder / name).write_bytes(content)
    command = [sys.executable, str(Path(__file__).with_name("worker.py")), str(folder), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    found = {line["name"]: line for line in lines if "name" in line}
    begun = [line["begins"] for line in lines if "begins" in line]
    assert done.returncode == 0, f"ended at {begun[-1:]}: {done.stderr[-2000:]}"
    found["left in the folder"] = {"names": sorted(path.name for path in out.iterdir())}
    return found


def test_the_library_is_large_and_its_names_differ() -> None:
    assert len(NAMES) >= 60
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_file_gives_a_clear_error_or_a_photo(outcomes: dict[str, dict], name: str) -> None:
    facts = outcomes[name]
    if facts["path"] != "coloured":
        assert name in facts["path"]
        assert "\n" not in facts["path"]
        assert len(facts["path"]) < 400 + len(name)
        assert facts["path"].count(";") >= 1  # the remedy
    assert (facts["path"] == "coloured") == (facts["bytes"] == "coloured")
    assert facts["seconds"] < 10


@pytest.mark.parametrize(("name", "word"), REFUSED.items())
def test_what_is_no_whole_photo_is_refused(outcomes: dict[str, dict], name: str, word: str) -> None:
    assert outcomes[name]["path"] != "coloured"
    assert word in outcomes[name]["path"]


@pytest.mark.parametrize("name", COLOURED)
def test_a_good_photo_with_bad_words_is_coloured(outcomes: dict[str, dict], name: str) -> None:
    assert outcomes[name]["path"] == "coloured"


def test_memory_stays_below_500_megabytes(outcomes: dict[str, dict]) -> None:
    assert max(facts["megabytes"] for facts in outcomes.values() if "megabytes" in facts) < 500


def test_no_partial_file_remains(outcomes: dict[str, dict]) -> None:
    coloured = {f"{Path(name).stem}.png" for name in NAMES if outcomes[name]["path"] == "coloured"}
    assert set(outcomes["left in the folder"]["names"]) == coloured


WHOLE = [saved("JPEG"), saved("WEBP"), png(128, 96), tiff(), array_tiff(np.ones((9, 9, 3), np.uint16))]


@settings(max_examples=150, deadline=10_000, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(WHOLE), st.data())
def test_bytes_changed_at_random_never_do_more_than_raise(whole: bytes, draw: st.DataObject) -> None:
    bent = bytearray(whole)
    for _ in range(draw.draw(st.integers(1, 8))):
        bent[draw.draw(st.integers(0, len(bent) - 1))] = draw.draw(st.integers(0, 255))
    del bent[draw.draw(st.integers(1, len(bent))) :]
    try:
        opened = photo.read(bytes(bent), max_megapixels=20)
        photo.to_bytes(opened, photo.join(opened, np.zeros((2, 4, 4), np.float32)))
    except PhotoError:
        pass


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(PhotoError, match="pipe"):
        photo.read(tmp_path / "pipe.jpg")


@pytest.mark.parametrize("name", ["nothing.jpg", "."])
def test_what_is_no_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(PhotoError, match=r"no such file|folder"):
        photo.read(tmp_path / name)
