"""From a run's checkpoint to a model's folder that anyone can use."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct import photo
from tinct.errors import LearningError
from tinct.learning.card import draft_card
from tinct.learning.export import HALF_FROM, Release, export, parity, write_manifest
from tinct.learning.quantized import difference, folded, quantize
from tinct.learning.train import RECORD
from tinct.learning.weights import load, weights_of
from tinct.networks.build import BuiltNetwork, build
from tinct.networks.parse import find_network

PARITY = 0.1
INT8 = 1.0
PHOTOS = 20
SIDES = (64, 96, 128, 160, 192, 224, 256, 320, 384, 512)

Floats = NDArray[np.float32]


def release(
    run: Path, folder: Path, *, name: str | None, version: str, licence: str, temperature: float, vividness: float,
    short_side: int, data: list[Path], int8: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Export the run in `run` to the model folder `folder`, with a draft of its card; returns what was found.

    Twenty photos of `data`, or without it drawn pictures, at ten sizes are predicted by the graphs and by torch. Where
    their ab differ by 0.1 or more, more kernels are stored in full; LearningError if even that does not help.
    int8: calibrate with the same photos and store integers, unless that changes colours by a CIEDE2000 of 1 or more.
    """
    experiment = _experiment(run)
    network = build(find_network(experiment["network"]))
    load(network, weights_of(str(run)), str(run))
    said = Release(
        name or network.network.name, version, licence, {"run": experiment["name"], "experiment": experiment},
        short_side, temperature, vividness, {},
    )  # fmt: skip
    shown = _shown(data, network.multiple)
    report = {"model": f"{said.name} {said.version}", **_export(network, folder, said, shown)}
    if int8:
        report |= _in_integers(network, folder, said, shown)
    report["bytes"] = sum(file.stat().st_size for file in folder.glob("*.onnx"))
    write_manifest(network, folder, replace(said, figures=report))
    words = {
        "name": said.name,
        "version": said.version,
        "licence": said.licence,
        "about": network.network.about,
        "parameters": sum(each.numel() for each in network.parameters()),
    }
    report["card to fill in"] = str(draft_card(folder, run, experiment, words, report))
    return report


def _experiment(run: Path) -> dict[str, Any]:
    record = run / RECORD
    if not record.exists():
        raise LearningError(f"{run}: is not the folder of a run; give one that tinct train made.")
    said: dict[str, Any] = json.loads(record.read_text())
    return said


def _export(network: BuiltNetwork, folder: Path, said: Release, shown: list[Floats]) -> dict[str, Any]:
    """Export with as many kernels in float16 as may be without a change in colour; says how many, and what changed."""
    for half_from in (HALF_FROM, 10 * HALF_FROM, sys.maxsize):
        export(network, folder, said, half_from=half_from)
        worst = parity(network, folder, shown)
        if worst < PARITY:
            break
    else:
        raise LearningError(
            f"{folder}: the export differs from the trained network by {worst:.2f} ab units; do not use it, "
            "and report this."
        )
    mixed = f"float16, those below {half_from:,} weights float32"
    return {
        "kernels": "float32" if half_from == sys.maxsize else mixed,
        "photos compared": len(shown),
        "largest ab difference to torch": round(worst, 4),
    }


def _in_integers(network: BuiltNetwork, folder: Path, said: Release, shown: list[Floats]) -> dict[str, Any]:
    """Put int8 graphs in the place of those in `folder` if they colour nearly alike; says which it was."""
    with tempfile.TemporaryDirectory() as place:
        exact, small = Path(place) / "exact", Path(place) / "small"
        export(folded(network), exact, said, half_from=sys.maxsize)
        quantize(exact, small, shown)
        write_manifest(network, small, said)
        found = difference(exact, small, shown)
        kept = found < INT8
        if kept:
            for path in small.glob("*.onnx"):
                (folder / path.name).write_bytes(path.read_bytes())
    told = "int8" if kept else f"not int8: that changes colours by {INT8:g} or more"
    return {"CIEDE2000 of int8 to float32": round(found, 3)} | ({"kernels": told} if kept else {"int8": told})


def _shown(data: list[Path], multiple: int) -> list[Floats]:
    """Lightnesses (h, w) of twenty photos, each at another of ten sizes; drawn ones without photos."""
    sides = cycle(max(side // multiple, 2) * multiple for side in SIDES)
    if not data:
        rng = np.random.default_rng(0)
        return [_drawn(side, multiple, rng) for side in islice(sides, PHOTOS)]
    return [
        photo.shrunk(photo.read(held), side, multiple)
        for side, held in zip(sides, islice(_photos(data), PHOTOS), strict=False)
    ]


def _photos(data: list[Path]) -> Iterator[bytes]:
    for source in data:
        yield from (held for _, held in photo.read_photos(source))


def _drawn(side: int, multiple: int, rng: np.random.Generator) -> Floats:
    """Patches of even lightness with some grain: not a photo, but edges and flats of every lightness."""
    patch = max(multiple // 2, 1)
    flats = rng.uniform(0, 100, (side // patch, (side + multiple) // patch)).repeat(patch, 0).repeat(patch, 1)
    return np.asarray((flats + rng.normal(0, 2, flats.shape)).clip(0, 100), np.float32)
