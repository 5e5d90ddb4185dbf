"""Results for retouching: chroma as a transparent layer, alone or over the photo in OpenRaster."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pyvips

from tinct import atomic
from tinct.photo.compose import grey_like
from tinct.photo.metadata.provenance import Provenance
from tinct.photo.reading import Photo
from tinct.photo.vips_errors import translate_vips_errors
from tinct.photo.writing import Progress, atomic_write, prepared, save

_SCALES = {"uchar": 255.0, "ushort": 65535.0}
_THUMBNAIL = 256
# Of red, green and blue as encoded, in the formula of blend mode color.
_LUMINOSITY = [0.3, 0.59, 0.11]


def colour_layer(photo: Photo, image: pyvips.Image) -> pyvips.Image:
    """The chroma of a composed image as RGBA, which over the grey photo gives the coloured photo.

    Accurate to one step of its depth, 8 or 16 bits as the image; lazy. As transparent as possible; fully
    where there is no chroma.
    """
    image = prepared(image, "png", photo.white)
    scale = _SCALES[image.format]
    colour = image.extract_band(0, n=3) / scale
    grey = prepared(grey_like(photo, image), "png", photo.white).extract_band(0, n=3) / scale
    change = colour - grey
    # One step is nothing to see, but in the dark would take an opaque layer to make.
    change = (change.abs() > 1.5 / scale).ifthenelse(change, 0)
    # libvips gives 0 for x / 0: black cannot grow darker, white not brighter.
    needed = (change / (1 - grey)).maxpair(-change / grey)
    least = needed.extract_band(0).maxpair(needed.extract_band(1)).maxpair(needed.extract_band(2))
    opacity = (least.clamp(min=0, max=1) * scale).ceil() / scale
    pure = (grey + change / opacity).clamp(min=0, max=1)
    if image.hasalpha():
        opacity = opacity * (image.extract_band(3) / scale)
    layer = (pure.bandjoin(opacity) * scale).rint().cast(image.format)
    layer = layer.copy(interpretation=image.interpretation)
    if image.get_typeof("icc-profile-data"):
        layer.set_type(pyvips.GValue.blob_type, "icc-profile-data", image.get("icc-profile-data"))
    return layer


def opaque_colour_layer(photo: Photo, image: pyvips.Image) -> pyvips.Image:
    """The chroma of a composed image as opaque RGB, for blend mode color above the grey photo.

    That mode (W3C Compositing 1, 10.4) takes from a layer only how far each channel is from its luminosity; the layer
    is therefore of one middle grey as far as its colour allows, which compresses well and is easily painted on.
    """
    image = prepared(image, "png", photo.white)
    scale = _SCALES[image.format]
    colour = image.extract_band(0, n=3) / scale
    away = colour - colour.recomb(pyvips.Image.new_from_array([_LUMINOSITY] * 3))
    red, green, blue = away.bandsplit()
    highest, lowest = red.maxpair(green).maxpair(blue), red.minpair(green).minpair(blue)
    middle = (lowest * 0 + 0.5).maxpair(-lowest).minpair(1 - highest)
    layer = ((away + middle) * scale).rint().cast(image.format).copy(interpretation=image.interpretation)
    if image.get_typeof("icc-profile-data"):
        layer.set_type(pyvips.GValue.blob_type, "icc-profile-data", image.get("icc-profile-data"))
    return layer


def write_layers(
    photo: Photo,
    image: pyvips.Image,
    target: Path | str,
    *,
    overwrite: bool = False,
    provenance: Provenance | None = None,
    progress: Progress | None = None,
) -> None:
    """Write an OpenRaster file (0.0.5), for Krita and GIMP: the grey photo with the colour above it, in two forms.

    The transparent layer is shown; the opaque one, of blend mode color, is hidden and takes its place if that is
    hidden instead. PhotoError as raised by `write`.
    """
    target = Path(target)
    merged = prepared(image, "png", photo.white)
    grey = prepared(grey_like(photo, image), "png", photo.white)
    pictures = {
        "data/grey.png": grey,
        "data/colour.png": colour_layer(photo, image),
        "data/colour-opaque.png": opaque_colour_layer(photo, image),
        "mergedimage.png": merged,
    }
    with (
        atomic_write(target, overwrite=overwrite, mode=photo.mode) as partial,
        translate_vips_errors(photo.name, target),
        zipfile.ZipFile(partial, "w") as archive,
    ):
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("stack.xml", _stack(photo))
        for number, (place, picture) in enumerate(pictures.items()):
            told = None if progress is None else _share(progress, number, len(pictures))
            _add(archive, place, partial.with_suffix(".layer"), photo, picture, provenance or {}, told)
        scale = min(1.0, _THUMBNAIL / max(photo.width, photo.height))
        thumbnail = prepared(merged.resize(scale, kernel="linear"), "webp")
        archive.writestr("Thumbnails/thumbnail.png", bytes(thumbnail.pngsave_buffer(keep="none")))


def _add(
    archive: zipfile.ZipFile,
    place: str,
    scratch: Path,
    photo: Photo,
    picture: pyvips.Image,
    provenance: Provenance,
    progress: Progress | None,
) -> None:
    """Add a picture to the archive as PNG with its metadata."""
    try:
        atomic.create(scratch, photo.mode)
        save(photo, picture, scratch, "png", None, provenance, progress)
        archive.write(scratch, place)
    finally:
        scratch.unlink(missing_ok=True)


def _share(progress: Progress, number: int, count: int) -> Progress:
    """Progress of one of several pictures as a share of all."""
    return lambda done: progress((number + done) / count)


def _stack(photo: Photo) -> str:
    layers = [
        ("Colour, opaque (blend mode color)", "data/colour-opaque.png", "svg:color", "hidden"),
        ("Colour", "data/colour.png", "svg:src-over", "visible"),
        ("Grey", "data/grey.png", "svg:src-over", "visible"),
    ]
    rows = "".join(
        f'<layer name={quoteattr(name)} src="{place}" x="0" y="0" opacity="1.0" '
        f'composite-op="{mode}" visibility="{shown}"/>'
        for name, place, mode, shown in layers
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<image version="0.0.5" w="{photo.width}" h="{photo.height}"><stack>{rows}</stack></image>\n'
    )
