"""Training: it learns, keeps the last good checkpoint whatever happens, and says what it left out."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.learning.conftest import coloured_photo
from tests.learning.experiments import experiment
from tinct.errors import TrainingError
from tinct.learning.run.task import ColorizationModule
from tinct.learning.run.train import train
from tinct.learning.weights.initial import load_weights


def test_training_learns_a_handful_of_photos(network_file: Path, shard: Path, tmp_path: Path) -> None:
    said = experiment(network_file, shard, num_samples=800, lr=0.01, loss_positions=32)
    lines: list[str] = []
    train(said, tmp_path / "run", tmp_path / "cache", log=lines.append, device="cpu")
    train(replace(said, num_samples=4), tmp_path / "none", tmp_path / "cache", log=lines.append, device="cpu")
    learned, untrained = (float(each) for each in re.findall(r"step \d+: loss ([\d.]+)", "\n".join(lines)))
    assert learned < untrained - 0.3


def test_a_loss_that_is_not_a_number_stops_and_keeps_the_last_good(
    network_file: Path, shard: Path, tmp_path: Path
) -> None:
    said, cache = experiment(network_file, shard), tmp_path / "cache"
    train(said, tmp_path / "run", cache, log=print, device="cpu", until=5)
    kept = torch.load(tmp_path / "run" / "last.ckpt", weights_only=True)
    kept["state_dict"]["network.bins.conv.weight"].fill_(float("nan"))
    torch.save(kept, tmp_path / "run" / "last.ckpt")
    before = (tmp_path / "run" / "last.ckpt").read_bytes()
    with pytest.raises(TrainingError, match="not a number at step 5"):
        train(said, tmp_path / "run", cache, log=print, device="cpu")
    assert (tmp_path / "run" / "last.ckpt").read_bytes() == before


def test_a_checkpoint_of_another_network_is_refused_by_its_first_difference(
    network_file: Path, shard: Path, tmp_path: Path
) -> None:
    said = experiment(network_file, shard)
    train(said, tmp_path / "run", tmp_path / "cache", log=print, device="cpu", until=1)
    other = replace(said, network="article-1", init=str(tmp_path / "run"))
    with pytest.raises(
        TrainingError, match=r"holds another network than article-1: down1.conv.weight has shape"
    ):
        train(other, tmp_path / "other", tmp_path / "cache", log=print, device="cpu")


def test_a_checkpoint_that_cannot_be_written_is_told_and_the_last_good_stays(
    network_file: Path, shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = experiment(network_file, shard)
    train(said, tmp_path / "run", tmp_path / "cache", log=print, device="cpu", until=1)
    before = (tmp_path / "run" / "last.ckpt").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tinct.atomic.os.replace", full)
    with pytest.raises(TrainingError, match="No space left on device"):
        train(said, tmp_path / "run", tmp_path / "cache", log=print, device="cpu", until=2)
    assert (tmp_path / "run" / "last.ckpt").read_bytes() == before
    assert list((tmp_path / "run").glob(".*.part")) == []


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit on the size of files")
def test_a_disk_that_takes_no_more_leaves_the_last_good_checkpoint(
    network_file: Path, shard: Path, tmp_path: Path
) -> None:
    import resource

    said = experiment(network_file, shard)
    train(said, tmp_path / "run", tmp_path / "cache", log=print, device="cpu", until=1)
    before = (tmp_path / "run" / "last.ckpt").read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))
    try:
        with pytest.raises(
            TrainingError, match=r"a checkpoint cannot be written \(.+\); make room and start again"
        ):
            train(said, tmp_path / "run", tmp_path / "cache", log=print, device="cpu", until=2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (tmp_path / "run" / "last.ckpt").read_bytes() == before
    assert list((tmp_path / "run").glob(".*.part")) == []
    train(said, tmp_path / "run", tmp_path / "cache", log=print, device="cpu", until=2)


def test_weights_that_are_not_numbers_are_never_kept(
    network_file: Path, shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, cache = experiment(network_file, shard), tmp_path / "cache"
    train(said, tmp_path / "run", cache, log=print, device="cpu", until=3)
    before = (tmp_path / "run" / "last.ckpt").read_bytes()
    end = ColorizationModule.on_train_batch_end

    def spoil(task: ColorizationModule, *rest: object) -> None:
        end(task, *rest)
        next(iter(task.network.parameters())).data.fill_(float("inf"))

    monkeypatch.setattr(ColorizationModule, "on_train_batch_end", spoil)
    with pytest.raises(TrainingError, match="a weight is not a number after step 4"):
        train(said, tmp_path / "run", cache, log=print, device="cpu", until=4)
    assert (tmp_path / "run" / "last.ckpt").read_bytes() == before


def test_what_was_left_out_is_said(network_file: Path, shard: Path, tmp_path: Path) -> None:
    said, lines = experiment(network_file, shard, min_chroma=50.0), list[str]()
    train(said, tmp_path / "run", tmp_path / "cache", log=lines.append, device="cpu", until=1)
    assert re.search(r"^\d+ photos; left out: \d+ grey, 0 unreadable$", "\n".join(lines), re.M)


def test_a_handful_of_photos_is_too_few(network_file: Path, tmp_path: Path) -> None:
    (tmp_path / "few").mkdir()
    for number in range(4):
        (tmp_path / "few" / f"{number}.png").write_bytes(coloured_photo(number))
    with pytest.raises(TrainingError, match="few: only 4 photos in colour; give at least 5"):
        train(experiment(network_file, tmp_path / "few"), tmp_path / "run", tmp_path / "cache", log=print)


def test_the_shipped_model_is_read_back_exactly() -> None:
    from tinct.learning.weights.initial import load
    from tinct.models.runtime import Network
    from tinct.models.store import find_model
    from tinct.networks.build import build
    from tinct.networks.parse import find_network

    network = build(find_network("tinct-m")).eval()
    load(network, load_weights("tinct-m"), "tinct-s")
    shipped = Network(find_model("tinct-m"))
    lightness = np.random.default_rng(0).uniform(0, 100, (64, 96)).astype(np.float32)
    told = shipped.predict(shipped.encode(lightness)).log_probabilities
    said = network.network.input
    with torch.no_grad():
        logits = network(torch.from_numpy(lightness)[None, None] * said.scale + said.offset)
    assert told is not None
    assert np.abs(logits[0].numpy() - told).max() < 1e-3


def test_a_run_notes_its_experiment(network_file: Path, shard: Path, tmp_path: Path) -> None:
    train(
        experiment(network_file, shard),
        tmp_path / "run",
        tmp_path / "cache",
        log=print,
        device="cpu",
        until=1,
    )
    assert json.loads((tmp_path / "run" / "experiment.json").read_text())["batch_size"] == 4
