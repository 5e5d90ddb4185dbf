from __future__ import annotations

import json
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import pytorch_lightning as pl
import torch

from tests.learning.conftest import coloured_photo
from tinct.errors import TrainingError
from tinct.learning.data.crops import CropSettings
from tinct.learning.experiment import Experiment, read_experiment
from tinct.learning.run.checkpointing import CheckpointCallback
from tinct.learning.run.task import ColorizationModule
from tinct.learning.run.train import train
from tinct.learning.weights.initial import load_weights

EXPERIMENTS = sorted((Path(__file__).parents[3] / "experiments").rglob("*.yaml"))
QUICK = CropSettings(side=32)


def experiment(network: Path, shard: Path, **changes: object) -> Experiment:
    said = Experiment(
        name="quick",
        network=str(network),
        data=(str(shard),),
        num_samples=80,
        batch_size=4,
        val_size=2,
        warmup_steps=2,
        crops=QUICK,
    )
    return replace(said, **changes)  # type: ignore[arg-type]


def test_ten_and_ten_steps_are_the_same_as_twenty(network_file: Path, shard: Path, tmp_path: Path) -> None:
    said, cache = experiment(network_file, shard), tmp_path / "cache"
    train(said, tmp_path / "whole", cache, log=print, device="cpu")
    train(said, tmp_path / "broken", cache, log=print, device="cpu", until=10)
    train(said, tmp_path / "broken", cache, log=print, device="cpu")
    whole, broken = (
        torch.load(tmp_path / run / "last.ckpt", weights_only=True) for run in ("whole", "broken")
    )
    assert whole["global_step"] == broken["global_step"] == 20
    for name, value in whole["state_dict"].items():
        assert torch.equal(value, broken["state_dict"][name]), name


def test_a_checkpoint_of_any_step_holds_all_of_that_step(
    network_file: Path, shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, cache, save = (
        experiment(network_file, shard, num_samples=24),
        tmp_path / "cache",
        CheckpointCallback.save,
    )
    (tmp_path / "killed").mkdir()

    def keep_the_third(keeper: CheckpointCallback, trainer: pl.Trainer) -> None:
        save(keeper, trainer)
        if trainer.global_step == 3:
            for name in ("last.ckpt", "experiment.json"):
                shutil.copy(tmp_path / "whole" / name, tmp_path / "killed" / name)

    monkeypatch.setattr("tinct.learning.run.checkpointing.CHECKPOINT_SECONDS", -1)
    with monkeypatch.context() as patched:
        patched.setattr(CheckpointCallback, "save", keep_the_third)
        train(said, tmp_path / "whole", cache, log=print, device="cpu")
    train(said, tmp_path / "killed", cache, log=print, device="cpu")
    whole, killed = (load_weights(str(tmp_path / run / "last.ckpt")) for run in ("whole", "killed"))
    for name, value in whole.items():
        assert torch.equal(value, killed[name]), name


def test_a_run_stopped_from_outside_is_said_to_be(
    network_file: Path, shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ColorizationModule, "training_step", stop)
    with pytest.raises(KeyboardInterrupt):
        train(experiment(network_file, shard), tmp_path / "run", tmp_path / "cache", log=print, device="cpu")


def test_a_run_with_a_frozen_backbone_goes_on_as_if_never_broken(shard: Path, tmp_path: Path) -> None:
    said = experiment(
        Path("tinct-m"),
        shard,
        num_samples=16,
        trainable="tail",
        drop_path=0.2,
        loss_positions=16,
        init="tinct-m",
    )
    cache = tmp_path / "cache"
    train(said, tmp_path / "whole", cache, log=print, device="cpu")
    train(said, tmp_path / "broken", cache, log=print, device="cpu", until=2)
    train(said, tmp_path / "broken", cache, log=print, device="cpu")
    whole, broken = (
        torch.load(tmp_path / run / "last.ckpt", weights_only=True) for run in ("whole", "broken")
    )
    for name, value in whole["state_dict"].items():
        assert torch.equal(value, broken["state_dict"][name]), name


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


def test_a_run_noted_before_a_field_was_there_is_gone_on_with(
    network_file: Path, shard: Path, tmp_path: Path
) -> None:
    said, run = experiment(network_file, shard), tmp_path / "run"
    train(said, run, tmp_path / "cache", log=print, device="cpu", until=1)
    note = json.loads((run / "experiment.json").read_text())
    del note["teacher"]
    (run / "experiment.json").write_text(json.dumps(note))
    train(said, run, tmp_path / "cache", log=print, device="cpu", until=2)
    assert torch.load(run / "last.ckpt", weights_only=True)["global_step"] == 2


def test_a_run_of_another_experiment_is_not_gone_on_with(
    network_file: Path, shard: Path, tmp_path: Path
) -> None:
    said = experiment(network_file, shard)
    train(said, tmp_path / "run", tmp_path / "cache", log=print, device="cpu", until=1)
    with pytest.raises(TrainingError, match="another experiment"):
        train(replace(said, lr=0.1), tmp_path / "run", tmp_path / "cache", log=print, device="cpu")


def test_a_run_that_could_not_begin_leaves_its_folder_free(
    network_file: Path, shard: Path, tmp_path: Path
) -> None:
    said, run = experiment(network_file, shard), tmp_path / "run"
    with pytest.raises(TrainingError, match="mistyped"):
        train(replace(said, init="mistyped"), run, tmp_path / "cache", log=print, device="cpu")
    train(said, run, tmp_path / "cache", log=print, device="cpu", until=1)
    assert "mistyped" not in (run / "experiment.json").read_text()


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
