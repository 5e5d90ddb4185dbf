"""What temperature, vividness and the mean's gain do: PSNR over grey at equal colourfulness.

    python benchmarks/decoding.py PHOTOS.tar [--model tinct-s] [--photos 200] [--reach 0]

Each photo goes through the network once and is decoded many times, with gains on what sets colours apart, the mean
getting its square root (as tinct does), the same gain, or none. Between gains figures are read off in a line.
--reach and --contrast: of `color.smooth`, which comes first; 0 leaves it out.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinct import photo
from tinct.color.decode import annealed_mean
from tinct.color.resample import averaged
from tinct.color.smooth import CONTRAST, REACH, smoothed
from tinct.evaluation.metrics import colourfulness, psnr
from tinct.models.runtime import Network
from tinct.models.store import find_model

TEMPERATURES = (0.5, 0.7, 0.9)
GAINS = np.array([1.0, 1.4, 1.8, 2.2, 2.6])
MEANS = {"square root": 0.5, "the same gain": 1.0, "no gain": 0.0}
SHARES = (0.7, 0.85, 1.0)

Pixels = NDArray[np.uint8]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", default="tinct-s")
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--reach", type=float, default=REACH)
    parser.add_argument("--contrast", type=float, default=CONTRAST)
    said = parser.parse_args()
    network = Network(find_model(said.model))
    found = []
    for number, (_, data) in enumerate(photo.read_photos(said.data)):
        if number == said.photos:
            break
        found.append(decoded_every_way(network, photo.pixels(data), said.reach, said.contrast))
    figures = np.array([each[0] for each in found]).mean(0)
    true = float(np.mean([each[1] for each in found]))
    print(f"{len(found)} photos; PSNR over grey in dB at a share of the true colourfulness (vividness)")
    print(
        f"{'temperature':>11}  {'the mean gets':14} {'gain 1':>14} "
        + " ".join(f"{share:>13.0%}" for share in SHARES)
    )
    for one, temperature in enumerate(TEMPERATURES):
        for other, name in enumerate(MEANS):
            gained, shown = figures[one, other, :, 0], figures[one, other, :, 1] / true
            row = [f"{gained[0]:+.2f} ({shown[0]:.0%})"]
            row += [
                f"{np.interp(share, shown, gained):+.2f} ({np.interp(share, shown, GAINS):.2f})"
                if shown[-1] >= share
                else "not reached"
                for share in SHARES
            ]
            print(f"{temperature:11}  {name:14} {row[0]:>14} " + " ".join(f"{cell:>13}" for cell in row[1:]))


def decoded_every_way(
    network: Network, true: Pixels, reach: float, contrast: float
) -> tuple[NDArray[np.float64], float]:
    """PSNR over grey and colourfulness (temperatures, means, gains, 2) of one photo, and its true colourfulness."""
    grey = np.asarray(photo.to_array(photo.join(photo.read(true), np.zeros((2, 8, 8), np.float32))), np.uint8)
    opened = photo.read(grey)
    shown = network.manifest.input
    answer = network.predict(network.encode(photo.shrunk(opened, shown.short_side, shown.multiple)))
    assert answer.log_probabilities is not None
    assert answer.bins is not None
    least = psnr(grey / 255.0, true / 255.0, 1.0)
    figures = np.empty((len(TEMPERATURES), len(MEANS), len(GAINS), 2))
    for one, temperature in enumerate(TEMPERATURES):
        ab = annealed_mean(answer.log_probabilities, answer.bins, temperature)
        ab = smoothed(ab, averaged(answer.shown, *answer.size), reach, contrast)
        mean = ab.mean((1, 2), keepdims=True)
        for other, power in enumerate(MEANS.values()):
            for last, gain in enumerate(GAINS):
                spread = (mean * gain**power + (ab - mean) * gain).astype(np.float32)
                result = np.asarray(photo.to_array(photo.join(opened, spread)), np.uint8)
                figures[one, other, last] = (
                    psnr(result / 255.0, true / 255.0, 1.0) - least,
                    colourfulness(result),
                )
    return figures, colourfulness(true)


if __name__ == "__main__":
    main()
