"""Errors of libvips and other libraries as one sentence for the user."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pyvips

from tinct.errors import PhotoError

_CODECS = {
    2: "CCITT RLE", 3: "CCITT fax 3", 4: "CCITT fax 4", 6: "old-style JPEG", 7: "JPEG", 9: "JBIG", 10: "JBIG",
    32766: "NeXT", 32771: "CCITT RLE", 32809: "ThunderScan", 32908: "PixarFilm", 32909: "PixarLog",
    33003: "JPEG 2000", 33004: "JPEG 2000", 33005: "JPEG 2000", 34661: "JBIG", 34676: "SGI LogLuv",
    34677: "SGI LogLuv", 34712: "JPEG 2000", 34887: "LERC", 34892: "lossy JPEG", 34925: "LZMA", 34933: "PNG",
    34934: "JPEG XR", 50000: "Zstandard", 50001: "WebP", 50002: "JPEG XL", 52546: "JPEG XL",
}  # fmt: skip
_TOO_EARLY = ("premature", "truncated", "end of", "out of data", "too short", "got 0 bytes", "seek error")


class translate_vips_errors:  # noqa: N801 (reads as a word: with translate_vips_errors(photo.name))
    """Translate errors of libvips inside the block into a PhotoError about the photo or target.

    unread: returns, when called, what libvips has no decoder for in an intact photo.
    """

    def __init__(
        self, name: str, target: Path | None = None, unread: Callable[[], str | None] = lambda: None
    ) -> None:
        self.name = name
        self.target = target
        self.unread = unread

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, fault: BaseException | None, trace: object) -> None:
        if isinstance(fault, pyvips.Error):
            raise PhotoError(_plain(fault, self.name, self.target, self.unread)) from None


def codec_name(number: int) -> str:
    """Name of a TIFF compression: "compression by LZMA"."""
    return f"compression by {_CODECS[number]}" if number in _CODECS else f"compression {number}"


def first_line(fault: BaseException) -> str:
    """First line of the message of an error, or its type if it has none."""
    return (str(fault).splitlines() or [type(fault).__name__])[0]


def _plain(fault: pyvips.Error, name: str, target: Path | None, unread: Callable[[], str | None]) -> str:
    """One sentence about an error of libvips, which may have many lines."""
    lines = [line.strip() for line in (fault.detail or fault.message).splitlines() if line.strip()]
    text = lines[-1] if lines else "unknown fault"
    whole = " ".join(lines).lower()
    if "no space left" in whole or "file too large" in whole:
        return f"{target or name}: the disk is full; free some space and run again"
    if (codec := _missing_codec(whole)) is not None:
        return f"{name}: {codec}, which tinct does not read; save it with deflate, LZW or no compression"
    if (kind := unread()) is not None:
        return f"{name}: {kind}, which tinct does not read; save it with 8 or 16 bits as PNG or TIFF"
    if re.search("not supported|unsupported|not implemented|unimplemented", whole):
        reason = text.rpartition(": ")[2]
        return (
            f"{name}: a file of a kind that tinct does not read ({reason}); save it anew with another program"
        )
    if any(word in whole for word in _TOO_EARLY):
        return f"{name}: the file ends too early; copy it again from where it came"
    if target is not None and any(word in whole for word in ("write", "system error", "wtarget")):
        return f"{target}: cannot be written ({text}); see that there is room and that you may write there"
    if text.startswith("unable to"):
        text = "it cannot be decoded"
    remedy = "copy it again or save it anew with another program"
    return f"{name}: the file is damaged or cut short ({text}); {remedy}"


def _missing_codec(whole: str) -> str | None:
    """Name of the compression of a TIFF that libtiff has no decoder for."""
    if (found := re.search(r"compression scheme (\d+) (?:strip|tile|scanline) decoding", whole)) is not None:
        return codec_name(int(found.group(1)))
    found = re.search(r"(\w+) compression support is not configured", whole)
    spoken = {"zstd": "Zstandard"}
    return f"compression by {spoken.get(found.group(1), found.group(1).upper())}" if found else None
