"""Reading a photo: file, bytes or array -> its lightness, and all that must come back with it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyvips
from numpy.typing import NDArray

from tinct.errors import PhotoError
from tinct.photo import arrays
from tinct.photo.formats import pillow_codecs, registry
from tinct.photo.formats.limits import check_memory, check_size
from tinct.photo.metadata import tiff
from tinct.photo.metadata.transfer import Metadata, metadata_of
from tinct.photo.picture import borders, guided_upsampling, profiles
from tinct.photo.picture.lightness import lightness_of
from tinct.photo.picture.orientation import upright
from tinct.photo.vips_errors import naming

Source = Path | str | bytes | NDArray[Any]

THUMBNAIL = 512
# Up to this many bytes a decoded photo is kept; above it every use decodes it anew, in strips.
_KEPT_BYTES = 64 << 20
_WORDS = ("exif-", "icc-", "iptc-", "xmp-", "jpeg-thumbnail", "photoshop-", "png-comment", "image-d")
_DEPTHS = {"uchar": 8, "ushort": 16, "float": 32, "double": 32}


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo opened for colouring; it need not be in memory: each access to `lightness` starts a pass.

    width, height: as seen, after orientation. depth: 8, 16 or 32 (float) bits per sample, what the result
    will have. format: a name of `registry.FORMATS`, or "array". profile: ICC bytes of the input, or None.
    white: the value of white in float samples. levels: how many sizes of the page a pyramidal TIFF holds.
    pages: how many the file has. tones: the L of the file that count as black and white, 0 and 100 as they are.
    """

    name: str
    width: int
    height: int
    depth: int
    format: str
    has_alpha: bool
    profile: bytes | None
    metadata: Metadata
    pixels: Callable[[], pyvips.Image]
    white: float = 1.0
    levels: int = 1
    pages: int = 1
    tones: tuple[float, float] = (0.0, 100.0)

    @property
    def lightness(self) -> pyvips.Image:
        """L (0..100): one float band at full size, upright, lazy."""
        return self.lightness_and_alpha()[0]

    def lightness_and_alpha(self) -> tuple[pyvips.Image, pyvips.Image | None]:
        """L, and alpha in the input's own numbers or None, both out of one pass."""
        pixels = self.pixels()
        colours = pixels.bands - self.has_alpha
        alpha = pixels.extract_band(colours) if self.has_alpha else None
        colour = pixels.extract_band(0, n=colours) if self.has_alpha else pixels
        if self.white != 1.0:
            colour = colour / self.white
        lightness = lightness_of(colour, self.profile)
        if self.tones != (0.0, 100.0):
            black, white = self.tones
            lightness = ((lightness - black) * (100 / (white - black))).clamp(min=0, max=100)
        return lightness, alpha

    @cached_property
    def thumbnail(self) -> guided_upsampling.Array:
        """L (h, w) float32, averaged down to a short side of at most 512; the one small copy that is kept."""
        return self.averaged_to(THUMBNAIL)

    @cached_property
    def inside(self) -> borders.Inside:
        """Where the picture lies within the border of a scan or mount; what the network is shown of it."""
        return borders.inside(self.thumbnail)

    def averaged_to(self, short_side: int) -> guided_upsampling.Array:
        """L (h, w) float32, averaged down to a short side of at most `short_side`; takes a pass."""
        with naming(self.name):
            return guided_upsampling.thumbnail_of(self.lightness, short_side)


def read(source: Source, *, max_megapixels: float = 500.0, page: int = 0) -> Photo:
    """Open a photo: a path, a file's bytes, or an array (h, w), (h, w, 1..4) of uint8, uint16, float 0..1.

    The header decides whether it is refused as too large; then small photos are decoded, large ones stay
    closed until they are used. `page` picks a page of a TIFF. PhotoError, naming the file and the remedy,
    for all that is no photo.
    """
    if isinstance(source, np.ndarray):
        return _of_array(source, max_megapixels)
    opened = _opener(source)
    name, kind = _known(opened)
    places = _pages(opened) if kind == "tiff" else [(0, 1)]
    if not 0 <= page < len(places):
        raise PhotoError(f"{name}: it has no page {page + 1}; it has {len(places)}")
    place, levels = places[page]
    load = _loader(source, kind, place, max_megapixels)
    with naming(name):
        header = load("sequential")
        check_size(name, header.width, header.height, max_megapixels)
        _check_memory(name, kind, header, max_megapixels)
        metadata = metadata_of(header, kind, opened.file, place)
        photo = _photo(name, kind, header, load, metadata, len(places))
        return replace(photo, levels=levels)


def page_count(source: Source) -> int:
    """How many pages a source has: those of a TIFF (a pyramid's sizes are one), 1 for all else."""
    if isinstance(source, np.ndarray):
        return 1
    opened = _opener(source)
    return len(_pages(opened)) if _known(opened)[1] == "tiff" else 1


@dataclass(frozen=True)
class _Opener:
    """A source of bytes under the name by which errors speak of it."""

    name: str
    file: Callable[[], BinaryIO]
    path: Path | None = None


def _opener(source: Path | str | bytes) -> _Opener:
    if isinstance(source, bytes):
        return _Opener("photo", lambda: io.BytesIO(source))
    path = Path(source)
    return _Opener(str(source), lambda: path.open("rb"), path)


