"""Colour the photos beside this file and draw docs/before-after.jpg: grey above, coloured below.

python examples/draw_sheet.py
"""

from __future__ import annotations

from pathlib import Path

import tinct
from tinct import photo
from tinct.photo.drawing import sheet

HERE = Path(__file__).parent
TARGET = HERE.parent / "docs" / "before-after.jpg"
SIDE = 256


def main() -> None:
    """Draw the sheet and say where it is."""
    paths = photo.photos_in(HERE)
    colorizer = tinct.Colorizer()
    before = [photo.pixels(path.read_bytes(), SIDE, name=path.name) for path in paths]
    after = [photo.pixels(colorizer.colorize(path.read_bytes()), SIDE, name=path.name) for path in paths]
    squares = [_square(pixels) for pixels in (*before, *after)]
    captions = [path.stem for path in paths] + [""] * len(paths)
    sheet(list(zip(captions, squares, strict=True)), columns=len(paths), side=SIDE).jpegsave(
        str(TARGET), Q=88
    )
    print(TARGET)


def _square(pixels):  # type: ignore[no-untyped-def]
    side = min(pixels.shape[:2])
    top, left = ((extent - side) // 2 for extent in pixels.shape[:2])
    return pixels[top : top + side, left : left + side]


if __name__ == "__main__":
    main()
