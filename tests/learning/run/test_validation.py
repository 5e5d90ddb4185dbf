"""Validation, the best checkpoint and the ways in which a run ends."""

from __future__ import annotations

import math
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import pyvips
import torch
from skimage.color import rgb2lab

from tests.learning.conftest import coloured_photo
from tests.learning.experiments import experiment
from tinct.color.decode import Decoding
from tinct.errors import TrainingError
from tinct.learning.data.photos import open_photos
from tinct.learning.log.progress import Display, Progress
from tinct.learning.log.records import read_log
from tinct.learning.release.model_folder import export_run
from tinct.learning.run.task import ColorizationModule
from tinct.learning.run.time_limit import TimeLimit
from tinct.learning.run.train import Outcome, bin_frequencies, train
from tinct.learning.run.validation import Validator
from tinct.learning.weights.initial import BEST, load_weights
from tinct.networks.build import build
from tinct.networks.parse import find_network


def run(config: object, folder: Path, **more: object) -> Outcome:
    return train(config, folder / "run", folder / "cache", log=more.pop("log", print), device="cpu", **more)  # type: ignore[arg-type]


def test_the_first_validation_is_before_the_first_step(
    network_file: Path, shard: Path, tmp_path: Path
) -> None:
    lines: list[str] = []
    run(experiment(network_file, shard, num_samples=8), tmp_path, log=lines.append)
    first, last = read_log(tmp_path / "run" / "log.csv")
    assert (first["step"], last["step"]) == (0, 2)
    assert math.isnan(first["loss"])
    assert first["val_loss"] > 0
    assert any(line.startswith("step 0: validation loss ") for line in lines)


def test_grey_is_measured_by_the_same_losses(tmp_path: Path) -> None:
    pixels = np.full((64, 64, 3), (200, 60, 40), np.uint8)
    pyvips.Image.new_from_array(pixels).copy(interpretation="srgb").pngsave(str(tmp_path / "flat.png"))
    network = build(find_network("article-1-fixed"))
    photos = open_photos([tmp_path], tmp_path / "cache", workers=1)
    config = experiment(Path("article-1-fixed"), tmp_path, losses={"mse": 1.0})
    module = ColorizationModule(config, network, photos, np.arange(1))
    _, a, b = rgb2lab(pixels[:1, :1])[0, 0]
    assert Validator(module, np.arange(1), 4).grey_loss() == pytest.approx((a**2 + b**2) / 2, rel=0.01)


def test_grey_of_a_classifier_is_the_entropy_of_the_bins(
    network_file: Path, shard: Path, tmp_path: Path
) -> None:
    photos = open_photos([shard], tmp_path, workers=1)
    network = build(find_network(str(network_file)))
    module = ColorizationModule(
        experiment(network_file, shard, losses={"cross_entropy": 1.0}), network, photos, np.arange(12)
    )
    frequencies = bin_frequencies(photos, np.arange(12))
    entropy = -sum(p * math.log(p) for p in frequencies if p > 0)
    assert Validator(module, np.arange(12), 4, frequencies).grey_loss() == pytest.approx(entropy, rel=0.1)


def test_validation_is_the_same_each_time_and_draws_no_random_number_of_the_run(
    network_file: Path, shard: Path, tmp_path: Path
) -> None:
    photos = open_photos([shard], tmp_path, workers=1)
    module = ColorizationModule(
        experiment(network_file, shard, loss_positions=8), build(find_network(str(network_file))), photos,
        np.arange(12),
    )  # fmt: skip
    validator = Validator(module, np.arange(12), 4)
    plain = contextmanager(lambda: iter([None]))
    torch.manual_seed(5)
    first = validator.loss(plain)
    drawn = torch.rand(3)
    torch.manual_seed(5)
    assert torch.equal(drawn, torch.rand(3))
    assert validator.loss(plain) == first


def falling_then_rising(monkeypatch: pytest.MonkeyPatch, losses: list[float]) -> None:
    found = iter(losses)
    monkeypatch.setattr(Validator, "loss", lambda *_: next(found))


