"""The photo half: change of lightness at 8 and 16 bits, bleeding of colour over edges, time on one megapixel.

    python benchmarks/photo_fidelity.py [PHOTOS.tar] [--pictures FOLDER]

PHOTOS.tar holds colour photos; without it pieces of scikit-image's samples serve. Each photo is turned to
grey, its own ab at 1/4 of its size taken for the prediction, and the result is read back from PNG. With
`--pictures` the edges of the bleeding test are saved, bilinear beside ours.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyvips
from numpy.typing import NDArray
from photo_upsampling import photos

from tinct import photo
from tinct.color.lab import grey_to_lightness, lab_to_srgb, lightness_to_grey, srgb_to_lab
from tinct.color.resample import resize_area

Float64Array = NDArray[np.float64]
BARS = {8: (0.25, 1.0), 16: (0.01, 0.05)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("archive", type=Path, nargs="?")
    parser.add_argument("--pictures", type=Path)
    given = parser.parse_args()
    labs = list(photos(given.archive, 20)) if given.archive else samples()
    for bits in BARS:
        lightness_kept(labs, bits)
    bleeding(given.pictures)
    one_megapixel()


def samples() -> list[Float64Array]:
    """Twenty pieces of scikit-image's photos, as Lab."""
    from skimage import data

    pieces = [
        picture[top : top + 256, left : left + 256]
        for picture in (data.astronaut(), data.coffee(), data.chelsea(), data.rocket())
        for top, left in ((0, 0), (0, 128), (40, 190), (44, 40), (20, 100))
    ]
    return [srgb_to_lab(piece / 255) for piece in pieces]


def lightness_kept(labs: list[Float64Array], bits: int) -> None:
    """Print mean and maximum of the change of L over the photos."""
    top = 2**bits - 1
    changes = []
    with tempfile.TemporaryDirectory() as folder:
        for number, lab in enumerate(labs):
            grey = np.round(lightness_to_grey(lab[..., 0]) * top).astype(np.uint8 if bits == 8 else np.uint16)
            target = Path(folder) / f"{number}.png"
            opened = photo.read(grey)
            photo.write(opened, photo.join(opened, prediction(lab)), target)
            result = pyvips.Image.new_from_file(str(target)).numpy() / top
            changes.append(np.abs(srgb_to_lab(result)[..., 0] - grey_to_lightness(grey / top)))
    mean, most = np.mean([change.mean() for change in changes]), max(change.max() for change in changes)
    print(
        f"change of L over {len(labs)} photos, {bits:2d} bits: mean {mean:.4f} (bar {BARS[bits][0]}), "
        f"maximum {most:.4f} (bar {BARS[bits][1]})"
    )


def prediction(lab: Float64Array) -> NDArray[np.float32]:
    height, width = (max(1, side // 4) for side in lab.shape[:2])
    planes = [resize_area(lab[..., band].astype(np.float32), height, width) for band in (1, 2)]
    return np.stack(planes) * np.float32(0.9)


def bleeding(pictures: Path | None) -> None:
    """Print how much colour crosses strong edges of L, against bilinear on the same predictions."""
    size, small, ours, theirs = 512, 32, 0.0, 0.0
    y, x = np.mgrid[0:size, 0:size] / size - 0.5
    for number, turn in enumerate(np.linspace(0, np.pi, 8, endpoint=False)):
        side = np.clip((x * np.cos(turn) + y * np.sin(turn) + 0.013) * size + 0.5, 0, 1)
        lightness = 30 + 40 * side + 3 * np.sin(40 * x) * np.sin(31 * y)
        truth = np.stack([45 - 50 * side, 35 - 65 * side])
        deep = np.round(lightness_to_grey(lightness) * 65535).astype(np.uint16)
        ab = np.stack([resize_area(plane.astype(np.float32), small, small) for plane in truth])
        joined = srgb_to_lab(photo.to_array(photo.join(photo.read(deep), ab)) / 65535)
        bilinear = np.stack([resize_area(plane, size, size) for plane in ab], axis=-1)
        ours += float(np.abs(joined[..., 1:] - np.moveaxis(truth, 0, -1)).mean())
        theirs += float(np.abs(bilinear - np.moveaxis(truth, 0, -1)).mean())
        if pictures:
            pictures.mkdir(parents=True, exist_ok=True)
            plain = np.concatenate([lightness[..., None], bilinear], axis=-1)
            both = np.clip(lab_to_srgb(np.concatenate([plain, joined], axis=1)), 0, 1)
            pyvips.Image.new_from_array(np.round(both * 255).astype(np.uint8)).pngsave(
                str(pictures / f"edge-{number}.png")
            )
    print(f"bleeding over edges, ours : bilinear = {ours / theirs:.2f} (bar 0.5)")


def one_megapixel() -> None:
    """Print the warm time of the photo half on one megapixel, and of pyvips to Lab and back."""
    from skimage import data

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.jpg", Path(folder) / "out.jpg"
        pyvips.Image.new_from_array(data.camera()).resize(2).jpegsave(str(source), Q=92)
        ab = np.random.default_rng(0).normal(0, 10, (2, 64, 64)).astype(np.float32)

        def ours() -> None:
            opened = photo.read(source)
            photo.network_input(opened, 256, 32)
            photo.write(opened, photo.join(opened, ab), target, overwrite=True)

        def plain() -> None:
            image = pyvips.Image.new_from_file(str(source), access="sequential")
            image.colourspace("lab").colourspace("srgb").jpegsave(str(target), Q=92, subsample_mode="off")

        mine, base = timed(ours), timed(plain)
        print(f"1 megapixel JPEG -> JPEG: {1000 * mine:.0f} ms, {mine / base:.2f} x pyvips to Lab and back")


def timed(work: Callable[[], None], times: int = 15) -> float:
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


if __name__ == "__main__":
    main()
