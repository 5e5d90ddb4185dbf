"""Equal vividness: the vividness at which a model is as colourful as a share of the originals."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tinct import photo
from tinct.colorizer import Colorizer
from tinct.errors import OptionError
from tinct.evaluation.evaluate import to_grey
from tinct.evaluation.metrics import colourfulness
from tinct.options import Options

# Vividness values at which colourfulness is measured, and linear in between.
GRID = (0.0, 0.4, 0.8, 1.1, 1.5, 2.1, 3.2, 5.0)
SIDE = 128


def matching_vividness(
    colorizer: Colorizer, options: Options, photos: Sequence[tuple[str, bytes]], share: float,
    step: Callable[[], None] = lambda: None,
) -> float:  # fmt: skip
    """The vividness at which the mean colourfulness of results is `share` of that of the originals.

    Measured on previews of all photos at a short side of 128 pixels, each seen by the network once. step: called
    after each photo. OptionError if no vividness from 0 to 5 reaches it.
    """
    found, truths = np.zeros(len(GRID)), 0.0
    for name, data in photos:
        truth = photo.decode_srgb(data, name=name)
        session = colorizer.open(to_grey(truth), options)
        found += [
            colourfulness(np.asarray(session.with_options(vividness=value).preview(SIDE))) for value in GRID
        ]
        truths += colourfulness(photo.decode_srgb(data, min(SIDE, *truth.shape[:2]), name=name))
        step()
    wanted = share * truths
    if not found[0] <= wanted <= found.max():
        most = 100 * found.max() / max(truths, 1e-9)
        raise OptionError(
            f"{colorizer.manifest.name}: is at most {most:.0f} % as colourful as these photos; give a smaller "
            "--match-colourfulness"
        )
    first = int(np.argmax(found >= wanted))
    if first == 0:
        return GRID[0]
    return float(np.interp(wanted, found[first - 1 : first + 1], GRID[first - 1 : first + 1]))
