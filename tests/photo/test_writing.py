"""Results are whole or not there: never partial, never over another file, never on a full disk."""

import io
import os
import subprocess
import sys
import textwrap
import weakref
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image
from skimage import data

from tinct import photo
from tinct.errors import PhotoError
from tinct.photo.writing import atomic_write

PICTURE = data.camera()[100:200, 100:260]
CODECS = {"heic": "pillow_heif", "jxl": "pillow_jxl"}
COLOUR = np.random.default_rng(0).normal(0, 15, (2, 16, 16)).astype(np.float32)


def joined(source: object = PICTURE) -> tuple[photo.Photo, pyvips.Image]:
    opened = photo.read(source)
    return opened, photo.join(opened, COLOUR)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".avif"])
def test_every_format_is_written_and_is_what_its_name_says(tmp_path: Path, suffix: str) -> None:
    opened, image = joined()
    photo.write(opened, image, tmp_path / f"out{suffix}")
    written = Image.open(tmp_path / f"out{suffix}")
    assert written.format.lower() == photo.format_of(Path(f"x{suffix}"))
    assert written.size == (160, 100)
    difference = np.abs(np.array(written.convert("RGB")).astype(int) - photo.to_array(image))
    assert difference.mean() < (0.01 if suffix in (".png", ".tif") else 4)


@pytest.mark.parametrize("name", list(photo.FORMATS))
def test_bytes_are_the_file_that_would_be_written(tmp_path: Path, name: str) -> None:
    if name in CODECS:
        pytest.importorskip(CODECS[name], reason="needs the extra formats")
    opened, image = joined()
    path = tmp_path / f"out{photo.suffix_of(name)}"
    photo.write(opened, image, path, provenance={"model": "x"})
    assert photo.to_bytes(opened, image, name, provenance={"model": "x"}) == path.read_bytes()


@pytest.mark.parametrize(("suffix", "bits"), [(".tif", 16), (".png", 16), (".jpg", 8), (".webp", 8)])
def test_depth_is_kept_where_the_format_can(tmp_path: Path, suffix: str, bits: int) -> None:
    opened, image = joined(PICTURE.astype(np.uint16) * 257)
    photo.write(opened, image, tmp_path / f"out{suffix}")
    back = pyvips.Image.new_from_file(str(tmp_path / f"out{suffix}"))
    assert back.format == {8: "uchar", 16: "ushort"}[bits]


@pytest.mark.parametrize("compression", ["lzw", "deflate", "none", "packbits"])
def test_a_tiff_keeps_its_layout(tmp_path: Path, compression: str) -> None:
    source, target = tmp_path / "in.tif", tmp_path / "out.tif"
    picture = pyvips.Image.new_from_array(PICTURE).resize(8)
    picture.tiffsave(
        str(source), compression=compression, tile=True, tile_width=64, tile_height=48, bigtiff=True
    )
    photo.write(*joined(source), target)
    with tifffile.TiffFile(source) as before, tifffile.TiffFile(target) as after:
        assert after.is_bigtiff
        assert after.pages[0].compression == before.pages[0].compression
        assert (after.pages[0].tilewidth, after.pages[0].tilelength) == (64, 48)


@pytest.mark.parametrize("subifd", [False, True], ids=["pages", "subdirectories"])
def test_a_pyramid_stays_one(tmp_path: Path, subifd: bool) -> None:
    source, target = tmp_path / "in.tif", tmp_path / "out.tif"
    big = pyvips.Image.new_from_array(data.camera()).resize(2)
    big.tiffsave(str(source), pyramid=True, tile=True, compression="deflate", subifd=subifd)
    photo.write(*joined(source), target)
    with tifffile.TiffFile(source) as before, tifffile.TiffFile(target) as after:
        assert [level.shape[:2] for level in after.series[0].levels] == [
            level.shape[:2] for level in before.series[0].levels
        ]


