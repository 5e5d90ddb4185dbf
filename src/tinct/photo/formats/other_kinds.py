"""Image formats that tinct does not read, for error messages and reports."""

from __future__ import annotations

from pathlib import Path

# Camera raw files, by how they begin where that is not as a plain TIFF does.
_RAW_HEADS = {
    b"IIRO": "Olympus ORF",
    b"IIRS": "Olympus ORF",
    b"MMOR": "Olympus ORF",
    b"IIU\0": "Panasonic RW2",
    b"FUJIFILMCCD-RAW": "Fujifilm RAF",
    b"FOVb": "Sigma X3F",
    b"\0MRM": "Minolta MRW",
    b"ARRI": "ARRIRAW",
}
_HEADS = {
    b"BM": "BMP",
    b"8BPS": "Photoshop PSD",
    b"%PDF": "PDF",
    b"\0\0\0\x0cjP  ": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"II\xbc": "JPEG XR",
    b"v/1\x01": "OpenEXR",
    b"#?RADIANCE": "Radiance HDR",
    b"#?RGBE": "Radiance HDR",
    b"gimp xcf": "GIMP XCF",
    b"SIMPLE  =": "FITS",
    b"AT&TFORM": "DjVu",
    b"qoif": "QOI",
    b"SDPX": "DPX",
    b"XPDS": "DPX",
    b"DDS ": "DDS",
}
_NETPBM = (b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"P7", b"PF", b"Pf")

RAW_SUFFIXES = frozenset({
    ".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".fff", ".iiq", ".kdc", ".mef", ".mos",
    ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f",
})  # fmt: skip
_IMAGE_SUFFIXES = frozenset({
    ".apng", ".avifs", ".btf", ".dds", ".djvu", ".dpx", ".exr", ".fit", ".fits", ".hdp", ".hdr", ".heics",
    ".ico", ".j2k", ".jls", ".jp2", ".jpf", ".jpm", ".jps", ".jpx", ".jxr", ".mpo", ".pam", ".pbm", ".pcd",
    ".pct", ".pcx", ".pdf", ".pfm", ".pgm", ".pic", ".pnm", ".ppm", ".psb", ".psd", ".pxr", ".qoi", ".ras",
    ".rgbe", ".sgi", ".svg", ".tf8", ".tga", ".wdp", ".xbm", ".xcf", ".xpm",
})  # fmt: skip


def camera_raw(head: bytes) -> str | None:
    """The kind of a camera raw file that starts like this and is not a TIFF; None for others."""
    if head[4:12] == b"ftypcrx ":
        return "Canon CR3"
    if head[6:14] == b"HEAPCCDR":
        return "Canon CRW"
    return next((name for start, name in _RAW_HEADS.items() if head.startswith(start)), None)


def other_kind(head: bytes) -> str | None:
    """The kind of an image or document that tinct does not read; None if unknown."""
    if head[:2] in _NETPBM and head[2:3].isspace():
        return "Netpbm"
    return next((name for start, name in _HEADS.items() if head.startswith(start)), None)


def is_unread_image(path: Path) -> bool:
    """Whether a suffix is that of an image or camera raw file that tinct does not read."""
    suffix = path.suffix.lower()
    return suffix in RAW_SUFFIXES or suffix in _IMAGE_SUFFIXES
