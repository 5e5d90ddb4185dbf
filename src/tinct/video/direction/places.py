"""Shots of the same place, found by the features of their key frames, and hints moved from one to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tinct.color.resample import resize_area
from tinct.guidance.hints import Hint, Point

Float32Array = NDArray[np.float32]

# Positions match if each is the other's nearest, and their features are at least so alike (cosine).
_LEAST_SIMILARITY = 0.6
# Two key frames show the same place if this share of positions match.
_SAME_PLACE = 0.25
# A key frame is compared with so many of the latest places, and so many of the others that look most alike.
_LATEST, _ALIKE = 6, 6
_COARSE = (3, 4)
# A hint's match must lead back to within so many positions.
_LEAST_RETURN = 3.0


def find_places(features: Sequence[Float32Array | None]) -> list[int | None]:
    """A number from 1 for the place of each key frame, None where it has no features.

    features: (c, h, w) of each, by `references.encoder_features`.
    """
    places: list[int | None] = []
    latest: dict[int, tuple[Float32Array, Float32Array]] = {}
    for each in features:
        if each is None:
            places.append(None)
            continue
        coarse = np.stack([resize_area(plane, *_COARSE) for plane in each])
        coarse /= max(float(np.linalg.norm(coarse)), 1e-6)
        known = list(latest)
        alike = sorted(known[:-_LATEST], key=lambda place: -float((latest[place][1] * coarse).sum()))
        shares = {
            place: matching_share(each, latest[place][0]) for place in known[-_LATEST:] + alike[:_ALIKE]
        }
        place = max(shares, key=shares.__getitem__, default=0)
        if shares.get(place, 0.0) < _SAME_PLACE:
            place = len(latest) + 1
        # The latest come last.
        latest.pop(place, None)
        latest[place] = each, coarse
        places.append(place)
    return places


def matching_share(one: Float32Array, other: Float32Array) -> float:
    """Share of the positions of features (c, h, w) that match one of the other's."""
    similarity = _similarity(one, other)
    nearest = similarity.argmax(1)
    back = similarity.argmax(0)[nearest]
    mutual = (back == np.arange(len(nearest))) & (similarity.max(1) >= _LEAST_SIMILARITY)
    return float(mutual.mean())


def move_hint(hint: Hint, source: Float32Array, target: Float32Array) -> list[Hint]:
    """The hint at the matching positions of another frame, one for each of its points that is found there.

    source, target: features (c, h, w); the hint's points, and those of the result, are fractions of their extent.
    """
    if hint.kind == "barrier":
        return []
    similarity = _similarity(source, target)
    rows, columns = source.shape[1:]
    found = []
    for x, y in hint.points:
        row, column = min(int(y * rows), rows - 1), min(int(x * columns), columns - 1)
        here = similarity[row * columns + column]
        match = int(here.argmax())
        back = divmod(int(similarity[:, match].argmax()), columns)
        if here[match] >= _LEAST_SIMILARITY and np.hypot(back[0] - row, back[1] - column) <= _LEAST_RETURN:
            found.append(replace(hint, points=(_centre(match, target),)))
    return found


def _similarity(one: Float32Array, other: Float32Array) -> Float32Array:
    """Cosines (n, m) of all positions of features whose vectors have length 1."""
    flat = [each.reshape(len(each), -1) for each in (one, other)]
    return np.asarray(flat[0].T @ flat[1], np.float32)


def _centre(position: int, features: Float32Array) -> Point:
    rows, columns = features.shape[1:]
    row, column = divmod(position, columns)
    return (column + 0.5) / columns, (row + 0.5) / rows
