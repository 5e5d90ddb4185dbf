"""A run whose small files are damaged or cannot be written: told in a sentence, and the run is not lost."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from tests.learning.experiments import experiment
from tinct.errors import TrainingError
from tinct.learning.data.photos import open_photos
from tinct.learning.log.loss_curve import draw_curve
from tinct.learning.log.records import append_log_row, load_run_config, read_log
from tinct.learning.release.model_card import draft_card
from tinct.learning.run.tensorboard import TensorBoardWriter
from tinct.learning.run.train import train
from tinct.learning.weights.input_digests import input_digests
from tinct.models.store import find_model

ROW = {"step": 1, "photos": 4, "loss": 5.5, "val_loss": 5.0, "photos_per_second": 9.0}


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_damaged_note_of_the_experiment_is_named_and_its_remedy_helps(
    network_file: Path, shard: Path, tmp_path: Path
) -> None:
    config, run, cache = experiment(network_file, shard), tmp_path / "run", tmp_path / "cache"
    train(config, run, cache, log=print, device="cpu", until=1)
    whole = (run / "experiment.json").read_text()
    for damaged in (whole[:50], "[]", ""):
        (run / "experiment.json").write_text(damaged)
        with pytest.raises(TrainingError, match=r"experiment\.json: cannot be read .+; delete it and start"):
            load_run_config(run)
        with pytest.raises(TrainingError, match=r"experiment\.json: cannot be read .+; delete it and start"):
            train(config, run, cache, log=print, device="cpu", until=2)
    (run / "experiment.json").unlink()
    train(config, run, cache, log=print, device="cpu", until=2)
    assert (run / "experiment.json").read_text() == whole
    assert [row["step"] for row in read_log(run / "log.csv")] == [0, 1, 2]


def test_a_place_that_cannot_keep_a_run_is_told(network_file: Path, shard: Path, tmp_path: Path) -> None:
    for run in (network_file, network_file / "run"):
        with pytest.raises(TrainingError, match=r"the run cannot be written .+ another folder with --run"):
            train(experiment(network_file, shard), run, tmp_path / "cache", log=print, device="cpu")


@pytest.mark.parametrize(
    "name",
    [
        "append_log_row",
        "draw_curve",
        "TensorBoardWriter",
        "TensorBoardWriter.add_scalars",
        "TensorBoardWriter.add_photos",
    ],
)
def test_a_run_outlives_its_log_and_its_board(
    name: str, network_file: Path, shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    monkeypatch.setattr(f"tinct.learning.run.checkpointing.{name}", full)
    outcome = train(
        experiment(network_file, shard),
        tmp_path / "run",
        tmp_path / "cache",
        log=lines.append,
        device="cpu",
        until=2,
    )
    assert outcome.last.exists()
    told = sum("cannot be written (No space left on device); training goes on" in line for line in lines)
    assert told == (
        1 if "Writer" in name else 2
    )  # a log of two rows: before the first step, and after the last


def test_a_board_that_cannot_be_written_raises_and_prints_nothing(
    shard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    board = TensorBoardWriter(
        tmp_path / "run", open_photos([shard], tmp_path / "cache", workers=1), np.arange(2), 32
    )
    monkeypatch.setattr("tensorboard.summary.writer.record_writer.RecordWriter.write", full)
    with pytest.raises(OSError, match="No space left"):
        board.add_scalars({"loss": 1.0}, 1)
    assert "Traceback" not in capsys.readouterr().err


def test_a_log_is_read_without_its_broken_lines(tmp_path: Path) -> None:
    log, curve = tmp_path / "log.csv", tmp_path / "loss.svg"
    assert read_log(log) == []
    log.write_text(",".join(ROW) + "\n")
    assert read_log(log) == []
    draw_curve(log, curve)
    assert not curve.exists()
    append_log_row(log, ROW)
    log.write_text(log.read_text() + "2,8,5.")
    assert [row["step"] for row in read_log(log)] == [1]
    append_log_row(log, {**ROW, "step": 3})
    assert [row["step"] for row in read_log(log)] == [1, 3]
    assert log.read_text().count("\n") == 3


def test_a_line_that_cannot_be_written_leaves_the_log_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append_log_row(tmp_path / "log.csv", ROW)
    monkeypatch.setattr("tinct.atomic.os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        append_log_row(tmp_path / "log.csv", ROW)
    assert [path.name for path in tmp_path.iterdir()] == ["log.csv"]
    assert len(read_log(tmp_path / "log.csv")) == 1


def test_a_card_is_drafted_from_a_log_that_has_no_line_yet(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(",".join(ROW) + "\n")
    config = {"name": "mine", "version": "1", "license": "CC0", "about": "small", "parameters": 1}
    card = draft_card(tmp_path, tmp_path / "model", tmp_path, {"network": "mine", "data": []}, config, {})
    assert card == tmp_path / "model" / "MODEL_CARD.md"
    assert "| loss | [not logged] |" in (tmp_path / "MODEL_CARD.md").read_text()


def test_a_device_that_is_not_there_is_told(network_file: Path, shard: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="cannot be trained on abacus in precision 32"):
        train(
            experiment(network_file, shard), tmp_path / "run", tmp_path / "cache", log=print, device="abacus"
        )


def test_a_run_records_the_digests_of_its_photos_and_of_the_weights_that_it_began_from(
    network_file: Path, shard: Path, tmp_path: Path
) -> None:
    cache, first = tmp_path / "cache", tmp_path / "first"
    train(experiment(network_file, shard), first, cache, log=print, device="cpu", until=1)
    second = experiment(network_file, shard, init=str(first))
    train(second, tmp_path / "second", cache, log=print, device="cpu", until=1)
    began_from = hashlib.sha256((first / "best.ckpt").read_bytes()).hexdigest()
    assert load_run_config(tmp_path / "second")["sha256"] == {
        str(shard): hashlib.sha256(shard.read_bytes()).hexdigest(),
        f"{first}/best.ckpt": began_from,
    }
    train(second, tmp_path / "second", cache, log=print, device="cpu", until=2)


def test_the_weights_of_a_model_are_recorded_by_each_of_its_files(network_file: Path, shard: Path) -> None:
    digests = input_digests(experiment(network_file, shard, init="tinct-m"))
    folder = find_model("tinct-m")
    for name in ("encoder.onnx", "decoder.onnx"):
        assert digests[f"tinct-m/{name}"] == hashlib.sha256((folder / name).read_bytes()).hexdigest()
