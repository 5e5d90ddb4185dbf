"""`tinct PHOTO…`: where results go, what is said, and how it ends."""

from __future__ import annotations

import io
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinct.cli.app import run

Tinct = Callable[..., int]


@pytest.fixture
def tinct(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tinct:
    monkeypatch.chdir(tmp_path)
    return lambda *words: run([*words, "--model", str(tiny_model)])


@pytest.fixture
def album(tmp_path: Path, grey_photo: np.ndarray) -> Path:
    folder = tmp_path / "album"
    (folder / "summer").mkdir(parents=True)
    Image.fromarray(grey_photo).save(folder / "a.jpg")
    Image.fromarray(grey_photo).save(folder / "b.png")
    Image.fromarray(grey_photo).save(folder / "summer" / "a.webp")
    (folder / "notes.txt").write_text("not a photo")
    return folder


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_photo_s_result_lies_beside_it(
    tinct: Tinct, album: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tinct("album/a.jpg") == 0
    assert Image.open(album / "a-tinct.jpg").mode == "RGB"
    output = capsys.readouterr()
    assert output.out.startswith("1 photo coloured in ")
    assert "album/a-tinct.jpg" in output.out
    assert output.err == ""


def test_a_folder_is_walked_and_its_own_results_are_not_coloured_again(tinct: Tinct, album: Path) -> None:
    assert tinct("album") == 0
    results = ["a-tinct.jpg", "b-tinct.png", "summer/a-tinct.webp"]
    assert names(album) == sorted([*results, "a.jpg", "b.png", "summer/a.webp", "notes.txt"])
    assert tinct("album", "--overwrite") == 0
    assert len(names(album)) == 7


@pytest.mark.usefixtures("album")
def test_results_go_to_a_folder_which_is_made_and_keeps_subfolders(tinct: Tinct) -> None:
    assert tinct("album", "-o", "out/new", "--format", "png") == 0
    assert names(Path("out/new")) == ["a-tinct.png", "b-tinct.png", "summer/a-tinct.png"]


@pytest.mark.usefixtures("album")
def test_the_result_of_one_photo_goes_to_a_file(tinct: Tinct) -> None:
    assert tinct("album/a.jpg", "-o", "mine.tif") == 0
    assert Image.open("mine.tif").format == "TIFF"


@pytest.mark.usefixtures("album")
def test_options_reach_the_photo(tinct: Tinct) -> None:
    assert tinct("album/b.png", "--vividness", "0", "-o", "grey.png") == 0
    rgb = np.asarray(Image.open("grey.png"), int)
    assert np.ptp(rgb, axis=-1).max() <= 1


def test_nothing_is_overwritten_unless_told(
    tinct: Tinct, album: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (album / "a-tinct.jpg").write_text("precious")
    assert tinct("album/a.jpg") == 1
    assert (album / "a-tinct.jpg").read_text() == "precious"
    assert "a-tinct.jpg: exists" in capsys.readouterr().err
    assert tinct("album/a.jpg", "--overwrite") == 0
    assert Image.open(album / "a-tinct.jpg").mode == "RGB"


def test_a_photo_never_replaces_itself_nor_the_result_of_another(
    tinct: Tinct, album: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (album / "b.png").read_bytes()
    assert tinct("album/b.png", "-o", "album/b.png", "--overwrite") == 1
    assert (album / "b.png").read_bytes() == before
    assert tinct("album/a.jpg", "album/summer/a.webp", "--format", "png", "-o", "out", "--overwrite") == 1
    assert "another photo" in capsys.readouterr().err
    assert names(Path("out")) == ["a-tinct.png"]


def test_one_bad_photo_never_stops_the_others(
    tinct: Tinct, album: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (album / "aa.jpg").write_text("I am no photo")
    assert tinct("album") == 1
    assert {"a-tinct.jpg", "b-tinct.png", "summer/a-tinct.webp"} < set(names(album))
    output = capsys.readouterr()
    assert output.err.count("\n") == 1
    assert "aa.jpg" in output.err
    assert output.out.startswith("3 photos coloured, 1 failed in ")


def command(model: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "tinct", *words, "--model", str(model)]


def test_bytes_go_from_standard_input_to_standard_output(tiny_model: Path, album: Path) -> None:
    given = (album / "a.jpg").read_bytes()
    done = subprocess.run(command(tiny_model, "-"), input=given, capture_output=True, check=True)
    assert Image.open(io.BytesIO(done.stdout)).mode == "RGB"
    assert done.stderr == b""
    bad = subprocess.run(command(tiny_model, "-"), input=b"", capture_output=True)
    assert bad.returncode == 1
    assert bad.stdout == b""
    assert bad.stderr.count(b"\n") == 1


def test_several_photos_show_a_bar_on_a_terminal(tiny_model: Path, album: Path) -> None:
    terminal, inside = pty.openpty()
    with subprocess.Popen(
        command(tiny_model, str(album)),
        stderr=inside,
        stdout=subprocess.PIPE,
        env=os.environ | {"TERM": "xterm"},
    ) as running:
        assert running.stdout is not None
        summary = running.stdout.read()
    os.close(inside)
    shown = os.read(terminal, 1 << 16).decode()
    os.close(terminal)
    assert "3/3" in shown
    assert summary.startswith(b"3 photos coloured in ")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_leaves_no_partial_file(
    tiny_model: Path, tmp_path: Path, sign: signal.Signals
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (1200, 1600), dtype=np.uint8)  # slow enough to be caught at work
    for number in range(30):
        Image.fromarray(noise).save(folder / f"{number:02}.png", compress_level=1)
    with subprocess.Popen(
        command(tiny_model, str(folder), "-o", str(out)), stderr=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        end = time.monotonic() + 60
        while not (out.exists() and list(out.glob("*-tinct.png"))):
            if running.poll() is not None or time.monotonic() > end:
                running.kill()
                pytest.fail(f"nothing was coloured: {running.communicate()}")
            time.sleep(0.02)
        running.send_signal(sign)
        _, output = running.communicate(timeout=60)
    assert running.returncode == 130
    assert output.startswith(b"tinct: stopped")
    assert b"Traceback" not in output
    finished = sorted(out.iterdir())
    assert 0 < len(finished) < 30
    for path in finished:
        assert path.name.endswith("-tinct.png")
        Image.open(path).load()
