"""From a run's checkpoint to a model's folder that anyone can use."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import chain, cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tinct import photo
from tinct.errors import ModelError, PhotoError, TrainingError
from tinct.learning.data.crops import CropSettings
from tinct.learning.release.model_card import draft_card
from tinct.learning.release.onnx_export import HALF_FROM, Release, export, max_ab_difference, write_manifest
from tinct.learning.release.quantization import fold_batch_norm, mean_ciede2000, quantize
from tinct.learning.run.records import load_run_config, reason
from tinct.learning.run.weights import interpolate_weights, load, load_weights
from tinct.models.manifest import MANIFEST, read_manifest
from tinct.models.store import find_model
from tinct.networks.build import BuiltNetwork, build
from tinct.networks.parse import find_network

PARITY = 0.1
INT8 = 1.0
PHOTOS = 20
SIDES = (64, 96, 128, 160, 192, 224, 256, 320, 384, 512)

Float32Array = NDArray[np.float32]


def export_run(
    run: Path, folder: Path, *, name: str | None, version: str, licence: str, temperature: float, vividness: float,
    short_side: int | None, data: list[Path], keep: float = 0.0, keep_from: str | None = None, int8: bool = False,
    overwrite: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Export the run in `run` to the model folder `folder`, with a draft of its card; returns what was found.

    Twenty photos of `data`, or without it drawn pictures, at ten sizes are predicted by the graphs and by torch. Where
    their ab differ by 0.1 or more, more kernels are stored in full; TrainingError if even that does not help.
    short_side: at which photos are shown to the network, by default as `default_short_side` finds it.
    keep: how much of the weights of `keep_from`, by default those that the run began with, is mixed into what it
    learned (Wortsman et al. 2022), 0..1.
    int8: calibrate with the same photos and store integers, unless that changes colours by a CIEDE2000 of 1 or more.
    overwrite: put it in the place of a model that `folder` holds; a card that is there stays. TrainingError without,
    for a run that cannot be used, and where `folder` cannot be written; nothing of the new model is then left.
    """
    experiment = load_run_config(run)
    network = build(find_network(experiment["network"]))
    load(network, load_weights(str(run)), str(run))
    kept = _mix_weights(network, run, keep, keep_from, experiment.get("init"))
    if not all(bool(torch.isfinite(each).all()) for each in network.parameters()):
        raise TrainingError(f"{run}: a weight is not a number; train it anew with a lower rate.")
    side = short_side or default_short_side(experiment, network.multiple)
    said = Release(
        name or network.network.name, version, licence,
        {"run": experiment["name"], "experiment": experiment, "keep": keep, "keep_from": kept},
        side, temperature, vividness, {},
    )  # fmt: skip
    shown = _lightness_inputs(data, network.multiple)
    with _atomic_folder(folder, overwrite) as part:
        report = {
            "model": f"{said.name} {said.version}",
            "short side": side,
            **_export(network, part, said, shown),
        }
        if int8:
            report |= _quantize(network, part, said, shown)
        report["bytes"] = sum(file.stat().st_size for file in part.glob("*.onnx"))
        write_manifest(network, part, replace(said, figures=report))
        words = {
            "name": said.name,
            "version": said.version,
            "licence": said.licence,
            "about": network.network.about,
            "parameters": sum(each.numel() for each in network.parameters()),
        }
        card = draft_card(part, folder, run, experiment, words, report)
    return report | {"card to fill in": str(card)}


def _mix_weights(
    network: BuiltNetwork, run: Path, keep: float, keep_from: str | None, init: str | None
) -> str | None:
    """Mix the share `keep` of the weights of `keep_from`, or else of `init`, into `network`; says of which."""
    if not keep:
        if keep_from:
            raise TrainingError(
                f"{keep_from}: nothing of it is mixed in without a share; give one, as --keep 0.5."
            )
        return None
    source = keep_from or init
    if not source:
        raise TrainingError(
            f"{run}: began from no trained weights, so none can be kept; leave --keep out, or give --keep-from."
        )
    interpolate_weights(network, keep, source)
    return source


def default_short_side(experiment: Mapping[str, Any], multiple: int) -> int:
    """The short side of the model that a run began from, or else the one at which things are as large in photos as in
    the crops that it learned from, to a multiple of the network's.
    """
    init = experiment.get("init")
    with suppress(ModelError):  # begun from a run or a checkpoint, which says nothing of its size
        if init is not None:
            return read_manifest(find_model(init)).input.short_side
    crops = CropSettings(**experiment.get("crops", {}))
    mean_share = (crops.smallest + 1) / 2
    return max(1, round(crops.side / mean_share / multiple)) * multiple


