"""Chunks of a PNG (3rd edition, 5.3): read, insert, replace."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from tinct.photo.metadata.encoding import Encoding, of_code_points

_TEXTS = (b"tEXt", b"zTXt", b"iTXt", b"tIME")
_XMP = b"XML:com.adobe.xmp\0"
# Written where readers look for them; a profile in words would be that of the input.
_NOT_CARRIED = (
    _XMP,
    *(b"Raw profile type %s\0" % kind for kind in (b"icc", b"icm", b"exif", b"APP1", b"xmp")),
)
_MOST_BYTES = 16 << 20
# Of a raw profile in digits; IPTC has room for a few thousand words.
_LONGEST_PROFILE = 2 << 20


def texts(file: BinaryIO) -> tuple[bytes, ...]:
    """Text and time chunks of a PNG, complete, in order; without EXIF, XMP and profiles."""
    found, budget = [], _MOST_BYTES
    for name, at, length in chunks(file):
        if name not in _TEXTS or length > budget:
            continue
        file.seek(at)
        data = file.read(length)
        if len(data) == length and not data.startswith(_NOT_CARRIED):
            found.append(chunk(name, data))
            budget -= length
    return tuple(found)


def xmp(file: BinaryIO) -> bytes | None:
    """XMP packet of a PNG, from an iTXt chunk or a raw profile of ImageMagick."""
    profiles = []
    for name, at, length in chunks(file):
        if name not in _TEXTS or length > _MOST_BYTES:
            continue
        file.seek(at)
        data = file.read(length)
        if name == b"iTXt" and data.startswith(_XMP):
            return _international_text(data[len(_XMP) :])
        profiles.append(chunk(name, data))
    return raw_profile(profiles, "xmp") or None


def _international_text(data: bytes) -> bytes | None:
    """Text of an iTXt chunk after its keyword, decompressed."""
    packed, rest = data[:1], data[2:]
    text = rest.split(b"\0", 2)[-1]
    if packed != b"\1":
        return text
    try:
        return zlib.decompressobj().decompress(text, _MOST_BYTES)
    except zlib.error:
        return None


def set_checksum(file: BinaryIO, wanted: bytes) -> None:
    """Update the checksum of the first chunk of that name in a PNG open for reading and writing."""
    for name, at, length in chunks(file):
        if name == wanted:
            file.seek(at)
            data = file.read(length)
            file.write(struct.pack(">I", zlib.crc32(name + data)))
            return


def encoding(file: BinaryIO) -> Encoding | None:
    """What cICP, or gAMA and cHRM, of a PNG say (3rd edition, 4.3); None without them or below sRGB and iCCP."""
    exponent, chromaticities, calibrated = 0.0, None, False
    for name, at, length in chunks(file):
        if name == b"cICP" and length == 4:
            file.seek(at)
            return of_code_points(*file.read(2))
        calibrated |= name in (b"sRGB", b"iCCP")
        if name == b"gAMA" and length == 4:
            file.seek(at)
            exponent = int.from_bytes(file.read(4), "big") / 100_000
        if name == b"cHRM" and length == 32:
            file.seek(at)
            data = file.read(32)
            if len(data) == 32:
                chromaticities = tuple(value / 100_000 for value in struct.unpack(">8I", data))
        if name == b"IDAT":
            break
    return Encoding(exponent, chromaticities) if 0.05 <= exponent <= 5 and not calibrated else None


def raw_profile(carried: Sequence[bytes], name: str) -> bytes:
    """Content of a "Raw profile type" text chunk of ImageMagick among PNG chunks; b"" for none."""
    keyword = f"Raw profile type {name}".encode() + b"\0"
    for whole in carried:
        kind, data = whole[4:8], whole[8:-4]
        if not data.startswith(keyword) or kind not in (b"tEXt", b"zTXt", b"iTXt"):
            continue
        text = data[len(keyword) :]
        if kind == b"iTXt":
            text = _international_text(text) or b""
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


def raw_profile_chunk(name: str, data: bytes) -> bytes:
    """A PNG chunk with a raw profile, as `raw_profile` reads it."""
    digits = data.hex()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    text = f"\n{name}\n{len(data):8d}\n{lines}\n".encode("ascii")
    return chunk(b"zTXt", f"Raw profile type {name}".encode("ascii") + b"\0\0" + zlib.compress(text))


def add_chunks(file: BinaryIO, added: Sequence[bytes]) -> None:
    """Append chunks to a PNG open for reading and writing."""
    if not added:
        return
    end = file.seek(-12, io.SEEK_END)
    last = file.read(12)
    file.seek(end)
    file.write(b"".join(added) + last)


def chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """(name, offset of the data, length) of each chunk up to IEND."""
    at = 8
    while True:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8 or head[4:] == b"IEND":
            return
        length, name = struct.unpack(">I4s", head)
        yield name, at + 8, length
        at += 12 + length


def chunk(name: bytes, data: bytes) -> bytes:
    """A complete chunk."""
    checksum = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)
