"""Transfer of metadata from a photo to its result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

import pyvips

from tinct.photo.metadata import exif, iptc, jpeg, photoshop, png, resolution, tiff, webp, xmp, xmp_segments
from tinct.photo.metadata.description import add_sentence
from tinct.photo.metadata.provenance import add_provenance, strip_untrue
from tinct.photo.metadata.record import Metadata, Target

# TIFF tags that say how the pixels lie, what their colours are, and previews: never carried over.
_STRUCTURE = frozenset(
    [
        *range(254, 260), *range(262, 269), *range(273, 282), 284, *range(288, 294), 301, *range(317, 337),
        *range(338, 348), *range(512, 522), *range(529, 533), 559, 700, 34675, 37724, *range(32995, 32999),
        50706, 50707,
    ]
)  # fmt: skip
_IMAGE_DESCRIPTION = 270
_LONGEST_PHOTOSHOP = jpeg.LONGEST_SEGMENT - len(photoshop.HEADER)
# Formats without a place for IPTC: there XMP tells its words.
_WITHOUT_IPTC = ("webp", "avif", "heic", "jxl")
_CARRIED = (
    "exif-",
    "xmp-data",
    "iptc-data",
    "resolution-unit",
    "orientation",
    "jpeg-thumbnail",
    "photoshop-",
)
_MIME = {"tiff": "image/tiff", "jpeg": "image/jpeg"}


def read_metadata(
    image: pyvips.Image, kind: str, opened: Callable[[], BinaryIO], page: int, lossless: bool = False
) -> Metadata:
    """Metadata of an opened image; `opened` reopens its file for what libvips does not expose."""
    with opened() as file:
        if kind == "tiff":
            return _of_tiff(image, file, page)
        block = _blob(image, "exif-data").removeprefix(exif.MARK)
        packet = _blob(image, "xmp-data") or None
        if kind == "png":
            block, packet = exif.source_of_png(file) or block, packet or png.xmp(file)
        directory = tiff.directory_in(block)
        dots = resolution.of_directory(directory)
        common = Metadata(
            directory=directory,
            order=">" if block.startswith(b"MM") else "<",
            xmp=packet,
            iptc=_blob(image, "iptc-data"),
            orientation=_orientation(directory) if kind in ("jpeg", "png") else _orientation_of(image),
            resolution=dots,
            lossless=lossless,
        )
        if kind == "jpeg":
            return replace(
                common,
                xmp=xmp_segments.merge_extended(packet, jpeg.applications(file, jpeg.APP1))
                if packet
                else None,
                resolution=dots or resolution.of_jpeg(file),
                quality=jpeg.quality(file),
                comments=jpeg.comments(file),
            )
        if kind == "png":
            found = resolution.of_png(file) or dots
            return replace(common, resolution=found, chunks=png.texts(file), encoding=png.encoding(file))
    return common


def attach_metadata(image: pyvips.Image, metadata: Metadata, target: Target) -> pyvips.Image:
    """Attach what libvips writes into a file of that format; `complete_metadata` adds the rest."""
    kind = target.kind
    image = image.copy()
    for name in image.get_fields():
        if name.startswith(_CARRIED) or "comment" in name:
            image.remove(name)
    blobs: dict[str, bytes] = {}
    if kind != "tiff":
        blobs["xmp-data"] = _packets(metadata, target)[0]
        block = _exif_block(metadata, target, (image.width, image.height))
        if block and kind in ("heic", "jxl"):
            blobs["exif-data"] = exif.MARK + block
        elif block:
            blobs["exif-data"] = exif.MARK + exif.placeholder(len(block))
            # libvips writes those tags only that it finds among its fields as well.
            image.set_type(pyvips.GValue.gstr_type, "exif-ifd2-MakerNote", "")
        if kind == "jpeg" and (segment := _photoshop_segment(metadata)):
            blobs["iptc-data"] = segment
    for name, value in blobs.items():
        image.set_type(pyvips.GValue.blob_type, name, value)
    found = metadata.resolution_of_result()
    across, down = found.per_millimetre() if found is not None else (1.0, 1.0)
    # Last: libvips takes the resolution from EXIF at the next copy after that is set.
    return image.copy(xres=across, yres=down)


def complete_metadata(file: BinaryIO, metadata: Metadata, target: Target, size: tuple[int, int]) -> None:
    """Correct in a written file (open for reading and writing) what libvips omits or invents.

    size: width and height of its picture.
    """
    kind = target.kind
    found = metadata.resolution_of_result()
    if kind == "tiff":
        removed = frozenset() if found is not None else resolution.TAGS
        tiff.graft(file, [directory_for(metadata, target, size)], removed)
        return
    block = _exif_block(metadata, target, size)
    if block and kind in ("jpeg", "png", "webp", "avif"):
        exif.put_in_place(file, block)
    if kind == "jpeg":
        if not block and (segment := resolution.in_jfif(found)):
            jpeg.add_segments(file, [(jpeg.APP0, segment)])
        comments = [(jpeg.COMMENT, comment) for comment in metadata.comments]
        jpeg.add_segments(file, [*_packets(metadata, target)[1], *comments])
    elif kind == "png":
        resolution.set_in_png(file, found)
        png.set_checksum(file, b"eXIf")
        chunks, records = list(metadata.chunks), _iptc_of(metadata)
        if records and iptc.records(png.raw_profile(chunks, "iptc")) != records:
            chunks = [each for each in chunks if not each[8:].startswith(b"Raw profile type iptc\0")]
            resource = photoshop.pack([photoshop.Resource(photoshop.IPTC, records)])
            chunks.append(png.raw_profile_chunk("iptc", resource))
        png.add_chunks(file, chunks)
    elif kind == "webp":
        webp.bare_exif(file)


def directory_for(metadata: Metadata, target: Target, size: tuple[int, int]) -> tiff.Directory:
    """Tags of a TIFF result besides those of its pixels."""
    entries = {tag: entry for tag, entry in metadata.directory.entries.items() if tag not in _STRUCTURE}
    details = exif.details_for(metadata.directory, size, turned=metadata.turned, srgb=target.is_srgb)
    packet = add_provenance(add_sentence(_packet(metadata, "tiff"), _caption(metadata)), target.provenance)
    entries[tiff.XMP] = tiff.Entry(1, len(packet), packet)
    records = _iptc_of(metadata)
    if records and (tiff.IPTC not in entries or iptc.records(entries[tiff.IPTC].data) != records):
        entries[tiff.IPTC] = tiff.Entry(7, len(records), records)
    resources = _resources_of(metadata)
    if not metadata.of_tiff:
        resources = [each for each in resources if each.number != photoshop.IPTC]
    entries.pop(tiff.PHOTOSHOP, None)
    if resources:
        block = photoshop.pack(resources)
        entries[tiff.PHOTOSHOP] = tiff.Entry(7, len(block), block)
    found = metadata.resolution_of_result()
    entries = {tag: entry for tag, entry in entries.items() if tag not in resolution.TAGS}
    return tiff.Directory(entries | (found.entries() if found is not None else {}), details)


def _of_tiff(image: pyvips.Image, file: BinaryIO, page: int) -> Metadata:
    layout, directory = tiff.layout_of(file), tiff.directory_at(file, page) or tiff.Directory()
    return Metadata(
        directory=directory,
        order=layout.order if layout is not None else "<",
        xmp=_blob(image, "xmp-data") or None,
        iptc=_blob(image, "iptc-data"),
        orientation=_orientation_of(image),
        resolution=resolution.of_directory(directory),
        of_tiff=True,
        big=layout is not None and layout.wide,
    )


def _exif_block(metadata: Metadata, target: Target, size: tuple[int, int]) -> bytes:
    """EXIF of a result other than TIFF; b"" if there is none beyond JFIF."""
    source = metadata.directory
    if metadata.of_tiff:
        source = source.only(lambda tag: tag not in _STRUCTURE)
    found = metadata.resolution_of_result()
    if target.kind == "jpeg" and resolution.in_jfif(found) and not source.entries and not source.children:
        return b""
    return exif.block_for(
        source,
        metadata.order,
        size=size,
        turned=metadata.turned,
        resolution=found,
        srgb=target.is_srgb,
    )


def _packet(metadata: Metadata, kind: str) -> bytes:
    """The photo's XMP packet, corrected for a result of that kind."""
    return strip_untrue(metadata.xmp, turned=metadata.turned, mime=_MIME.get(kind, f"image/{kind}"))


