"""A contact sheet of photos as models colour them, beside their originals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tinct import photo
from tinct.evaluation.evaluate import ColorizePixels, Evaluation, to_grey
from tinct.photo.drawing import save_sheet, sheet

GREY = "grey"
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
    evaluations: Sequence[Evaluation],
    colours: Sequence[ColorizePixels],
    photos: Sequence[tuple[str, bytes]],
    target: Path,
) -> None:
    """Draw the best, median and worst photos of the first model by CIEDE2000, one row each: grey, as each model
    colours it with its error, original.

    evaluations and colours: of the same models, in the same order. `target` becomes a PNG, JPEG or WebP by its
    suffix; PhotoError if it cannot be written.
    """
    tiles = []
    for index in [each for group in select_photos(evaluations[0]).values() for each in group]:
        name, data = photos[index]
        truth = photo.decode_srgb(data, name=name)
        lightness = to_grey(truth)
        tiles.append((name, lightness))
        for evaluation, colour in zip(evaluations, colours, strict=True):
            if evaluation.model != GREY:
                error = evaluation.photos[index].ciede2000
                tiles.append((f"{Path(evaluation.model).name}: ΔE00 {error:.1f}", colour(lightness)))
        tiles.append(("original", truth))
    columns = 2 + sum(each.model != GREY for each in evaluations)
    save_sheet(sheet(tiles, columns=columns, side=SIDE), target)
