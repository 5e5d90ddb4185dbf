"""Experiments: all settings of one training run, read from a YAML file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

import yaml

from tinct.deprecation import rename_keys
from tinct.errors import TrainingError, short_reason, suggestion
from tinct.learning.data.crops import CropSettings

STAGES = ("decoder", "tail", "all")
OPTIMIZERS = ("adamw", "adam")
SCHEDULES = ("cosine", "one_cycle", "restarts")
PLACE_LOSSES = (
    "cross_entropy", "distillation", "mse", "smooth_l1", "log_mse", "delta_e", "overshoot", "colourfulness",
)  # fmt: skip
PICTURE_LOSSES = ("gradient", "hint_consistency", "perceptual", "adversarial")
LOSSES = (*PLACE_LOSSES, *PICTURE_LOSSES)
CROP_RANGES = {"min_scale": (0.05, 1.0), "degrade_prob": (0.0, 1.0), "hint_prob": (0.0, 1.0)}
RANGES = {
    "num_samples": (1, 1e12), "batch_size": (1, 1e6), "lr": (1e-12, 10.0), "cycles": (1, 1e6),
    "loss_positions": (0, 1e9), "val_size": (0, 1e9), "short_side": (32, 4096), "temperature": (0.01, 100.0),
    "vividness": (0.0, 10.0), "drop_path": (0.0, 0.9), "ema_decay": (0.0, 1.0), "backbone_lr_scale": (0.0, 10.0),
    "layer_decay": (0.0, 1.0), "grad_clip_norm": (0.0, 1e9), "weight_decay": (0.0, 10.0),
    "discriminator_lr": (1e-12, 10.0), "warmup_steps": (0, 1e9), "val_interval": (0, 1e12), "patience": (0, 1e6),
}  # fmt: skip

# Old name of a field to its name.
RENAMED = {
    "rate": "lr", "batch": "batch_size", "block_decay": "layer_decay", "clip": "grad_clip_norm", "ema": "ema_decay",
    "warmup": "warmup_steps", "photos": "num_samples", "held_out": "val_size", "learn": "trainable",
    "places": "loss_positions", "backbone_rate": "backbone_lr_scale", "critic_rate": "discriminator_lr",
}  # fmt: skip
CROP_RENAMED = {"smallest": "min_scale", "ageing": "degrade_prob", "hints": "hint_prob"}


class _Loader(yaml.SafeLoader):
    """YAML 1.2 floats: 4e-3 is a number, which PyYAML reads as text."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?\d+(\.\d*)?[eE][-+]?\d+$"), list("-+0123456789")
)


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """All settings of a training run.

    `num_samples` counts crops and `batch_size` those of all processes together, so that a run has the same
    length however many processes share it.

    trainable: the part trained from the start; unfreeze: parts that join it (`tail`, `all`), each with the
    number of samples seen until then. lr: of new layers; backbone_lr_scale: factor on it for the last block
    of a backbone; layer_decay: factor for each block before, per block. schedule: see `lr_schedule`; cycles
    are those of `restarts`. loss_positions: positions of each crop at which the losses are computed, 0 for
    all. colourfulness: target of the loss of that name as a share of the true colourfulness, held by a
    Lagrange multiplier (see `LagrangeMultiplier`); without it the loss is the squared difference from the
    true one. teacher: the model or run that the loss `distillation` follows. min_chroma: photos of a lower
    mean chroma count as grey and are skipped. val_interval: samples between two validations, 0 for one each
    minute; patience: validations without a lower loss after which the run stops, 0 for none.
    freeze_batch_norm: batch norms keep the means and variances of the initial weights, which small batches of
    similar photos would distort.
    """

    name: str
    network: str
    data: tuple[str, ...] = ()
    short_side: int = 160
    min_chroma: float = 3.0
    val_size: int = 400
    val_interval: int = 0
    patience: int = 0
    init: str | None = None
    teacher: str | None = None
    trainable: str = "all"
    unfreeze: Mapping[str, int] = field(default_factory=dict)
    num_samples: int = 100_000
    batch_size: int = 48
    losses: Mapping[str, float] = field(default_factory=dict)
    loss_positions: int = 0
    optimizer: str = "adamw"
    lr: float = 3e-3
    backbone_lr_scale: float = 0.2
    layer_decay: float = 1.0
    discriminator_lr: float = 1e-4
    schedule: str = "cosine"
    cycles: int = 1
    weight_decay: float = 0.02
    warmup_steps: int = 100
    grad_clip_norm: float = 5.0
    ema_decay: float = 0.9995
    freeze_batch_norm: bool = False
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
        """Optimizer steps of the whole run."""
        return max(1, self.num_samples // self.batch_size)

    @property
    def last_stage(self) -> str:
        """The last stage of `unfreeze`: everything that is trained at some point."""
        return list(self.unfreeze)[-1] if self.unfreeze else self.trainable


def read_experiment(path: Path) -> Experiment:
    """Read an experiment from a YAML file; TrainingError, naming the file, the field and the nearest valid
    name, for a mistake.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except FileNotFoundError:
        raise TrainingError(f"{path}: no such experiment; give the path of its YAML file") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TrainingError(
            f"{path}: not YAML that can be read ({short_reason(error)}); correct it"
        ) from error
    if not isinstance(content, dict):
        raise TrainingError(
            f"{path}: an experiment is a table of fields such as `network: tinct-s`; write one"
        )
    return _from_dict(path, {"name": path.stem, **content})


def to_dict(experiment: Experiment) -> dict[str, Any]:
    """The experiment as plain values, for a manifest or to compare two runs."""
    return {**asdict(experiment), "data": [Path(source).name for source in experiment.data]}


def current_names(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table of an experiment that an older version wrote with its fields under their present names."""
    renamed = rename_keys(table, RENAMED, "experiment", TrainingError, warn=False)
    crops = rename_keys(renamed.get("crops", {}), CROP_RENAMED, "crops", TrainingError, warn=False)
    return renamed | {"crops": crops} if crops else renamed


def _from_dict(path: Path, given: Mapping[str, Any]) -> Experiment:
    values = rename_keys(given, RENAMED, str(path), TrainingError)
    crops = values.pop("crops", None) or {}
    if not isinstance(crops, Mapping):
        raise TrainingError(f"{path}: crops is {crops!r}; give a table such as {{side: 160}}")
    crops = rename_keys(crops, CROP_RENAMED, f"{path}: crops", TrainingError)
    crops = _checked(path, crops, CropSettings, "crops.")
    if "network" not in values:
        raise TrainingError(f"{path}: names no network; add a line such as `network: tinct-s`")
    if isinstance(values.get("data"), str):
        values["data"] = [values["data"]]
    sources = values.get("data") or ()
    if not isinstance(sources, list | tuple) or not all(isinstance(source, str) for source in sources):
        raise TrainingError(f"{path}: data is {sources!r}; give a list of folders and shards")
    values["data"] = tuple(sources)
    values = _checked(path, values, Experiment, "")
    experiment = Experiment(**values, crops=replace(CropSettings(), **crops))
    _check(path, experiment)
    return experiment


def _check(path: Path, experiment: Experiment) -> None:
    for name, words in (("trainable", STAGES), ("optimizer", OPTIMIZERS), ("schedule", SCHEDULES)):
        _known(path, name, getattr(experiment, name), words)
    tables: dict[str, tuple[Mapping[str, float], tuple[str, ...]]]
    tables = {"losses": (experiment.losses, LOSSES), "unfreeze": (experiment.unfreeze, STAGES)}
    for name, (table, known) in tables.items():
        if not isinstance(table, Mapping):
            raise TrainingError(f"{path}: {name} is {table!r}; give a table such as {{{known[0]}: 1}}")
        for word, value in table.items():
            _known(path, name, word, known)
            if not _number(value) or value < 0:
                raise TrainingError(
                    f"{path}: {name}.{word} is {value!r}; give a number from 0, such as 0.004"
                )
    for name in ("rebalance", "colourfulness"):
        share = getattr(experiment, name)
        if share is not None and not (_number(share) and 0 <= share <= 2):
            raise TrainingError(f"{path}: {name} is {share!r}; give a share such as 0.9, or leave it out")
    for record, ranges in ((experiment, RANGES), (experiment.crops, CROP_RANGES)):
        for name, (least, most) in ranges.items():
            value = getattr(record, name)
            if not least <= value <= most:
                raise TrainingError(f"{path}: {name} is {value:g}; give a number from {least:g} to {most:g}")
    if experiment.crops.side < 32 or experiment.crops.side % 32:
        raise TrainingError(f"{path}: crops.side is {experiment.crops.side}; give a multiple of 32")
    whole = [loss for loss in PICTURE_LOSSES if experiment.losses.get(loss)]
    if experiment.loss_positions and whole:
        raise TrainingError(
            f"{path}: {whole[0]} looks at whole pictures; leave out `loss_positions`, or set it to 0"
        )
    if bool(experiment.losses.get("distillation")) != (experiment.teacher is not None):
        raise TrainingError(
            f"{path}: `teacher` and the loss distillation need each other; give both, such as teacher: tinct-m"
        )
    stages = [*experiment.unfreeze.items()]
    order = [STAGES.index(word) for word in (experiment.trainable, *experiment.unfreeze)]
    if order != sorted(set(order)) or stages != sorted(stages, key=lambda each: each[1]):
        raise TrainingError(
            f"{path}: unfreeze must go from trainable: {experiment.trainable} to more, later and later, "
            "such as {tail: 30_000, all: 60_000}"
        )


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _checked(path: Path, given: dict[str, Any], kind: type, prefix: str) -> dict[str, Any]:
    """Convert values to the types of the fields of `kind`; TrainingError for one that does not fit."""
    types = get_type_hints(kind)
    names = [each.name for each in fields(kind)]
    values = {}
    for name, value in given.items():
        _known(path, f"{prefix}field", name, tuple(names))
        wanted = types[name]
        try:
            values[name] = wanted(value) if wanted in (int, float, str) else value
            if (value is None and wanted is str) or (wanted is int and values[name] != float(value)):
                raise ValueError
            if wanted is bool and not isinstance(value, bool):
                raise ValueError
        except (TypeError, ValueError):
            raise TrainingError(
                f"{path}: {prefix}{name} is {value!r}; give a value such as its default"
            ) from None
    return values


def _known(path: Path, name: str, word: object, words: tuple[str, ...]) -> None:
    if word not in words:
        raise TrainingError(f"{path}: {name} {word!r} is not known{suggestion(str(word), words)}")
