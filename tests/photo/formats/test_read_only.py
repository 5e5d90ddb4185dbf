"""GIF and BMP are read, files without a suffix are known by their content; their results have names of their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinct import Options, PhotoError, photo
from tinct.photo import list_photos
from tinct.targets import result_path

GREY = np.tile(np.arange(64, dtype=np.uint8) * 3 + 20, (48, 1))


@pytest.mark.parametrize("suffix", [".gif", ".bmp"])
def test_its_lightness_is_that_of_the_same_photo_as_png(suffix: str, tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    for each in (suffix, ".png"):
        Image.fromarray(GREY).save(tmp_path / f"photo{each}")
    one, other = (photo.read(tmp_path / f"photo{each}").lightness.numpy() for each in (suffix, ".png"))
    assert np.abs(one - other).max() < 0.5
    assert result_path(tmp_path / f"photo{suffix}", Options()).name == "photo-tinct.png"


@pytest.mark.parametrize(
    ("kind", "suffix"), [("JPEG", ".jpg"), ("PNG", ".png"), ("TIFF", ".tif"), ("GIF", ".png")]
)
def test_a_file_without_a_suffix_is_known_by_its_content(kind: str, suffix: str, tmp_path: Path) -> None:
    Image.fromarray(GREY).save(tmp_path / "scan", kind)
    (tmp_path / "README").write_text("none")
    assert list_photos(tmp_path).photos == [tmp_path / "scan"]
    assert result_path(tmp_path / "scan", Options()).name == f"scan-tinct{suffix}"


def test_a_text_that_begins_like_a_bmp_is_no_photo(tmp_path: Path) -> None:
    (tmp_path / "BMW").write_text("BMW 328, 1937, in the yard behind the house" * 20)
    assert list_photos(tmp_path).photos == []
    with pytest.raises(PhotoError, match="not a photo"):
        photo.read(tmp_path / "BMW")


def test_a_page_and_a_preview_have_names_of_their_own() -> None:
    assert result_path("book.tif", Options(page=3)).name == "book-page-3-tinct.tif"
    assert result_path("scan.JPG", Options(preview=True)).name == "scan-preview-tinct.JPG"
