from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.learning.test_train import experiment
from tinct import photo
from tinct.errors import LearningError
from tinct.evaluation.evaluate import evaluate, with_model
from tinct.learning.release import release
from tinct.learning.train import train

SLOW = pytest.mark.slow
SAID = {
    "name": None,
    "version": "1",
    "licence": "CC0",
    "temperature": 0.7,
    "vividness": 1.0,
    "short_side": 64,
}


@pytest.mark.parametrize(
    "network", ["small", pytest.param("article-1-fixed", marks=SLOW), pytest.param("article-6", marks=SLOW)]
)
def test_a_trained_network_becomes_a_model_that_colours(
    network: str, network_file: Path, shard: Path, tmp_path: Path
) -> None:
    name = network_file if network == "small" else Path(network)
    said = experiment(
        name, shard, photos=8, optimizer="adam", losses={} if network == "small" else {"mse": 1.0}
    )
    train(said, tmp_path / "run", tmp_path / "cache", say=print, device="cpu")
    report = release(tmp_path / "run", tmp_path / "model", data=[shard], **SAID)
    assert report["photos compared"] == 10
    assert report["largest ab difference to torch"] < 0.01
    found = evaluate(network, with_model(tmp_path / "model"), list(photo.read_photos(shard))[:2])
    assert np.isfinite(found.summary()["psnr_rgb"])
    assert json.loads((tmp_path / "model" / "manifest.json").read_text())["source"]["run"] == "quick"
    assert (tmp_path / "run" / "loss.svg").read_text().count("<polyline") == 2


def test_a_folder_that_is_no_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(LearningError, match="is not the folder of a run"):
        release(tmp_path, tmp_path / "model", data=[], **SAID)