def _packets(metadata: Metadata, target: Target) -> tuple[bytes, list[tuple[int, bytes]]]:
    """XMP packet of a result, and for a JPEG the segments for what exceeds it."""
    kind = target.kind
    packet = _packet(metadata, kind)
    without_place = kind in _WITHOUT_IPTC or (kind == "jpeg" and not _photoshop_segment(metadata))
    if without_place and (records := _iptc_of(metadata)):
        packet = xmp.add_description(packet, iptc.to_xmp(records, xmp.names(packet)))
    packet = add_sentence(packet, _caption(metadata))
    whole = add_provenance(packet, target.provenance)
    if kind != "jpeg" or len(whole) <= xmp_segments.LONGEST_MAIN:
        return whole, []
    pointer, segments = xmp_segments.extended_segments(packet)
    return xmp.add_description(add_provenance(None, target.provenance), pointer), segments


def _caption(metadata: Metadata) -> str:
    """The description of a photo in IPTC or EXIF, for an XMP packet that has none; "" without one."""
    entry = metadata.directory.entries.get(_IMAGE_DESCRIPTION)
    exif_text = entry.data.rstrip(b"\0 ").decode("utf-8", "replace") if entry is not None else ""
    return iptc.caption(_iptc_of(metadata)) or exif_text


