"""What a network's input size, temperature and vividness do, at equal colourfulness.

    python benchmarks/decoding.py PHOTOS.tar [--models tinct-m] [--sides 192 256] [--temperatures 0.7]
        [--means 0.5 1] [--photos 200]

One row for each way: PSNR over grey in dB, CIEDE2000 as a share of grey's (at every second pixel) and, in brackets, the
vividness that it takes to reach a share of the true colourfulness. Between gains figures are read off in a line.
sides: the short side at which the network sees a photo; means: the power of the gain that a photo's mean colour gets,
0.5 in tinct.
"""

from __future__ import annotations

import argparse
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinct import photo
from tinct.color.difference import ciede2000
from tinct.color.lab import srgb_to_lab
from tinct.evaluation.evaluate import to_grey
from tinct.evaluation.metrics import colourfulness, psnr
from tinct.models.runtime import Network, Prediction
from tinct.models.store import find_model

GAINS = np.array([1.0, 1.4, 1.8, 2.2, 2.6, 3.0])
SHARES = (0.7, 0.85, 1.0)
EVERY = 2

Pixels = NDArray[np.uint8]
Float64Array = NDArray[np.float64]
Decoding = tuple[float, float]
Way = tuple[str, int, float, float]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--models", nargs="+", default=["tinct-m"])
    parser.add_argument("--sides", nargs="+", type=int, help="by default each model's own")
    parser.add_argument("--temperatures", nargs="+", type=float, default=[0.5, 0.7, 0.9])
    parser.add_argument("--means", nargs="+", type=float, default=[0.5])
    parser.add_argument("--photos", type=int, default=200)
    said = parser.parse_args()
    networks = {name: Network(find_model(name)) for name in said.models}
    views = [
        (name, side)
        for name, network in networks.items()
        for side in said.sides or [network.manifest.input.short_side]
    ]
    decodings = list(product(said.temperatures, said.means))
    ours, greys = [], []
    for number, (_, data) in enumerate(photo.read_photos(said.data)):
        if number == said.photos:
            break
        true = photo.decode_srgb(data)
        grey = to_grey(true)
        opened = photo.read(grey)
        answers = [predicted(networks[name], opened, side) for name, side in views]
        ours.append(
            [at_every_gain(answer, decoding, opened, true) for answer in answers for decoding in decodings]
        )
        greys.append((*nearness(grey, true), colourfulness(true)))
    ways = [(*view, *decoding) for view in views for decoding in decodings]
    show(ways, np.array(ours).mean(0), np.array(greys).mean(0), len(greys))


def predicted(network: Network, opened: photo.Photo, side: int) -> Prediction:
    """What a network says of a photo that it sees at a short side of `side`."""
    return network.predict(network.encode(photo.network_input(opened, side, network.manifest.input.multiple)))


def at_every_gain(
    answer: Prediction, decoding: Decoding, opened: photo.Photo, true: Pixels
) -> list[tuple[float, float, float]]:
    """PSNR, CIEDE2000 and colourfulness of one photo at each of the gains."""
    temperature, power = decoding
    ab = answer.annealed(temperature)
    mean = ab.mean((1, 2), keepdims=True)
    found = []
    for gain in GAINS:
        vivid = (mean * gain**power + (ab - mean) * gain).astype(np.float32)
        result = np.asarray(photo.to_array(photo.join(opened, vivid)), np.uint8)
        found.append((*nearness(result, true), colourfulness(result)))
    return found


def nearness(result: Pixels, true: Pixels) -> tuple[float, float]:
    """PSNR in dB and CIEDE2000."""
    labs = [srgb_to_lab(pixels[::EVERY, ::EVERY] / 255.0) for pixels in (result, true)]
    return psnr(result / 255.0, true / 255.0, 1.0), float(ciede2000(*labs).mean())


def show(ways: list[Way], ours: Float64Array, grey: Float64Array, count: int) -> None:
    """Print figures (ways, gains, 3) beside grey's PSNR and CIEDE2000 and the true colourfulness."""
    print(
        f"{count} photos; PSNR over grey in dB, CIEDE2000 of grey's (vividness) at a share of the true colourfulness"
    )
    titles = ("model", "side", "temperature", "mean")
    print(f"{titles[0]:>20} " + " ".join(f"{title:>11}" for title in titles[1:]), end="")
    print("".join(f"{share:>22.0%}" for share in SHARES))
    for way, figures in zip(ways, ours, strict=True):
        psnr_gain, difference, shown = (
            figures[:, 0] - grey[0],
            figures[:, 1] / grey[1],
            figures[:, 2] / grey[2],
        )
        cells = [
            f"{np.interp(share, shown, psnr_gain):+.2f} {np.interp(share, shown, difference):.3f} "
            f"({np.interp(share, shown, GAINS):.2f})"
            if shown[-1] >= share
            else "not reached"
            for share in SHARES
        ]
        print(f"{Path(way[0]).name:>20} " + " ".join(f"{value:>11}" for value in way[1:]), end="")
        print("".join(f"{cell:>22}" for cell in cells))


if __name__ == "__main__":
    main()
