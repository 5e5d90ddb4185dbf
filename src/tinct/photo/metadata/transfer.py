"""What a photo carries beside its pixels: taken from the input, given to the result."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import pyvips

from tinct.photo.metadata import containers, iptc, photoshop, tiff, xmp
from tinct.photo.metadata.provenance import Provenance, add_provenance, strip_provenance

_BLOBS = ("exif-data", "xmp-data", "iptc-data")
# TIFF tags that say how the pixels lie, what libvips writes itself, and previews: never carried over.
_STRUCTURE = frozenset(
    [
        *(254, 255, 256, 257, 258, 259, *range(262, 270), *range(273, 285), *range(288, 292), 296, 301),
        *(*range(317, 326), *range(328, 348), *range(512, 522), *range(529, 533), 559, 700),
        *(32995, 32996, 32997, 32998, 34377, 34675, 37724, *range(50706, 51180)),
    ]
)
_PIXEL_WIDTH, _PIXEL_HEIGHT = 40962, 40963
_EXIF_MARK = b"Exif\0\0"
# Formats without a place for IPTC: there XMP tells its words.
_LONGEST_PHOTOSHOP = containers.LONGEST_SEGMENT - len(photoshop.HEADER)
_WITHOUT_IPTC = ("webp", "avif", "heic", "jxl")


@dataclass(frozen=True)
class Metadata:
    """What came with a photo.

    fields: libvips' names -> values (EXIF, XMP and IPTC blobs, every EXIF tag, the unit of resolution).
    directory: the tags of a TIFF page; big: it is a BigTIFF. quality, comments: JPEG's. chunks: PNG's texts
    and time, as they stand in the file.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    per_millimetre: tuple[float, float] = (1.0, 1.0)
    directory: tiff.Directory | None = None
    big: bool = False
    quality: int | None = None
    comments: tuple[bytes, ...] = ()
    chunks: tuple[bytes, ...] = ()


def read_metadata(image: pyvips.Image, kind: str, opened: Callable[[], BinaryIO], page: int) -> Metadata:
    """All that an opened image carries; `opened` gives its file anew, for what libvips does not tell."""
    fields = {name: image.get(name) for name in image.get_fields() if _is_carried(name)}
    if "exif-data" in fields:
        exif = bytes(fields["exif-data"])
        marked = exif.startswith(_EXIF_MARK)
        fields["exif-data"] = _EXIF_MARK * marked + tiff.upright_block(exif.removeprefix(_EXIF_MARK))
    per_millimetre = (image.xres, image.yres)
    with opened() as file:
        if kind == "tiff":
            layout = tiff.layout_of(file)
            big = layout is not None and layout.wide
            return Metadata(fields, per_millimetre, tiff.directory_at(file, page), big=big)
        if kind == "jpeg":
            quality, comments = containers.jpeg_quality(file), containers.jpeg_comments(file)
            if "xmp-data" in fields:
                pieces = containers.jpeg_applications(file, 0xE1)
                fields["xmp-data"] = xmp.merge_extended(bytes(fields["xmp-data"]), pieces)
            return Metadata(
                fields, _exif_resolution(fields) or per_millimetre, quality=quality, comments=comments
            )
        if kind == "png":
            return Metadata(fields, per_millimetre, chunks=containers.png_texts(file))
    return Metadata(fields, _exif_resolution(fields) or per_millimetre)


def attach_metadata(
    image: pyvips.Image, metadata: Metadata, kind: str, provenance: Provenance
) -> pyvips.Image:
    """The image carrying what libvips writes into a file of that format; `complete_metadata` adds the rest."""
    image = image.copy()
    for name in image.get_fields():
        if (
            _is_carried(name)
            or name in ("orientation", "jpeg-thumbnail-data", "photoshop-data")
            or "comment" in name
        ):
            image.remove(name)
    fields = dict(metadata.fields)
    if kind == "tiff":
        fields = {name: value for name, value in fields.items() if name == "resolution-unit"}
    else:
        fields.update(_fields_of(metadata.directory))
        if len(fields.get("exif-data", b"")) > containers.LONGEST_SEGMENT:
            # libvips would write none of it, whatever the format.
            fields = _without_exif(fields) | _exif_that_fits(bytes(fields["exif-data"]))
        fields.pop("iptc-data", None)
        fields["xmp-data"] = _packets(metadata, kind, provenance)[0]
        if kind == "jpeg" and (segment := _photoshop_segment(metadata)):
            fields["iptc-data"] = segment
    for name, value in fields.items():
        if name in _BLOBS:
            image.set_type(pyvips.GValue.blob_type, name, value)
        else:
            image.set_type(pyvips.GValue.gstr_type, name, value)
    across, down = metadata.per_millimetre
    # Last: libvips takes the resolution from EXIF at the next copy after that is set.
    return image.copy(xres=across, yres=down)