def test_the_best_weights_are_kept_resumed_with_and_exported(
    network_file: Path, shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    falling_then_rising(monkeypatch, [5.0, 3.0, 4.0, 3.5, 3.6])
    config = experiment(network_file, shard, num_samples=16, val_interval=4, lr=0.01)
    run(config, tmp_path, until=1)
    kept = (tmp_path / "run" / BEST).read_bytes()
    outcome = run(config, tmp_path)
    assert (outcome.best_step, outcome.best_loss, outcome.step, outcome.val_loss) == (1, 3.0, 4, 3.6)
    assert (tmp_path / "run" / BEST).read_bytes() == kept
    best, last = (load_weights(str(path)) for path in (tmp_path / "run", outcome.last))
    assert not all(torch.equal(best[name], last[name]) for name in best)
    said = {
        "name": None, "version": "1", "license": "CC0", "decoding": Decoding(), "short_side": 64, "data": []
    }  # fmt: skip
    for name, told in (
        ("best", "best.ckpt, step 1, validation loss 3.0000"), ("last", "last.ckpt, step 4")
    ):  # fmt: skip
        report = export_run(tmp_path / "run", tmp_path / name, checkpoint=name, **said)  # type: ignore[arg-type]
        assert report["weights"] == told
    exported = load_weights(str(tmp_path / "best"))
    assert torch.allclose(exported["down1.conv.weight"], best["down1.conv.weight"], atol=1e-3)


def test_a_run_that_only_got_worse_says_so_and_exports_what_it_began_from(
    network_file: Path, shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    falling_then_rising(monkeypatch, [2.0, 3.0, 4.0])
    outcome = run(experiment(network_file, shard, num_samples=8, val_interval=4), tmp_path)
    assert outcome.best_step == 0
    report = export_run(
        tmp_path / "run", tmp_path / "model", name=None, version="1", license="CC0", decoding=Decoding(),
        short_side=64, data=[],
    )  # fmt: skip
    assert report["weights"] == "best.ckpt, step 0: the initial weights, because no validation was better"


def test_a_run_stops_early_once_validation_does_not_improve(
    network_file: Path, shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    falling_then_rising(monkeypatch, [5.0, 3.0, 4.0, 3.1, 2.0, 2.5])
    config = experiment(network_file, shard, val_interval=4, patience=2)
    assert run(config, tmp_path).step == 3


def test_the_learning_rate_falls_and_the_run_ends_by_its_limit_of_time(
    network_file: Path, shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares = iter([0.0] * 3 + [0.5] * 3 + [1.0] * 100)
    monkeypatch.setattr(
        TimeLimit, "share", property(lambda self: 0.0 if self.limit is None else next(shares))
    )
    config = experiment(network_file, shard, num_samples=4000)
    outcome = run(config, tmp_path, minutes=1)
    assert 2 <= outcome.step < 20
    assert outcome.last.exists()


def test_time_is_counted_over_all_starts(network_file: Path, shard: Path, tmp_path: Path) -> None:
    config = experiment(network_file, shard, num_samples=8)
    run(config, tmp_path, until=1)
    path = tmp_path / "run" / "last.ckpt"
    kept = torch.load(path, weights_only=True)
    (state,) = kept["callbacks"].values()
    assert 0 < state["seconds"] < 300
    state["seconds"] = 3600.0
    torch.save(kept, path)
    assert run(config, tmp_path, minutes=1).step == 2  # one step, after which the hour is seen


def test_a_run_shows_step_total_speed_time_left_and_losses(
    network_file: Path, shard: Path, tmp_path: Path
) -> None:
    shown: list[Progress] = []
    counted: list[int] = []
    run(
        experiment(network_file, shard), tmp_path,
        display=Display(line=lambda _: None, photos=counted.append, step=shown.append),
    )  # fmt: skip
    assert counted[-1] == 12
    assert [each.step for each in shown] == list(range(1, 21))
    assert {each.steps for each in shown} == {20}
    assert all(each.loss > 0 and each.val_loss > 0 and each.grey_loss > 0 for each in shown)
    assert all(each.rate > 0 for each in shown[1:])
    assert shown[-1].left == 0 < shown[1].left


def test_a_resumed_run_refuses_other_photos(network_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.png").write_bytes(coloured_photo(number))
    config = experiment(network_file, folder)
    run(config, tmp_path, until=1)
    (folder / "6.png").write_bytes(coloured_photo(6))
    with pytest.raises(TrainingError, match=r"its photos have changed since it began \(6 then, 7 now\)"):
        run(config, tmp_path, until=2)
    (folder / "6.png").unlink()
    assert run(config, tmp_path, until=2).step == 2
