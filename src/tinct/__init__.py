"""Colour for black-and-white photographs, on your own machine, offline, at full size and depth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinct.version import __version__

__all__ = ["Colorizer", "Options", "TinctError", "__version__", "colorize"]

_HOMES = {
    "Colorizer": "tinct.colorizer",
    "colorize": "tinct.colorizer",
    "Options": "tinct.options",
    "TinctError": "tinct.errors",
}

if TYPE_CHECKING:
    from tinct.colorizer import Colorizer, colorize
    from tinct.errors import TinctError
    from tinct.options import Options


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'tinct' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
