"""References: photos in colour whose matching regions lend their colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct import photo
from tinct.color.hint_propagation import Samples
from tinct.color.lab import srgb_to_lab
from tinct.color.resample import resize_area
from tinct.errors import OptionError, PhotoError
from tinct.guidance.recipe import digest
from tinct.models.runtime import Network

Float32Array = NDArray[np.float32]

MODES = ("match", "palette")
MAX_REFERENCES, MAX_MEGAPIXELS = 20, 500.0
# Short side at which photo and reference are compared, and of the pixels that colours are taken from.
SHORT_SIDE, _PIXELS = 256, 512
# Stride of the positions compared, and levels of features that count.
_STRIDE, _STRIDES = 8, (8, 16, 32)
# Least mean chroma of a reference; below it is grey.
_LEAST_CHROMA = 2.0
# Matches are at least this alike (cosine); of each square of so many positions the best one counts.
_LEAST_SIMILARITY, _SQUARE = 0.75, 3
# Variance of a matched colour; that of a hint is 0.04.
_NOISE = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A photo in colour: features (c, h, w), of length 1 at each position, mean ab (2, h, w) of each, and its digest.

    ab_all: ab (n, 2) of its pixels.
    """

    features: Float32Array
    ab: Float32Array
    ab_all: Float32Array
    digest: str


def read_references(
    photos: Iterable[str | Path | bytes | Reference], network: Network, strength: Any, mode: str
) -> tuple[Reference, ...]:
    """References of paths and bytes, or as they are; errors as of `read_reference` and `check_references`."""
    given = tuple(Path(each) if isinstance(each, str) else each for each in photos)
    check_references(len(given), strength, mode)
    return tuple(each if isinstance(each, Reference) else read_reference(each, network) for each in given)


def in_order_of(digests: Sequence[str], references: Iterable[Reference]) -> tuple[Reference, ...]:
    """The references of a recipe's digests; OptionError if one is missing."""
    known = {each.digest: each for each in references}
    if missing := [each for each in digests if each not in known]:
        raise OptionError(
            f"the recipe has {len(digests)} reference photos, of which {len(missing)} are missing; "
            "give them all with --reference"
        )
    return tuple(known[each] for each in digests)


def read_reference(source: Path | bytes, network: Network) -> Reference:
    """A reference photo. Raises PhotoError, naming it, for what is no photo, too large, or grey."""
    opened = photo.read(source, max_megapixels=MAX_MEGAPIXELS)
    data = source if isinstance(source, bytes) else source.read_bytes()
    pixels = photo.decode_srgb(data, _PIXELS, name=opened.name)
    pixels = pixels[opened.content_box.slices(*pixels.shape[:2])]
    ab = np.moveaxis(srgb_to_lab(pixels / 255.0)[..., 1:], -1, 0).astype(np.float32)
    if float(np.hypot(*ab).mean()) < _LEAST_CHROMA:
        raise PhotoError(f"{opened.name}: is grey; give a reference in colour")
    features = features_of(opened, network)
    small = np.stack([resize_area(plane, *features.shape[1:]) for plane in ab])
    return Reference(features, small, ab.reshape(2, -1).T, digest(data))


def features_of(opened: photo.Photo, network: Network) -> Float32Array:
    """`encoder_features` of a photo at a short side of 256."""
    return encoder_features(photo.network_input(opened, SHORT_SIDE, network.manifest.input.multiple), network)


