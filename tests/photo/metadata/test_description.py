"""The description of a result says that its colours are plausible, and keeps what the photo's said."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tinct.photo.metadata.description import SENTENCE, add_sentence, remove_sentence

from .exiftool import PICTURE, coloured, exiftool, facts, needed, told

pytestmark = needed


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif"])
def test_a_result_says_that_its_colours_are_no_evidence(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"in.{suffix}"
    Image.fromarray(PICTURE).save(path)
    once = coloured(path, tmp_path / f"out.{suffix}")
    assert facts(once)["XMP-dc:Description"] == SENTENCE
    twice = coloured(once, tmp_path / f"twice.{suffix}")
    assert facts(twice)["XMP-dc:Description"] == SENTENCE


@pytest.mark.parametrize("tag", ["XMP-dc:Description", "IPTC:Caption-Abstract", "EXIF:ImageDescription"])
def test_the_description_of_the_photo_stays_before_it(tmp_path: Path, tag: str) -> None:
    path = tmp_path / "in.jpg"
    Image.fromarray(PICTURE).save(path)
    told(path, {tag: "Anna & Marie, 1931"})
    after = facts(coloured(path, tmp_path / "out.jpg"))
    assert after["XMP-dc:Description"] == f"Anna & Marie, 1931 {SENTENCE}"
    if not tag.startswith("XMP"):
        group = {"EXIF": "IFD0", "IPTC": "IPTC"}[tag.partition(":")[0]]
        assert after[f"{group}:{tag.partition(':')[2]}"] == "Anna & Marie, 1931"


def test_every_language_of_a_description_says_it(tmp_path: Path) -> None:
    path = tmp_path / "in.jpg"
    Image.fromarray(PICTURE).save(path)
    exiftool(
        "-q", "-overwrite_original", "-XMP-dc:Description=Street", "-XMP-dc:Description-de=Gasse", str(path)
    )
    after = facts(coloured(path, tmp_path / "out.jpg"))
    assert after["XMP-dc:Description"] == f"Street {SENTENCE}"
    assert after["XMP-dc:Description-de"] == f"Gasse {SENTENCE}"


def test_the_sentence_goes_and_nothing_else() -> None:
    packet = add_sentence(b"", "Anna <1931>")
    assert b"Anna &lt;1931&gt;" in remove_sentence(packet)
    assert SENTENCE.encode() not in remove_sentence(packet)
    assert b"description" not in remove_sentence(add_sentence(b""))
    assert add_sentence(packet) == packet
