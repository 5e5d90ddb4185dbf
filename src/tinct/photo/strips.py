"""Strips of a coloured photo: L, or grey codes, and coefficients of ab -> rows of sRGB, computed by threads."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import numpy as np
import pyvips
from numpy.typing import NDArray

from tinct.color import rendering
from tinct.color.bilateral_grid import CODES, BilateralGrid, Interpolator
from tinct.photo.picture.generated_image import RowReader
from tinct.photo.picture.guided_upsampling import TALLEST_BLOCK, Upsampler
from tinct.photo.reading import Photo

Float32Array = NDArray[np.float32]

# Pixels of a piece: few enough for the processor's cache, many enough that Python between NumPy's calls, which holds up
# the other threads, costs little.
_PIECE = 1 << 16
# Interpolating between rows of the grid takes time for each of its colours, about a fifth of what computing a pixel
# takes: with more of them to a pixel, or so many pixels in curved cells, the grid gains little.
_MOST_COLOURS, _MOST_CURVED = 6, 0.3
_GRID_PIECE = 1 << 15
# Rows of nodes that are kept beside those needed.
_KEPT_NODES = 12
_ALL = slice(None)

_kept = threading.local()
Given = TypeVar("Given")
Made = TypeVar("Made")
Window = Callable[[int, int, int, int], NDArray[Any]]


class Renderer(Protocol):
    """Computes rows (count, width, 3) of a photo from `top` on, or some columns of them."""

    def __call__(self, top: int, count: int, within: slice = _ALL, /) -> NDArray[Any]: ...


def renderer(photo: Photo, coefficients: Float32Array, kind: type[Any]) -> Renderer:
    """Computes rows of the photo in sRGB, with ab = slope * L + offset: (top, count) -> (count, width, 3) of `kind`;
    with a slice of columns as third argument only those.

    coefficients: (4, h, w), as of `guided_upsampling.coefficients`.
    """
    upsampler = Upsampler(coefficients, photo.width, photo.height)
    found = photo.codes() if kind is np.uint8 else None
    if found is not None:
        colours = upsampler.block_count * coefficients.shape[2] * CODES
        if colours <= _MOST_COLOURS * photo.width * photo.height:
            grid = BilateralGrid(coefficients, found[1])
            curved = grid.curved_cells()
            if curved.mean() <= _MOST_CURVED:
                return _by_grid(photo, grid, curved, found[1], upsampler)
    return _by_lightness(photo, upsampler, kind)


def window_renderer(photo: Photo, coefficients: Float32Array, kind: type[Any]) -> Window:
    """Computes any rectangle of the photo, as `renderer` does rows: (left, top, width, height) -> (height, width, 3).

    For one thread at a time.
    """
    rows = renderer(photo, coefficients, kind)

    def window(left: int, top: int, width: int, height: int) -> NDArray[Any]:
        # Rows come in whole blocks, which share their coefficients.
        first = top // TALLEST_BLOCK * TALLEST_BLOCK
        stop = min(-(-(top + height) // TALLEST_BLOCK) * TALLEST_BLOCK, photo.height)
        return rows(first, stop - first, slice(left, left + width))[top - first :][:height]

    return window


def _by_lightness(photo: Photo, upsampler: Upsampler, kind: type[Any]) -> Renderer:
    lightness = RowReader(lambda: photo.lightness)

    def rows(top: int, count: int, within: slice = _ALL) -> NDArray[Any]:
        left, right, _ = within.indices(photo.width)
        levels = lightness.read(top, count, left, right)
        pixels = np.empty((count, right - left, 3), kind)

        def fill(blocks: int, part: tuple[slice, slice], lines: Float32Array) -> None:
            piece = levels[part].reshape(blocks, -1, lines.shape[-1])
            linear = rendering.linear_rgb(piece, lines[:2], lines[2:], _memory(piece.shape))
            for channel, values in enumerate(_encoded(linear, kind, photo.white)):
                pixels[(*part, channel)] = values.reshape(-1, lines.shape[-1])

        parts = []
        for start, stop, blocks in _groups(count, right - left, upsampler.block, _PIECE):
            lines = upsampler.blocks(top + start, stop - start, slice(left, right))[:, :, None]
            for columns in _columns(stop - start, right - left, _PIECE):
                parts.append((blocks, (slice(start, stop), columns), lines[..., columns]))
        _in_threads(lambda piece: fill(*piece), parts)
        return pixels

    return rows


def _by_grid(
    photo: Photo,
    grid: BilateralGrid,
    curved: NDArray[np.bool_],
    lightness: Float32Array,
    upsampler: Upsampler,
) -> Renderer:
    reader = RowReader(lambda: _codes(photo), np.uint8)
    block = upsampler.block
    made = threading.local()
    nodes: dict[int, NDArray[np.uint64]] = {}

    def interpolator() -> Interpolator:
        if not hasattr(made, "kept"):
            made.kept = Interpolator(curved.shape[1], upsampler.left, upsampler.part, _GRID_PIECE + block)
        kept: Interpolator = made.kept
        return kept

    def rows(top: int, count: int, within: slice = _ALL) -> NDArray[Any]:
        left, right, _ = within.indices(photo.width)
        codes = reader.read(top, count, left, right)
        pixels = np.empty((count, right - left, 3), np.uint8)
        above, parts = upsampler.places(top, count)
        pieces = _columns(block, right - left, _GRID_PIECE)

        def fill(blocks: NDArray[np.intp]) -> None:
            kept = interpolator()
            for number in blocks.tolist():
                kept.set_row(nodes[above[number]], nodes[above[number] + 1], float(parts[number]))
                lines = slice(number * block, (number + 1) * block)
                for columns in pieces:
                    placed = slice(left + columns.start, left + min(columns.stop, right - left))
                    kept.color_codes(codes[lines, columns], placed, pixels[lines, columns])

        def correct(places: NDArray[np.intp]) -> None:
            line, column = np.divmod(places, right - left)
            levels = lightness.take(codes.reshape(-1).take(places))
            lines = upsampler.at(above, parts, line // block, column + left)
            linear = rendering.linear_rgb(
                levels, lines[:2], lines[2:], rendering.working_memory(levels.shape)
            )
            pixels.reshape(-1, 3)[places] = rendering.encode_bytes(linear).T

        needed = {row for number in above.tolist() for row in (number, number + 1)}
        if len(nodes) > _KEPT_NODES:
            for number in nodes.keys() - needed:
                del nodes[number]
        missing = sorted(needed - nodes.keys())
        nodes.update(zip(missing, _in_threads(grid.node_row, missing), strict=True))
        _in_threads(fill, np.array_split(np.arange(len(above)), os.cpu_count() or 1))
        outside = curved[above]
        if outside.any():
            places = np.flatnonzero(np.repeat(outside[:, upsampler.left[left:right]], block, axis=0)[:count])
            _in_threads(correct, np.array_split(places, max(1, -(-places.size // _PIECE))))
        return pixels

    return rows


def _codes(photo: Photo) -> pyvips.Image:
    found = photo.codes()
    assert found is not None
    return found[0]


def _groups(count: int, width: int, block: int, size: int) -> Iterator[tuple[int, int, int]]:
    """(first row, row after the last, blocks) of parts of a strip, of about `size` pixels: whole blocks, or the
    rest of one."""
    most = max(1, size // (block * width))
    start = 0
    while start < count:
        blocks = max(1, min(most, (count - start) // block))
        stop = min(start + blocks * block, count)
        yield start, stop, blocks
        start = stop


def _columns(rows: int, width: int, size: int) -> list[slice]:
    step = -(-width // -(-rows * width // size))
    return [slice(left, left + step) for left in range(0, width, step)]


def _in_threads(work: Callable[[Given], Made], given: Iterable[Given]) -> list[Made]:
    return list(_threads(os.getpid()).map(work, given))


@lru_cache(maxsize=1)
def _threads(_process: int) -> ThreadPoolExecutor:
    """Threads that compute pieces of strips; a forked process has none of its parent's."""
    return ThreadPoolExecutor(os.cpu_count(), "tinct-compose")


def _memory(shape: tuple[int, ...]) -> Float32Array:
    """The working memory of this thread for pieces of that shape."""
    if getattr(_kept, "shape", None) != shape:
        _kept.shape, _kept.memory = shape, rendering.working_memory(shape)
    memory: Float32Array = _kept.memory
    return memory


def _encoded(linear: Float32Array, kind: type[Any], white: float) -> NDArray[Any]:
    if kind is np.uint8:
        return rendering.encode_bytes(linear)
    encoded = rendering.encode_float(linear)
    encoded *= 65535 if kind is np.uint16 else white
    return np.rint(encoded, out=encoded) if kind is np.uint16 else encoded
