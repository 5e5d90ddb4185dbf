"""An experiment: everything that makes one training run, as a file says it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

import yaml

from tinct.errors import TrainingError
from tinct.learning.data.crops import CropSettings

STAGES = ("decoder", "tail", "all")
OPTIMIZERS = ("adamw", "adam")
SCHEDULES = ("cosine", "one_cycle", "restarts")
PLACE_LOSSES = ("cross_entropy", "distillation", "mse", "smooth_l1", "log_mse", "delta_e", "colourfulness")
PICTURE_LOSSES = ("gradient", "hint_consistency", "perceptual", "adversarial")
LOSSES = (*PLACE_LOSSES, *PICTURE_LOSSES)
CROP_RANGES = {"smallest": (0.05, 1.0), "ageing": (0.0, 1.0), "hints": (0.0, 1.0)}
RANGES = {
    "photos": (1, 1e12), "batch": (1, 1e6), "rate": (1e-12, 10.0), "cycles": (1, 1e6), "places": (0, 1e9),
    "held_out": (0, 1e9), "short_side": (32, 4096), "temperature": (0.01, 100.0), "vividness": (0.0, 10.0),
    "drop_path": (0.0, 0.9), "ema": (0.0, 1.0), "backbone_rate": (0.0, 10.0), "block_decay": (0.0, 1.0),
    "clip": (0.0, 1e9), "weight_decay": (0.0, 10.0), "critic_rate": (1e-12, 10.0), "warmup": (0, 1e9),
}  # fmt: skip


class _Loader(yaml.SafeLoader):
    """YAML as of 1.2, for which 4e-3 is a number; PyYAML reads it as text."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?\d+(\.\d*)?[eE][-+]?\d+$"), list("-+0123456789")
)


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """One training run. Rates are per step; `photos` counts crops seen and `batch` those of all processes
    together, so that a run is as long everywhere.

    learn: the part that learns from the start; unfreeze: the parts that join it (`tail`, `all`), each with the photos
    seen until then. backbone_rate: the share of `rate` at which a backbone's last block learns; block_decay: the
    share of that at which each block before it does, to the power of its distance. schedule: see `rates`; cycles are
    those of `restarts`. colourfulness: the share of the true colourfulness that the loss of that name asks for, with
    a weight that rises as long as it is missed (see `LagrangeMultiplier`); without it the loss is the squared gap to all of it.
    teacher: the model or run whose answers the loss `distillation` asks for.
    min_chroma: the mean chroma below which a photo counts as grey and is left out.
    """

    name: str
    network: str
    data: tuple[str, ...] = ()
    short_side: int = 160
    min_chroma: float = 3.0
    held_out: int = 400
    init: str | None = None
    teacher: str | None = None
    learn: str = "all"
    unfreeze: Mapping[str, int] = field(default_factory=dict)
    photos: int = 100_000
    batch: int = 48
    losses: Mapping[str, float] = field(default_factory=dict)
    places: int = 0
    optimizer: str = "adamw"
    rate: float = 3e-3
    backbone_rate: float = 0.2
    block_decay: float = 1.0
    critic_rate: float = 1e-4
    schedule: str = "cosine"
    cycles: int = 1
    weight_decay: float = 0.02
    warmup: int = 100
    clip: float = 5.0
    ema: float = 0.9995
    drop_path: float = 0.0
    rebalance: float | None = None
    temperature: float = 1.0
    vividness: float = 1.0
    colourfulness: float | None = None
    precision: str = "32"
    seed: int = 1
    crops: CropSettings = field(default_factory=CropSettings)

    @property
    def steps(self) -> int:
        """Optimiser steps of the whole run."""
        return max(1, self.photos // self.batch)

    @property
    def last_stage(self) -> str:
        """The stage in which the run ends: what learns at some time of it."""
        return list(self.unfreeze)[-1] if self.unfreeze else self.learn


def read_experiment(path: Path) -> Experiment:
    """The experiment of a YAML file; TrainingError naming file,
    field and the nearest valid word where it has a mistake.
    """
    try:
        said = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except FileNotFoundError:
        raise TrainingError(f"{path}: no such experiment; give the path of its YAML file.") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TrainingError(
            f"{path}: not YAML that can be read ({' '.join(str(error).split())}); correct it."
        ) from error
    if not isinstance(said, dict):
        raise TrainingError(
            f"{path}: an experiment is a table of fields such as `network: tinct-s`; write one."
        )
    return _record(path, {"name": path.stem, **said})


def to_dict(experiment: Experiment) -> dict[str, Any]:
    """The experiment as plain values, for a manifest or to compare two runs."""
    return {**asdict(experiment), "data": [Path(source).name for source in experiment.data]}


def _record(path: Path, said: dict[str, Any]) -> Experiment:
    crops = said.pop("crops", None) or {}
    if not isinstance(crops, Mapping):
        raise TrainingError(f"{path}: crops is {crops!r}; give a table such as {{side: 160}}.")
    crops = _checked(path, dict(crops), CropSettings, "crops.")
    if "network" not in said:
        raise TrainingError(f"{path}: names no network; add a line such as `network: tinct-s`.")
    if isinstance(said.get("data"), str):
        said["data"] = [said["data"]]
    sources = said.get("data") or ()
    if not isinstance(sources, list | tuple) or not all(isinstance(source, str) for source in sources):
        raise TrainingError(f"{path}: data is {sources!r}; give a list of folders and shards.")
    said["data"] = tuple(sources)
    said = _checked(path, said, Experiment, "")
    experiment = Experiment(**said, crops=replace(CropSettings(), **crops))
    _check(path, experiment)
    return experiment


def _check(path: Path, said: Experiment) -> None:
    for name, words in (("learn", STAGES), ("optimizer", OPTIMIZERS), ("schedule", SCHEDULES)):
        _known(path, name, getattr(said, name), words)
    tables: dict[str, tuple[Mapping[str, float], tuple[str, ...]]]
    tables = {"losses": (said.losses, LOSSES), "unfreeze": (said.unfreeze, STAGES)}
    for name, (table, known) in tables.items():
        if not isinstance(table, Mapping):
            raise TrainingError(f"{path}: {name} is {table!r}; give a table such as {{{known[0]}: 1}}.")
        for word, value in table.items():
            _known(path, name, word, known)
            if not _number(value) or value < 0:
                raise TrainingError(
                    f"{path}: {name}.{word} is {value!r}; give a number from 0, such as 0.004."
                )
    for name in ("rebalance", "colourfulness"):
        share = getattr(said, name)
        if share is not None and not (_number(share) and 0 <= share <= 2):
            raise TrainingError(f"{path}: {name} is {share!r}; give a share such as 0.9, or leave it out.")
    for record, ranges in ((said, RANGES), (said.crops, CROP_RANGES)):
        for name, (least, most) in ranges.items():
            value = getattr(record, name)
            if not least <= value <= most:
                raise TrainingError(f"{path}: {name} is {value:g}; give a number from {least:g} to {most:g}.")
    if said.crops.side < 32 or said.crops.side % 32:
        raise TrainingError(f"{path}: crops.side is {said.crops.side}; give a multiple of 32.")
    whole = [loss for loss in PICTURE_LOSSES if said.losses.get(loss)]
    if said.places and whole:
        raise TrainingError(f"{path}: {whole[0]} looks at whole pictures; take `places` out, or set it to 0.")
    if bool(said.losses.get("distillation")) != (said.teacher is not None):
        raise TrainingError(
            f"{path}: `teacher` and the loss distillation need each other; give both, such as teacher: tinct-s."
        )
    stages = [*said.unfreeze.items()]
    order = [STAGES.index(word) for word in (said.learn, *said.unfreeze)]
    if order != sorted(set(order)) or stages != sorted(stages, key=lambda each: each[1]):
        raise TrainingError(
            f"{path}: unfreeze must go from learn: {said.learn} to more, later and later, "
            "such as {tail: 30_000, all: 60_000}."
        )


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _checked(path: Path, said: dict[str, Any], kind: type, prefix: str) -> dict[str, Any]:
    """The values in the types of the record's fields, with the field's name wherever one does not fit."""
    types = get_type_hints(kind)
    names = [each.name for each in fields(kind)]
    values = {}
    for name, value in said.items():
        _known(path, f"{prefix}field", name, tuple(names))
        wanted = types[name]
        try:
            values[name] = wanted(value) if wanted in (int, float, str) else value
            if (value is None and wanted is str) or (wanted is int and values[name] != float(value)):
                raise ValueError
        except (TypeError, ValueError):
            raise TrainingError(
                f"{path}: {prefix}{name} is {value!r}; give a value such as its default."
            ) from None
    return values


def _known(path: Path, name: str, word: object, words: tuple[str, ...]) -> None:
    if word not in words:
        near = difflib.get_close_matches(str(word), words, 1)
        advice = f"did you mean {near[0]!r}?" if near else f"give one of {', '.join(words)}."
        raise TrainingError(f"{path}: {name} {word!r} is not known; {advice}")
