from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from skimage.color import rgb2lab

from tests.learning.conftest import coloured_photo
from tinct import photo
from tinct.errors import PhotoError, TrainingError
from tinct.learning.data.photos import is_cached, open_photos
from tinct.learning.data.preprocess import preprocess

COLOUR = np.full((2, 16, 16), 30, np.float32)


def test_cache_holds_lightness_and_mean_colour_as_scikit_image_computes_them(
    shard: Path, tmp_path: Path
) -> None:
    cache = open_photos([shard], tmp_path / "cache", workers=1)
    assert len(cache) == 12
    lightness, ab = cache.photo(3)
    lab = rgb2lab(photo.decode_srgb(coloured_photo(3)))
    assert np.abs(lightness / 2.55 - lab[..., 0]).max() < 0.3
    means = lab[..., 1:].reshape(16, 4, 20, 4, 2).mean((1, 3)).transpose(2, 0, 1)
    assert np.abs(ab - means).max() < 0.6


def test_cache_once_made_is_opened_without_the_photos(shard: Path, tmp_path: Path) -> None:
    made = open_photos([shard], tmp_path / "cache", workers=1)
    again = open_photos([tmp_path / "gone" / shard.name], tmp_path / "cache")
    assert np.array_equal(made.photo(5)[0], again.photo(5)[0])


def test_grey_photos_are_left_out() -> None:
    grey = np.full((64, 64, 3), 90, np.uint8)
    grey[:32] = 200
    image = photo.join(photo.read(grey), np.zeros((2, 16, 16), np.float32))
    assert preprocess(photo.to_bytes(photo.read(grey), image, "png"), 160) is None


def test_grey_and_unreadable_photos_among_others_are_counted(tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.png").write_bytes(coloured_photo(number))
    grey = np.full((64, 64, 3), 90, np.uint8)
    image = photo.join(photo.read(grey), np.zeros((2, 16, 16), np.float32))
    (folder / "grey.png").write_bytes(photo.to_bytes(photo.read(grey), image, "png"))
    (folder / "broken.jpg").write_bytes(b"no photo")
    found = open_photos([folder], tmp_path / "cache", workers=1)
    assert len(found) == 3
    assert found.left_out == {"grey": 1, "unreadable": 1}


def test_the_threshold_of_colour_is_the_experiments(shard: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"no colour photo that can be read \(12 grey, 0 unreadable\)"):
        open_photos([shard], tmp_path / "cache", min_chroma=120.0, workers=1)


def test_a_stale_cache_is_rebuilt(shard: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    before = open_photos([shard], cache, workers=1)
    first = before.photo(3)[0].copy()
    other = tmp_path / "mine"
    other.mkdir()
    (other / "one.png").write_bytes(coloured_photo(1))
    assert len(open_photos([other], cache, workers=1)) == 1
    assert np.array_equal(before.photo(3)[0], first)  # one that is open still sees its own photos
    (other / "two.png").write_bytes(coloured_photo(2))
    assert len(open_photos([other], cache, workers=1)) == 2
    assert open_photos([other], cache, short_side=32, workers=1).sizes.min() == 32
    assert not [path for path in cache.iterdir() if path.name.startswith(".")]


def test_a_source_that_cannot_be_read_leaves_the_cache_that_was_there(shard: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    open_photos([shard], cache, workers=1)
    with pytest.raises(PhotoError, match="no such shard"):
        open_photos([tmp_path / "none.tar"], cache, workers=1)
    assert is_cached([shard], cache)
    assert len(open_photos([shard], cache, workers=1)) == 12


@pytest.mark.parametrize("workers", [1, 2])
def test_reading_photos_is_reported(shard: Path, tmp_path: Path, workers: int) -> None:
    told: list[int] = []
    open_photos([shard, shard], tmp_path / "cache", workers=workers, report=told.append)
    assert told == (list(range(1, 25)) if workers == 1 else [12, 24])


def test_a_webdataset_shard_is_read_by_its_photos_alone(tmp_path: Path) -> None:
    path = tmp_path / "web.tar"
    with tarfile.open(path, "w") as tar:
        for number in range(3):
            jpeg = photo.to_bytes(
                photo.read(coloured_photo(number)),
                photo.join(photo.read(coloured_photo(number)), COLOUR),
                "jpeg",
            )
            for suffix, data in (("jpg", jpeg), ("json", b'{"caption": "a photo.jpg"}'), ("txt", b"a photo")):
                member = tarfile.TarInfo(f"shard/{number:06}.{suffix}")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
    found = open_photos([path], tmp_path / "cache", workers=1)
    assert len(found) == 3
    assert found.left_out == {"grey": 0, "unreadable": 0}


def test_a_disk_that_is_full_while_photos_are_kept_is_told(
    shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tinct.learning.data.photos.np.save", full)
    with pytest.raises(TrainingError, match="cache cannot be written"):
        open_photos([shard], tmp_path / "cache", workers=1)
    monkeypatch.undo()
    assert len(open_photos([shard], tmp_path / "cache", workers=1)) == 12


def test_a_shard_cut_short_is_named(shard: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.tar"
    cut.write_bytes(shard.read_bytes()[:2000])
    with pytest.raises(PhotoError, match=r"cut\.tar.*cut short"):
        list(photo.read_photos(cut))


def test_a_file_that_is_no_shard_is_named_in_one_line(tmp_path: Path) -> None:
    junk = tmp_path / "junk.tar"
    junk.write_bytes(b"not a tar" * 100)
    with pytest.raises(PhotoError, match=r"junk\.tar.*fetch it again") as told:
        list(photo.read_photos(junk))
    assert "\n" not in str(told.value)


def test_a_file_that_may_not_be_read_is_named_not_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shut.png").write_bytes(coloured_photo(0))

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(PhotoError, match=r"shut\.png: cannot be read \(Permission denied\)"):
        list(photo.read_photos(tmp_path))


def test_a_missing_shard_and_a_folder_without_photos_are_told(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match=r"none\.tar: no such shard"):
        list(photo.read_photos(tmp_path / "none.tar"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(TrainingError, match="no colour photo"):
        open_photos([tmp_path / "empty"], tmp_path / "cache", workers=1)
