"""Files that mean ill, or have been through a lot: each made by code, by name."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
import tifffile
from PIL import Image

Named = tuple[str, bytes]


def library() -> Iterator[Named]:
    """(file name, content) of every hostile file."""
    yield from other_things()
    yield from jpegs()
    yield from pngs()
    yield from tiffs()
    yield from webps()
    yield from avifs()


def picture() -> np.ndarray:
    y, x = np.mgrid[0:96, 0:128]
    return (128 + 80 * np.sin(x / 9) * np.cos(y / 7)).astype(np.uint8)


def saved(kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture()).save(file, kind, **options)
    return file.getvalue()


def truncated(name: str, suffix: str, whole: bytes, parts: int = 10) -> Iterator[Named]:
    for part in range(1, parts):
        yield f"{name} cut at {part} of {parts}.{suffix}", whole[: len(whole) * part // parts]


def flipped(name: str, suffix: str, whole: bytes, count: int) -> Iterator[Named]:
    rng = np.random.default_rng(len(name))
    for number in range(count):
        bent = np.frombuffer(whole, np.uint8).copy()
        places = rng.integers(16, len(bent), 12)
        bent[places] ^= rng.integers(1, 256, 12, dtype=np.uint8)
        yield f"{name} with bits flipped {number}.{suffix}", bent.tobytes()


def other_things() -> Iterator[Named]:
    yield "empty.jpg", b""
    yield "one byte.png", b"\x89"
    yield "text.jpg", b"Dear Anna, the photo is in the other envelope.\n" * 40
    yield "page.png", b"<!doctype html><html><body>404</body></html>"
    yield (
        "drawing.jpg",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>',
    )
    yield "animation.jpg", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
    yield "bitmap.jpg", b"BM" + bytes(60)
    yield "document.tif", b"%PDF-1.4\n%%EOF"
    yield "archive.webp", b"PK\x03\x04" + bytes(60)
    yield "apple.jpg", struct.pack(">I", 24) + b"ftypheic" + bytes(4) + b"mif1heic" + bytes(40)
    yield "jxl.jpg", b"\xff\x0a" + bytes(60)
    yield "matrix.jpg", b"1,2,3\n4,5,6\n"
    yield "zeros.tif", bytes(4096)
    yield "name with [page=3] and % signs.jpg", b""


EXTENDED = b"http://ns.adobe.com/xmp/extension/\0" + b"A" * 32
EXIF_WITH_NOTES = (
    b"Exif\0\0II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x1a\0\0\0\0\0\0\0"
    b"\x01\0\x7c\x92\x07\0\x90\x01\0\0\x2c\0\0\0\0\0\0\0"
)


def jpegs() -> Iterator[Named]:
    whole = saved("JPEG", quality=90)
    yield from truncated("plain", "jpg", whole)
    yield from truncated("progressive", "jpg", saved("JPEG", progressive=True), 4)
    yield from flipped("jpeg", "jpg", whole, 6)
    frame = whole.index(b"\xff\xc0")
    for words, place, value in [
        ("of 65500 rows and columns", 5, struct.pack(">HH", 65500, 65500)),
        ("of no rows", 5, struct.pack(">HH", 0, 128)),
        ("of no columns", 5, struct.pack(">HH", 96, 0)),
        ("twice as high as it is", 5, struct.pack(">HH", 192, 128)),
        ("of 12 bits", 4, b"\x0c"),
        ("of 200 channels", 9, b"\xc8"),
        ("with a table that is not there", 12, b"\x03"),
    ]:
        yield f"says it is {words}.jpg", whole[: frame + place] + value + whole[frame + place + len(value) :]
    for words, marker, payload in [
        ("64 KB of garbage for EXIF", 0xE1, b"Exif\0\0" + b"\xde\xad\xbe\xef" * 16000),
        (
            "EXIF that points at itself",
            0xE1,
            b"Exif\0\0II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0",
        ),
        ("EXIF with 65535 tags", 0xE1, b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(60000)),
        ("an absurd profile", 0xE2, b"ICC_PROFILE\0\x01\x01" + b"\xff" * 40000),
        ("a profile in 255 parts, of which one is here", 0xE2, b"ICC_PROFILE\0\x01\xff" + b"x" * 300),
        ("broken XMP", 0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><rdf:RDF><<<" + b"\xff" * 500),
        ("broken IPTC", 0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\xff\xff\xff\xff\x1c\x02"),
        ("Photoshop's resources without end", 0xED, b"Photoshop 3.0\x008BIM\x04\x0b\xff" + b"8BIM" * 900),
        ("MakerNotes of garbage", 0xE1, EXIF_WITH_NOTES + b"\x20\0" + b"\x02\0\xff\xff\xff\xff\x07\0" * 50),
        ("a long comment", 0xFE, b"\xff\xd9" * 32000),
    ]:
        segment = bytes([0xFF, marker]) + struct.pack(">H", min(len(payload), 65533) + 2) + payload[:65533]
        yield f"has {words}.jpg", whole[:2] + segment + whole[2:]
    main = (
        b"<x:xmpmeta><rdf:RDF><rdf:Description n:HasExtendedXMP='" + b"A" * 32 + b"'/></rdf:RDF></x:xmpmeta>"
    )
    for words, pieces in {
        "of which a part is missing": [(90, 40, b"</rdf:RDF>")],
        "said to be of 4 GB": [(0xFFFFFFFF, 0, b"<rdf:RDF>"), (0xFFFFFFFF, 0xFFFFFFF0, b"</rdf:RDF>")],
        "in a thousand pieces at one place": [(1000, 0, b"x")] * 1000,
    }.items():
        rest = [EXTENDED + struct.pack(">II", *place) + part for *place, part in pieces]
        segments = [b"http://ns.adobe.com/xap/1.0/\0" + main, *rest]
        body = b"".join(b"\xff\xe1" + struct.pack(">H", len(each) + 2) + each for each in segments)
        yield f"has XMP {words}.jpg", whole[:2] + body + whole[2:]
    progressive = saved("JPEG", progressive=True)
    frame = progressive.index(b"\xff\xc2")
    huge = progressive[: frame + 5] + struct.pack(">HH", 20_000, 20_000) + progressive[frame + 9 :]
    yield "progressive, of 400 megapixels.jpg", huge
    yield "only its beginning.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\0"
    yield "segment beyond the end.jpg", b"\xff\xd8\xff\xe1\xff\xff" + b"Exif\0\0" + bytes(100)
    yield "also an archive.jpg", whole + b"PK\x05\x06" + bytes(18)
    yield "also a page.jpg", whole[:2] + b"\xff\xfe\x00\x20<script>alert(1)</script>     \n" + whole[2:]
    yield "fill bytes without end.jpg", b"\xff\xd8" + b"\xff" * 100_000


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(
    width: int, height: int, *chunks: bytes, bits: int = 8, kind: int = 0, rows: bytes | None = None
) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0))
    if rows is None:
        rows = zlib.compress(b"".join(b"\0" + row.tobytes() for row in picture()))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def pngs() -> Iterator[Named]:
    whole = png(128, 96)
    yield from truncated("plain", "png", whole)
    yield from flipped("png", "png", whole, 4)
    yield "bomb.png", png(40_000, 40_000, bits=1, rows=zlib.compress(bytes(40_000 * 5001), 9))
    yield "of no columns.png", png(0, 96)
    yield "of two thousand million columns.png", png(2**31 - 1, 2**31 - 1)
    yield "of half its rows.png", png(128, 192)
    yield "of 3 bits.png", png(128, 96, bits=3)
    yield "of colour type 9.png", png(128, 96, kind=9)
    yield "a palette that is not there.png", png(128, 96, kind=3)
    yield "rows of garbage.png", png(128, 96, rows=b"garbage" * 50)
    yield "no rows.png", png(128, 96, rows=b"")
    yield "a broken checksum.png", whole[:29] + b"\0\0\0\0" + whole[33:]
    yield "text of 4 GB.png", whole[:33] + struct.pack(">I", 0xFFFFFFF0) + b"tEXt" + whole[33:]
    yield (
        "text that swells.png",
        png(128, 96, chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(50_000_000), 9))),
    )
    swelling = zlib.compress(b"\niptc\n       9\n" + b"0" * 50_000_000, 9)
    yield "words that swell.png", png(128, 96, chunk(b"zTXt", b"Raw profile type iptc\0\0" + swelling))
    yield "an absurd profile.png", png(128, 96, chunk(b"iCCP", b"icc\0\0" + zlib.compress(b"\xff" * 9000)))
    yield "garbage for EXIF.png", png(128, 96, chunk(b"eXIf", b"MM\0*" + b"\xff" * 3000))


def tiff(**changes: tuple[int, int, int]) -> bytes:
    """A classic TIFF of the picture; changes: any name -> (tag, type, value) set in its directory."""
    pixels = picture().tobytes()
    tags = {256: (4, 128), 257: (4, 96), 258: (3, 8), 259: (3, 1), 262: (3, 1), 273: (4, 8), 277: (3, 1)}
    tags |= {278: (4, 96), 279: (4, len(pixels))}
    for tag, kind, value in changes.values():
        tags[tag] = (kind, value)
    at = 8 + len(pixels)
    entries = b"".join(
        struct.pack("<HHII", tag, kind, 1, value) for tag, (kind, value) in sorted(tags.items())
    )
    return struct.pack("<2sHI", b"II", 42, at) + pixels + struct.pack("<H", len(tags)) + entries + bytes(4)


def tiffs() -> Iterator[Named]:
    whole = tiff()
    directory = int.from_bytes(whole[4:8], "little")
    yield from truncated("plain", "tif", saved("TIFF", compression="tiff_lzw"))
    yield from flipped("tiff", "tif", whole, 4)
    yield from flipped("directory of tiff", "tif", whole[:8] + whole[directory:], 4)
    yield "directories in a circle.tif", whole[:-4] + struct.pack("<I", directory)
    yield "directory beyond the end.tif", struct.pack("<2sHI", b"II", 42, 4_000_000_000) + bytes(100)
    yield "directory at its own header.tif", struct.pack("<2sHI", b"II", 42, 0) + bytes(100)
    yield "no tags.tif", struct.pack("<2sHI", b"II", 42, 8) + bytes(6)
    yield "65535 tags.tif", struct.pack("<2sHIH", b"II", 42, 8, 65535) + bytes(12 * 65535 + 4)
    yield "BigTIFF of garbage.tif", b"II+\0\x08\0\0\0" + b"\xff" * 200
    for words, change in {
        "of no columns": (256, 4, 0),
        "of four thousand million columns": (256, 4, 4_000_000_000),
        "of 60000 columns in a short strip": (256, 4, 60_000),
        "of 7 bits": (258, 3, 7),
        "of 64 bits": (258, 3, 64),
        "of 200 channels": (277, 3, 200),
        "of unknown compression": (259, 3, 4242),
        "JPEG without tables": (259, 3, 7),
        "fax that is none": (259, 3, 4),
        "deflate that is none": (259, 3, 8),
        "a palette without colours": (262, 3, 3),
        "of unknown colours": (262, 3, 999),
        "in strips of 4 GB": (279, 4, 0xFFFFFFFF),
        "in strips beyond the end": (273, 4, 0xFFFFFF00),
        "of one row a strip": (278, 4, 1),
        "turned the 99th way": (274, 3, 99),
        "with a part that is itself": (330, 4, directory),
        "with EXIF that is itself": (34665, 4, directory),
        "with an absurd profile": (34675, 7, 0xFFFFFFFF),
        "of tiles of no size": (322, 4, 0),
        "of void samples": (339, 3, 4),
        "of signed samples": (339, 3, 2),
    }.items():
        yield f"{words}.tif", tiff(change=change)
    yield "ten thousand pages.tif", many_pages(10_000)
    for words, value in {"not numbers": np.nan, "infinite": np.inf, "below nothing": -1e30}.items():
        yield f"float samples that are {words}.tif", array_tiff(np.full((20, 30), value, np.float32))
    yield (
        "some samples that are not numbers.tif",
        array_tiff(np.where(picture() > 200, np.nan, 0.5).astype(np.float32)),
    )
    yield "complex samples.tif", array_tiff(np.ones((20, 30), np.complex64))
    yield "samples of 64 bits.tif", array_tiff(np.ones((20, 30), np.float64))
    yield "whole samples of 32 bits.tif", array_tiff(np.ones((20, 30), np.uint32))
    yield (
        "seven channels.tif",
        array_tiff(np.ones((20, 30, 7), np.uint8), photometric="rgb", planarconfig="contig"),
    )


def many_pages(count: int) -> bytes:
    """A TIFF of so many pages, every one with a tag of 8 MB that is the same place of the file."""
    pixels = picture().tobytes()
    tags = [(256, 4, 1, 128), (257, 4, 1, 96), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8)]
    tags += [(277, 3, 1, 1), (278, 4, 1, 96), (279, 4, 1, len(pixels)), (65000, 7, 8 << 20, 8)]
    body = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
    start, size = 8 + len(pixels), len(body) + 4
    chain = b"".join(
        body + struct.pack("<I", start + size * (n + 1) if n + 1 < count else 0) for n in range(count)
    )
    return struct.pack("<2sHI", b"II", 42, start) + pixels + chain + bytes(8 << 20)


def array_tiff(array: np.ndarray, **options: object) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, array, **options)
    return file.getvalue()


def webps() -> Iterator[Named]:
    whole = saved("WEBP")
    yield from truncated("plain", "webp", whole, 5)
    yield from flipped("webp", "webp", whole, 3)
    yield "of 4 GB.webp", whole[:4] + b"\xff\xff\xff\xff" + whole[8:]
    canvas = b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff" * 6
    yield "a canvas of 16 million columns.webp", canvas
    yield "only a header.webp", b"RIFF\x04\0\0\0WEBP"


def avifs() -> Iterator[Named]:
    whole = saved("AVIF")
    yield from truncated("plain", "avif", whole, 5)
    yield from flipped("avif", "avif", whole, 4)
    yield "only a brand.avif", struct.pack(">I", 20) + b"ftypavif" + bytes(4) + b"avif"
    yield (
        "a box of no size.avif",
        struct.pack(">I", 20) + b"ftypavif" + bytes(4) + b"avif" + bytes(4) + b"meta",
    )
    yield (
        "a box without end.avif",
        struct.pack(">I", 20) + b"ftypavif" + bytes(4) + b"avif" + b"\xff\xff\xff\xffmeta",
    )
