"""A contact sheet of coloured photos beside their originals."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinct import photo
from tinct.evaluation.evaluate import ColorizePixels, Evaluation, to_grey
from tinct.photo.drawing import save_sheet, sheet

SIDE = 192
EACH = 4


def select_photos(evaluation: Evaluation, each: int = EACH) -> dict[str, list[int]]:
    """Indices of the best, median and worst photos by CIEDE2000, `each` of them; no photo twice."""
    order = np.argsort(evaluation.column("ciede2000"), kind="stable")
    middle = max(0, (len(order) - each) // 2)
    groups = {
        "best": order[:each],
        "median": order[middle : middle + each],
        "worst": order[max(0, len(order) - each) :],
    }
    seen: set[int] = set()
    result: dict[str, list[int]] = {}
    for name, indices in groups.items():
        result[name] = [int(index) for index in indices if int(index) not in seen]
        seen.update(result[name])
    return result


def write_sheet(
    evaluation: Evaluation, colour: ColorizePixels, photos: list[tuple[str, bytes]], target: Path
) -> None:
    """Draw the best, median and worst photos by CIEDE2000, one row each: grey, coloured with its error,
    original.

    `target` becomes a PNG; PhotoError if it cannot be written.
    """
    tiles = []
    for index in [each for group in select_photos(evaluation).values() for each in group]:
        name, data = photos[index]
        truth, error = photo.decode_srgb(data, name=name), evaluation.photos[index].ciede2000
        lightness = to_grey(truth)
        tiles += [(name, lightness), (f"ΔE00 {error:.1f}", colour(lightness)), ("original", truth)]
    save_sheet(sheet(tiles, columns=3, side=SIDE), target)
