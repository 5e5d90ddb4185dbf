"""Reading of photos: file, bytes or array -> lightness and metadata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyvips
from numpy.typing import NDArray

from tinct.errors import PhotoError
from tinct.photo import arrays, loading
from tinct.photo.formats.limits import check_memory, check_size
from tinct.photo.formats.tiff_layout import Page
from tinct.photo.metadata.encoding import check_encoding
from tinct.photo.metadata.record import Metadata
from tinct.photo.metadata.transfer import read_metadata
from tinct.photo.picture import borders, float_samples, guided_upsampling, profiles
from tinct.photo.picture.lightness import code_lightness, lightness_of
from tinct.photo.picture.orientation import upright
from tinct.photo.sources import byte_source, format_of_source, left_out
from tinct.photo.vips_errors import translate_vips_errors

Source = Path | str | bytes | NDArray[Any]

THUMBNAIL = 512
# Up to this many bytes a decoded photo is kept; above it every use decodes it anew, in strips.
_KEPT_BYTES = 64 << 20
_WORDS = ("exif-", "icc-", "iptc-", "xmp-", "jpeg-thumbnail", "photoshop-", "png-comment", "image-d")
# Lab in 16 bits is signed in libvips.
_DEPTHS = {"uchar": 8, "ushort": 16, "short": 16, "float": 32, "double": 32}
_SPOKEN = {"char": "signed 8-bit", "short": "signed 16-bit", "int": "signed 32-bit", "uint": "32-bit whole"}


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo opened for colouring; it need not be in memory: each access to `lightness` starts a pass.

    width, height: as seen, after orientation. depth: 8, 16 or 32 (float) bits per sample, what the result
    will have. format: a name of `registry.FORMATS`, or "array". profile: ICC bytes of the input, or None.
    white: the value of white in float samples. levels: how many sizes of the page a pyramidal TIFF holds.
    pages: how many the file has. halves: open the pixels at half the size, a quarter and so on, if they are kept so.
    tones: the L of the file that count as black and white, 0 and 100 as they are.
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
    mode: int = 0o666
    halves: tuple[Callable[[], pyvips.Image], ...] = ()

    @property
    def lightness(self) -> pyvips.Image:
        """L (0..100): one float band at full size, upright, lazy."""
        return self.lightness_and_alpha()[0]

    def lightness_and_alpha(self) -> tuple[pyvips.Image, pyvips.Image | None]:
        """L, and alpha in its own range or None, from one pass."""
        pixels = self.pixels()
        colours = pixels.bands - self.has_alpha
        alpha = pixels.extract_band(colours) if self.has_alpha else None
        if alpha is not None and alpha.format == "short":
            alpha = (alpha.cast("int") & 0xFFFF).cast("ushort")
        colour = pixels.extract_band(0, n=colours) if self.has_alpha else pixels
        if self.white != 1.0:
            colour = colour / self.white
        lightness = lightness_of(colour, self.profile)
        if self.tones != (0.0, 100.0):
            black, white = self.tones
            lightness = ((lightness - black) * (100 / (white - black))).clamp(min=0, max=100)
        return lightness, alpha

    def codes(self) -> tuple[pyvips.Image, NDArray[np.float32]] | None:
        """One 8-bit band, upright, lazy, and L (256,) of its codes; None if the photo is not grey of 8 bits."""
        pixels = self.pixels()
        codes = pixels.extract_band(0) if self.has_alpha else pixels
        table = code_lightness(codes, self.profile) if pixels.bands == 1 + self.has_alpha else None
        if table is None:
            return None
        black, white = self.tones
        return codes, np.clip((table - black) * (100 / (white - black)), 0, 100).astype(np.float32)

    @cached_property
    def thumbnail(self) -> guided_upsampling.Float32Array:
        """L (h, w) float32, averaged to a short side of at most 512; the one small copy that is kept."""
        return self.resized_to(THUMBNAIL)

    @cached_property
    def content_box(self) -> borders.ContentBox:
        """The picture inside the border of a scan or mount; what the network sees."""
        return borders.find_content_box(self.thumbnail)

    def resized_to(self, short_side: int) -> guided_upsampling.Float32Array:
        """L (h, w) float32, averaged to a short side of at most `short_side`; takes a pass."""
        with translate_vips_errors(self.name):
            return guided_upsampling.thumbnail_of(self.lightness, short_side)


def read(source: Source, *, max_megapixels: float = 500.0, page: int = 0) -> Photo:
    """Open a photo: a path, a file's bytes, or an array (h, w), (h, w, 1..4) of uint8, uint16, float 0..1.

    The header decides whether it is refused as too large; then small photos are decoded, large ones stay
    closed until they are used. `page` picks a page of a TIFF. PhotoError, naming the file and the remedy,
    for all that is no photo.
    """
    if isinstance(source, np.ndarray):
        return _of_array(source, max_megapixels)
    opened = byte_source(source)
    kind = format_of_source(opened)
    name = opened.name
    pages = loading.find_pages(opened) if kind == "tiff" else [Page(0)]
    if not 0 <= page < len(pages):
        raise PhotoError(f"{name}: it has no page {page + 1}; it has {len(pages)}")
    place = pages[page].number
    if pages[page].masks:
        left_out(name, "a transparency mask")
    if pages[page].layers:
        left_out(name, "what Photoshop keeps in layers")
    with translate_vips_errors(name, unread=lambda: loading.missing_decoder(opened, kind, place)):
        load = loading.loader_of(opened, kind, place, max_megapixels)
        header = load("sequential")
        check_size(name, header.width, header.height, max_megapixels)
        _check_memory(name, kind, header, max_megapixels)
        metadata = read_metadata(header, kind, opened.open, place, loading.is_lossless(opened, kind))
        if kind in ("avif", "heic"):
            metadata = replace(metadata, encoding=loading.encoding_of(opened))
        loading.warn_of_payloads(opened, kind, header, metadata)
        photo = _photo(name, kind, header, load, metadata, len(pages))
        return replace(photo, levels=pages[page].levels, mode=opened.mode)


def page_count(source: Source) -> int:
    """Pages of a source: those of a TIFF (a pyramid counts once), else 1."""
    if isinstance(source, np.ndarray):
        return 1
    opened = byte_source(source)
    return len(loading.find_pages(opened)) if format_of_source(opened) == "tiff" else 1


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
    orientation = metadata.orientation
    _check_samples(name, header)
    depth = _DEPTHS[header.format]
    sideways = orientation in (5, 6, 7, 8)
    size = header.width * header.height * header.bands * depth // 8
    profile = bytes(header.get("icc-profile-data")) if header.get_typeof("icc-profile-data") else b""
    seen = _one_channel if _is_grey_as_rgb(header, kind, profile) else _as_it_is
    header = seen(header)
    if metadata.encoding is not None and not profile:
        told = metadata.encoding
        check_encoding(name, told)
        profile = profiles.gamma_profile(told.exponent, told.chromaticities, grey=header.bands < 3)
    pixels = upright(
        lambda: seen(_bare(load("sequential"), orientation)), orientation, kept=size <= _KEPT_BYTES
    )
    return Photo(
        name=name,
        width=header.height if sideways else header.width,
        height=header.width if sideways else header.height,
        depth=depth,
        format=kind,
        has_alpha=header.hasalpha(),
        profile=profiles.usable_profile(profile, header.bands - header.hasalpha()),
        metadata=metadata,
        pixels=pixels if depth < 32 else lambda: float_samples.finite(pixels()),
        pages=pages,
        white=float_samples.white_of(name, _colour(pixels())) if _is_scaled(header) else 1.0,
    )


def _is_grey_as_rgb(header: pyvips.Image, kind: str, profile: bytes) -> bool:
    """Whether a grey picture, as its profile says it is, was decoded to three equal channels."""
    decoded_so = kind in ("avif", "heic", "jxl", "webp")
    return decoded_so and profiles.is_grey(profile) and header.bands - header.hasalpha() == 3


def _one_channel(image: pyvips.Image) -> pyvips.Image:
    """The first of three equal channels, with alpha if there is one."""
    grey = image.extract_band(0)
    if image.hasalpha():
        grey = grey.bandjoin(image.extract_band(3))
    return grey.copy(interpretation="b-w" if image.format == "uchar" else "grey16")


def _as_it_is(image: pyvips.Image) -> pyvips.Image:
    return image


def _is_scaled(header: pyvips.Image) -> bool:
    """Whether white may differ from the format's own."""
    return _DEPTHS[header.format] == 32 and header.interpretation != "lab"


def _colour(pixels: pyvips.Image) -> pyvips.Image:
    return pixels.extract_band(0, n=pixels.bands - 1) if pixels.hasalpha() else pixels


def _bare(image: pyvips.Image, orientation: int) -> pyvips.Image:
    """The image without metadata, which libvips would copy at every step."""
    image = image.copy()
    for name in image.get_fields():
        if name.startswith(_WORDS):
            image.remove(name)
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    return image


def _of_array(array: NDArray[Any], max_megapixels: float) -> Photo:
    name = arrays.describe_array(array)
    arrays.check_shape(array)
    check_size(name, array.shape[1], array.shape[0], max_megapixels)
    image = arrays.image_from_array(array)
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
    if header.format not in _DEPTHS or (header.format == "short" and header.interpretation != "labs"):
        kind = _SPOKEN.get(header.format, "complex")
        raise PhotoError(f"{name}: {kind} samples are not a photo's; save it with 8 or 16 bits, or as float")
    colours = header.bands - header.hasalpha()
    if colours not in (1, 3) and not (colours == 4 and header.interpretation == "cmyk"):
        raise PhotoError(
            f"{name}: {header.bands} channels are not those of a photo; save it as grey, RGB or CMYK"
        )
