"""An experiment: everything that makes one training run, as a file says it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

import yaml

from tinct.errors import LearningError
from tinct.learning.crops import CropSettings

LEARN = ("all", "decoder", "tail")
OPTIMIZERS = ("adamw", "adam")
LOSSES = ("cross_entropy", "mse", "smooth_l1", "log_mse", "colourfulness", "hint_consistency")


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """One training run. Rates are per step; `photos` counts crops seen,
    so that a run is as long everywhere.
    """

    name: str
    network: str
    data: tuple[str, ...] = ()
    short_side: int = 160
    held_out: int = 400
    init: str | None = None
    learn: str = "all"
    photos: int = 100_000
    batch: int = 48
    losses: Mapping[str, float] = field(default_factory=dict)
    places: int = 0
    optimizer: str = "adamw"
    rate: float = 3e-3
    backbone_rate: float = 0.2
    weight_decay: float = 0.02
    warmup: int = 100
    clip: float = 5.0
    ema: float = 0.9995
    drop_path: float = 0.0
    rebalance: float | None = None
    temperature: float = 1.0
    vividness: float = 1.0
    precision: str = "32"
    seed: int = 1
    crops: CropSettings = field(default_factory=CropSettings)

    @property
    def steps(self) -> int:
        """Optimiser steps of the whole run."""
        return max(1, self.photos // self.batch)


def read_experiment(path: Path) -> Experiment:
    """The experiment of a YAML file; LearningError naming file,
    field and the nearest valid word where it has a mistake.
    """
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LearningError(f"{path}: no such experiment; give the path of its YAML file.") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LearningError(
            f"{path}: not YAML that can be read ({' '.join(str(error).split())}); correct it."
        ) from error
    if not isinstance(said, dict):
        raise LearningError(
            f"{path}: an experiment is a table of fields such as `network: tinct-s`; write one."
        )
    return _record(path, {"name": path.stem, **said})


def as_table(experiment: Experiment) -> dict[str, Any]:
    """The experiment as plain values, for a manifest or to compare two runs."""
    return {**asdict(experiment), "data": [Path(source).name for source in experiment.data]}


def _record(path: Path, said: dict[str, Any]) -> Experiment:
    crops = _checked(path, said.pop("crops", None) or {}, CropSettings, "crops.")
    if "network" not in said:
        raise LearningError(f"{path}: names no network; add a line such as `network: tinct-s`.")
    if isinstance(said.get("data"), str):
        said["data"] = [said["data"]]
    said["data"] = tuple(said.get("data") or ())
    said = _checked(path, said, Experiment, "")
    experiment = Experiment(**said, crops=replace(CropSettings(), **crops))
    _known(path, "learn", experiment.learn, LEARN)
    _known(path, "optimizer", experiment.optimizer, OPTIMIZERS)
    for loss in experiment.losses:
        _known(path, "losses", loss, LOSSES)
    if experiment.photos < 1 or experiment.batch < 1 or experiment.rate <= 0:
        raise LearningError(f"{path}: photos, batch and rate must be above 0; correct them.")
    if experiment.crops.side < 32 or experiment.crops.side % 32:
        raise LearningError(f"{path}: crops.side is {experiment.crops.side}; give a multiple of 32.")
    return experiment


def _checked(path: Path, said: dict[str, Any], kind: type, prefix: str) -> dict[str, Any]:
    """The values in the types of the record's fields, with the field's name wherever one does not fit."""
    types = get_type_hints(kind)
    names = [each.name for each in fields(kind)]
    values = {}
    for name, value in said.items():
        _known(path, f"{prefix}field", name, tuple(names))
        wanted = types[name]
        try:
            values[name] = wanted(value) if wanted in (int, float, str) and value is not None else value
        except (TypeError, ValueError):
            raise LearningError(
                f"{path}: {prefix}{name} is {value!r}; give a value such as its default."
            ) from None
    return values


def _known(path: Path, name: str, word: object, words: tuple[str, ...]) -> None:
    if word not in words:
        near = difflib.get_close_matches(str(word), words, 1)
        advice = f"did you mean {near[0]!r}?" if near else f"give one of {', '.join(words)}."
        raise LearningError(f"{path}: {name} {word!r} is not known; {advice}")
