"""Resolution of a photo, exactly as stored: read from and written to each format."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

from tinct.photo.metadata import jpeg, png, tiff

NONE, INCH, CENTIMETRE = 1, 2, 3
TAGS = frozenset([tiff.X_RESOLUTION, tiff.Y_RESOLUTION, tiff.RESOLUTION_UNIT])
_LARGEST = 0xFFFFFFFF
_IN_MILLIMETRES = {INCH: Fraction(254, 10), CENTIMETRE: Fraction(10)}


@dataclass(frozen=True)
class Resolution:
    """Pixels across and down, in a unit of TIFF and EXIF: 2 inch, 3 centimetre, 1 none (aspect ratio only)."""

    across: Fraction
    down: Fraction
    unit: int

    def turned(self) -> Resolution:
        """The resolution after rotation by 90 degrees."""
        return Resolution(self.down, self.across, self.unit)

    def entries(self) -> dict[int, tiff.Entry]:
        """The tags of TIFF and EXIF for it."""
        unit = tiff.Entry(3, 1, struct.pack("<H", self.unit))
        return {
            tiff.X_RESOLUTION: _rational(self.across),
            tiff.Y_RESOLUTION: _rational(self.down),
            tiff.RESOLUTION_UNIT: unit,
        }

    def per_millimetre(self) -> tuple[float, float]:
        """libvips' unit; 1 without a unit."""
        if self.unit not in _IN_MILLIMETRES:
            return 1.0, 1.0
        each = _IN_MILLIMETRES[self.unit]
        return float(self.across / each), float(self.down / each)


def of_directory(directory: tiff.Directory, unit: int = INCH) -> Resolution | None:
    """Resolution in the tags of a TIFF page or EXIF block; None if there is none. unit: the default unit."""
    entries = directory.entries
    across, down = (_fraction(entries.get(tag)) for tag in (tiff.X_RESOLUTION, tiff.Y_RESOLUTION))
    if not across or not down:
        return None
    named = entries[tiff.RESOLUTION_UNIT].number() if tiff.RESOLUTION_UNIT in entries else unit
    return Resolution(across, down, named if named in (NONE, INCH, CENTIMETRE) else NONE)


def of_jpeg(file: BinaryIO) -> Resolution | None:
    """Resolution in the JFIF segment of a JPEG; None without one, or with an aspect ratio of 1 only."""
    for marker, at, length in jpeg.segments(file):
        file.seek(at)
        data = file.read(14)
        if marker == jpeg.APP0 and length >= 14 and data.startswith(b"JFIF\0"):
            unit, across, down = struct.unpack(">BHH", data[7:12])
            if not across or not down or (unit == 0 and across == down):
                return None
            return Resolution(Fraction(across), Fraction(down), {1: INCH, 2: CENTIMETRE}.get(unit, NONE))
    return None


def of_png(file: BinaryIO) -> Resolution | None:
    """Resolution in the pHYs chunk of a PNG, per inch if that is the integer it came from; None without one."""
    for name, at, length in png.chunks(file):
        if name == b"pHYs" and length == 9:
            file.seek(at)
            across, down, unit = struct.unpack(">IIB", file.read(9))
            if not across or not down or (unit == 0 and across == down):
                return None
            if unit != 1:
                return Resolution(Fraction(across), Fraction(down), NONE)
            inches = [round(each * Fraction(254, 10_000)) for each in (across, down)]
            if [round(each / Fraction(254, 10_000)) for each in inches] == [across, down]:
                return Resolution(Fraction(inches[0]), Fraction(inches[1]), INCH)
            return Resolution(Fraction(across, 100), Fraction(down, 100), CENTIMETRE)
    return None


def in_jfif(resolution: Resolution | None) -> bytes | None:
    """JFIF segment with exactly this resolution, an aspect ratio of 1 for None; None if it is no integer."""
    unit, across, down = 0, Fraction(1), Fraction(1)
    if resolution is not None:
        unit, across, down = (
            {INCH: 1, CENTIMETRE: 2}.get(resolution.unit, 0),
            resolution.across,
            resolution.down,
        )
    if across.denominator * down.denominator != 1 or max(across, down) > 0xFFFF:
        return None
    return b"JFIF\0" + struct.pack(">HBHHBB", 0x0102, unit, int(across), int(down), 0, 0)


def set_in_png(file: BinaryIO, resolution: Resolution | None) -> None:
    """Set the pHYs chunk of a PNG open for reading and writing; for None an aspect ratio of 1."""
    across, down, unit = 1, 1, 0
    if resolution is not None and resolution.unit in _IN_MILLIMETRES:
        each = _IN_MILLIMETRES[resolution.unit]
        across, down, unit = round(resolution.across / each * 1000), round(resolution.down / each * 1000), 1
    elif resolution is not None:
        across, down = _ratio(resolution)
    for name, at, length in png.chunks(file):
        if name == b"pHYs" and length == 9:
            file.seek(at - 8)
            file.write(png.chunk(b"pHYs", struct.pack(">IIB", max(1, across), max(1, down), unit)))
            return


def _ratio(resolution: Resolution) -> tuple[int, int]:
    """Two integers up to 65535 of nearly the same ratio."""
    ratio = (resolution.across / resolution.down).limit_denominator(1000)
    if not 0 < ratio.numerator <= 0xFFFF:
        return 1, 1
    return ratio.numerator, ratio.denominator


def _fraction(entry: tiff.Entry | None) -> Fraction | None:
    """First value of a tag, rational or not; None if it is not positive."""
    if entry is None:
        return None
    if entry.kind == 5 and len(entry.data) >= 8:
        above, below = struct.unpack_from("<II", entry.data)
        return Fraction(above, below) if above and below else None
    if entry.kind in (3, 4):
        return Fraction(entry.number()) or None
    if entry.kind in (11, 12):
        (number,) = struct.unpack_from("<f" if entry.kind == 11 else "<d", entry.data)
        return Fraction(number) if 0 < number < _LARGEST else None
    return None


def _rational(number: Fraction) -> tiff.Entry:
    bounded = (
        number if max(number.numerator, number.denominator) <= _LARGEST else number.limit_denominator(10**6)
    )
    return tiff.Entry(5, 1, struct.pack("<II", min(_LARGEST, bounded.numerator), bounded.denominator))
