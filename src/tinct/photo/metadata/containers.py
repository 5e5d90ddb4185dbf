"""JPEG's segments and PNG's chunks, as far as they hold words that libvips does not carry over."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import pyvips

# A JPEG segment says its length, itself included, in two bytes.
LONGEST_SEGMENT = 65533

COMMENT = 0xFE
_TABLES = 0xDB
# The sum of the luminance table of ISO/IEC 10918-1, K.1, which is quality 50.
_LUMINANCE_SUM = 3688
_STANDALONE = {0x01, *range(0xD0, 0xD8)}
_TEXTS = (b"tEXt", b"zTXt", b"iTXt", b"tIME")
# libvips writes these itself, and a profile in words would be that of the input.
_NOT_CARRIED = (b"XML:com.adobe.xmp\0", b"Raw profile type icc\0", b"Raw profile type icm\0")
_MOST_BYTES = 16 << 20
_PIECE = 1 << 20
# Of a raw profile in digits; IPTC has room for a few thousand words.
_LONGEST_PROFILE = 2 << 20


def jpeg_comments(file: BinaryIO) -> tuple[bytes, ...]:
    """The comments (COM) before the first scan of a JPEG."""
    comments = []
    for marker, at, length in jpeg_segments(file):
        if marker == COMMENT:
            file.seek(at)
            comments.append(file.read(length))
    return tuple(comments)


def jpeg_quality(file: BinaryIO) -> int | None:
    """The quality 1..100 of a JPEG, judged by its first quantisation table; None without one."""
    for marker, at, length in jpeg_segments(file):
        if marker == _TABLES and length >= 65:
            file.seek(at)
            wide, *table = file.read(129)
            values = table[:64]
            if wide >> 4:
                values = [high * 256 + low for high, low in zip(table[:128:2], table[1:128:2], strict=False)]
            percent = 100 * sum(values) / _LUMINANCE_SUM
            return round(max(1.0, min(100.0, (200 - percent) / 2 if percent <= 100 else 5000 / percent)))
    return None


def jpeg_applications(file: BinaryIO, marker: int) -> list[bytes]:
    """The payloads of the segments of that marker before the first scan of a JPEG, 64 MB at most."""
    found, budget = [], 4 * _MOST_BYTES
    for name, at, length in jpeg_segments(file):
        if name == marker and length <= budget:
            file.seek(at)
            found.append(file.read(length))
            budget -= length
    return found


def add_jpeg_segments(file: BinaryIO, segments: Sequence[tuple[int, bytes]]) -> None:
    """Insert (marker, payload) after the application segments of a JPEG open for reading and writing."""
    if not segments:
        return
    place = 2
    for marker, at, length in jpeg_segments(file):
        if not 0xE0 <= marker <= 0xEF:
            break
        place = at + length
    inserted = b"".join(_segment(marker, payload) for marker, payload in segments)
    _make_room(file, place, len(inserted))
    file.seek(place)
    file.write(inserted)


def with_segment(jpeg: bytes, marker: int, payload: bytes) -> bytes:
    """A JPEG with one segment more, its first."""
    return jpeg[:2] + _segment(marker, payload) + jpeg[2:]


def exif_fields(block: bytes) -> dict[str, Any]:
    """An EXIF block in libvips' names: it tells them only of a JPEG, so one is made; {} if too long."""
    exif = b"Exif\0\0" + block
    if not block or len(exif) > LONGEST_SEGMENT:
        return {}
    probe = pyvips.Image.black(8, 8).jpegsave_buffer(keep="none")
    probe = pyvips.Image.jpegload_buffer(with_segment(probe, 0xE1, exif))
    return {name: probe.get(name) for name in probe.get_fields() if name.startswith("exif-")}


