"""Colours by name: those of CSS, and historic dyes, pigments and uniform cloths with the source of each value."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from tinct.color.lab import srgb_to_lab
from tinct.errors import OptionError, suggestion

_HEX = re.compile(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")
MAX_AB = 150.0


@dataclass(frozen=True, slots=True)
class NamedColor:
    """A colour with a name: #rrggbb, its group (css, dye, pigment, cloth) and where the value comes from."""

    name: str
    hex: str
    group: str
    source: str

    @property
    def rgb(self) -> tuple[int, int, int]:
        """sRGB, 0..255."""
        red, green, blue = bytes.fromhex(self.hex[1:])
        return red, green, blue


@cache
def named_colors() -> dict[str, NamedColor]:
    """Every named colour by its name, in the order of the data file: historic ones first."""
    text = resources.files("tinct.guidance").joinpath("colors.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["name"]: NamedColor(row["name"], row["hex"], row["group"], row["source"]) for row in rows}


def parse_color(text: object) -> tuple[float, float]:
    """(a, b) in Lab units of "#rrggbb", "a,b" or a name; OptionError, with the nearest name, for all else."""
    if not isinstance(text, str) or not text.strip():
        raise OptionError(f"color {text!r}: give #rrggbb, a,b in Lab units, or a name of `tinct colors`")
    word = text.strip()
    if _HEX.fullmatch(word):
        digits = word[1:] if len(word) == 7 else "".join(2 * each for each in word[1:])
        return _ab(bytes.fromhex(digits))
    if word.startswith("#"):
        raise OptionError(f"color {word!r}: # is followed by six hexadecimal digits, such as #4d5d53")
    if "," in word:
        return _lab_pair(word)
    name = " ".join(word.lower().replace("_", " ").replace("-", " ").split())
    known = named_colors()
    found = known.get(name) or known.get(name.replace(" ", ""))
    if found is None:
        close = suggestion(name, list(known))
        raise OptionError(
            f"there is no color {word!r}{close if 'did you mean' in close else '; see tinct colors'}"
        )
    return _ab(bytes(found.rgb))


def _lab_pair(word: str) -> tuple[float, float]:
    parts = word.split(",")
    try:
        a, b = (float(part) for part in parts)
    except ValueError:
        raise OptionError(f"color {word!r}: give two numbers a,b in Lab units, such as 20,-35") from None
    if not (math.isfinite(a) and math.isfinite(b)) or max(abs(a), abs(b)) > MAX_AB:
        raise OptionError(f"color {word!r}: a and b are Lab units from {-MAX_AB:g} to {MAX_AB:g}")
    return a, b


def _ab(rgb: bytes) -> tuple[float, float]:
    _, a, b = srgb_to_lab(np.frombuffer(rgb, np.uint8) / 255.0)
    return float(a), float(b)
