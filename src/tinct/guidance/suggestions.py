"""Suggestions: the colours that a network holds likely at a place, distinct and as vivid as results are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinct.color.difference import ciede2000
from tinct.color.gamut import reduce_chroma
from tinct.color.lab import lab_to_srgb
from tinct.models.runtime import Prediction

# Suggestions differ by at least this much; a colour is near to those within the second of it. In CIEDE2000.
APART, ALIKE = 6.0, 8.0
_NEUTRAL_CHROMA = 3.0
_AROUND = 1


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A likely colour: (a, b) in Lab units, as #rrggbb at the lightness of the place, and its probability 0..1."""

    ab: tuple[float, float]
    hex: str
    probability: float


def suggest(
    prediction: Prediction,
    automatic: NDArray[np.float32],
    vividness: float,
    place: tuple[int, int],
    lightness: float,
    count: int,
) -> list[Suggestion]:
    """At most `count` colours for a place (row, column) of the grid at a lightness L: likely first, neutral last.

    automatic: ab (2, h, w) as the result has it. The distribution is the mean about the place. Candidates are the bins
    as they are and the automatic colour. Each suggestion is the candidate that most of the probability not yet
    accounted for lies near to; its probability is that of all colours to which it is the nearest.
    """
    assert prediction.log_probabilities is not None
    assert prediction.bins is not None
    row, column = place
    rows, columns = (slice(max(at - _AROUND, 0), at + _AROUND + 1) for at in (row, column))
    logits = (
        prediction.log_probabilities[:, rows, columns].reshape(len(prediction.bins), -1).astype(np.float64)
    )
    weight = np.exp(logits - logits.max(0))
    probability = (weight / weight.sum(0)).mean(1)
    centres = prediction.bins.centres.astype(np.float64)
    usual = automatic[:, row, column].astype(np.float64)
    candidates = _shown(lightness, np.concatenate([usual[None], centres * vividness]))
    likely = _shown(lightness, centres)
    near = ciede2000(candidates[:, None], likely[None]) < ALIKE
    left = probability.copy()
    open_ = np.hypot(candidates[:, 1], candidates[:, 2]) > _NEUTRAL_CHROMA
    found: list[NDArray[np.float64]] = []
    while len(found) < count - 1 and open_.any():
        score = np.where(open_, near @ left, -1)
        # Of colours that account for the same, the automatic one.
        best = 0 if not found and open_[0] and score[0] > 0.5 * score.max() else int(score.argmax())
        found.append(candidates[best])
        left[near[best]] = 0
        open_ &= ciede2000(candidates, candidates[best]) >= APART
    found.append(np.array([lightness, 0.0, 0.0]))
    nearest = ciede2000(likely[:, None], np.stack(found)[None]).argmin(1)
    shares = np.bincount(nearest, probability, len(found))
    order = [*np.argsort(-shares[:-1], kind="stable"), len(found) - 1]
    return [_suggestion(found[each], float(shares[each])) for each in order]


def _shown(lightness: float, ab: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lab (n, 3) of colours (n, 2) at a lightness, as sRGB can show them."""
    return reduce_chroma(np.column_stack([np.full(len(ab), lightness), ab]))


def _suggestion(lab: NDArray[np.float64], probability: float) -> Suggestion:
    rgb = np.rint(255 * np.clip(lab_to_srgb(lab), 0, 1)).astype(np.uint8)
    return Suggestion((float(lab[1]), float(lab[2])), f"#{rgb.tobytes().hex()}", probability)
