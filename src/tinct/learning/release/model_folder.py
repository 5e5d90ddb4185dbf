"""Export of a run: from its checkpoint to a model folder."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import chain, cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tinct import photo
from tinct.color.decode import Decoding
from tinct.errors import ModelError, PhotoError, TrainingError, short_reason
from tinct.learning.data.crops import CropSettings
from tinct.learning.log.records import load_run_config
from tinct.learning.release.model_card import draft_card
from tinct.learning.release.onnx_export import HALF_FROM, ModelInfo, export, max_ab_difference, write_manifest
from tinct.learning.release.quantization import fold_batch_norm, mean_ciede2000, quantize
from tinct.learning.weights.initial import (
    BEST,
    LAST,
    checkpoint_in_words,
    interpolate_weights,
    load,
    load_weights,
)
from tinct.models.manifest import MANIFEST, Manifest, read_manifest
from tinct.models.store import find_model
from tinct.networks.build import BuiltNetwork, build
from tinct.networks.parse import find_network

MAX_AB_DIFFERENCE = 0.1
MAX_INT8_CIEDE2000 = 1.0
NUM_INPUTS = 20
SIDES = (64, 96, 128, 160, 192, 224, 256, 320, 384, 512)

Float32Array = NDArray[np.float32]


def export_run(
    run: Path, folder: Path, *, name: str | None, version: str, license: str,  # noqa: A002
    decoding: Decoding, short_side: int | None, short_sides: Sequence[int] = (), data: list[Path],
    mix_weight: float = 0.0, mix_from: str | None = None, checkpoint: str = "best", int8: bool = False,
    overwrite: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Export the run in `run` to the model folder `folder`, with a draft of its model card; returns a report.

    Twenty photos of `data`, or synthetic ones without it, at ten sizes are predicted by the graphs and by
    torch. If their ab differ by 0.1 or more, more kernels are stored in float32.

    short_side: size at which photos are shown to the network, by default that of `default_short_side`.
    short_sides: sizes whose predictions are averaged, by default those of the model that the run started from, unless
    `short_side` is given. name: by default the run's.
    checkpoint: `best`, the weights of the lowest validation loss, or `last`. mix_weight: weight 0..1 of
    `mix_from`, by default of the initial weights, in the mixture with the trained ones (WiSE-FT, Wortsman et al.
    2022). int8: calibrate on the same photos and quantize, unless that changes colours by a CIEDE2000 of 1 or
    more. overwrite: replace a model in `folder`; its card stays.

    Raises TrainingError if the run cannot be used, the graphs differ from torch, `folder` holds a model and
    `overwrite` is not set, or it cannot be written; nothing of the new model is then left.
    """
    experiment = load_run_config(run)
    network = build(find_network(experiment["network"]))
    kept = _checkpoint(run, checkpoint)
    load(network, load_weights(str(kept)), str(kept))
    mixed = _mix_weights(network, run, mix_weight, mix_from, experiment.get("init"))
    if not all(bool(torch.isfinite(each).all()) for each in network.parameters()):
        raise TrainingError(f"{run}: a weight is not a number; train it again with a lower lr")
    side = short_side or default_short_side(experiment, network.multiple)
    info = ModelInfo(
        name or experiment["name"], version, license,
        {"run": experiment["name"], "experiment": experiment, "mix_weight": mix_weight, "mix_from": mixed},
        side, tuple(short_sides) or (() if short_side else default_short_sides(experiment)), decoding, {},
    )  # fmt: skip
    inputs = _lightness_inputs(data, network.multiple)
    with _atomic_folder(folder, overwrite) as part:
        report = {
            "model": f"{info.name} {info.version}",
            "weights": checkpoint_in_words(kept),
            "short side": side,
            **_export(network, part, info, inputs),
        }
        if int8:
            report |= _quantize(network, part, info, inputs)
        report["bytes"] = sum(file.stat().st_size for file in part.glob("*.onnx"))
        write_manifest(network, part, replace(info, figures=report))
        model = {
            "name": info.name,
            "version": info.version,
            "license": info.license,
            "about": network.network.about,
            "parameters": sum(each.numel() for each in network.parameters()),
        }
        card = draft_card(part, folder, run, experiment, model, report)
    return report | {"model card to fill in": str(card)}


def _checkpoint(run: Path, checkpoint: str) -> Path:
    """The file of the best or last checkpoint of a run; runs of earlier versions have only the last."""
    best = run / BEST
    return best if checkpoint == "best" and best.exists() else run / LAST


def _mix_weights(
    network: BuiltNetwork, run: Path, mix_weight: float, mix_from: str | None, init: str | None
) -> str | None:
    """Mix `mix_from`, or else `init`, into `network`; returns the name of what was mixed in."""
    if not mix_weight:
        if mix_from:
            raise TrainingError(
                f"{mix_from}: a model to mix in needs a weight; give one such as --mix-weight 0.5"
            )
        return None
    source = mix_from or init
    if not source:
        raise TrainingError(
            f"{run}: started from no trained weights to mix in; leave out --mix-weight, or give --mix-from"
        )
    interpolate_weights(network, mix_weight, source)
    return source


def default_short_side(experiment: Mapping[str, Any], multiple: int) -> int:
    """The short side of the model that a run started from, or else the one at which objects have the size
    they had in training crops, rounded to a multiple of the network's.
    """
    initial = _initial_model(experiment)
    if initial is not None:
        return initial.input.short_side
    crops = CropSettings(**experiment.get("crops", {}))
    mean_scale = (crops.min_scale + 1) / 2
    return max(1, round(crops.side / mean_scale / multiple)) * multiple