def png_texts(file: BinaryIO) -> tuple[bytes, ...]:
    """The text and time chunks of a PNG, whole, in order; not XMP, which libvips knows."""
    found, budget = [], _MOST_BYTES
    for name, at, length in _chunks(file):
        if name not in _TEXTS or length > budget:
            continue
        file.seek(at)
        data = file.read(length)
        if len(data) == length and not data.startswith(_NOT_CARRIED):
            found.append(_chunk(name, data))
            budget -= length
    return tuple(found)


def png_profile(chunks: Sequence[bytes], name: str) -> bytes:
    """What a "Raw profile type" text among whole PNG chunks holds, as ImageMagick writes them; b"" for none."""
    keyword = f"Raw profile type {name}".encode() + b"\0"
    for chunk in chunks:
        kind, data = chunk[4:8], chunk[8:-4]
        if not data.startswith(keyword) or kind not in (b"tEXt", b"zTXt"):
            continue
        text = data[len(keyword) :]
        try:
            if kind == b"zTXt":
                text = zlib.decompressobj().decompress(text[1:], _LONGEST_PROFILE)
            if len(text) >= _LONGEST_PROFILE:
                continue
            _, _, _, digits = text.split(b"\n", 3)
            return bytes.fromhex(digits.decode("ascii"))
        except (zlib.error, ValueError):
            continue
    return b""


def png_profile_chunk(name: str, data: bytes) -> bytes:
    """A whole PNG chunk that holds a raw profile, as `png_profile` reads it."""
    digits = data.hex()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    text = f"\n{name}\n{len(data):8d}\n{lines}\n".encode("ascii")
    return _chunk(b"zTXt", f"Raw profile type {name}".encode("ascii") + b"\0\0" + zlib.compress(text))


def add_png_texts(file: BinaryIO, chunks: Sequence[bytes]) -> None:
    """Add chunks at the end of a PNG that is open for reading and writing."""
    if not chunks:
        return
    end = file.seek(-12, io.SEEK_END)
    last = file.read(12)
    file.seek(end)
    file.write(b"".join(chunks) + last)


def bare_webp_exif(file: BinaryIO) -> None:
    """Take JPEG's mark off the EXIF chunk of a WebP open for reading and writing; the standard has none there."""
    end, at = file.seek(0, io.SEEK_END), 12
    while at + 8 <= end:
        file.seek(at)
        name, length = struct.unpack("<4sI", file.read(8))
        if name == b"EXIF" and file.read(6) == b"Exif\0\0":
            rest = file.read()
            file.seek(at)
            file.write(struct.pack("<4sI", name, length - 6) + rest)
            size = file.tell()
            file.truncate()
            file.seek(4)
            file.write(struct.pack("<I", size - 8))
            return
        at += 8 + length + length % 2


def jpeg_segments(file: BinaryIO) -> Iterator[tuple[int, int, int]]:
    """(marker, where its payload begins, its length) of each segment up to the first scan."""
    at = 2
    while True:
        file.seek(at)
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF:
            return
        marker = head[1]
        if marker == 0xFF or marker in _STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in (0xDA, 0xD9):
            return
        length = int.from_bytes(head[2:4], "big")
        if length < 2:
            return
        yield marker, at + 4, length - 2
        at += 2 + length


def _segment(marker: int, payload: bytes) -> bytes:
    payload = payload[:LONGEST_SEGMENT]
    return bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2, "big") + payload


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """(name, where its data begins, its length) of each chunk up to IEND."""
    at = 8
    while True:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8 or head[4:] == b"IEND":
            return
        length, name = struct.unpack(">I4s", head)
        yield name, at + 8, length
        at += 12 + length


def _chunk(name: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)


def _make_room(file: BinaryIO, place: int, size: int) -> None:
    """Move all that stands at `place` and after it `size` bytes on, from the end backwards."""
    end = file.seek(0, io.SEEK_END)
    while end > place:
        start = max(place, end - _PIECE)
        file.seek(start)
        piece = file.read(end - start)
        file.seek(start + size)
        file.write(piece)
        end = start
