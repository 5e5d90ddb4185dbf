"""Several models' colours of the same photos, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinct.colorizer import Colorizer
from tinct.errors import PhotoError
from tinct.options import Options
from tinct.session import Session

Pixels = NDArray[np.uint8]
Tile = tuple[str, Pixels]


def compare(
    photos: Sequence[Path], models: Sequence[str], options: Options, *, side: int, device: str = "auto",
    complain: Callable[[str], None],
) -> tuple[list[Tile], int]:  # fmt: skip
    """Captioned tiles of at most `side` pixels: a row per photo, first in grey, then by each model.

    One model is open at a time. A photo that cannot be coloured is told to `complain` and leaves no row. Returns the
    tiles and the number of such photos. Raises ModelError for a model that cannot be used, PhotoError if no photo is
    left.
    """
    rows: dict[Path, list[Tile]] = {path: [] for path in dict.fromkeys(photos)}
    for model in models:
        colorizer = Colorizer(model, device=device)
        for path in list(rows):
            try:
                session = colorizer.open(path, options)
                if not rows[path]:
                    rows[path].append((path.name, _tile(session.with_options(vividness=0.0), side)))
                rows[path].append((model, _tile(session, side)))
            except PhotoError as error:
                complain(str(error))
                del rows[path]
    if not rows:
        raise PhotoError("there is no photo to compare; give one that can be read")
    tiles = [tile for row in rows.values() for tile in row]
    return tiles, len(set(photos)) - len(rows)


def _tile(session: Session, side: int) -> Pixels:
    """The photo in colour, sRGB (h, w, 3), its longer side at most `side`."""
    width, height = session.photo.width, session.photo.height
    pixels = session.preview(max(1, round(side * min(width, height) / max(width, height))))[..., :3]
    if pixels.dtype == np.uint8:
        return np.asarray(pixels)
    white = 65535.0 if pixels.dtype == np.uint16 else session.photo.white
    return np.asarray(np.rint(np.clip(pixels / white, 0, 1) * 255), np.uint8)