@contextmanager
def _atomic_folder(folder: Path, overwrite: bool) -> Iterator[Path]:
    """A hidden folder to make a model in; its files come to `folder` at the end, or vanish on any fault."""
    target, part = folder.resolve(), None
    try:
        if (target / MANIFEST).exists() and not overwrite:
            raise TrainingError(
                f"{folder}: holds a model already; give another folder with -o, or --overwrite."
            )
        if target.exists() and not target.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        target.parent.mkdir(parents=True, exist_ok=True)
        place = target if target.is_dir() else target.parent
        part = place / f".{target.name}.{secrets.token_hex(4)}.part"
        part.mkdir()
        yield part
        _replace_files(part, target)
    except OSError as error:
        raise TrainingError(
            f"{folder}: the model cannot be written ({reason(error)}); make room, or give another folder with -o."
        ) from error
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)


def _replace_files(part: Path, target: Path) -> None:
    """Give the folder `part` its name, or its files the place of those in `target`, the manifest last."""
    if not target.exists():
        part.rename(target)
        return
    names = {path.name for path in part.iterdir()}
    for name in sorted(names, key=lambda name: name == MANIFEST):
        os.replace(part / name, target / name)
    for path in target.glob("*.onnx"):
        if path.name not in names:
            path.unlink()


def _export(network: BuiltNetwork, folder: Path, said: Release, shown: list[Float32Array]) -> dict[str, Any]:
    """Export with as many kernels in float16 as may be without a change in colour; says how many, and what changed."""
    for half_from in (HALF_FROM, 10 * HALF_FROM, sys.maxsize):
        export(network, folder, said, half_from=half_from)
        worst = max_ab_difference(network, folder, shown)
        if worst < PARITY:
            break
    else:
        raise TrainingError(
            f"{said.name}: the export would differ from the trained network by {worst:.2f} ab units, and was not "
            "kept; please report this."
        )
    mixed = f"float16, those below {half_from:,} weights float32"
    return {
        "kernels": "float32" if half_from == sys.maxsize else mixed,
        "photos compared": len(shown),
        "largest ab difference to torch": round(worst, 4),
    }


def _quantize(
    network: BuiltNetwork, folder: Path, said: Release, shown: list[Float32Array]
) -> dict[str, Any]:
    """Put int8 graphs in the place of those in `folder` if they colour nearly alike; says which it was."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        exact, small = Path(place) / "exact", Path(place) / "small"
        export(fold_batch_norm(network), exact, said, half_from=sys.maxsize)
        quantize(exact, small, shown)
        write_manifest(network, small, said)
        found = mean_ciede2000(exact, small, shown)
        told: dict[str, Any] = {"int8": f"not int8: that changes colours by {INT8:g} or more"}
        if found < INT8:
            worst = max_ab_difference(network, small, shown)
            told = {"kernels": "int8", "largest ab difference to torch": round(worst, 4)}
            for path in small.glob("*.onnx"):
                (folder / path.name).write_bytes(path.read_bytes())
    return {"CIEDE2000 of int8 to float32": round(found, 3)} | told


def _lightness_inputs(data: list[Path], multiple: int) -> list[Float32Array]:
    """Lightnesses (h, w) of twenty photos, each at another of ten sizes; drawn ones without photos."""
    sides = cycle(max(side // multiple, 2) * multiple for side in SIDES)
    if not data:
        rng = np.random.default_rng(0)
        return [_synthetic_input(side, multiple, rng) for side in islice(sides, PHOTOS)]
    found = list(islice(_photo_inputs(data, sides, multiple), PHOTOS))
    if not found:
        told = ", ".join(map(str, data))
        raise TrainingError(
            f"{told}: no photo that can be read; give a tar or a folder of photos with --data."
        )
    return found


def _photo_inputs(data: list[Path], sides: Iterator[int], multiple: int) -> Iterator[Float32Array]:
    for _, held in chain.from_iterable(map(photo.read_photos, data)):
        try:
            yield photo.network_input(photo.read(held), next(sides), multiple)
        except PhotoError:
            continue


def _synthetic_input(side: int, multiple: int, rng: np.random.Generator) -> Float32Array:
    """Patches of even lightness with some grain: not a photo, but edges and flats of every lightness."""
    patch = max(multiple // 2, 1)
    flats = rng.uniform(0, 100, (side // patch, (side + multiple) // patch)).repeat(patch, 0).repeat(patch, 1)
    return np.asarray((flats + rng.normal(0, 2, flats.shape)).clip(0, 100), np.float32)
