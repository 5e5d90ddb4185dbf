"""A JPEG that lacks its end marker alone is coloured; one that lacks any of its picture is not."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tinct import photo
from tinct.errors import PhotoError

from ..hand_made import lightness, picture

GREY = picture(160, 240)


def encoded(**options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(GREY).save(file, "JPEG", quality=95, **options)
    return file.getvalue()


KINDS = [{}, {"progressive": True}, {"restart_marker_rows": 1}, {"exif": b"Exif\0\0" + b"\xff\xd9" * 20}]


@pytest.mark.parametrize("options", KINDS, ids=["baseline", "progressive", "restarts", "an end in EXIF"])
@pytest.mark.parametrize("more", [b"", b"\xff", b"\0\0\0"])
def test_without_its_end_marker_it_is_read(options: dict[str, object], more: bytes) -> None:
    opened = photo.read(encoded(**options)[:-2] + more)
    assert np.abs(opened.lightness.numpy() - lightness(GREY)).mean() < 1


@pytest.mark.parametrize("options", KINDS[:3], ids=["baseline", "progressive", "restarts"])
@pytest.mark.parametrize("cut", [12, 40, 200, 3000])
def test_without_some_of_its_data_it_is_refused(options: dict[str, object], cut: int) -> None:
    with pytest.raises(PhotoError, match="too early"):
        photo.read(encoded(**options)[:-cut])


def test_without_its_last_scan_a_progressive_one_is_refused() -> None:
    data = encoded(progressive=True)
    with pytest.raises(PhotoError, match="too early"):
        photo.read(data[: data.rindex(b"\xff\xda")])