def test_pages_are_written_one_by_one_with_their_own_size_depth_and_words(tmp_path: Path) -> None:
    source, target = tmp_path / "in.tif", tmp_path / "out.tif"
    pictures = [PICTURE, PICTURE[:50, :70].astype(np.uint16) * 257, PICTURE[:33, :64]]
    with tifffile.TiffWriter(source) as file:
        for picture, name in zip(pictures, ("Ann", "Bob", "Cleo"), strict=True):
            tags = [(315, "s", 0, name, True)]
            file.write(
                picture, photometric="minisblack", extratags=tags, tile=(32, 32) if name == "Cleo" else None
            )

    def coloured() -> Iterator[tuple[photo.Photo, pyvips.Image]]:
        for page in range(3):
            opened = photo.read(source, page=page)
            yield opened, photo.join(opened, np.zeros((2, 8, 8), np.float32))

    photo.write_pages(coloured(), target, provenance={"model": "x"})
    with tifffile.TiffFile(target) as file:
        assert len(file.pages) == 3
        for page, picture, name in zip(file.pages, pictures, ("Ann", "Bob", "Cleo"), strict=True):
            assert page.tags[315].value == name
            assert b"tinct:model" in page.tags[700].value
            step = 1 if picture.dtype == np.uint8 else 30
            assert np.abs(page.asarray().astype(int) - picture[..., None]).max() <= step
    assert os.listdir(tmp_path) in (["in.tif", "out.tif"], ["out.tif", "in.tif"])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_colour_layer_over_the_grey_photo_is_the_coloured_photo(tmp_path: Path, dtype: type) -> None:
    opened, image = joined(PICTURE.astype(dtype) * (1 if dtype == np.uint8 else 257))
    target = tmp_path / "layers.ora"
    photo.write_layers(opened, image, target, provenance={"model": "x"})
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"image/openraster"
        assert {"stack.xml", "mergedimage.png", "Thumbnails/thumbnail.png"} <= set(archive.namelist())
        if dtype == np.uint16:
            return
        layers = {
            name: Image.open(io.BytesIO(archive.read(name)))
            for name in archive.namelist()
            if name.endswith(".png")
        }
    merged = np.array(layers["mergedimage.png"]).astype(int)
    laid_over = Image.alpha_composite(layers["data/grey.png"].convert("RGBA"), layers["data/colour.png"])
    assert np.abs(np.array(laid_over)[..., :3].astype(int) - merged).max() <= 1
    np.testing.assert_array_equal(merged, photo.to_array(image))


def test_the_opaque_layer_gives_the_hues_of_the_result_in_blend_mode_color(tmp_path: Path) -> None:
    opened, image = joined(PICTURE)
    photo.write_layers(opened, image, tmp_path / "layers.ora")
    with zipfile.ZipFile(tmp_path / "layers.ora") as archive:
        stack = archive.read("stack.xml").decode()
        sizes = {each.filename: each.file_size for each in archive.infolist()}
        grey, opaque, merged = (
            np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB"), float)
            for name in ("data/grey.png", "data/colour-opaque.png", "mergedimage.png")
        )
    assert 'src="data/colour-opaque.png"' in stack
    assert stack.index("svg:color") < stack.index("hidden") < stack.index('src="data/colour.png"')
    assert sizes["data/colour-opaque.png"] < 0.8 * sizes["mergedimage.png"]

    def luminosity(rgb: np.ndarray) -> np.ndarray:
        return (rgb @ [0.3, 0.59, 0.11])[..., None]

    blended = opaque + luminosity(grey) - luminosity(opaque)  # SetLum of W3C Compositing, before ClipColor
    inside = ((blended >= 0) & (blended <= 255)).all(-1)
    away = np.abs((blended - luminosity(blended)) - (merged - luminosity(merged)))
    assert inside.mean() > 0.9
    assert away[inside].max() <= 2
    assert np.abs(blended - merged)[inside].mean() < 6  # the luminosity of encoded RGB is not L


