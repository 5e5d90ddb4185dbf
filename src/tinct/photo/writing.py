"""Writing of results: streamed to a hidden file, synced, renamed in one step."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyvips

from tinct import atomic
from tinct.errors import PhotoError
from tinct.photo.formats import pillow_codecs, registry
from tinct.photo.formats.tiff_pages import append_pages
from tinct.photo.metadata import tiff
from tinct.photo.metadata.provenance import Provenance
from tinct.photo.metadata.record import Target
from tinct.photo.metadata.transfer import attach_metadata, complete_metadata
from tinct.photo.picture import profiles
from tinct.photo.reading import Photo
from tinct.photo.vips_errors import translate_vips_errors

# A TIFF beyond 4 GB must be a BigTIFF; a pyramid adds a third, tags and bad compression a little.
_CLASSIC_BYTES = 2_800_000_000
# Told the share that is done, 0..1; returns False to stop.
Progress = Callable[[float], bool]

_WITHOUT_EXIF = pyvips.enums.ForeignKeep.ALL & ~pyvips.enums.ForeignKeep.EXIF


def write(
    photo: Photo,
    image: pyvips.Image,
    target: Path | str,
    *,
    overwrite: bool = False,
    format: str | None = None,  # noqa: A002 (the word that users know)
    quality: int | None = None,
    provenance: Provenance | None = None,
    progress: Progress | None = None,
) -> None:
    """Write a composed image as a file, with the photo's metadata and provenance.

    format: a name of `registry.FORMATS`; None takes it from the suffix of the target. quality: 1..100, None
    for a default. progress: is told the share that is written, and returns False to stop. PhotoError if the target
    exists (unless overwrite), cannot be written, the disk is full or it was stopped; nothing of it is then left.
    """
    target = Path(target)
    kind = format or registry.format_of(target)
    with (
        atomic_write(target, overwrite=overwrite, mode=photo.mode) as partial,
        translate_vips_errors(photo.name, target),
    ):
        save(photo, image, partial, kind, quality, provenance or {}, progress)


def write_pages(
    pages: Iterable[tuple[Photo, pyvips.Image]],
    target: Path | str,
    *,
    overwrite: bool = False,
    quality: int | None = None,  # noqa: ARG001 (a TIFF of many pages is always lossless)
    provenance: Provenance | None = None,
    mode: int = 0o666,
) -> None:
    """Write composed images as the pages of one TIFF, each with its metadata.

    They are taken one by one, each when the one before is written: give a generator, and two at most are open.
    mode: permissions that the file shall not exceed. PhotoError as `write` raises it.
    """
    target = Path(target)
    with atomic_write(target, overwrite=overwrite, mode=mode) as partial:
        for number, (photo, image) in enumerate(pages):
            place = partial if number == 0 else partial.with_suffix(".page")
            try:
                if number:
                    atomic.create(place, mode)
                with translate_vips_errors(photo.name, target):
                    save(photo, image, place, "tiff", None, provenance or {})
                if number:
                    with place.open("rb") as file, partial.open("rb+") as whole:
                        append_pages(whole, file)
            except ValueError as fault:
                raise PhotoError(f"{target}: {fault}; colour the pages one by one") from None
            finally:
                if number:
                    place.unlink(missing_ok=True)


def to_bytes(
    photo: Photo,
    image: pyvips.Image,
    format: str | None = None,  # noqa: A002
    *,
    quality: int | None = None,
    provenance: Provenance | None = None,
) -> bytes:
    """The bytes of the file that `write` would make; the format is by default that of the photo, or PNG."""
    kind = format or (photo.format if photo.format in registry.FORMATS else "png")
    with translate_vips_errors(photo.name):
        return _saved(photo, image, kind, quality, provenance or {}).getvalue()


def pages_to_bytes(
    pages: Iterable[tuple[Photo, pyvips.Image]], *, provenance: Provenance | None = None
) -> bytes:
    """The bytes of the TIFF that `write_pages` would make."""
    whole = io.BytesIO()
    for number, (photo, image) in enumerate(pages):
        with translate_vips_errors(photo.name):
            page = _saved(photo, image, "tiff", None, provenance or {})
        if number:
            append_pages(whole, page)
        else:
            whole = page
    return whole.getvalue()


def save(
    photo: Photo,
    image: pyvips.Image,
    path: Path,
    kind: str,
    quality: int | None,
    provenance: Provenance,
    progress: Progress | None = None,
) -> None:
    """Write an image under any name, with the photo's metadata; raises pyvips.Error, OSError, PhotoError if stopped."""
    about = _about(image, kind, provenance)
    image = attach_metadata(prepared(image, kind, photo.white), photo.metadata, about)
    with _told(photo, image, progress):
        _encode(photo, image, path, kind, quality)
    with path.open("rb+") as file:
        complete_metadata(file, photo.metadata, about, (image.width, image.height))


@contextmanager
def _told(photo: Photo, image: pyvips.Image, progress: Progress | None) -> Iterator[None]:
    """Tell of the share of an image that is computed, and stop when asked to."""
    if progress is None:
        yield
        return
    stopped = False

    def tell(_: pyvips.Image, done: Any) -> None:
        nonlocal stopped
        if not stopped and not progress(done.percent / 100):
            stopped = True
            image.set_kill(True)

    image.set_progress(True)
    image.signal_connect("eval", tell)
    try:
        yield
    except pyvips.Error:
        if stopped:
            raise PhotoError(f"{photo.name}: writing its result was stopped; start again") from None
        raise


