"""Every setting of a colouring, its default and its range."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from tinct.deprecation import rename_keys
from tinct.errors import OptionError, suggestion

KINDS = ("photo", "chroma", "layers", "uncertainty")
TONES = ("keep", "auto-contrast")
PROFILES = ("srgb", "p3", "keep")
FORMATS = ("jpeg", "png", "webp", "tiff", "avif", "heic", "jxl")

_RANGES: dict[str, tuple[float, float]] = {
    "vividness": (0.0, 5.0),
    "temperature": (0.01, 10.0),
    "max_megapixels": (0.001, 1_000_000.0),
    "seed": (0, 2**32 - 1),
    "quality": (1, 100),
    "page": (1, 100_000),
    "scales": (1, 8),
}
_WHOLE = ("seed", "quality", "page", "scales")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a photo is to be coloured; frozen, so one record can be shared by many threads.

    Raises OptionError, naming the setting and its range, for a value that is not allowed.
    """

    vividness: float = 1.0
    """Chroma relative to the model's tuned result: 1 is as tuned, 0 is grey (`color.decode.Decoding`)."""

    temperature: float | None = None
    """Temperature of the annealed mean over the colour bins: low decides, high averages; None takes the model's
    tuned value."""

    scales: int | None = None
    """At how many input sizes the network sees the photo, their predictions averaged: 1 is fastest; None is as
    many as the model's manifest names."""

    seed: int = 0
    """Seed of whatever is drawn at random; the same photo, model, options and seed give the same pixels."""

    overwrite: bool = False
    """Whether a result may replace a file that is already there."""

    max_megapixels: float = 500.0
    """A photo larger than this is refused from its header, before any of it is decoded. One that must be
    decoded whole (progressive JPEG, interlaced PNG, WebP, AVIF, HEIC, JPEG XL) is refused as well when that
    takes more than 500 MB, or than as many MB as this says."""

    preview: bool = False
    """A fast look: at most 1,024 pixels wide and high, one input size of the network."""

    page: int | None = None
    """The page of a many-page TIFF to colour, from 1; None colours every page."""

    kind: str = "photo"
    """photo: the photo in colour; chroma: the colour alone, transparent; layers: both, as OpenRaster;
    uncertainty: where the network guesses, with a legend."""

    profile: str = "srgb"
    """Colour space of the result: srgb, p3, keep (the input's, if it can hold colour) or an .icc file."""

    format: str | None = None
    """Format of the result (see FORMATS); None keeps that of the file name, or of the input."""

    quality: int | None = None
    """Quality of a lossy result, 1 to 100; None takes the default of its format."""

    tone: str = "keep"
    """keep: the lightness stays the photo's own; auto-contrast: a faded one spans black to white again."""

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            _check_number(name, getattr(self, name), low, high)
        _check_choice("kind", self.kind, KINDS)
        _check_choice("tone", self.tone, TONES)
        if self.format is not None:
            _check_choice("format", self.format, FORMATS)
        if self.kind == "layers" and self.format is not None:
            raise OptionError(
                f"format is {self.format!r}, but layers are always an .ora file; leave format out"
            )
        if (self.kind, self.format) == ("chroma", "jpeg"):
            raise OptionError(
                "format is 'jpeg', which cannot be transparent as kind chroma is; give png or tiff"
            )
        for name in ("overwrite", "preview"):
            if not isinstance(getattr(self, name), bool):
                raise OptionError(f"{name} is {getattr(self, name)!r}; give True or False")
        if not isinstance(self.profile, str) or not self.profile:
            raise OptionError(f"profile is {self.profile!r}; give srgb, p3, keep or an .icc file")

    @classmethod
    def from_dict(cls, settings: dict[str, Any]) -> Options:
        """Options from names and values, as a file or a request has them; OptionError for an unknown name."""
        return with_settings(cls(), settings)


def with_settings(options: Options, settings: Mapping[str, Any]) -> Options:
    """Options with some fields replaced; OptionError for an unknown name or a value that is not allowed."""
    settings = rename_keys(settings, {"output": "kind"}, "options", OptionError)
    known = [field.name for field in fields(Options)]
    for name in settings:
        if name not in known:
            raise OptionError(f"there is no option {name!r}{suggestion(name, known)}")
    return replace(options, **settings)


def _check_number(name: str, value: Any, low: float, high: float) -> None:
    if value is None and Options.__dataclass_fields__[name].default is None:
        return
    whole = name in _WHOLE
    kind = numbers.Integral if whole else numbers.Real
    if isinstance(value, bool) or not isinstance(value, kind) or not math.isfinite(value):
        kind_of = "whole number" if whole else "number"
        raise OptionError(f"{name} is {value!r}; give a {kind_of} from {low} to {high}")
    if not low <= float(value) <= high:
        raise OptionError(f"{name} is {value}, outside its range; give a number from {low} to {high}")


def _check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise OptionError(f"{name} is {value!r}; give one of {', '.join(choices)}")
