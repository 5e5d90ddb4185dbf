"""How samples stand for light, where no ICC profile says it: gAMA and cHRM, or coding points (ITU-T H.273)."""

from __future__ import annotations

from dataclasses import dataclass

from tinct.errors import PhotoError

_D65 = (0.3127, 0.3290)
_PRIMARIES = {
    4: (0.310, 0.316, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    7: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
_EXPONENTS = {4: 1 / 2.2, 5: 1 / 2.8, 8: 1.0}
_HIGH_DYNAMIC_RANGE = {16: "PQ", 18: "HLG"}


@dataclass(frozen=True)
class Encoding:
    """Exponent of light to samples, None for the curve of sRGB; xy of white, red, green, blue, None for sRGB's.

    unread: the name of a curve that tinct does not read.
    """

    exponent: float | None = None
    chromaticities: tuple[float, ...] | None = None
    unread: str = ""


def of_code_points(primaries: int, transfer: int) -> Encoding | None:
    """Encoding of code points of colour primaries and transfer characteristics; None for that of sRGB."""
    found = Encoding(
        _EXPONENTS.get(transfer), _PRIMARIES.get(primaries), _HIGH_DYNAMIC_RANGE.get(transfer, "")
    )
    return None if found == Encoding() else found


def check_encoding(name: str, encoding: Encoding | None) -> None:
    """PhotoError for an encoding whose lightness tinct does not know."""
    if encoding is not None and encoding.unread:
        raise PhotoError(
            f"{name}: its samples are of high dynamic range ({encoding.unread}), which tinct does not read; "
            "save it in sRGB"
        )
