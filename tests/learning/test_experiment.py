"""Experiments as YAML: all that are shipped load, and mistakes are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tinct.errors import TrainingError
from tinct.learning.experiment import read_experiment

EXPERIMENTS = sorted((Path(__file__).parents[2] / "experiments").rglob("*.yaml"))


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_every_shipped_experiment_loads(path: Path) -> None:
    from tinct.networks.parse import find_network

    assert find_network(read_experiment(path).network)


def test_mistakes_in_an_experiment_are_named_with_the_nearest_word(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    for text, words in (
        ("network: tinct-s\nbatch_siz: 3", "'batch_siz' is not known; did you mean 'batch_size'"),
        ("network: tinct-s\ntrainable: tails", "'tails' is not known; did you mean 'tail'"),
        ("network: tinct-s\ncrops: {side: 100}", "multiple of 32"),
        ("network: tinct-s\ncolourfulness: much", "colourfulness is 'much'; give a share such as 0.9"),
        ("batch_size: 3", "names no network"),
        ("- 1", "table of fields"),
    ):
        path.write_text(text)
        with pytest.raises(TrainingError, match=words):
            read_experiment(path)


def test_numbers_may_be_written_with_an_exponent_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "exponents.yaml"
    path.write_text(
        "network: tinct-s\nnum_samples: 2e5\nlr: 4e-3\nlosses: {mse: 4e-3, log_mse: 1E0}\ncolourfulness: 9e-1"
    )
    said = read_experiment(path)
    assert (said.num_samples, said.lr, said.colourfulness) == (200_000, 0.004, 0.9)
    assert said.losses == {"mse": 0.004, "log_mse": 1.0}
