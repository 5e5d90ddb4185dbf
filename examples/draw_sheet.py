"""Colour the photos beside this file and draw docs/before-after.jpg, grey above and coloured below, docs/control.jpg,
automatic above and with one hint below, and docs/truth.jpg,
the photos' own colours above and tinct's below; the latter takes the originals from scikit-image, which `.[dev]` holds.

python examples/draw_sheet.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import tinct
from tinct import photo
from tinct.photo.drawing import sheet

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"
IN_COLOUR = ("astronaut", "chelsea", "coffee", "rocket")
# As in docs/control.md.
ONE_HINT = {
    "astronaut": tinct.Hint((0.42, 0.72), "#e0701f"),
    "coffee": tinct.Hint((0.5, 0.94), "verdigris"),
    "camera": tinct.Hint((0.75, 0.85), "olivedrab"),
}
SIDE = 256

Pixels = NDArray[np.uint8]


def main() -> None:
    """Draw both sheets and say where they are."""
    from skimage import data

    paths = photo.find_photos(HERE)
    colorizer = tinct.Colorizer()
    before = {path.stem: photo.decode_srgb(path.read_bytes(), SIDE, name=path.name) for path in paths}
    after = {
        path.stem: photo.decode_srgb(colorizer.colorize(path.read_bytes()), SIDE, name=path.name)
        for path in paths
    }
    true = {name: getattr(data, name)() for name in IN_COLOUR}
    draw(DOCS / "before-after.jpg", before, after)
    hinted = {name: colorizer.open(HERE / f"{name}.jpg") for name in ONE_HINT}
    draw(
        DOCS / "control.jpg",
        {name: session.preview(SIDE) for name, session in hinted.items()},
        {name: session.with_hints([ONE_HINT[name]]).preview(SIDE) for name, session in hinted.items()},
    )
    draw(DOCS / "truth.jpg", true, {name: after[name] for name in IN_COLOUR})


def draw(target: Path, above: dict[str, Pixels], below: dict[str, Pixels]) -> None:
    """One row of photos, captioned by their names, over another."""
    tiles = [(name, square(pixels)) for name, pixels in above.items()]
    tiles += [("", square(pixels)) for pixels in below.values()]
    sheet(tiles, columns=len(above), side=SIDE).jpegsave(str(target), Q=88)
    print(target)


def square(pixels: Pixels) -> Pixels:
    """The middle of a picture (h, w, 3)."""
    side = min(pixels.shape[:2])
    top, left = ((extent - side) // 2 for extent in pixels.shape[:2])
    return pixels[top : top + side, left : left + side]


if __name__ == "__main__":
    main()
