"""What every part of the benchmark of films works with: colouring a film, drawing its strip, printing a row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from tinct.models.runtime import Network
from tinct.options import Options
from tinct.video.film import FilmResult, colour_film
from tinct.video.plan import FilmOptions, plan_film


@dataclass(frozen=True)
class Bench:
    """folder: for the clips of a run, temporary. strips: where frame strips of the results go, if asked for."""

    folder: Path
    network: Network
    strips: Path | None = None

    def coloured(self, source: Path, name: str, **fields: Any) -> Path:
        """A film as `FilmOptions(**fields)` colours it, under a name in the folder."""
        target = coloured(source, self.folder / name, self.network, **fields)
        if self.strips is not None:
            number = len(list(self.strips.iterdir()))
            draw_strip(target, self.strips / f"{number:02d}-{source.stem}-{target.stem}.png")
        return target


def coloured(source: Path, target: Path, network: Network, codec: str = "ffv1", **fields: Any) -> Path:
    options = FilmOptions(codec=codec, overwrite=True, **fields)
    result: FilmResult = colour_film(plan_film(source, target, options), network, options, Options(scales=1))
    assert result.complete
    return target


def draw_strip(film: Path, path: Path, count: int = 12) -> None:
    """Frames from all over a film, side by side, six to a row."""
    with av.open(str(film)) as clip:
        shown = [
            frame.reformat(width=240, height=180, format="bgr24").to_ndarray()
            for frame in clip.decode(video=0)
        ]
    chosen = [shown[at] for at in np.linspace(0, len(shown) - 1, count).astype(int)]
    cv2.imwrite(str(path), np.vstack([np.hstack(chosen[:6]), np.hstack(chosen[6:])]))


def row(label: str, result: str, bar: str) -> None:
    print(f"{label:52s} {result:>24s}   {bar}", flush=True)
