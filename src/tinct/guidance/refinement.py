"""Regions in which hints of different colours lie close together, followed on a finer grid.

On the network's grid a face in a group photo is a few cells, and so is the way from a chin to a collar. There the photo
is encoded again, enlarged, and the finer colours are blended into the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinct import photo
from tinct.color.geodesic import Guide
from tinct.color.resample import resize_area, resize_planes, resize_window
from tinct.guidance.hints import Hint
from tinct.guidance.placing import Canvas, Followed, cells_under, spread_hints_finer

Float32Array = NDArray[np.float32]
Places = NDArray[np.int64]

# Cells of the grid between hints of different colours, up to which each zoom is needed.
CLOSE = {2: 5, 4: 3}
_SAME_COLOUR = 8.0
# Stands for the colour of a hint that keeps what is there: unlike all others.
_KEPT = 1e3
MAX_REGIONS = 6
# Cells of the coarse grid over which the network's own colours stay those of the whole photo.
_LOW_PASS = 6


@dataclass(frozen=True, slots=True)
class Region:
    """One of a lattice of regions that overlap by half: 1/zoom of the grid's height and width; `row` and `column` count
    from 0 to 2 * zoom - 2.
    """

    zoom: int
    row: int
    column: int

    @property
    def box(self) -> tuple[float, float, float]:
        """Top, left and side, as fractions of the grid."""
        return self.row / (2 * self.zoom), self.column / (2 * self.zoom), 1 / self.zoom

    def canvas(self, whole: Canvas, lightness: Float32Array) -> Canvas:
        """The finer grid of this region, of the shape of its L `lightness` (h, w)."""
        top, left, side = self.box
        return Canvas(
            lightness,
            whole.left + whole.across * left,
            whole.top + whole.down * top,
            whole.across * side,
            whole.down * side,
            whole.cells / side * len(lightness) / len(whole.lightness),
        )


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A region at its own resolution: its canvas, and a guide with the predicted colours on it."""

    canvas: Canvas
    guide: Guide
    ab: Float32Array


def view(
    region: Region, whole: Canvas, lightness: Float32Array, ab: Float32Array, coarse: Float32Array
) -> View:
    """The view of a region.

    lightness: L (h, w); ab: predicted for it, (2, h, w), of which only the detail counts; coarse: coefficients
    (4, H, W) of the colours predicted for the whole photo.
    """
    canvas = region.canvas(whole, lightness)
    slope, offset = resize_window(
        coarse, (canvas.top, canvas.left, canvas.down, canvas.across), *lightness.shape
    ).reshape(2, 2, *lightness.shape)
    colours = slope * lightness + offset
    return View(canvas, Guide(colours + _detail(ab, region.zoom), lightness, canvas.cells), colours)


def crowded_regions(hints: Sequence[Hint], canvas: Canvas, most: float) -> list[Region]:
    """The regions that hold hints of different colours close together, at most MAX_REGIONS, the finest and most crowded
    first.

    most: the largest zoom for which the photo has pixels.
    """
    if most < min(CLOSE) or len({(hint.kind, hint.ab) for hint in hints if hint.kind != "barrier"}) < 2:
        return []
    labels, mixed = _labels(hints, canvas)
    height, width = labels.shape[1:]
    found: dict[Region, int] = {}
    for zoom, close in sorted(CLOSE.items(), reverse=True):
        if zoom > most:
            continue
        rows, columns = np.nonzero(mixed | _crowded(labels, close))
        y, x = (rows + 0.5) / height, (columns + 0.5) / width
        new = np.ones(len(rows), bool)
        for each in found:
            new &= ~_in_middle(each, y, x)
        places = np.stack([_nearest(y[new], zoom), _nearest(x[new], zoom)])
        for (row, column), count in zip(*np.unique(places.T, axis=0, return_counts=True), strict=True):
            found[Region(zoom, int(row), int(column))] = int(count)
    return sorted(found, key=lambda each: (-each.zoom, -found[each], each.row, each.column))[:MAX_REGIONS]


def zooms_of(hints: Sequence[Hint], regions: Sequence[Region], canvas: Canvas) -> list[int]:
    """How much finer than the canvas each hint is followed: by the zoom of the finest region that it begins in."""
    x, y = np.array([canvas.placed(hint.points[:1])[0] for hint in hints]).reshape(-1, 2).T
    zooms = np.ones(len(hints), np.int64)
    for each in regions:
        zooms[_in_middle(each, y, x) & (zooms < each.zoom)] = each.zoom
    return zooms.tolist()


