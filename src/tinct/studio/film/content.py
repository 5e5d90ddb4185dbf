"""Films known by their first bytes, so that an upload of anything else is refused before it fills the disk."""

from __future__ import annotations

import re
from pathlib import PurePath

from tinct.studio.project.roots import FILM_SUFFIXES

# First bytes, and the suffix under which a copy is kept if the name says none.
_SIGNATURES = (
    (rb"....(ftyp|moov|mdat|wide|free|skip|pnot)", ".mp4"),
    (rb"\x1aE\xdf\xa3", ".mkv"),
    (rb"RIFF....AVI ", ".avi"),
    (rb"G.{187}G", ".ts"),
    (rb"....G.{191}G", ".m2ts"),
    (rb"\x00\x00\x01[\xba\xb3\xb0\xb5\x0f]", ".mpg"),
    (rb"\x00{0,3}\x00\x00\x01[\x06\x09\x27\x40\x42\x46\x4e\x67]", ".h264"),
    (rb"0&\xb2u\x8ef\xcf\x11", ".wmv"),
    (rb"FLV", ".flv"),
    (rb"OggS", ".ogv"),
    (rb"\x06\x0e\x2b\x34", ".mxf"),
    (rb"\.RMF", ".rm"),
    (rb"\x1f\x07\x00", ".dv"),
    (rb"YUV4MPEG2", ".y4m"),
    (rb"DKIF", ".ivf"),
    (rb"nut/multimedia container", ".nut"),
    (rb"\x00\x00\x00\x00\x00\x01\xbc", ".gxf"),
)


def film_suffix(name: str, head: bytes) -> str | None:
    """The suffix for a copy of a film that begins so; None for what begins like no film."""
    for pattern, usual in _SIGNATURES:
        if re.match(pattern, head, re.DOTALL):
            given = PurePath(name).suffix.lower()
            return given if given[1:] in FILM_SUFFIXES else usual
    return None
