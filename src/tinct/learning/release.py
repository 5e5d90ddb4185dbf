"""From a run's checkpoint to a model's folder that anyone can use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tinct import photo
from tinct.errors import LearningError
from tinct.learning.export import Release, export, parity, rounded
from tinct.learning.train import RECORD
from tinct.learning.weights import load, weights_of
from tinct.models.manifest import read_manifest
from tinct.networks.build import build
from tinct.networks.parse import find_network

PARITY = 0.01
PHOTOS = 10


def release(
    run: Path, folder: Path, *, name: str | None, version: str, licence: str, temperature: float, vividness: float,
    short_side: int, data: list[Path],
) -> dict[str, Any]:  # fmt: skip
    """Export the run in `run` to the model folder `folder`; returns what was compared and found.

    With photos in `data`, ten of them are predicted by the graphs and by torch; LearningError where these differ by
    more than 0.01 ab units with the same half-precision weights.
    """
    record = run / RECORD
    if not record.exists():
        raise LearningError(f"{run}: is not the folder of a run; give one that tinct train made.")
    experiment = json.loads(record.read_text())
    network = build(find_network(experiment["network"]))
    load(network, weights_of(str(run)), str(run))
    said = Release(
        name or network.network.name, version, licence, {"run": experiment["name"], "experiment": experiment},
        short_side, temperature, vividness, {},
    )  # fmt: skip
    export(network, folder, said)
    report: dict[str, Any] = {
        "model": read_manifest(folder).title,
        "bytes": sum(f.stat().st_size for f in folder.iterdir()),
    }
    shown = [photo.shrunk(photo.read(held), short_side, network.multiple) for held in _first(data)]
    if shown:
        report["photos compared"] = len(shown)
        report["largest ab difference to torch"] = round(parity(rounded(network), folder, shown), 5)
        report["largest ab difference to full precision"] = round(parity(network, folder, shown), 3)
        if report["largest ab difference to torch"] > PARITY:
            raise LearningError(
                f"{folder}: the export differs from the trained network; do not use it, and report this."
            )
    return report


def _first(data: list[Path]) -> list[bytes]:
    found = [
        held
        for source in data
        for _, held in zip(range(PHOTOS), (d for _, d in photo.read_photos(source)), strict=False)
    ]
    return found[:PHOTOS]