def complete_metadata(
    file: BinaryIO, metadata: Metadata, kind: str, provenance: Provenance, size: tuple[int, int]
) -> None:
    """Add to a written file (open for reading and writing) what libvips leaves out. size: width, height."""
    if kind == "tiff":
        tiff.graft(file, [directory_for(metadata, provenance, size)])
    elif kind == "jpeg":
        comments = [(containers.COMMENT, comment) for comment in metadata.comments]
        containers.add_jpeg_segments(file, [*_packets(metadata, kind, provenance)[1], *comments])
    elif kind == "png":
        chunks, records = list(metadata.chunks), _iptc_of(metadata)
        if records and not containers.png_profile(chunks, "iptc"):
            resource = photoshop.pack([photoshop.Resource(photoshop.IPTC, records)])
            chunks.append(containers.png_profile_chunk("iptc", resource))
        containers.add_png_texts(file, chunks)
    elif kind == "webp":
        containers.bare_webp_exif(file)


def directory_for(metadata: Metadata, provenance: Provenance, size: tuple[int, int]) -> tiff.Directory:
    """The tags that a TIFF result gets beside those of its pixels."""
    source = metadata.directory
    if source is None:
        exif = bytes(metadata.fields.get("exif-data", b"")).removeprefix(_EXIF_MARK)
        source = tiff.directory_at(io.BytesIO(exif), 0) or tiff.Directory()
    carried = source.only(lambda tag: tag not in _STRUCTURE)
    entries = dict(carried.entries)
    packet = add_provenance(metadata.fields.get("xmp-data"), provenance)
    entries[tiff.XMP] = tiff.Entry(1, len(packet), packet)
    records = _iptc_of(metadata)
    if tiff.IPTC not in entries and records:
        entries[tiff.IPTC] = tiff.Entry(7, len(records), records)
    resources = _resources_of(metadata)
    if metadata.directory is None:
        resources = [each for each in resources if each.number != photoshop.IPTC]
    if resources:
        block = photoshop.pack(resources)
        entries[tiff.PHOTOSHOP] = tiff.Entry(7, len(block), block)
    children = dict(carried.children)
    if tiff.EXIF in children:
        sizes = zip((_PIXEL_WIDTH, _PIXEL_HEIGHT), size, strict=True)
        exif_entries = dict(children[tiff.EXIF].entries)
        exif_entries |= {t: tiff.Entry(4, 1, n.to_bytes(4, "little")) for t, n in sizes if t in exif_entries}
        children[tiff.EXIF] = tiff.Directory(exif_entries, children[tiff.EXIF].children)
    return tiff.Directory(entries, children)


def _packets(metadata: Metadata, kind: str, provenance: Provenance) -> tuple[bytes, list[tuple[int, bytes]]]:
    """The XMP packet of a result, and for a JPEG the segments for what does not fit into one."""
    packet = strip_provenance(metadata.fields.get("xmp-data"))
    if kind in _WITHOUT_IPTC or (kind == "jpeg" and not _photoshop_segment(metadata)):
        packet = xmp.add_description(
            packet, iptc.to_xmp(_iptc_of(metadata), packet.decode("utf-8", "ignore"))
        )
    whole = add_provenance(packet, provenance)
    if kind != "jpeg" or len(whole) <= xmp.LONGEST_MAIN:
        return whole, []
    pointer, segments = xmp.extended_segments(packet)
    return xmp.add_description(add_provenance(None, provenance), pointer), segments