def _known(opened: _Opener) -> tuple[str, str]:
    """Name and format of a source; PhotoError if it cannot be read or begins like no photo."""
    name = opened.name
    try:
        if (
            opened.path is not None
            and opened.path.exists()
            and not (opened.path.is_file() or opened.path.is_dir())
        ):
            raise PhotoError(f"{name}: this is a device or a pipe; give a file, or its bytes")
        with opened.file() as file:
            head = file.read(512)
    except FileNotFoundError:
        raise PhotoError(f"{name}: there is no such file; check the name") from None
    except IsADirectoryError:
        raise PhotoError(f"{name}: this is a folder; give the photos in it") from None
    except OSError as fault:
        raise PhotoError(f"{name}: cannot be read ({fault.strerror}); check its permissions") from None
    if not head:
        raise PhotoError(f"{name}: the file is empty; copy it again from where it came")
    kind = registry.sniff(head)
    if kind not in registry.FORMATS:
        raise PhotoError(
            f"{name}: not a photo of a kind that tinct reads; give JPEG, PNG, WebP, TIFF, AVIF, HEIC or JXL"
        )
    return name, kind


def _pages(opened: _Opener) -> list[tuple[int, int]]:
    """(libvips' number, sizes held) of each page of a TIFF."""
    try:
        with opened.file() as file:
            return tiff.page_places(file) or [(0, 1)]
    except ValueError as fault:
        raise PhotoError(
            f"{opened.name}: the file is damaged ({fault}); save it anew with another program"
        ) from None


def _loader(
    source: Path | str | bytes, kind: str, place: int, max_megapixels: float
) -> Callable[[str], pyvips.Image]:
    if kind in pillow_codecs.KINDS:
        opened = _opener(source)
        with opened.file() as file:
            picture = pillow_codecs.decoded(kind, file, opened.name, max_megapixels)
        return lambda _: picture
    options: dict[str, Any] = {"fail_on": "error"} | ({"page": place} if kind == "tiff" else {})
    operation = registry.FORMATS[kind].loader

    def load(access: str) -> pyvips.Image:
        if isinstance(source, bytes):
            return getattr(pyvips.Image, operation + "_buffer")(source, access=access, **options)
        return getattr(pyvips.Image, operation)(str(source), access=access, **options)

    return load


def _check_memory(name: str, kind: str, header: pyvips.Image, max_megapixels: float) -> None:
    interlaced = header.get_typeof("interlaced") and kind in ("jpeg", "png")
    if interlaced or kind in ("webp", "avif"):
        megapixels, depth = header.width * header.height / 1e6, _DEPTHS.get(header.format, 32)
        check_memory(name, kind, megapixels, header.bands, depth, max_megapixels)


def _photo(
    name: str,
    kind: str,
    header: pyvips.Image,
    load: Callable[[str], pyvips.Image],
    metadata: Metadata,
    pages: int,
) -> Photo:
    orientation = int(header.get("orientation")) if header.get_typeof("orientation") else 1
    _check_samples(name, header)
    depth = _DEPTHS[header.format]
    sideways = orientation in (5, 6, 7, 8)
    size = header.width * header.height * header.bands * depth // 8
    profile = bytes(header.get("icc-profile-data")) if header.get_typeof("icc-profile-data") else b""
    pixels = upright(lambda: _bare(load("sequential")), orientation, kept=size <= _KEPT_BYTES)
    return Photo(
        name=name,
        width=header.height if sideways else header.width,
        height=header.width if sideways else header.height,
        depth=depth,
        format=kind,
        has_alpha=header.hasalpha(),
        profile=profiles.sound(profile, header.bands - header.hasalpha()),
        metadata=metadata,
        pixels=pixels,
        pages=pages,
        white=_white(name, pixels()) if depth == 32 else 1.0,
    )


def _bare(image: pyvips.Image) -> pyvips.Image:
    """The image without its words, which libvips would copy from step to step, be they 50 MB."""
    image = image.copy()
    for name in image.get_fields():
        if name.startswith(_WORDS):
            image.remove(name)
    return image


def _of_array(array: NDArray[Any], max_megapixels: float) -> Photo:
    name = arrays.name_of(array)
    arrays.check_shape(array)
    check_size(name, array.shape[1], array.shape[0], max_megapixels)
    image = arrays.image_of(array)
    return Photo(
        name=name,
        width=image.width,
        height=image.height,
        depth=_DEPTHS[image.format],
        format="array",
        has_alpha=image.bands in (2, 4),
        profile=None,
        metadata=Metadata(),
        pixels=lambda: image,
    )


def _check_samples(name: str, header: pyvips.Image) -> None:
    if header.format not in _DEPTHS:
        raise PhotoError(
            f"{name}: {header.format} samples are not a photo's; save it with 8 or 16 bits, or as float"
        )
    colours = header.bands - header.hasalpha()
    if colours not in (1, 3) and not (colours == 4 and header.interpretation == "cmyk"):
        raise PhotoError(
            f"{name}: {colours} colour channels are not those of a photo; save it as grey, RGB or CMYK"
        )


def _white(name: str, image: pyvips.Image) -> float:
    """The value of white in float samples: the least of 1, 255 and 65535 that none is above; takes a pass."""
    try:
        brightest = float(image.max())
    except pyvips.Error:
        # libvips finds no largest value where none is a number.
        brightest = float("nan")
    for white in (1.0, 255.0, 65535.0):
        if brightest <= white * 1.01:
            return white
    raise PhotoError(f"{name}: its float samples reach {brightest:g}; scale it so that white is 1")
