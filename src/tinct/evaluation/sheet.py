"""A sheet of coloured photos beside their originals: what figures do not show."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinct import photo
from tinct.evaluation.evaluate import Colour, Evaluation, grey_of
from tinct.photo.drawing import save_sheet, sheet

SIDE = 192
EACH = 4


def write_sheet(
    evaluation: Evaluation, colour: Colour, photos: list[tuple[str, bytes]], target: Path
) -> None:
    """Draw the best, median and worst photos by CIEDE2000, a row each: grey, coloured with its error, original.

    `target` becomes a PNG; PhotoError if it cannot be written.
    """
    order = np.argsort(evaluation.column("ciede2000"))
    middle = max(0, (len(order) - EACH) // 2)
    tiles = []
    for index in dict.fromkeys([*order[:EACH], *order[middle : middle + EACH], *order[-EACH:]]):
        name, data = photos[index]
        truth, error = photo.pixels(data, name=name), evaluation.photos[index].ciede2000
        lightness = grey_of(truth)
        tiles += [(name, lightness), (f"ΔE00 {error:.1f}", colour(lightness)), ("original", truth)]
    save_sheet(sheet(tiles, columns=3, side=SIDE), target)