def _resources_of(metadata: Metadata) -> list[photoshop.Resource]:
    """Photoshop resources, from wherever the photo's format stores them."""
    entry = metadata.directory.entries.get(tiff.PHOTOSHOP)
    return photoshop.resources(entry.data if entry is not None else metadata.iptc)


def _iptc_of(metadata: Metadata) -> bytes:
    """IPTC records, from wherever the photo's format stores them; b"" for none."""
    entry = metadata.directory.entries.get(tiff.IPTC)
    places = [
        entry.data if entry is not None else b"",
        metadata.iptc,
        photoshop.pack(_resources_of(metadata)),
        png.raw_profile(metadata.chunks, "iptc"),
    ]
    found = next((records for place in places if (records := iptc.records(place))), b"")
    return iptc.corrected(found, sideways=metadata.sideways)


def _photoshop_segment(metadata: Metadata) -> bytes:
    """Photoshop resources with IPTC as a JPEG segment; b"" if there are none or they are too long."""
    resources, records = _resources_of(metadata), _iptc_of(metadata)
    if records:
        resources = [each for each in resources if each.number != photoshop.IPTC]
        resources.insert(0, photoshop.Resource(photoshop.IPTC, records))
    while resources and len(photoshop.pack(resources)) > _LONGEST_PHOTOSHOP:
        resources.pop()
    return photoshop.HEADER + photoshop.pack(resources) if resources else b""


def _orientation(directory: tiff.Directory) -> int:
    entry = directory.entries.get(tiff.ORIENTATION)
    return entry.number() if entry is not None and entry.number() in range(1, 9) else 1


def _orientation_of(image: pyvips.Image) -> int:
    return int(image.get("orientation")) if image.get_typeof("orientation") else 1


def _blob(image: pyvips.Image, name: str) -> bytes:
    return bytes(image.get(name)) if image.get_typeof(name) else b""
