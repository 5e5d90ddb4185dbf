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
from tinct.photo.writing import atomic_write, prepared, save

_SCALES = {"uchar": 255.0, "ushort": 65535.0}
_THUMBNAIL = 256


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


def write_layers(
    photo: Photo,
    image: pyvips.Image,
    target: Path | str,
    *,
    overwrite: bool = False,
    provenance: Provenance | None = None,
) -> None:
    """Write an OpenRaster file (0.0.5), for Krita and GIMP: the grey photo with the colour layer above it.

    PhotoError as raised by `write`.
    """
    target = Path(target)
    merged = prepared(image, "png", photo.white)
    grey = prepared(grey_like(photo, image), "png", photo.white)
    pictures = {
        "data/grey.png": grey,
        "data/colour.png": colour_layer(photo, image),
        "mergedimage.png": merged,
    }
    with (
        atomic_write(target, overwrite=overwrite, mode=photo.mode) as partial,
        translate_vips_errors(photo.name, target),
        zipfile.ZipFile(partial, "w") as archive,
    ):
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("stack.xml", _stack(photo))
        for place, picture in pictures.items():
            _add(archive, place, partial.with_suffix(".layer"), photo, picture, provenance or {})
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
) -> None:
    """Add a picture to the archive as PNG with its metadata."""
    try:
        atomic.create(scratch, photo.mode)
        save(photo, picture, scratch, "png", None, provenance)
        archive.write(scratch, place)
    finally:
        scratch.unlink(missing_ok=True)


def _stack(photo: Photo) -> str:
    layers = [("Colour", "data/colour.png"), ("Grey", "data/grey.png")]
    rows = "".join(
        f'<layer name={quoteattr(name)} src="{place}" x="0" y="0" opacity="1.0" composite-op="svg:src-over"/>'
        for name, place in layers
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<image version="0.0.5" w="{photo.width}" h="{photo.height}"><stack>{rows}</stack></image>\n'
    )