def encoder_features(lightness: Float32Array, network: Network) -> Float32Array:
    """Features (c, h, w) of the network's encoder at every 8th pixel of L (H, W), 0..100, of length 1 at each.

    Raises OptionError for a model whose encoder cannot be asked.
    """
    given = network.manifest.input
    arrays = network.encode(lightness).arrays if given.fit == "stretch" and given.size is None else ()
    height, width = (side // _STRIDE for side in lightness.shape)
    levels = [each[0] for each in arrays if lightness.shape[0] // each.shape[2] in _STRIDES]
    if not levels:
        raise OptionError(
            f"the model {network.manifest.title} has no encoder to compare photos by; use tinct-m"
        )
    found = []
    for level in levels:
        centred = level - level.mean((1, 2), keepdims=True)
        centred /= np.maximum(np.linalg.norm(centred, axis=0), 1e-6)
        found.append(np.stack([resize_area(plane, height, width) for plane in centred]))
    joined = np.concatenate(found)
    return np.asarray(joined / np.maximum(np.linalg.norm(joined, axis=0), 1e-6), np.float32)


def matched_samples(
    features: Float32Array, references: tuple[Reference, ...], automatic: Float32Array, strength: float
) -> Samples:
    """Soft samples on the grid of `automatic`, ab (2, h, w), where the photo matches a reference.

    A position and one of a reference match if each is the nearest to the other, by the cosine of their features.
    strength: 0..1, how far the colour moves to that of the reference.
    """
    channels, rows, columns = features.shape
    own = features.reshape(channels, -1).T
    best = np.full(len(own), -1.0, np.float32)
    colours = np.zeros((2, len(own)), np.float32)
    for reference in references:
        similarity = own @ reference.features.reshape(channels, -1)
        nearest = similarity.argmax(1)
        mutual = similarity.argmax(0)[nearest] == np.arange(len(own))
        score = np.where(mutual, similarity[np.arange(len(own)), nearest], -1)
        better = score > best
        best = np.where(better, score, best)
        colours[:, better] = reference.ab.reshape(2, -1)[:, nearest[better]]
    score = best.reshape(rows, columns)
    places = [
        (top + int(at[0]), left + int(at[1]))
        for top in range(0, rows, _SQUARE)
        for left in range(0, columns, _SQUARE)
        for square in [score[top : top + _SQUARE, left : left + _SQUARE]]
        for at in [np.unravel_index(int(square.argmax()), square.shape)]
        if square.max() >= _LEAST_SIMILARITY
    ]
    row, column = np.array(places, np.int64).reshape(-1, 2).T
    wanted = colours[:, row * columns + column]
    height, width = automatic.shape[1:]
    at_row, at_column = row * height // rows, column * width // columns
    seeds = np.zeros((height, width, len(places)), bool)
    seeds[at_row, at_column, np.arange(len(places))] = True
    before = automatic[:, at_row, at_column]
    ab = (before + np.float32(strength) * (wanted - before)).astype(np.float32)
    ones = np.ones(len(places), np.float32)
    return Samples(at_row, at_column, seeds, ab, ones * np.float32(_NOISE), ones)


def with_palette(automatic: Float32Array, references: tuple[Reference, ...], strength: float) -> Float32Array:
    """ab (2, h, w) with the mean and deviation of the references' ab (Reinhard et al. 2001), as far as `strength`."""
    theirs = np.concatenate([each.ab_all for each in references])
    mean, deviation = automatic.mean((1, 2), keepdims=True), automatic.std((1, 2), keepdims=True)
    moved = (automatic - mean) / np.maximum(deviation, 1e-3) * theirs.std(0)[:, None, None]
    moved += theirs.mean(0)[:, None, None]
    return np.asarray(automatic + np.float32(strength) * (moved - automatic), np.float32)


def check_references(count: int, strength: Any, mode: str) -> None:
    """OptionError for too many references, a strength outside 0..1 or an unknown mode."""
    if not 0 < count <= MAX_REFERENCES:
        raise OptionError(f"references are {count}; give 1 to {MAX_REFERENCES} photos")
    if isinstance(strength, bool) or not isinstance(strength, int | float) or not 0 <= strength <= 1:
        raise OptionError(f"reference strength is {strength!r}; give a number from 0 to 1")
    if mode not in MODES:
        raise OptionError(f"reference mode is {mode!r}; give one of {', '.join(MODES)}")
