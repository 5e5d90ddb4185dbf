"""`tinct train` as a person runs it: first sign, Ctrl-C, resuming, the bar."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("torch")

from tests.learning.conftest import NETWORK, coloured_photo

from tinct.cli.app import run
from tinct.cli.training_display import duration, in_words, training_display
from tinct.learning.log.progress import Progress

EXPERIMENT = """
network: {network}
num_samples: {samples}
batch_size: 4
warmup_steps: 2
crops: {{side: 32, degrade_prob: 0.0}}
"""


def prepare(folder: Path, samples: int) -> list[str]:
    (folder / "small.yaml").write_text(NETWORK)
    (folder / "mine.yaml").write_text(EXPERIMENT.format(network=folder / "small.yaml", samples=samples))
    (folder / "photos").mkdir()
    for number in range(6):
        (folder / "photos" / f"{number}.png").write_bytes(coloured_photo(number))
    return ["train", "mine.yaml", "--data", "photos", "--cache", "cache", "--device", "cpu", "--threads", "1"]


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGINT for one process")
def test_ctrl_c_writes_a_checkpoint_and_says_that_the_same_command_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = prepare(tmp_path, samples=4_000_000)
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "tinct", *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "mine.yaml: starting\n"
    assert time.monotonic() - started < 5
    for line in process.stdout:
        if line.startswith("step 1 of 1,000,000"):
            break
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 130, told
    stopped = re.search(
        r"tinct: stopped at step ([\d,]+) of 1,000,000; runs/mine/last.ckpt holds it, and the same command resumes\n",
        told,
    )
    assert stopped, told
    assert told.count("stopped") == 1
    monkeypatch.chdir(tmp_path)
    step = int(stopped[1].replace(",", "")) + 1
    assert run([*words, "--until", str(step)]) == 0
    assert f"trained mine: {step:,} of 1,000,000 steps in runs/mine" in capsys.readouterr().out


def test_a_run_without_time_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = prepare(tmp_path, samples=8)
    assert run([*words, "--minutes", "0"]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "--minutes" in told
    assert "0.1" in told
    assert not (tmp_path / "runs").exists()


def test_a_run_says_where_it_stands() -> None:
    now = Progress(120, 1250, 25.9, 700, 2.91, 2.8712, 3.4641)
    assert in_words(now) == (
        "step 120 of 1,250, 11:40 left, 25.9 photos/s, loss 2.910, validation 2.871 (grey 3.464)"
    )
    assert [duration(each) for each in (8, 725, 11400)] == ["0:08", "12:05", "3:10:00"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_bar_and_lines_above_it(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    with training_display() as display:
        display.photos(17)
        display.line("step 0: validation loss 2.9, grey 3.4")
        display.step(Progress(120, 1250, 25.9, 700, 2.91, 2.8712, 3.4641))
    shown = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", terminal.getvalue())
    assert "step 0: validation loss 2.9, grey 3.4" in shown
    assert "training" in shown
    assert "step 120 of 1,250, 11:40 left, 25.9 photos/s" in shown
    assert "━" in shown
