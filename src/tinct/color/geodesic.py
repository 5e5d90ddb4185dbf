"""Geodesic distances on a grid: paths that avoid edges, after Criminisi et al. 2008 ("GeoS")."""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]
Mask = NDArray[np.bool_]
# Steps to the next row (h - 1, w) and column (h, w - 1) that no path may take.
Blocked = tuple[Mask, Mask]

# Cost of a step across the short side; units of L and ab per unit of distance.
STEP_COST, EDGE_SCALE = 2.0, 10.0
SWEEPS = 3
# A step over a barrier; round a barrier paths wind more.
BARRIER_COST, BARRIER_SWEEPS = 1e3, 8
_KEPT = 512


class Guide:
    """L and predicted ab on a grid, and the distances on it, which are kept. Safe to share between threads.

    ab: (2, h, w) and lightness: (h, w), 0..100, together `planes` (3, h, w). cells: of the grid on the short side of
    the photo, if the grid covers only a part of it.
    """

    def __init__(self, ab: Float32Array, lightness: Float32Array, cells: float | None = None) -> None:
        self.planes = np.concatenate([lightness[None], ab]).astype(np.float32)
        self._step = STEP_COST / (cells or min(lightness.shape))
        self._kept: OrderedDict[tuple[bytes, bytes], Float32Array] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def ab(self) -> Float32Array:
        """Predicted ab (2, h, w)."""
        return self.planes[1:]

    def distances(self, seeds: Mask, blocked: Blocked | None = None) -> Float32Array:
        """Geodesic distances (h, w, n) from seeds (h, w, n)."""
        around = b"" if blocked is None else b"".join(np.packbits(each).tobytes() for each in blocked)
        packed = np.packbits(np.moveaxis(seeds, -1, 0).reshape(seeds.shape[-1], -1), axis=1)
        keys = [(row.tobytes(), around) for row in packed]
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
        missing = [number for number, key in enumerate(keys) if key not in found]
        if missing:
            new = geodesic_distance(self.planes / EDGE_SCALE, self._step, seeds[..., missing], blocked)
            found |= {keys[number]: new[..., at].copy() for at, number in enumerate(missing)}
        with self._lock:
            for key, each in found.items():
                self._kept[key] = each
                self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return np.stack([found[key] for key in keys], -1)


def geodesic_distance(
    planes: Float32Array, step: float, seeds: Mask, blocked: Blocked | None = None
) -> Float32Array:
    """Distance (h, w, n) from each of n seeds (h, w, n): the least sum of `step` and the change of planes (c, h, w)
    over 8-connected paths, in which a diagonal step counts as the square root of 2.

    Raster sweeps find all but winding paths (Toivanen 1996).
    """
    way = np.where(seeds, np.float32(0), np.float32(1e4))
    down, right, falling, rising = _costs(planes, step, blocked)
    columns = way.swapaxes(0, 1)
    for _ in range(SWEEPS if blocked is None else BARRIER_SWEEPS):
        for at in range(len(down)):
            _lower(way[at + 1], way[at], down[at], falling[at], rising[at])
        for at in reversed(range(len(down))):
            _lower(way[at], way[at + 1], down[at], rising[at], falling[at])
        for at in range(len(columns) - 1):
            np.minimum(columns[at + 1], columns[at] + right[:, at, None], out=columns[at + 1])
        for at in reversed(range(len(columns) - 1)):
            np.minimum(columns[at], columns[at + 1] + right[:, at, None], out=columns[at])
    return way


def _costs(planes: Float32Array, step: float, blocked: Blocked | None) -> tuple[Float32Array, ...]:
    """Costs of a step down (h - 1, w), right (h, w - 1), down and right, and down and left (h - 1, w - 1)."""

    def cost(change: Float32Array, length: float) -> Float32Array:
        return np.asarray(np.sqrt((change**2).sum(0)) + length * step, np.float32)

    down, right = cost(np.diff(planes, axis=1), 1), cost(np.diff(planes, axis=2), 1)
    falling = cost(planes[:, 1:, 1:] - planes[:, :-1, :-1], np.sqrt(2))
    rising = cost(planes[:, 1:, :-1] - planes[:, :-1, 1:], np.sqrt(2))
    if blocked is not None:
        below, beside = blocked
        down[below], right[beside] = BARRIER_COST, BARRIER_COST
        around = below[:, 1:] | below[:, :-1] | beside[1:] | beside[:-1]
        falling[around], rising[around] = BARRIER_COST, BARRIER_COST
    return down, right, falling, rising


def _lower(
    line: Float32Array,
    other: Float32Array,
    straight: Float32Array,
    from_left: Float32Array,
    from_right: Float32Array,
) -> None:
    """Lower the distances of a line (w, n) to those by way of the next one, straight or from its left or right."""
    np.minimum(line, other + straight[:, None], out=line)
    np.minimum(line[1:], other[:-1] + from_left[:, None], out=line[1:])
    np.minimum(line[:-1], other[1:] + from_right[:, None], out=line[:-1])
