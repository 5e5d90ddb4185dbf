"""How large a photo may be."""

from __future__ import annotations

from tinct.errors import PhotoError


def check_size(name: str, width: int, height: int, max_megapixels: float) -> None:
    """PhotoError when a photo has more than `max_megapixels` million pixels."""
    if width * height > max_megapixels * 1e6:
        raise PhotoError(
            f"{name}: {width} x {height} is {width * height / 1e6:.0f} megapixels, above the limit of "
            f"{max_megapixels:g}; raise max_megapixels if you trust this file"
        )