def refine(
    guided: Float32Array,
    whole: Followed,
    hints: Sequence[Hint],
    views: Sequence[tuple[Region, View]],
    shape: tuple[int, int],
) -> Float32Array:
    """Coefficients (4, H, W) of `shape`, over the whole photo: `guided` (4, h, w), those of `whole`, with finer ones
    blended in.
    """
    result = resize_planes(guided, *shape)
    # Finer regions lie on coarser ones.
    for region, view in sorted(views, key=lambda each: each[0].zoom):
        canvas = view.canvas
        finer = spread_hints_finer(whole, view.guide, view.ab, canvas, hints)
        local = photo.guided_coefficients(canvas.lightness, finer)
        rows, down = _stretch(canvas.top, canvas.down, shape[0])
        columns, across = _stretch(canvas.left, canvas.across, shape[1])
        weight = np.outer(
            _open_at_edge(down, region.row, region.zoom), _open_at_edge(across, region.column, region.zoom)
        )
        box = (
            (rows.start / shape[0] - canvas.top) / canvas.down,
            (columns.start / shape[1] - canvas.left) / canvas.across,
            len(down) / shape[0] / canvas.down,
            len(across) / shape[1] / canvas.across,
        )
        part = result[:, rows, columns]
        change = resize_window(local, box, *weight.shape)
        change -= part
        change *= weight.astype(np.float32)
        part += change
    return result


def _labels(hints: Sequence[Hint], canvas: Canvas) -> tuple[Float32Array, NDArray[np.bool_]]:
    """The colour ab (2, h, w) of the hint at each cell, not a number without one, and cells with two colours (h, w)."""
    labels = np.full((2, *canvas.lightness.shape), np.nan, np.float32)
    mixed = np.zeros(canvas.lightness.shape, bool)
    for hint in hints:
        found = None if hint.kind == "barrier" else cells_under(hint, canvas)
        if found is None:
            continue
        rows, columns, _ = found
        ab = np.array((_KEPT, 0.0) if hint.kind == "keep" else hint.ab, np.float32)[:, None]
        mixed[rows, columns] |= np.hypot(*(labels[:, rows, columns] - ab)) > _SAME_COLOUR
        labels[:, rows, columns] = ab
    return labels, mixed


def _crowded(labels: Float32Array, close: int) -> NDArray[np.bool_]:
    """Cells (h, w) with a hint that has one of another colour within `close` cells."""
    height, width = labels.shape[1:]
    found = np.zeros((height, width), bool)
    for down in range(close + 1):
        for right in range(-close, close + 1):
            if not 0 < down**2 + right**2 <= close**2 or (down == 0 and right < 0):
                continue
            one = slice(0, height - down), slice(max(-right, 0), width - max(right, 0))
            other = slice(down, height), slice(max(right, 0), width - max(-right, 0))
            apart = np.hypot(*(labels[:, *one] - labels[:, *other])) > _SAME_COLOUR
            found[one] |= apart
            found[other] |= apart
    return found


def _nearest(at: ArrayLike, zoom: int) -> Places:
    """The rows, or columns, of a lattice whose middles are nearest to fractions of the grid."""
    return np.asarray(np.rint(np.asarray(at) * 2 * zoom - 1).clip(0, 2 * zoom - 2), np.int64)


def _in_middle(region: Region, y: ArrayLike, x: ArrayLike) -> NDArray[np.bool_]:
    """Whether the middle of a region is the nearest to places, fractions of the grid."""
    return np.asarray((_nearest(y, region.zoom) == region.row) & (_nearest(x, region.zoom) == region.column))


def _detail(ab: Float32Array, zoom: int) -> Float32Array:
    """What a finer prediction, ab (2, h, w), adds to that of the whole photo: no cast of its own."""
    height, width = ab.shape[1:]
    small = max(1, round(height / zoom / _LOW_PASS)), max(1, round(width / zoom / _LOW_PASS))
    smooth = [resize_area(resize_area(plane, *small), height, width) for plane in ab]
    return np.asarray(ab - np.stack(smooth), np.float32)


def _stretch(start: float, extent: float, size: int) -> tuple[slice, NDArray[np.float64]]:
    """The pixels, of `size`, within a stretch given in fractions, and where each lies in it, 0..1."""
    first, last = max(0, round(start * size)), min(size, round((start + extent) * size))
    return slice(first, last), ((np.arange(first, last) + 0.5) / size - start) / extent


def _open_at_edge(at: NDArray[np.float64], number: int, zoom: int) -> NDArray[np.float64]:
    """Weights that are 1 in the middle half of a region and fall to 0 at its ends, but not at an edge of the photo."""
    before = np.ones_like(at) if number == 0 else np.clip(4 * at, 0, 1)
    after = np.ones_like(at) if number == 2 * zoom - 2 else np.clip(4 * (1 - at), 0, 1)
    rising = np.minimum(before, after)
    return np.asarray(rising**2 * (3 - 2 * rising))
