"""Evaluation with hints: 1, 10 and 50 true ones, and one of an improbable colour."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct.color.difference import ciede2000
from tinct.color.gamut import max_chroma
from tinct.color.lab import srgb_to_lab
from tinct.color.resample import resize_area
from tinct.evaluation.evaluate import Figures
from tinct.evaluation.guided import Encoded, HintedColorizer
from tinct.evaluation.metrics import Pixels, colourfulness, mean_and_interval, psnr

COUNTS = (1, 10, 50)
# Side of a hint in positions of the grid: with tinct-m, 12 pixels of 320.
SPOT = 3
LIKE_AB, LIKE_L = 12.0, 18.0
LEAST_OBJECT, MOST_OBJECT = 0.02, 0.4
TRIES = 30
UNLIKELY_CHROMA, GREY, BLUE = 45.0, 5.0, 280.0

Float64Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


class HintMeasure:
    """Evaluates a model with hints; the positions of each photo come from a child of `rng`."""

    name = "hints"

    def __init__(self, guided: HintedColorizer, rng: np.random.Generator) -> None:
        self._guided, self._rng = guided, rng
        self._rows: list[Figures] = []

    def photo(self, lightness: Pixels, truth: Pixels, result: Pixels) -> Figures:
        """CIEDE2000, PSNR and colourfulness with each number of hints, and the response to an improbable one."""
        encoded = self._guided.encode(lightness)
        lab = srgb_to_lab(truth / 255.0)
        small = self._small(encoded, truth)
        order = self._rng.spawn(1)[0].permutation(small.shape[0] * small.shape[1])
        row: Figures = {}
        for count in COUNTS:
            hinted = self._guided.colour(encoded, hints_from_truth(small, order[:count]))
            row |= {
                f"ciede2000_hints_{count}": float(ciede2000(srgb_to_lab(hinted / 255.0), lab).mean()),
                f"psnr_rgb_hints_{count}": psnr(hinted / 255.0, truth / 255.0, 1.0),
                f"colourfulness_hints_{count}": colourfulness(hinted),
            }
        found = find_object(small, order[:TRIES])
        if found is not None:
            row |= self._response(encoded, small, *found, before=result)
        without = float(ciede2000(srgb_to_lab(result / 255.0), lab).mean())
        self._rows.append({"without": without, **row})
        return row

    def total(self) -> dict[str, Any]:
        """Means with 95 % intervals, and the relative reduction of CIEDE2000 by each number of hints."""
        result: dict[str, Any] = {}
        without = np.array([row["without"] for row in self._rows])
        for count in COUNTS:
            for figure in ("ciede2000", "psnr_rgb", "colourfulness"):
                name = f"{figure}_hints_{count}"
                result |= mean_and_interval(name, [row[name] for row in self._rows])
            errors = np.array([row[f"ciede2000_hints_{count}"] for row in self._rows])
            result |= mean_and_interval(
                f"ciede2000_reduction_hints_{count}", (without - errors) / without.mean()
            )
        obeyed = [row for row in self._rows if "hint_response" in row]
        result["photos_unlikely_hint"] = len(obeyed)
        for name in ("hint_response", "hint_response_at_hint", "hint_leakage") if obeyed else ():
            result |= mean_and_interval(name, [row[name] for row in obeyed])
        return result

    def _response(
        self, encoded: Encoded, small: Float64Array, place: int, on: Mask, before: Pixels
    ) -> Figures:
        row, column = divmod(place, on.shape[1])
        wanted = improbable_colour(small[row, column])
        hints = np.zeros((3, *on.shape), np.float32)
        hints[:, *spot(row, column)] = np.append(wanted, 1)[:, None, None]
        after = self._small(encoded, self._guided.colour(encoded, hints))
        way = hint_response(self._small(encoded, before)[..., 1:], after[..., 1:], wanted)
        return {
            "hint_response": float(way[on].mean()),
            "hint_response_at_hint": float(way[row, column]),
            "hint_leakage": float(way[~on].mean()),
        }

    def _small(self, encoded: Encoded, pixels: Pixels) -> Float64Array:
        """Lab (gh, gw, 3) of pixels on the grid of hints."""
        lab = self._guided.crop_to_content(encoded, srgb_to_lab(pixels / 255.0)).astype(np.float32)
        size = self._guided.grid(encoded)
        return np.stack([resize_area(lab[..., channel], *size) for channel in range(3)], -1).astype(
            np.float64
        )


def hints_from_truth(lab: Float64Array, places: NDArray[np.int64]) -> NDArray[np.float32]:
    """Colours of Lab (h, w, 3) at flat `places` as hints (3, h, w): a, b and a mask of 0 and 1.

    Each covers SPOT x SPOT positions, clipped to the grid, with the colour of its centre.
    """
    hints = np.zeros((3, *lab.shape[:2]), np.float32)
    for row, column in zip(*np.unravel_index(places, lab.shape[:2]), strict=True):
        hints[:, *spot(int(row), int(column))] = np.append(lab[row, column, 1:], 1)[:, None, None]
    return hints


def spot(row: int, column: int) -> tuple[slice, slice]:
    """The positions that a hint covers."""
    rows, columns = (slice(max(at - SPOT // 2, 0), at - SPOT // 2 + SPOT) for at in (row, column))
    return rows, columns


def find_object(lab: Float64Array, places: NDArray[np.int64]) -> tuple[int, Mask] | None:
    """The first of flat `places` in Lab (h, w, 3) that lies on an object of one colour, and that object (h,
    w).

    An object is connected, within 12 units of ab and 18 of L of the position, and covers 2 to 40 % of the
    photo. None without one.
    """
    for place in places:
        at = np.unravel_index(int(place), lab.shape[:2])
        gap = lab - lab[at]
        like = (np.hypot(gap[..., 1], gap[..., 2]) < LIKE_AB) & (np.abs(gap[..., 0]) < LIKE_L)
        joined = flood_fill(like, (int(at[0]), int(at[1])))
        if LEAST_OBJECT <= joined.mean() <= MOST_OBJECT:
            return int(place), joined
    return None


def flood_fill(free: Mask, start: tuple[int, int]) -> Mask:
    """The 4-connected component of `free` (h, w) that contains `start`."""
    joined = np.zeros(np.add(free.shape, 2), bool)
    inside = joined[1:-1, 1:-1]
    inside[start] = free[start]
    while True:
        grown = joined[:-2, 1:-1] | joined[2:, 1:-1] | joined[1:-1, :-2] | joined[1:-1, 2:] | inside
        grown &= free
        if (grown == inside).all():
            return grown
        inside[:] = grown


def improbable_colour(lab: Float64Array) -> Float64Array:
    """A colour (a, b) improbable for Lab (3,): of the opposite hue (blue for grey), with a chroma of 45 or
    the largest in sRGB at that lightness.
    """
    lightness, a, b = lab
    hue = np.degrees(np.arctan2(-b, -a)) if np.hypot(a, b) > GREY else BLUE
    chroma = min(UNLIKELY_CHROMA, float(max_chroma(lightness, hue)))
    return chroma * np.array([np.cos(np.radians(hue)), np.sin(np.radians(hue))])


def hint_response(before: Float64Array, after: Float64Array, wanted: Float64Array) -> Float64Array:
    """How far colours moved from `before` to `wanted` (2,), per position: 0 not at all, 1 fully; ab (h, w,
    2).
    """
    way = wanted - before
    length = np.maximum((way**2).sum(-1), 1.0)
    return np.asarray(((after - before) * way).sum(-1) / length)
