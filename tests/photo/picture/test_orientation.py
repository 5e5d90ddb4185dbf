"""Photos come out upright, the same whether they are kept in memory, streamed or turned by way of the disc."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
import pyvips

from tinct import photo
from tinct.errors import PhotoError
from tinct.photo import reading
from tinct.photo.picture.orientation import upright

SPACES = [("uchar", 1, "b-w"), ("uchar", 3, "srgb"), ("ushort", 1, "grey16"), ("ushort", 4, "rgb16")]
SPACES += [("uchar", 4, "cmyk"), ("float", 3, "srgb"), ("float", 3, "lab")]


def picture(kind: str, bands: int, space: str) -> pyvips.Image:
    values = np.random.default_rng(2).integers(0, 100, (300, 560, bands))
    dtype = {"uchar": np.uint8, "ushort": np.uint16, "float": np.float32}[kind]
    return pyvips.Image.new_from_array(values.astype(dtype)).copy(interpretation=space)


@pytest.mark.parametrize(("kind", "bands", "space"), SPACES)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_by_way_of_the_disc_is_turned_in_memory(
    kind: str, bands: int, space: str, orientation: int
) -> None:
    image = picture(kind, bands, space)
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    expected = image.autorot()
    found = upright(lambda: image, orientation, kept=False)()
    assert (found.interpretation, found.format) == (space, kind)
    np.testing.assert_array_equal(found.numpy(), expected.numpy())


def test_the_copy_on_the_disc_goes_with_the_photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_KEPT_BYTES", 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    image = picture("uchar", 1, "b-w")
    image.set_type(pyvips.GValue.gint_type, "orientation", 6)
    image.jpegsave(str(tmp_path / "in.jpg"))
    opened = photo.read(tmp_path / "in.jpg")
    assert not list((tmp_path / "temporary").iterdir())
    target = tmp_path / "out.png"
    photo.write(opened, photo.join(opened, np.zeros((2, 8, 8), np.float32)), target)
    assert len(list((tmp_path / "temporary").iterdir())) == 1
    written = pyvips.Image.new_from_file(str(target))
    assert (written.width, written.height) == (300, 560)
    expected = pyvips.Image.new_from_file(str(tmp_path / "in.jpg")).autorot().numpy()
    assert np.abs(written.numpy()[..., 0].astype(int) - expected.reshape(560, 300)).max() <= 1
    del opened, written
    assert not list((tmp_path / "temporary").iterdir())


def test_a_photo_cut_short_is_told_when_it_is_turned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_KEPT_BYTES", 0)
    image = picture("uchar", 1, "b-w")
    image.set_type(pyvips.GValue.gint_type, "orientation", 6)
    image.jpegsave(str(tmp_path / "in.jpg"))
    data = (tmp_path / "in.jpg").read_bytes()
    (tmp_path / "short.jpg").write_bytes(data[: len(data) // 2])
    with pytest.raises(PhotoError, match=r"short\.jpg.*copy it again"):
        photo.read(tmp_path / "short.jpg").thumbnail  # noqa: B018
