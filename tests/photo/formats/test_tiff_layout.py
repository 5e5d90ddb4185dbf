"""Pages, thumbnails, masks and pyramids are told apart; a camera raw file is not taken for its preview."""

from __future__ import annotations

import io
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
import tifffile

from tinct import photo
from tinct.cli.app import run
from tinct.errors import PhotoError, PhotoWarning
from tinct.photo.formats.tiff_layout import Page, find_pages

from ..hand_made import picture, strip, tiff

GREY = picture(160, 240)
SMALL = GREY[::4, ::4].copy()


def written(*pages: tuple[np.ndarray, dict[str, object]]) -> bytes:
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as out:
        for array, options in pages:
            out.write(array, metadata=None, **options)
    return file.getvalue()


THUMBNAIL = {"subfiletype": 1}
MASK = {"subfiletype": 4, "photometric": 4}
TILED = {"tile": (64, 64)}
HALF, QUARTER = GREY[::2, ::2].copy(), GREY[::4, ::4].copy()


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([(GREY, {}), (SMALL, THUMBNAIL)], [Page(0)]),
        ([(SMALL, THUMBNAIL), (GREY, {})], [Page(1)]),
        ([(GREY, {"subifds": 1}), (SMALL, THUMBNAIL)], [Page(0)]),
        ([(GREY, TILED), (GREY[::8, ::8].copy(), THUMBNAIL)], [Page(0)]),
        ([(GREY, {}), (SMALL, {"extratags": [(255, 3, 1, 2, True)]})], [Page(0)]),
        ([(GREY, {}), (GREY > 60, MASK), (GREY, {})], [Page(0, masks=1), Page(2)]),
        ([(GREY > 60, MASK), (GREY, {})], [Page(1, masks=1)]),
        ([(GREY, {"subifds": 1}), (GREY > 60, MASK)], [Page(0, masks=1)]),
        ([(GREY, {}), (GREY > 60, {"photometric": 4})], [Page(0, masks=1)]),
        ([(GREY, TILED), (HALF, TILED | THUMBNAIL), (QUARTER, TILED | THUMBNAIL)], [Page(0, levels=3)]),
        ([(GREY, TILED), (QUARTER, TILED | THUMBNAIL)], [Page(0, levels=2)]),
        ([(GREY, TILED | {"subifds": 1}), (HALF, TILED | THUMBNAIL)], [Page(0, levels=2)]),
        ([(SMALL, THUMBNAIL)], [Page(0)]),
    ],
)
def test_pages_are_told_from_what_goes_with_them(pages: list, expected: list[Page]) -> None:
    assert find_pages(io.BytesIO(written(*pages))) == expected


def result(data: bytes) -> tifffile.TiffFile:
    opened = photo.read(data)
    return tifffile.TiffFile(
        io.BytesIO(photo.to_bytes(opened, photo.join(opened, np.zeros((2, 4, 4), np.float32))))
    )


def test_a_page_with_a_thumbnail_stays_in_strips() -> None:
    file = result(written((GREY, {}), (SMALL, THUMBNAIL)))
    assert [page.shape for page in file.pages] == [(160, 240, 3)]
    assert not file.pages[0].is_tiled


def test_the_loss_of_a_mask_is_told() -> None:
    with pytest.warns(PhotoWarning, match="a transparency mask is left out"):
        result(written((GREY, {}), (GREY > 60, MASK)))


def camera_raw() -> bytes:
    """As a DNG or a NEF is built: a small preview first, the sensor's mosaic in a directory below it."""
    preview = np.dstack([SMALL] * 3)
    mosaic = {"photometric": 32803, "compression": "deflate"}
    return written((preview, THUMBNAIL | {"photometric": "rgb", "subifds": 1}), (GREY, mosaic))


SMALL_TAGS = strip(SMALL)


@pytest.mark.parametrize(
    "data",
    [
        camera_raw(),
        written((np.dstack([SMALL] * 3), {"photometric": "rgb"}), (GREY, {"photometric": 32803})),
        tiff(SMALL_TAGS | {50706: (1, [1, 4, 0, 0])}, SMALL.tobytes()),
        tiff(SMALL_TAGS | {50706: (1, [1, 4, 0, 0])}, SMALL.tobytes(), order=">"),
        tiff(SMALL_TAGS | {262: (3, 32803)}, SMALL.tobytes(), big=False),
        tiff(SMALL_TAGS | {262: (3, 34892)}, SMALL.tobytes()),
        b"II*\0\x10\0\0\0CR\2\0" + bytes(400),
        b"FUJIFILMCCD-RAW 0201" + bytes(400),
        b"\0\0\0\x18ftypcrx \0\0\0\1" + bytes(400),
        b"IIU\0\x18\0\0\0" + bytes(400),
    ],
    ids=["below", "second", "DNG", "DNG, big-endian", "mosaic", "linear", "CR2", "RAF", "CR3", "RW2"],
)
def test_a_camera_raw_file_is_refused_as_one(data: bytes) -> None:
    with pytest.raises(PhotoError, match=r"camera raw file .* must be developed first"):
        photo.read(data)


def test_its_name_makes_no_difference(
    tmp_path: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shot.dng").write_bytes(camera_raw())
    shutil.copy(tmp_path / "shot.dng", tmp_path / "named.tif")
    (tmp_path / "plain.nef").write_bytes(tiff(strip(GREY), GREY.tobytes()))
    for words in (["shot.dng"], ["shot.dng", "-o", str(tmp_path / "x.tif")], ["named.tif"], ["plain.nef"]):
        assert run([str(tmp_path / words[0]), *words[1:], "--model", str(tiny_model)]) == 1
        assert "camera raw file" in capsys.readouterr().err
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("key", "told"), [(b"Layr", True), (b"Lr16", True), (b"Patt", False)])
def test_the_loss_of_layers_of_photoshop_is_told(key: bytes, told: bool, order: str) -> None:
    parts = [b"8BIM", key] if order == ">" else [b"MIB8", key[::-1]]
    block = b"Adobe Photoshop Document Data Block\0" + b"".join(parts) + bytes(40)
    data = tiff(strip(GREY) | {37724: (7, block)}, GREY.tobytes(), order=order)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        result(data)
    assert any("Photoshop keeps in layers" in str(each.message) for each in said) == told


def test_a_changed_file_is_looked_at_again(tmp_path: Path) -> None:
    path = tmp_path / "in.tif"
    path.write_bytes(written((GREY, {}), (GREY, {})))
    assert photo.page_count(path) == photo.page_count(str(path)) == 2
    path.write_bytes(written((GREY, {}), (GREY, {}), (GREY, {})))
    assert photo.page_count(path) == 3
