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
from tinct.errors import OptionError

_HEX = re.compile(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")
MAX_AB = 150.0
# Likeness, from 0 to 1, from which another spelling is a slip of the fingers rather than another name.
_TYPING_ERROR = 0.85
_HUES = frozenset(
    ["red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "grey", "gray"]
)
_SHADES = frozenset(["dark", "deep", "light", "medium", "pale"])
# Letters from which a word means the same inside a longer one: "brick" in "firebrick", but not "ink" in "pink".
_LEAST_PART = 4


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

    def holds(self, word: str) -> bool:
        """Whether the name has a word or a part of one in it, written together or apart, in any case."""
        return (joined_name(word) or word) in joined_name(self.name)


@cache
def named_colors() -> dict[str, NamedColor]:
    """Every named colour by its name, in the order of the data file: historic ones first."""
    text = resources.files("tinct.guidance").joinpath("colors.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["name"]: NamedColor(row["name"], row["hex"], row["group"], row["source"]) for row in rows}


def joined_name(text: str) -> str:
    """A name as names are compared: in lower case, without spaces, hyphens and underscores."""
    return re.sub(r"[\s_-]+", "", text.lower())


def find_color(name: str) -> NamedColor | None:
    """The colour of a name, written together or apart, in any case; None if there is none."""
    return _by_joined_name().get(joined_name(name))


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
    found = find_color(word)
    if found is None:
        close = _nearest(word)
        asked = f"; did you mean {close!r}?" if close else "; see tinct colors"
        raise OptionError(f"there is no color {word!r}{asked}")
    return _ab(bytes(found.rgb))


@cache
def _by_joined_name() -> dict[str, NamedColor]:
    return {joined_name(name): each for name, each in named_colors().items()}


def _nearest(name: str) -> str | None:
    """The known name that a word may stand for: by its letters if they nearly agree, else by a word in common."""
    from difflib import SequenceMatcher, get_close_matches

    known, joined = _by_joined_name(), joined_name(name)
    if typed := get_close_matches(joined, known, n=1, cutoff=_TYPING_ERROR):
        return known[typed[0]].name
    # "brick" of "brick red" says more than "red" does, and "red" more than "dark".
    for word in sorted(_words(name), key=lambda each: (each in _SHADES, each in _HUES, -len(each))):
        if word in known:
            return known[word].name
        holding = [key for key, each in known.items() if word in each.name.split()]
        holding = holding or [key for key in known if len(word) >= _LEAST_PART and word in key]
        if holding:
            return known[max(holding, key=lambda each: SequenceMatcher(None, joined, each).ratio())].name
    close = get_close_matches(joined, known, n=1, cutoff=0.5)
    return known[close[0]].name if close else None


def _words(name: str) -> list[str]:
    """The words of a name as it is written, all of it together, and the known words of which that is made."""
    written, joined = re.split(r"[\s_-]+", name.lower()), joined_name(name)
    return list(dict.fromkeys([joined, *_parted(joined), *filter(None, written)]))


def _parted(joined: str) -> list[str]:
    """Known words at the ends of a name, taken off one by one, and what is left."""
    parts = []
    while word := next(
        (
            each
            for each in _vocabulary()
            if each != joined and (joined.startswith(each) or joined.endswith(each))
        ),
        None,
    ):
        parts.append(word)
        joined = joined.removeprefix(word) if joined.startswith(word) else joined.removesuffix(word)
    return [*parts, joined]


@cache
def _vocabulary() -> list[str]:
    """Words that a name may be made of, the longest first."""
    words = {word for name in named_colors() for word in name.split() if len(word) >= _LEAST_PART}
    return sorted(words | _HUES | _SHADES, key=lambda each: (-len(each), each))


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
