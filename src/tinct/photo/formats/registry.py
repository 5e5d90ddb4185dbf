"""File formats that tinct reads and writes: signatures, loaders and options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from tinct.errors import PhotoError


@dataclass(frozen=True)
class Format:
    """A file format: suffixes (the first is written), deepest samples, loader of libvips.

    HEIC and JPEG XL have no loader: `pillow_codecs` reads and writes them.
    """

    name: str
    suffixes: tuple[str, ...]
    deepest: int
    loader: str


FORMATS = {
    kind.name: kind
    for kind in (
        Format("jpeg", (".jpg", ".jpeg", ".jpe", ".jfif"), 8, "jpegload"),
        Format("png", (".png",), 16, "pngload"),
        Format("webp", (".webp",), 8, "webpload"),
        Format("tiff", (".tif", ".tiff"), 32, "tiffload"),
        Format("avif", (".avif",), 16, "heifload"),
        Format("heic", (".heic", ".heif", ".hif"), 16, ""),
        Format("jxl", (".jxl",), 8, ""),
    )
}

# Read but not written: their results are PNG.
READ_ONLY = {
    kind.name: kind
    for kind in (Format("gif", (".gif",), 8, "gifload"), Format("bmp", (".bmp", ".dib"), 8, ""))
}
READABLE = FORMATS | READ_ONLY

_FTYP_AVIF = (b"avif", b"avis")
_FTYP_HEIC = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis")


def sniff(head: bytes) -> str | None:
    """Name of the format whose signature the first bytes (64 or more) have, or None."""
    return next((name for name, bears in _SIGNATURES.items() if bears(head)), None)


def format_of(path: Path) -> str:
    """Name of the format of a suffix; PhotoError for one that tinct does not write."""
    suffix = path.suffix.lower()
    for kind in FORMATS.values():
        if suffix in kind.suffixes:
            return kind.name
    known = ", ".join(kind.suffixes[0] for kind in FORMATS.values())
    raise PhotoError(
        f"{path}: tinct cannot write {suffix or 'a file without a suffix'}; end its name in one of {known}"
    )


def result_suffix(path: Path) -> str:
    """The suffix of a photo's result: its own, or one for its content where it has none that is written."""
    kind = format_by_name(path)
    if kind is None and not path.suffix:
        kind = format_by_content(path)
    if kind is None:
        return path.suffix
    written = kind if kind in FORMATS else "png"
    return path.suffix if path.suffix and written == kind else suffix_of(written)


def format_by_name(path: PurePath) -> str | None:
    """Name of the readable format that a suffix stands for, or None."""
    suffix = path.suffix.lower()
    return next((kind.name for kind in READABLE.values() if suffix in kind.suffixes), None)


def format_by_content(path: Path) -> str | None:
    """Name of the readable format of a regular file, or None."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return sniff(file.read(512))
    except (OSError, ValueError):
        return None


def suffix_of(name: str) -> str:
    """Suffix of a format, with its dot; PhotoError for an unknown name."""
    return get_format(name).suffixes[0]


def get_format(name: str) -> Format:
    """The format of that name; PhotoError with the valid names if there is none."""
    try:
        return FORMATS[name]
    except KeyError:
        raise PhotoError(
            f"{name}: not a format that tinct writes; choose one of {', '.join(FORMATS)}"
        ) from None


def _is_ftyp(brands: tuple[bytes, ...]) -> Callable[[bytes], bool]:
    def bears(head: bytes) -> bool:
        if head[4:8] != b"ftyp":
            return False
        length = min(int.from_bytes(head[:4], "big"), len(head))
        named = [head[8:12], *(head[at : at + 4] for at in range(16, length - 3, 4))]
        return any(brand in brands for brand in named)

    return bears


# Sizes of the header behind that of the file.
_BMP_HEADERS = tuple(size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124))
_SIGNATURES: dict[str, Callable[[bytes], bool]] = {
    "jpeg": lambda head: head.startswith(b"\xff\xd8\xff"),
    "png": lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"),
    "webp": lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP",
    "tiff": lambda head: head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    "avif": _is_ftyp(_FTYP_AVIF),
    "heic": _is_ftyp(_FTYP_HEIC),
    "gif": lambda head: head.startswith((b"GIF87a", b"GIF89a")),
    "bmp": lambda head: head.startswith(b"BM") and head[14:18] in _BMP_HEADERS,
    "jxl": lambda head: head.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")),
}


def save_options(
    name: str, quality: int | None, source_quality: int | None = None, lossless: bool = False
) -> dict[str, Any]:
    """Arguments for libvips' saver of a format; quality 1..100 matters to JPEG, WebP and AVIF only.

    Without a quality a JPEG gets its source's, 85 at least. Chroma, which is what we add, is stored in full
    unless the source is a JPEG of low quality. lossless: the source is a WebP or AVIF without loss, and so is the
    result, unless a quality below 100 is asked for.
    """
    exactly = lossless and quality in (None, 100)
    if name == "jpeg":
        chosen = quality or max(85, min(source_quality or 92, 97))
        coarse = (quality or source_quality or 92) < 85
        return {"Q": chosen, "subsample_mode": "on" if coarse else "off"}
    if name == "png":
        # Of all pairs the one that is nearly the smallest and nearly the fastest on photos.
        return {"compression": 3, "filter": "paeth"}
    if name == "webp" and exactly:
        return {"lossless": True, "exact": True}
    if name == "avif" and exactly:
        return {"lossless": True, "compression": "av1", "effort": 3}
    if name == "webp":
        return {"Q": quality or 90, "smart_subsample": True}
    if name == "avif":
        return {"Q": quality or 75, "compression": "av1", "effort": 3, "subsample_mode": "off"}
    return {}


def tiff_save_options(compression: int, tile: tuple[int, int] | None) -> dict[str, Any]:
    """Options of the TIFF saver: a compression by its TIFF number if lossless, else deflate."""
    options: dict[str, Any] = {"compression": _LOSSLESS.get(compression, "deflate")}
    if options["compression"] in ("deflate", "lzw", "zstd"):
        options["predictor"] = "horizontal"
    if tile is not None:
        options |= {"tile": True, "tile_width": tile[0], "tile_height": tile[1]}
    return options


_LOSSLESS = {1: "none", 5: "lzw", 8: "deflate", 32946: "deflate", 32773: "packbits", 50000: "zstd"}