def default_short_sides(experiment: Mapping[str, Any]) -> tuple[int, ...]:
    """The input sizes whose predictions the model that a run started from averages."""
    initial = _initial_model(experiment)
    return initial.input.short_sides if initial is not None else ()


def default_decoding(run: Path) -> Decoding:
    """The tuned decoding of the model that a run started from; a temperature of 0.6 and a gain of 1 without one.

    Raises TrainingError if the run cannot be used.
    """
    initial = _initial_model(load_run_config(run))
    return initial.decoding if initial is not None else Decoding(0.6, 1.0)


def _initial_model(experiment: Mapping[str, Any]) -> Manifest | None:
    """The manifest of the model that a run started from; None for a run, a checkpoint or random weights."""
    init = experiment.get("init")
    with suppress(ModelError):
        return read_manifest(find_model(init)) if init is not None else None
    return None


@contextmanager
def _atomic_folder(folder: Path, overwrite: bool) -> Iterator[Path]:
    """A hidden folder for a new model; its files move to `folder` at the end, or are removed on an error."""
    target, part = folder.resolve(), None
    try:
        if (target / MANIFEST).exists() and not overwrite:
            raise TrainingError(
                f"{folder}: already holds a model; give another folder with -o, or --overwrite"
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
            f"{folder}: the model cannot be written ({short_reason(error)}); make room, or give another folder with -o"
        ) from error
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)


def _replace_files(part: Path, target: Path) -> None:
    """Rename the folder `part`, or move its files over those in `target`, the manifest last."""
    if not target.exists():
        part.rename(target)
        return
    names = {path.name for path in part.iterdir()}
    for name in sorted(names, key=lambda name: name == MANIFEST):
        os.replace(part / name, target / name)
    for path in target.glob("*.onnx"):
        if path.name not in names:
            path.unlink()


def _export(
    network: BuiltNetwork, folder: Path, info: ModelInfo, inputs: list[Float32Array]
) -> dict[str, Any]:
    """Export with as many kernels in float16 as the colours allow; reports how many, and the difference."""
    for half_from in (HALF_FROM, 10 * HALF_FROM, sys.maxsize):
        export(network, folder, info, half_from=half_from)
        worst = max_ab_difference(network, folder, inputs)
        if worst < MAX_AB_DIFFERENCE:
            break
    else:
        raise TrainingError(
            f"{info.name}: the export would differ from the trained network by {worst:.2f} ab units, and was not "
            "kept; please report this"
        )
    mixed = f"float16, those below {half_from:,} weights float32"
    return {
        "kernels": "float32" if half_from == sys.maxsize else mixed,
        "photos compared": len(inputs),
        "largest ab difference to torch": round(worst, 4),
    }


def _quantize(
    network: BuiltNetwork, folder: Path, info: ModelInfo, inputs: list[Float32Array]
) -> dict[str, Any]:
    """Replace the graphs in `folder` by int8 ones if their colours are close; reports the outcome."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        exact, small = Path(place) / "exact", Path(place) / "small"
        export(fold_batch_norm(network), exact, info, half_from=sys.maxsize)
        quantize(exact, small, inputs)
        write_manifest(network, small, info)
        found = mean_ciede2000(exact, small, inputs)
        result: dict[str, Any] = {"int8": f"not stored: it changes colours by {MAX_INT8_CIEDE2000:g} or more"}
        if found < MAX_INT8_CIEDE2000:
            worst = max_ab_difference(network, small, inputs)
            result = {"kernels": "int8", "largest ab difference to torch": round(worst, 4)}
            for path in small.glob("*.onnx"):
                (folder / path.name).write_bytes(path.read_bytes())
    return {"CIEDE2000 of int8 to float32": round(found, 3)} | result


def _lightness_inputs(data: list[Path], multiple: int) -> list[Float32Array]:
    """Lightness arrays (h, w) of twenty photos at ten sizes; synthetic ones without photos."""
    sides = cycle(max(side // multiple, 2) * multiple for side in SIDES)
    if not data:
        rng = np.random.default_rng(0)
        return [_synthetic_input(side, multiple, rng) for side in islice(sides, NUM_INPUTS)]
    found = list(islice(_photo_inputs(data, sides, multiple), NUM_INPUTS))
    if not found:
        sources = ", ".join(map(str, data))
        raise TrainingError(
            f"{sources}: no photo that can be read; give a tar or a folder of photos with --data"
        )
    return found


def _photo_inputs(data: list[Path], sides: Iterator[int], multiple: int) -> Iterator[Float32Array]:
    for _, held in chain.from_iterable(map(photo.read_photos, data)):
        try:
            yield photo.network_input(photo.read(held), next(sides), multiple)
        except PhotoError:
            continue


def _synthetic_input(side: int, multiple: int, rng: np.random.Generator) -> Float32Array:
    """Flat patches with grain: edges and flats of every lightness."""
    patch = max(multiple // 2, 1)
    flats = rng.uniform(0, 100, (side // patch, (side + multiple) // patch)).repeat(patch, 0).repeat(patch, 1)
    return np.asarray((flats + rng.normal(0, 2, flats.shape)).clip(0, 100), np.float32)
