"""Recognition of photos that are in colour already: of several hues, which sepia and toned prints are not."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct.errors import PhotoWarning
from tinct.photo.reading import Photo, read
from tinct.photo.scaling import scaled
from tinct.photo.vips_errors import translate_vips_errors

_SIDE = 120
_LIGHTNESS_BINS = 24
# Standard deviations (Lab) across and along the main axis of what a tone does not explain. Toned, split-toned and
# stained prints stay below 2.6 and 6.3; a photo in colour exceeds one or the other.
_ACROSS, _ALONG = 2.7, 8.5


def is_color_photo(source: Path | str, *, max_megapixels: float = 500.0) -> bool:
    """Whether a photo has colours of several hues; a toned, sepia or unevenly faded one has none.

    Raises PhotoError for what is no photo, or a larger one.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PhotoWarning)
        opened = read(source, max_megapixels=max_megapixels)
    return is_in_color(opened)


def is_in_color(opened: Photo) -> bool:
    """Whether an opened photo has colours of several hues, as `is_color_photo` tells of a file."""
    scale = min(1.0, _SIDE / max(opened.width, opened.height))
    small = scaled(opened, max(1, round(opened.width * scale)), max(1, round(opened.height * scale)))
    with translate_vips_errors(opened.name):
        pixels = small.pixels()
        if pixels.bands - opened.has_alpha < 3:
            return False
        if opened.white != 1.0:
            pixels = pixels / opened.white
        if pixels.hasalpha():
            pixels = pixels.extract_band(0, n=pixels.bands - 1)
        lab: NDArray[Any] = pixels.colourspace("lab").numpy()
    return has_several_hues(lab)


def has_several_hues(lab: NDArray[Any]) -> bool:
    """Whether Lab pixels (h, w, 3) have colours that no tone explains.

    A tone is a function of lightness: of each pixel the median colour of its lightness is taken away. What remains of
    a toned print is noise, and of a stained or faded one a spread along a single axis.
    """
    lightness, ab = lab[..., 0].ravel(), lab[..., 1:].reshape(-1, 2).astype(float)
    bins = np.clip(lightness / 100 * _LIGHTNESS_BINS, 0, _LIGHTNESS_BINS - 1).astype(int)
    for number in np.unique(bins):
        inside = bins == number
        ab[inside] -= np.median(ab[inside], axis=0)
    across, along = np.sqrt(np.maximum(np.linalg.eigvalsh(np.cov(ab.T)), 0))
    return bool(across > _ACROSS or along > _ALONG)