def _resources_of(metadata: Metadata) -> list[photoshop.Resource]:
    """Photoshop's resources, from wherever the photo's format keeps them."""
    block = bytes(metadata.fields.get("iptc-data", b""))
    if metadata.directory is not None and tiff.PHOTOSHOP in metadata.directory.entries:
        block = metadata.directory.entries[tiff.PHOTOSHOP].data
    return photoshop.resources(block)


def _iptc_of(metadata: Metadata) -> bytes:
    """IPTC's records, from wherever the photo's format keeps them; b"" when there are none."""
    entries = metadata.directory.entries if metadata.directory is not None else {}
    places = [
        entries[tiff.IPTC].data if tiff.IPTC in entries else b"",
        bytes(metadata.fields.get("iptc-data", b"")),
        photoshop.pack(_resources_of(metadata)),
        containers.png_profile(metadata.chunks, "iptc"),
    ]
    return next((records for place in places if (records := iptc.records(place))), b"")


def _photoshop_segment(metadata: Metadata) -> bytes:
    """Photoshop's resources with IPTC as a JPEG holds them; b"" when there are none or they are too long."""
    resources, records = _resources_of(metadata), _iptc_of(metadata)
    if records:
        resources = [each for each in resources if each.number != photoshop.IPTC]
        resources.insert(0, photoshop.Resource(photoshop.IPTC, records))
    while resources and len(photoshop.pack(resources)) > _LONGEST_PHOTOSHOP:
        resources.pop()
    return photoshop.HEADER + photoshop.pack(resources) if resources else b""


def _without_exif(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if not name.startswith("exif-")}


def _exif_that_fits(exif: bytes) -> dict[str, Any]:
    """EXIF in libvips' names, without its longest values if libvips, as a JPEG's segment, has no room for them."""
    directory = tiff.directory_at(io.BytesIO(exif.removeprefix(_EXIF_MARK)), 0) or tiff.Directory()
    longest = sorted((len(entry.data) for entry in _entries(directory)), reverse=True)
    for limit in [len(exif), *longest]:
        block = tiff.block(_shorter_than(directory, limit))
        if len(_EXIF_MARK) + len(block) <= containers.LONGEST_SEGMENT:
            return containers.exif_fields(block)
    return {}


def _entries(directory: tiff.Directory) -> Iterator[tiff.Entry]:
    yield from directory.entries.values()
    for child in directory.children.values():
        yield from _entries(child)


def _shorter_than(directory: tiff.Directory, limit: int) -> tiff.Directory:
    entries = {tag: entry for tag, entry in directory.entries.items() if len(entry.data) < limit}
    children = {tag: _shorter_than(child, limit) for tag, child in directory.children.items()}
    return tiff.Directory(entries, children)


def _fields_of(directory: tiff.Directory | None) -> dict[str, Any]:
    """A TIFF's tags in libvips' names."""
    if directory is None:
        return {}
    kept = directory.only(lambda tag: tag not in _STRUCTURE and tag != tiff.IPTC)
    return _exif_that_fits(tiff.block(kept)) if kept.entries or kept.children else {}


def _exif_resolution(fields: Mapping[str, Any]) -> tuple[float, float] | None:
    """Pixels per millimetre as EXIF has them, which libvips heeds in JPEG only."""
    exif = bytes(fields.get("exif-data", b"")).removeprefix(_EXIF_MARK)
    entries = (tiff.directory_at(io.BytesIO(exif), 0) or tiff.Directory()).entries
    if not {tiff.X_RESOLUTION, tiff.Y_RESOLUTION} <= entries.keys():
        return None
    unit = entries[tiff.RESOLUTION_UNIT].number() if tiff.RESOLUTION_UNIT in entries else 2
    millimetres = 10.0 if unit == 3 else 25.4
    across, down = entries[tiff.X_RESOLUTION].ratio(), entries[tiff.Y_RESOLUTION].ratio()
    return (across / millimetres, down / millimetres) if across > 0 and down > 0 else None


def _is_carried(name: str) -> bool:
    if name.startswith("exif-ifd"):
        # The first is set anew, the second directory is that of the preview.
        return name != "exif-ifd0-Orientation" and not name.startswith("exif-ifd1")
    return name in _BLOBS or name == "resolution-unit"