def _saved(
    photo: Photo, image: pyvips.Image, kind: str, quality: int | None, provenance: Provenance
) -> io.BytesIO:
    """The output of `save` in memory."""
    about = _about(image, kind, provenance)
    image = attach_metadata(prepared(image, kind, photo.white), photo.metadata, about)
    file = io.BytesIO(_encode(photo, image, None, kind, quality))
    complete_metadata(file, photo.metadata, about, (image.width, image.height))
    return file


@contextmanager
def atomic_write(target: Path, *, overwrite: bool, mode: int = 0o666) -> Iterator[Path]:
    """`atomic.atomic_write` with PhotoError instead of OSError."""
    try:
        with atomic.atomic_write(target, overwrite=overwrite, mode=mode) as partial:
            yield partial
    except FileExistsError:
        raise PhotoError(
            f"{target}: exists already; choose another name, or allow it to be overwritten"
        ) from None
    except OSError as fault:
        raise _unwritable(target, fault) from None


def prepared(image: pyvips.Image, kind: str, white: float = 1.0) -> pyvips.Image:
    """The image in the sample type of a format; for JPEG, alpha is flattened onto white."""
    deepest = registry.get_format(kind).deepest
    if image.format == "float" and deepest < 32:
        image = (image * (65535 / white)).clamp(min=0, max=65535).rint().cast("ushort")
        image = image.copy(interpretation="rgb16")
    if image.format == "ushort" and deepest < 16:
        image = ((image + 128) / 257).floor().cast("uchar").copy(interpretation="srgb")
    if kind == "jpeg" and image.hasalpha():
        image = image.flatten(background=255)
    return image


def _about(image: pyvips.Image, kind: str, provenance: Provenance) -> Target:
    """What metadata need to know about the result."""
    return Target(kind, _is_srgb(image), provenance)


def _is_srgb(image: pyvips.Image) -> bool:
    attached = bytes(image.get("icc-profile-data")) if image.get_typeof("icc-profile-data") else b""
    return not attached or profiles.is_srgb(attached)


def _encode(photo: Photo, image: pyvips.Image, path: Path | None, kind: str, quality: int | None) -> bytes:
    if kind == "jxl" and not _is_srgb(image):
        raise PhotoError(
            f"{photo.name}: JPEG XL is written in sRGB only; choose profile srgb, or another format"
        )
    if kind in pillow_codecs.KINDS:
        data = pillow_codecs.encode(image, kind, quality, photo.name, lossless=photo.metadata.lossless)
        if path is not None:
            path.write_bytes(data)
        return data
    source = photo.metadata
    options = (
        tiff_options(photo, image)
        if kind == "tiff"
        else registry.save_options(kind, quality, source.quality, source.lossless)
    )
    operation = "heifsave" if kind == "avif" else kind + "save"
    if kind == "avif" and image.format == "ushort":
        options["bitdepth"] = 12
    if not image.get_typeof("exif-data"):
        # libvips would make some up.
        options["keep"] = _WITHOUT_EXIF
    if path is None:
        return bytes(getattr(image, operation + "_buffer")(**options))
    # As bytes, since the name need not be UTF-8.
    getattr(image, operation)(os.fsencode(path), **options)
    return b""


def tiff_options(photo: Photo, image: pyvips.Image) -> dict[str, Any]:
    """TIFF options: compression, tiles and pyramid of the source."""
    entries = photo.metadata.directory.entries if photo.metadata.of_tiff else {}
    known = {
        tag: entries[tag].number()
        for tag in (tiff.COMPRESSION, tiff.TILE_WIDTH, tiff.TILE_HEIGHT)
        if tag in entries
    }
    tile = None
    if known.get(tiff.TILE_WIDTH, 0) in range(16, 4097, 16) and known.get(tiff.TILE_HEIGHT, 0) in range(
        16, 4097, 16
    ):
        tile = (known[tiff.TILE_WIDTH], known[tiff.TILE_HEIGHT])
    size = image.width * image.height * image.bands * {"uchar": 1, "ushort": 2}.get(image.format, 4)
    options = registry.tiff_save_options(known.get(tiff.COMPRESSION, 8), tile)
    options["bigtiff"] = photo.metadata.big or size * photo.pages > _CLASSIC_BYTES
    if photo.levels > 1:
        options |= {"tile": True, "pyramid": True, "subifd": tiff.SUBIFDS in entries}
    return options


def _unwritable(target: Path, fault: OSError) -> PhotoError:
    if fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return PhotoError(f"{target}: the disk is full; free some space and run again")
    if fault.errno == errno.ENAMETOOLONG:
        return PhotoError(f"{target}: the name of the result is too long; give a shorter one with -o")
    if isinstance(fault, FileNotFoundError):
        return PhotoError(f"{target}: cannot be written: there is no folder {target.parent}; make it first")
    return PhotoError(
        f"{target}: cannot be written ({fault.strerror}); choose a folder that you may write to"
    )
