"""What borders, vignettes and stamps do to the colours: the change of ab against the photo without them.

    python benchmarks/photo_old_material.py [PHOTO...] [--photos 40] [--threads 1]

PHOTO: grey photos, or an archive (.tar) of photos in colour; by default those of examples/. Each is coloured
as it is and with a border, a vignette or a stamp added, by the default model; printed is the mean over photos
of the mean distance in ab, inside the border and away from the stamp, and the 90 % point over photos. "as
given" shows the network the whole photo, "ours" what `photo.network_input` shows it. The photo cut by 4 pixels on all
sides says how much a harmless change moves the same network.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyvips
from numpy.typing import NDArray
from photo_upsampling import photos as photos_of

from tinct.color.lab import lightness_to_grey, linear_to_srgb, srgb_to_linear
from tinct.colorizer import Colorizer
from tinct.options import Options
from tinct.photo.picture import borders, vignettes

Grey = NDArray[np.uint8]
Changed = tuple[Grey, tuple[slice, slice], tuple[slice, slice]]

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.jpg"))
WHOLE = (slice(None), slice(None))


def bordered(level: int, part: float) -> Callable[[Grey], Changed]:
    """A border of that grey with a little grain, as wide as that part of the short side."""

    def change(grey: Grey) -> Changed:
        width = round(part * min(grey.shape))
        grain = np.random.default_rng(0).normal(level, 2, [side + 2 * width for side in grey.shape])
        whole = np.clip(np.round(grain), 0, 255).astype(np.uint8)
        place = (slice(width, width + grey.shape[0]), slice(width, width + grey.shape[1]))
        whole[place] = grey
        return whole, place, WHOLE

    return change


def vignetted(strength: float) -> Callable[[Grey], Changed]:
    """The corners darkened to 1 / (1 + strength)² of their light."""

    def change(grey: Grey) -> Changed:
        y, x = (np.linspace(-1, 1, side) for side in grey.shape)
        light = srgb_to_linear(grey / 255) / (1 + strength * (y[:, None] ** 2 + x**2) / 2) ** 2
        return np.round(255 * linear_to_srgb(light)).astype(np.uint8), WHOLE, WHOLE

    return change


def stamped(grey: Grey) -> Changed:
    """A stamp of an eighth of the short side in the corner; measured further away than its size."""
    stamped, side = grey.copy(), min(grey.shape) // 8
    ink = np.random.default_rng(0).random((side, side)) < 0.5
    stamped[-2 * side : -side, -2 * side : -side] = np.where(ink, 245, 20)
    away = (slice(0, grey.shape[0] - 3 * side), slice(0, grey.shape[1] - 3 * side))
    return stamped, away, away


def cut(grey: Grey) -> Changed:
    return np.ascontiguousarray(grey[4:-4, 4:-4]), WHOLE, (slice(4, -4), slice(4, -4))


CHANGES: dict[str, Callable[[Grey], Changed]] = {
    "white border, 6 %": bordered(245, 0.06),
    "white border, 15 %": bordered(245, 0.15),
    "black border, 6 %": bordered(8, 0.06),
    "black border, 15 %": bordered(8, 0.15),
    "beige border, 10 %": bordered(205, 0.10),
    "vignette, corners at 44 %": vignetted(0.5),
    "vignette, corners at 25 %": vignetted(1.0),
    "stamp": stamped,
    "cut by 4 pixels": cut,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sources", type=Path, nargs="*", default=EXAMPLES)
    parser.add_argument("--photos", type=int, default=40)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    colorizer = Colorizer(threads=given.threads)
    rows: dict[str, list[tuple[float, float]]] = {name: [] for name in CHANGES}
    chroma = []
    for grey in greys(given.sources, given.photos):
        plain = ab_of(colorizer, grey, ours=False), ab_of(colorizer, grey, ours=True)
        chroma.append(np.hypot(*np.moveaxis(plain[1], -1, 0)).mean())
        for name, change in CHANGES.items():
            changed, here, there = change(grey)
            both = [ab_of(colorizer, changed, ours)[here] - plain[ours][there] for ours in (False, True)]
            rows[name].append(tuple(float(np.hypot(*np.moveaxis(d, -1, 0)).mean()) for d in both))
    print(f"mean change of ab inside the picture, {len(chroma)} photos, of mean chroma {np.mean(chroma):.1f}")
    print(f"{'':28s}{'as given':>12s}{'ours':>8s}{'ours, 90 % point':>18s}")
    for name, found in rows.items():
        before, after = np.mean(found, axis=0)
        print(f"{name:28s}{before:12.2f}{after:8.2f}{np.quantile([row[1] for row in found], 0.9):18.2f}")


def ab_of(colorizer: Colorizer, grey: Grey, ours: bool) -> NDArray[np.float64]:
    """ab (h, w, 2) of the coloured photo; unless ours, without a look for borders and vignettes."""
    kept = borders.find_content_box, vignettes.vignette_strength
    if not ours:
        borders.find_content_box, vignettes.vignette_strength = lambda _: borders.ContentBox(), lambda _: 0.0
    try:
        coloured = colorizer.colorize(grey, Options())
    finally:
        borders.find_content_box, vignettes.vignette_strength = kept
    image = pyvips.Image.new_from_array(coloured).copy(interpretation="srgb").colourspace("lab")
    return np.asarray(image.numpy()[..., 1:], np.float64)


def greys(sources: list[Path], most: int) -> Iterator[Grey]:
    for source in sources:
        if source.suffix == ".tar":
            for lab in photos_of(source, most):
                yield np.round(lightness_to_grey(lab[..., 0]) * 255).astype(np.uint8)
        else:
            yield pyvips.Image.new_from_file(str(source)).colourspace("b-w").extract_band(0).numpy()


if __name__ == "__main__":
    main()
