"""Colour for black-and-white photographs, offline, at full size and depth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinct.version import __version__

__all__ = [
    "Colorizer",
    "Hint",
    "ModelError",
    "OptionError",
    "Options",
    "PhotoError",
    "Recipe",
    "Session",
    "TinctError",
    "__version__",
    "colorize",
]

_HOMES = {
    "Colorizer": "tinct.colorizer",
    "colorize": "tinct.colorizer",
    "Hint": "tinct.guidance.hints",
    "Options": "tinct.options",
    "Recipe": "tinct.guidance.recipe",
    "Session": "tinct.session",
    "TinctError": "tinct.errors",
    "ModelError": "tinct.errors",
    "OptionError": "tinct.errors",
    "PhotoError": "tinct.errors",
}

if TYPE_CHECKING:
    from tinct.colorizer import Colorizer, colorize
    from tinct.errors import ModelError, OptionError, PhotoError, TinctError
    from tinct.guidance.hints import Hint
    from tinct.guidance.recipe import Recipe
    from tinct.options import Options
    from tinct.session import Session


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'tinct' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
