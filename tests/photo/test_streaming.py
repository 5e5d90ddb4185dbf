"""Large photos pass in strips: memory does not grow with them."""

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import pyvips
from skimage import data

from tinct import photo
from tinct.errors import PhotoError
from tinct.photo import reading
from tinct.photo.formats import limits
from tinct.photo.formats.limits import check_memory

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "photo_streaming.py"


def peak(source: Path, target: Path) -> float:
    command = [sys.executable, str(BENCHMARK), "--work", "ours", str(source), str(target)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[1])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("suffix", "turned"), [("jpg", False), ("tif", False), ("png", False), ("jpg", True)]
)
def test_100_megapixels_need_less_than_300_megabytes(tmp_path: Path, suffix: str, turned: bool) -> None:
    tile = pyvips.Image.new_from_array(data.camera())
    large = tile.replicate(24, 16)
    if suffix != "jpg":
        large = (large.cast("ushort") * 257).cast("ushort").copy(interpretation="grey16")
    if turned:
        large = large.copy()
        large.set_type(pyvips.GValue.gint_type, "orientation", 6)
    large.write_to_file(f"{tmp_path}/in.{suffix}")
    assert peak(tmp_path / f"in.{suffix}", tmp_path / f"out.{suffix}") < 300
    written = pyvips.Image.new_from_file(f"{tmp_path}/out.{suffix}")
    size = (written.height, written.width) if turned else (written.width, written.height)
    assert (*size, written.bands) == (24 * 512, 16 * 512, 3)


@pytest.mark.parametrize(
    ("suffix", "options", "megapixels"),
    [("jpg", {"interlace": True}, 60), ("png", {"interlace": True, "bitdepth": 8}, 110), ("webp", {}, 60)],
)
def test_what_must_be_decoded_whole_is_refused_from_its_header_when_too_large(
    tmp_path: Path, suffix: str, options: dict[str, object], megapixels: int
) -> None:
    path = f"{tmp_path}/in.{suffix}"
    black = pyvips.Image.black(10_000, megapixels * 100, bands=3).copy(interpretation="srgb")
    if suffix == "webp":
        options = {"effort": 0}
    black.write_to_file(path, **options)
    said = r"megapixels of .*decoded whole, take about \d+ MB; raise max_megapixels to \d+"
    with pytest.raises(PhotoError, match=said) as refused:
        photo.read(path)
    enough = float(str(refused.value).split("max_megapixels to ")[1].split()[0])
    assert photo.read(path, max_megapixels=enough).width == 10_000


def test_photos_of_every_day_are_never_refused_for_their_memory() -> None:
    for kind, depth in (("jpeg", 8), ("png", 16), ("webp", 8), ("avif", 8), ("heic", 8), ("jxl", 8)):
        check_memory("in", kind, 24, 3, depth, 20)


def test_a_limit_below_500_megapixels_does_not_narrow_memory() -> None:
    file = np.zeros((100, 100), np.uint8)
    assert photo.read(pyvips.Image.new_from_array(file).webpsave_buffer(), max_megapixels=0.02).width == 100


@pytest.fixture
def streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_KEPT_BYTES", 0)


@pytest.mark.usefixtures("streamed")
def test_layers_of_a_streamed_photo_are_those_of_one_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "in.jpg"
    pyvips.Image.new_from_array(data.camera()).resize(3).jpegsave(str(path))
    opened = photo.read(path)
    image = photo.join(opened, np.full((2, 8, 8), 12, np.float32))
    photo.write_layers(opened, image, tmp_path / "out.ora")
    with zipfile.ZipFile(tmp_path / "out.ora") as archive:
        merged = pyvips.Image.new_from_buffer(archive.read("mergedimage.png"), "").numpy()
    kept = photo.join(
        photo.read(pyvips.Image.new_from_file(str(path)).numpy()), np.full((2, 8, 8), 12, np.float32)
    )
    np.testing.assert_array_equal(merged, photo.to_array(kept))


@pytest.mark.usefixtures("streamed")
def test_a_photo_cut_short_while_it_is_coloured_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "in.jpg"
    pyvips.Image.new_from_array(data.camera()).resize(3).jpegsave(str(path))
    opened = photo.read(path)
    image = photo.join(opened, np.full((2, 8, 8), 12, np.float32))
    path.write_bytes(path.read_bytes()[:50_000])
    with pytest.raises(PhotoError, match=r"in\.jpg: "):
        photo.write(opened, image, tmp_path / "out.png")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", ["png", "avif", "heic", "jxl"])
def test_deep_photos_count_for_more_memory_than_those_of_8_bits(kind: str) -> None:
    megapixels = {"png": 60, "avif": 24, "heic": 40, "jxl": 24}[kind]
    check_memory("in", kind, megapixels, 3, 8, 500)
    with pytest.raises(PhotoError, match="decoded whole"):
        check_memory("in", kind, megapixels, 3, 16, 500)


def test_the_depth_of_an_avif_is_that_of_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_ALLOWED", 0.0)
    shallow = pyvips.Image.black(100, 100, bands=3).copy(interpretation="srgb")
    deep = shallow.cast("ushort").copy(interpretation="rgb16")
    assert photo.read(shallow.heifsave_buffer(compression="av1"), max_megapixels=0.2).depth == 8
    with pytest.raises(PhotoError, match="decoded whole"):
        photo.read(deep.heifsave_buffer(compression="av1", bitdepth=12), max_megapixels=0.2)
