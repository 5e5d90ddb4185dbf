"""Digests of what a run starts from, so that its record still names it when a file or model is replaced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tinct.digest import sha256_of
from tinct.errors import TinctError, TrainingError, short_reason
from tinct.learning.experiment import Experiment
from tinct.learning.weights.initial import BEST, LAST
from tinct.models.manifest import read_manifest
from tinct.models.store import find_model


def input_digests(experiment: Experiment) -> dict[str, str]:
    """SHA-256 of each shard, and of each file of weights of `init` and `teacher`, by the name that the
    experiment gives it; folders of photos are left out.

    TrainingError if one cannot be read.
    """
    try:
        return {name: sha256_of(path) for name, path in _inputs(experiment)}
    except OSError as error:
        raise TrainingError(
            f"{error.filename}: cannot be read ({short_reason(error)}); give one that can"
        ) from error


def _inputs(experiment: Experiment) -> Iterator[tuple[str, Path]]:
    for shard in experiment.data:
        if Path(shard).is_file():
            yield str(shard), Path(shard)
    for weights in (experiment.init, experiment.teacher):
        if weights is not None:
            yield from _weights(weights)


def _weights(name: str) -> Iterator[tuple[str, Path]]:
    path = Path(name)
    if path.is_file():
        yield name, path
    elif checkpoint := next((file for file in (BEST, LAST) if (path / file).is_file()), None):
        yield f"{name}/{checkpoint}", path / checkpoint
    else:
        try:
            files = read_manifest(find_model(name), verify=False).files
        except TinctError:  # `weights.initialize` and `teacher` say what is wrong with it
            return
        for file in files.values():
            yield f"{name}/{file.name}", file
