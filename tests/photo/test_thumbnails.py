"""Thumbnails of photo files."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from tinct.errors import PhotoError
from tinct.photo import thumbnail_jpeg


@pytest.mark.parametrize("white", [1.0, 255.0, 65535.0])
@pytest.mark.parametrize("bands", [1, 3])
def test_float_samples_are_as_light_as_they_are_in_the_photo(
    tmp_path: Path, white: float, bands: int
) -> None:
    samples = np.tile(np.linspace(0.1, 0.9, 64, dtype=np.float32), (48, 1))
    samples[0, 0] = np.nan
    file = tmp_path / "scan.tif"
    grey = samples * white
    tifffile.imwrite(
        file,
        grey if bands == 1 else np.repeat(grey[..., None], 3, axis=2),
        photometric="minisblack" if bands == 1 else "rgb",
    )
    shown = np.asarray(Image.open(io.BytesIO(thumbnail_jpeg(file, 64))).convert("L"))
    np.testing.assert_allclose(shown[24], 255 * samples[24], atol=4)


def test_what_is_no_photo_is_named(tmp_path: Path) -> None:
    file = tmp_path / "notes.jpg"
    file.write_text("no photo")
    with pytest.raises(PhotoError, match=r"notes\.jpg: has no thumbnail"):
        thumbnail_jpeg(file, 64)
