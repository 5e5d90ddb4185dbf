from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from skimage.color import rgb2lab

from tests.learning.conftest import coloured_photo
from tinct import photo
from tinct.errors import LearningError, PhotoError
from tinct.learning.photos import open_photos, prepare


def test_cache_holds_lightness_and_mean_colour_as_scikit_image_computes_them(
    shard: Path, tmp_path: Path
) -> None:
    cache = open_photos([shard], tmp_path / "cache", workers=1)
    assert len(cache) == 12
    lightness, ab = cache.photo(3)
    lab = rgb2lab(photo.pixels(coloured_photo(3)))
    assert np.abs(lightness / 2.55 - lab[..., 0]).max() < 0.3
    means = lab[..., 1:].reshape(16, 4, 20, 4, 2).mean((1, 3)).transpose(2, 0, 1)
    assert np.abs(ab - means).max() < 0.6


def test_cache_once_made_is_opened_without_the_photos(shard: Path, tmp_path: Path) -> None:
    made = open_photos([shard], tmp_path / "cache", workers=1)
    again = open_photos([tmp_path / "gone.tar"], tmp_path / "cache")
    assert np.array_equal(made.photo(5)[0], again.photo(5)[0])


def test_grey_photos_are_left_out() -> None:
    grey = np.full((64, 64, 3), 90, np.uint8)
    grey[:32] = 200
    image = photo.join(photo.read(grey), np.zeros((2, 16, 16), np.float32))
    assert prepare(photo.to_bytes(photo.read(grey), image, "png"), 160) is None


def test_a_shard_cut_short_is_named(shard: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.tar"
    cut.write_bytes(shard.read_bytes()[:2000])
    with pytest.raises(PhotoError, match=r"cut\.tar.*cut short"):
        list(photo.read_photos(cut))


def test_a_missing_shard_and_a_folder_without_photos_are_told(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match=r"none\.tar: no such shard"):
        list(photo.read_photos(tmp_path / "none.tar"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(LearningError, match="no colour photo"):
        open_photos([tmp_path / "empty"], tmp_path / "cache", workers=1)