def test_where_nothing_is_coloured_the_layer_is_transparent() -> None:
    opened = photo.read(PICTURE)
    layer = photo.colour_layer(opened, photo.join(opened, np.zeros((2, 8, 8), np.float32))).numpy()
    assert layer.shape == (*PICTURE.shape, 4)
    assert layer[..., 3].mean() < 2


def test_nothing_is_overwritten_unless_told(tmp_path: Path) -> None:
    target = tmp_path / "out.png"
    target.write_bytes(b"precious")
    with pytest.raises(PhotoError, match="exists already"):
        photo.write(*joined(), target)
    assert target.read_bytes() == b"precious"
    photo.write(*joined(), target, overwrite=True)
    assert Image.open(target).size == (160, 100)


def test_a_name_taken_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "out.png"

    def taken() -> None:
        with atomic_write(target, overwrite=False) as partial:
            partial.write_bytes(b"ours")
            target.write_bytes(b"theirs")

    with pytest.raises(PhotoError, match="exists already"):
        taken()
    assert target.read_bytes() == b"theirs"
    assert os.listdir(tmp_path) == ["out.png"]


def test_a_fault_leaves_nothing_behind(tmp_path: Path) -> None:
    def failing() -> None:
        with atomic_write(tmp_path / "out.png", overwrite=False) as partial:
            partial.write_bytes(b"half")
            raise KeyError

    with pytest.raises(KeyError):
        failing()
    assert os.listdir(tmp_path) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="there is no folder"):
        photo.write(*joined(), tmp_path / "nowhere" / "out.png")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(PhotoError, match="may write"):
        photo.write(*joined(), tmp_path / "out.png")


def test_a_source_without_permission_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(PhotoError, match=r"in\.png: cannot be read .*permissions"):
        photo.read(tmp_path / "in.png")


@pytest.mark.parametrize("name", ["out", "out.bmp", "out.gif"])
def test_a_name_that_says_no_format_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(PhotoError, match=r"end its name in one of \.jpg"):
        photo.write(*joined(), tmp_path / name)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif", "ora"])
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    # A limit on the size of files fails as a full disk does, at the same calls.
    script = f"""
        import resource, signal
        import numpy as np
        from tinct import photo
        from tinct.errors import PhotoError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
        grey = np.random.default_rng(0).integers(0, 256, (300, 400), dtype=np.uint8)
        opened = photo.read(grey)
        image = photo.join(opened, np.full((2, 8, 8), 9, np.float32))
        try:
            (photo.write_layers if "{suffix}" == "ora" else photo.write)(opened, image,
            "{tmp_path}/out.{suffix}")
        except PhotoError as fault:
            print(fault)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True
    )
    assert f"{tmp_path}/out.{suffix}: the disk is full" in done.stdout
    assert os.listdir(tmp_path) == []


def test_a_jpeg_keeps_its_quality_and_full_chroma_unless_it_was_poor(tmp_path: Path) -> None:
    for quality, subsampling in ((95, "4:4:4"), (40, "4:2:0")):
        source, target = tmp_path / f"{quality}.jpg", tmp_path / f"{quality}-out.jpg"
        Image.fromarray(PICTURE).save(source, quality=quality)
        opened, image = joined(source)
        assert opened.metadata.quality == quality
        photo.write(opened, image, target)
        chroma = pyvips.Image.new_from_file(str(target)).get("jpeg-chroma-subsample")
        assert chroma == subsampling


def test_of_many_pages_two_at_most_are_open(tmp_path: Path) -> None:
    opened: list[weakref.ref[photo.Photo]] = []
    most = 0

    def pages() -> Iterator[tuple[photo.Photo, pyvips.Image]]:
        nonlocal most
        for _ in range(5):
            page = photo.read(PICTURE)
            opened.append(weakref.ref(page))
            most = max(most, sum(each() is not None for each in opened))
            yield page, photo.join(page, np.zeros((2, 8, 8), np.float32))

    photo.write_pages(pages(), tmp_path / "out.tif")
    assert most == 2
    with tifffile.TiffFile(tmp_path / "out.tif") as file:
        assert len(file.pages) == 5
