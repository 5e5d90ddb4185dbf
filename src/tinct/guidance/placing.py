"""Hints on the grid of predicted colours: where they lie, and the colours that follow them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tinct import photo
from tinct.color.geodesic import Blocked, Guide
from tinct.color.hint_propagation import (
    FARTHEST,
    NOISE,
    Propagation,
    Samples,
    propagate_finer,
    propagate_samples,
    thin,
)
from tinct.color.resample import resize_area
from tinct.guidance.hints import Hint, Point
from tinct.guidance.strokes import blocked_steps, distance_to, line_of
from tinct.models.runtime import Prediction

Float32Array = NDArray[np.float32]
Places = NDArray[np.int64]

# Rows, columns and the nearest place of the line, of the cells under a hint.
_Under = tuple[Places, Places, Places]

# Of strokes longer than this many cells in all, pieces of more than one cell count as one sample each.
MAX_PIECES = 100
_HINTS_KEPT = 4000


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """The grid (h, w) of predicted colours and the part of the photo that it covers.

    lightness: L (h, w), 0..100. left, top: corner of that part, and across, down: its extent, as fractions of the
    photo. cells: of the grid on the short side of the photo. kept: the cells of hints that were asked for.
    """

    lightness: Float32Array
    left: float
    top: float
    across: float
    down: float
    cells: float
    kept: dict[Hint, _Under | None] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, opened: photo.Photo, prediction: Prediction) -> Canvas:
        """The grid of a prediction for a photo."""
        box, (height, width) = opened.content_box, prediction.size
        across, down = 1 - box.left - box.right, 1 - box.top - box.bottom
        cells = width / across if opened.width <= opened.height else height / down
        lightness = resize_area(prediction.lightness, height, width)
        return cls(lightness, box.left, box.top, across, down, cells)

    def placed(self, points: Sequence[Point]) -> tuple[Point, ...]:
        """Points of the photo as fractions of the grid."""
        return tuple(((x - self.left) / self.across, (y - self.top) / self.down) for x, y in points)


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Cells of one hint: rows, columns (n,), the colour of each (2, n), and the piece (n,) that it belongs to."""

    rows: Places
    columns: Places
    ab: Float32Array
    piece: Places
    reach: float


def follow(
    automatic: Float32Array, canvas: Canvas, hints: Sequence[Hint], soft: Samples | None = None
) -> Float32Array:
    """Colours ab (2, h, w) that follow the hints, from those of the network; soft: samples that hints win over."""
    found = spread_hints(Guide(automatic, canvas.lightness), canvas, hints, soft)
    return automatic if found is None else found.ab


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """Colours ab (2, h, w) that follow hints on the grid of a canvas, and how they spread; the first `hinted` samples
    are those of hints.
    """

    ab: Float32Array
    canvas: Canvas
    spread: Propagation
    hinted: int


def spread_hints(
    guide: Guide, canvas: Canvas, hints: Sequence[Hint], soft: Samples | None = None
) -> Followed | None:
    """The colours of the guide, led by hints; soft: samples that hints win over. None if there are neither."""
    cells = _all_cells(hints, canvas, guide.ab)
    samples = _samples(cells, *canvas.lightness.shape)
    hinted = len(samples)
    if soft is not None:
        samples = _joined(samples, soft)
    if not len(samples):
        return None
    spread = propagate_samples(guide, samples, _blocked(hints, canvas))
    return Followed(_exactly(spread.ab, cells), canvas, spread, hinted)


def spread_hints_finer(
    whole: Followed, guide: Guide, ab: Float32Array, canvas: Canvas, hints: Sequence[Hint]
) -> Float32Array:
    """Colours ab (2, h, w) of the guide on a finer grid, whose canvas covers a part of the whole, led by the hints in
    it and by what reaches into it from outside.
    """
    cells = _all_cells(hints, canvas, ab)
    samples = _samples(cells, *canvas.lightness.shape)
    around, (height, width) = whole.canvas, whole.canvas.lightness.shape
    top, left = (canvas.top - around.top) / around.down, (canvas.left - around.left) / around.across
    down, across = canvas.down / around.down, canvas.across / around.across
    y, x = (whole.spread.samples.rows + 0.5) / height, (whole.spread.samples.columns + 0.5) / width
    inside = (top <= y) & (y < top + down) & (left <= x) & (x < left + across)
    inside[whole.hinted :] = False
    box = top, left, down, across
    rows = slice(max(0, int(top * height)), int(np.ceil((top + down) * height)))
    columns = slice(max(0, int(left * width)), int(np.ceil((left + across) * width)))
    others = ~inside & (whole.spread.distance[rows, columns].min((0, 1)) < FARTHEST)
    ab = propagate_finer(whole.spread, others, box, guide, ab, samples, _blocked(hints, canvas))
    return _exactly(ab, cells)


def _exactly(ab: Float32Array, cells: Sequence[_Cells]) -> Float32Array:
    for each in cells:
        ab[:, each.rows, each.columns] = each.ab
    return ab


