"""A run of a small network to be released, and what is said of its release."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.learning.conftest import NETWORK
from tinct.color.decode import Decoding

SAID = {
    "name": None,
    "version": "1",
    "license": "CC0",
    "decoding": Decoding(temperature=0.7),
    "short_side": 64,
}


@pytest.fixture(scope="session")
def run(shard: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a small network that has hardly begun."""
    from tests.learning.experiments import experiment
    from tinct.learning.run.train import train

    folder = tmp_path_factory.mktemp("runs")
    (folder / "small.yaml").write_text(NETWORK)
    said = experiment(folder / "small.yaml", shard, num_samples=8)
    train(said, folder / "run", folder / "cache", log=print, device="cpu")
    return folder / "run"
