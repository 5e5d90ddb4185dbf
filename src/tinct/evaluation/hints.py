"""Evaluation with hints: 1, 10 and 50 true ones, and one of an improbable colour."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct.color.difference import ciede2000
from tinct.color.gamut import max_chroma
from tinct.color.lab import srgb_to_lab
from tinct.color.resample import resize_area
from tinct.colorizer import Colorizer
from tinct.errors import PhotoWarning
from tinct.evaluation.evaluate import Figures
from tinct.evaluation.metrics import Pixels, colourfulness, mean_and_interval, psnr
from tinct.guidance.hints import Hint
from tinct.guidance.placing import Canvas
from tinct.options import Options
from tinct.session import Session

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

    def __init__(
        self, colorizer: Colorizer, rng: np.random.Generator, options: Options | None = None
    ) -> None:
        self._colorizer, self._rng, self._options = colorizer, rng, options
        self._rows: list[Figures] = []

    def photo(self, lightness: Pixels, truth: Pixels, result: Pixels) -> Figures:
        """CIEDE2000, PSNR and colourfulness with each number of hints, and the response to an improbable one."""
        with warnings.catch_warnings():
            # A true colour of a grid cell may be out of gamut at the lightness of its middle.
            warnings.simplefilter("ignore", PhotoWarning)
            return self._photo(lightness, truth, result)

    def _photo(self, lightness: Pixels, truth: Pixels, result: Pixels) -> Figures:
        session = self._colorizer.open(lightness, self._options)
        lab = srgb_to_lab(truth / 255.0)
        small = _on_grid(session, truth)
        order = self._rng.spawn(1)[0].permutation(small.shape[0] * small.shape[1])
        row: Figures = {}
        for count in COUNTS:
            hinted = session.with_hints(hints_from_truth(session, small, order[:count])).array()
            row |= {
                f"ciede2000_hints_{count}": float(ciede2000(srgb_to_lab(hinted / 255.0), lab).mean()),
                f"psnr_rgb_hints_{count}": psnr(hinted / 255.0, truth / 255.0, 1.0),
                f"colourfulness_hints_{count}": colourfulness(hinted),
            }
        found = find_object(small, order[:TRIES])
        if found is not None:
            row |= _response(session, small, *found, before=result)
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


def _response(session: Session, small: Float64Array, place: int, on: Mask, before: Pixels) -> Figures:
    row, column = divmod(place, on.shape[1])
    wanted = improbable_colour(small[row, column])
    after = _on_grid(session, session.with_hints([spot(session, row, column, wanted)]).array())
    way = hint_response(_on_grid(session, before)[..., 1:], after[..., 1:], wanted)
    return {
        "hint_response": float(way[on].mean()),
        "hint_response_at_hint": float(way[row, column]),
        "hint_leakage": float(way[~on].mean()),
    }


def _on_grid(session: Session, pixels: Pixels) -> Float64Array:
    """Lab (h, w, 3) of the photo's pixels on the grid of predicted colours."""
    lab = srgb_to_lab(pixels / 255.0).astype(np.float32)
    lab = lab[session.photo.content_box.slices(*lab.shape[:2])]
    planes = [resize_area(lab[..., channel], *session.prediction.size) for channel in range(3)]
    return np.stack(planes, -1).astype(np.float64)


def hints_from_truth(session: Session, lab: Float64Array, places: NDArray[np.int64]) -> list[Hint]:
    """Hints with the colours of Lab (h, w, 3), on the session's grid, at flat `places`, as `spot` makes them."""
    found = zip(*np.unravel_index(places, lab.shape[:2]), strict=True)
    return [spot(session, int(row), int(column), lab[row, column, 1:]) for row, column in found]


def spot(session: Session, row: int, column: int, ab: Float64Array) -> Hint:
    """A hint of colour (a, b) that covers SPOT x SPOT places of the session's grid."""
    canvas = Canvas.of(session.photo, session.prediction)
    height, width = canvas.lightness.shape
    x = canvas.left + canvas.across * (column + 0.5) / width
    y = canvas.top + canvas.down * (row + 0.5) / height
    return Hint(((x, y),), f"{ab[0]},{ab[1]}", radius=SPOT / 2 / canvas.cells)


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