def _blocked(hints: Sequence[Hint], canvas: Canvas) -> Blocked | None:
    height, width = canvas.lightness.shape
    barriers = [
        np.array(canvas.placed(hint.points)) * (width, height) for hint in hints if hint.kind == "barrier"
    ]
    return blocked_steps(barriers, height, width) if barriers else None


def cells_under(hint: Hint, canvas: Canvas) -> _Under | None:
    """Rows and columns (n,) of the cells under a hint, and the place of its line, as by `line_of`, that each is nearest
    to; None for one outside the grid, such as on the border of a scan.
    """
    kept = canvas.kept
    if len(kept) > _HINTS_KEPT:
        kept.clear()
    found: _Under | tuple[()] | None = kept.get(hint, ())
    if found == ():
        found = kept[hint] = _find_cells(hint, canvas)
    return found or None


def _find_cells(hint: Hint, canvas: Canvas) -> _Under | None:
    height, width = canvas.lightness.shape
    placed = canvas.placed(hint.points)
    if any(max(side) < 0 or min(side) > 1 for side in zip(*placed, strict=True)):
        return None
    line = line_of(placed, width, height)
    inside = ((line >= 0) & (line < (width, height))).all(1)
    if not inside.any():
        return None
    line = line[inside]
    radius = max(hint.radius * canvas.cells, 0.5)
    (rows, columns), distance, nearest = distance_to(line, height, width, radius)
    under = np.isfinite(distance)
    # The cells of the line itself, however far their centres are from it.
    columns_of, rows_of = np.floor(line).astype(int).T
    under[rows_of - rows.start, columns_of - columns.start] = True
    nearest[rows_of - rows.start, columns_of - columns.start] = np.arange(len(line))
    at_rows, at_columns = np.nonzero(under)
    return at_rows + rows.start, at_columns + columns.start, nearest[at_rows, at_columns]


def _all_cells(hints: Sequence[Hint], canvas: Canvas, automatic: Float32Array) -> list[_Cells]:
    """The cells under each hint of a colour, in pieces of its line."""
    under = [
        (hint, found)
        for hint in hints
        if hint.kind != "barrier" and (found := cells_under(hint, canvas)) is not None
    ]
    per_piece = max(1, -(-sum(int(nearest.max()) + 1 for _, (_, _, nearest) in under) // MAX_PIECES))
    return [_cells(hint, *found, automatic, per_piece) for hint, found in under]


def _cells(
    hint: Hint, at_rows: Places, at_columns: Places, nearest: Places, automatic: Float32Array, per_piece: int
) -> _Cells:
    piece = nearest // (per_piece * 2)
    if hint.kind == "keep":
        ab = automatic[:, at_rows, at_columns]
    else:
        ab = np.repeat(np.array(hint.ab, np.float32)[:, None], len(at_rows), 1)
    return _Cells(at_rows, at_columns, ab, piece, hint.reach)


def _samples(cells: Sequence[_Cells], height: int, width: int) -> Samples:
    """One sample for each piece of each hint; a cell under several hints belongs to the last."""
    owner = np.full((height, width), -1, np.int64)
    middles: list[tuple[int, int]] = []
    colours: list[Float32Array] = []
    reach: list[float] = []
    for each in cells:
        for piece in np.unique(each.piece):
            of_piece = np.flatnonzero(each.piece == piece)
            owner[each.rows[of_piece], each.columns[of_piece]] = len(middles)
            place = np.stack([each.rows[of_piece], each.columns[of_piece]])
            middle = of_piece[((place - place.mean(1, keepdims=True)) ** 2).sum(0).argmin()]
            middles.append((int(each.rows[middle]), int(each.columns[middle])))
            colours.append(each.ab[:, middle])
            reach.append(each.reach)
    left = np.unique(owner[owner >= 0])
    rows, columns = np.array(middles, np.int64).reshape(-1, 2)[left].T
    ab = np.array(colours, np.float32).reshape(-1, 2)[left].T
    kept, nearest = thin(rows, columns, ab)
    number = np.full(len(middles) + 1, -1, np.int64)
    number[left] = nearest
    seeds = number[owner][..., None] == np.arange(len(kept))
    seeds[rows[kept], columns[kept], np.arange(len(kept))] = True
    noise = np.full(len(kept), NOISE, np.float32)
    spread = np.array(reach, np.float32)[left][kept]
    return Samples(rows[kept], columns[kept], seeds, np.ascontiguousarray(ab[:, kept]), noise, spread)


def _joined(one: Samples, other: Samples) -> Samples:
    return Samples(
        np.concatenate([one.rows, other.rows]),
        np.concatenate([one.columns, other.columns]),
        np.concatenate([one.seeds, other.seeds], -1),
        np.concatenate([one.ab, other.ab], 1),
        np.concatenate([one.noise, other.noise]),
        np.concatenate([one.reach, other.reach]),
    )
