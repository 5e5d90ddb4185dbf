"""Chroma enlarged by nearest, bilinear, joint bilateral and guided filter: errors, bleeding, time.

    python benchmarks/photo_upsampling.py PHOTOS.tar [--photos 100] [--grid]

PHOTOS.tar holds colour photos. The "prediction" is each photo's own ab, area-averaged to 1/4 and to 1/8 of
its size; the enlarged ab is compared with the photo's. `--grid` prints the guided filter over radius, epsilon,
trust and good fit, from which the defaults in `tinct.photo.picture.guided_upsampling` are chosen. Edges are the
5 % of places where L changes most; bleeding is measured on strong edges made by code, against bilinear.
"""

from __future__ import annotations

import argparse
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyvips
from numpy.typing import NDArray

from tinct.color.lab import srgb_to_lab
from tinct.color.resample import resize_area
from tinct.photo.picture import guided_upsampling

Float32Array = NDArray[np.float32]
Method = Callable[[Float32Array, Float32Array, Float32Array], Float32Array]


# Radius, epsilon, trust, good fit.
GRID = [
    *((radius, epsilon, 3.0, 4.0) for radius in (1, 2, 3) for epsilon in (4.0, 16.0, 64.0)),
    *(
        (1, epsilon, trust, fit)
        for epsilon in (16.0, 32.0)
        for trust in (1.0, 2.0, 4.0)
        for fit in (1.0, 4.0)
    ),
]


def nearest(guide: Float32Array, _small_guide: Float32Array, ab: Float32Array) -> Float32Array:
    rows = np.arange(guide.shape[0]) * ab.shape[1] // guide.shape[0]
    columns = np.arange(guide.shape[1]) * ab.shape[2] // guide.shape[1]
    return ab[:, rows][:, :, columns]


def bilinear(guide: Float32Array, _small_guide: Float32Array, ab: Float32Array) -> Float32Array:
    return np.stack([resize_area(plane, *guide.shape) for plane in ab])


def joint_bilateral(
    guide: Float32Array, small_guide: Float32Array, ab: Float32Array, spread: float = 1.0, reach: float = 8.0
) -> Float32Array:
    """Kopf et al. 2007: each place averages the 5 x 5 small ones about it, those like it most."""
    at = [(np.arange(n) + 0.5) * m / n - 0.5 for n, m in zip(guide.shape, small_guide.shape, strict=True)]
    total, weights = np.zeros((2, *guide.shape)), np.full(guide.shape, 1e-12)
    for down in range(-2, 3):
        for across in range(-2, 3):
            row = np.clip(np.round(at[0]).astype(int) + down, 0, ab.shape[1] - 1)
            column = np.clip(np.round(at[1]).astype(int) + across, 0, ab.shape[2] - 1)
            place = np.ix_(row, column)
            far = ((row - at[0])[:, None] ** 2 + (column - at[1])[None, :] ** 2) / (2 * spread**2)
            weight = np.exp(-far - (guide - small_guide[place]) ** 2 / (2 * reach**2))
            total += weight * ab[:, place[0], place[1]]
            weights += weight
    return (total / weights).astype(np.float32)


def guided(radius: int, epsilon: float, trust: float, good_fit: float) -> Method:
    def enlarged(guide: Float32Array, small_guide: Float32Array, ab: Float32Array) -> Float32Array:
        line = guided_upsampling.coefficients(small_guide, ab, radius, epsilon, trust, good_fit)
        upsampler = guided_upsampling.Upsampler(line, guide.shape[1], guide.shape[0])
        large = np.repeat(upsampler.blocks(0, len(guide)), upsampler.block, axis=1)[:, : len(guide)]
        return guide * large[:2] + large[2:]

    return enlarged


def photos(archive: Path, most: int) -> Iterator[NDArray[np.float64]]:
    with tarfile.open(archive) as tar:
        for member in [m for m in tar.getmembers() if m.isfile()][:most]:
            file = tar.extractfile(member)
            assert file is not None
            image = pyvips.Image.new_from_buffer(file.read(), "").colourspace("srgb")
            yield srgb_to_lab(image.numpy()[..., :3] / 255)


def measured(methods: dict[str, Method], archive: Path, most: int, shrink: int) -> None:
    errors: dict[str, list[tuple[float, float, float]]] = {name: [] for name in methods}
    for lab in photos(archive, most):
        guide = lab[..., 0].astype(np.float32)
        truth = np.moveaxis(lab[..., 1:], -1, 0)
        height, width = (max(8, round(side / shrink)) for side in guide.shape)
        small_guide = resize_area(guide, height, width)
        ab = np.stack([resize_area(plane.astype(np.float32), height, width) for plane in truth])
        slope = np.hypot(*np.gradient(guide))
        edge = slope >= np.quantile(slope, 0.95)
        for name, method in methods.items():
            start = time.perf_counter()
            squared = ((method(guide, small_guide, ab) - truth) ** 2).mean(0)
            errors[name].append((squared.mean(), squared[edge].mean(), time.perf_counter() - start))
    print(f"\nab at 1/{shrink} of the size             PSNR of ab   RMS at edges     bleeding    time")
    bleeding = {name: bled(method, shrink) for name, method in methods.items()}
    for name, rows in errors.items():
        _whole, edge, seconds = np.mean(rows, axis=0)
        psnr = np.mean([10 * np.log10(255**2 / row[0]) for row in rows])
        print(
            f"{name:34s} {psnr:8.2f} dB {np.sqrt(edge):10.3f}    {bleeding[name] / bleeding['bilinear']:9.2f}"
            f" {1000 * seconds:9.1f} ms"
        )


def bled(method: Method, shrink: int) -> float:
    """Mean |ab error| around strong edges of L (step 40) that are edges of colour too, at all slants."""
    size, total = 256, 0.0
    y, x = np.mgrid[0:size, 0:size] / size - 0.5
    for turn in np.linspace(0, np.pi, 12, endpoint=False):
        side = np.clip((x * np.cos(turn) + y * np.sin(turn) + 0.013) * size + 0.5, 0, 1)
        texture = 3 * np.sin(40 * x) * np.sin(31 * y)
        guide = (30 + 40 * side + texture).astype(np.float32)
        truth = np.stack([45 - 50 * side, 35 - 65 * side]).astype(np.float32)
        small = size // shrink
        ab = np.stack([resize_area(plane, small, small) for plane in truth])
        total += float(np.abs(method(guide, resize_area(guide, small, small), ab) - truth).mean())
    return total


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("archive", type=Path)
    parser.add_argument("--photos", type=int, default=100)
    parser.add_argument("--grid", action="store_true")
    given = parser.parse_args()
    methods: dict[str, Method] = {
        "nearest": nearest,
        "bilinear": bilinear,
        "joint bilateral": joint_bilateral,
    }
    ours = (
        guided_upsampling.RADIUS,
        guided_upsampling.EPSILON,
        guided_upsampling.TRUST,
        guided_upsampling.GOOD_FIT,
    )
    if given.grid:
        for settings in GRID:
            methods["guided r {}, eps {:g}, {:g}, {:g}".format(*settings)] = guided(*settings)
    methods["guided r {}, eps {:g}, {:g}, {:g} (ours)".format(*ours)] = guided(*ours)
    for shrink in (4, 8):
        measured(methods, given.archive, given.photos, shrink)


if __name__ == "__main__":
    main()
