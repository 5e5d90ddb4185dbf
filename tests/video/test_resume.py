"""A run that is killed continues from its last segment, with the same result; Ctrl-C leaves a playable film."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.video.clips import chroma_of, frame_times, luma_of, pan, write_clip
from tests.video.test_fidelity import ffmpeg, packets
from tinct.errors import VideoError
from tinct.models.runtime import Network
from tinct.options import Options
from tinct.video.film import FilmResult, colour_film, find_film_shots, partial_path, work_folder
from tinct.video.output import segments
from tinct.video.output.segments import MOST_SECONDS, plan_blocks
from tinct.video.plan import FilmOptions, plan_film
from tinct.video.scan import RECORD
from tinct.video.shots import Shot
from tinct.video.source.frames import frames_from, read_frames
from tinct.video.source.probe import probe


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of seven shots, with sound."""
    folder = tmp_path_factory.mktemp("film")
    frames = [frame for seed in range(7) for frame in pan(seed, 30)]
    picture = write_clip(folder / "picture.mkv", frames, codec="libx264", options={"crf": "15"})
    path = folder / "film.mp4"
    ffmpeg("-i", picture, "-f", "lavfi", "-i", "sine=duration=8.4", "-c:v", "copy", "-c:a", "aac", path)
    return path


def command(film: Path, target: Path, model: Path) -> list[str]:
    words = [
        "video",
        str(film),
        "-o",
        str(target),
        "--model",
        str(model),
        "--codec",
        "h264",
        "--threads",
        "1",
    ]
    return [sys.executable, "-m", "tinct", *words]


def decoded(path: Path) -> str:
    done = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:v:0", "-f", "md5", "-"],
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


def kill_repeatedly(film: Path, model: Path, folder: Path, times: int, rng: np.random.Generator) -> Path:
    target = folder / "killed.mp4"
    journal = work_folder(target) / "journal.jsonl"
    finished = 0
    for _ in range(times):
        process = subprocess.Popen(command(film, target, model), stdout=subprocess.DEVNULL)
        until = time.monotonic() + rng.uniform(0.9, 2.2)
        while process.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        process.kill()
        process.wait()
        if target.exists():
            # It was faster; from here on all is to be done again.
            target.unlink()
            finished = 0
            continue
        lines = journal.read_text().splitlines() if journal.exists() else []
        segments = sum("segment" in line for line in lines)
        assert segments >= finished, "a finished segment was lost"
        finished = segments
    subprocess.run(command(film, target, model), check=True, stdout=subprocess.DEVNULL)
    assert not work_folder(target).exists()
    return target


@pytest.mark.parametrize("times", [2, pytest.param(20, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
def test_a_film_killed_at_any_time_decodes_to_the_same(
    times: int, film: Path, tiny_model: Path, tmp_path: Path
) -> None:
    whole = tmp_path / "whole.mp4"
    subprocess.run(command(film, whole, tiny_model), check=True, stdout=subprocess.DEVNULL)
    killed = kill_repeatedly(film, tiny_model, tmp_path, times, np.random.default_rng(times))
    assert decoded(killed) == decoded(whole)
    assert packets(killed, "a:0") == packets(whole, "a:0")
    assert packets(killed, "v:0") == packets(whole, "v:0")


def test_no_segment_is_longer_than_what_may_be_lost() -> None:
    for rate in (5.0, 23.976, 25.0, 59.94, 120.0):
        blocks = plan_blocks([Shot(0, 7), Shot(7, 10_000)], rate)
        assert [block.start for block in blocks[1:]] == [block.end for block in blocks[:-1]]
        assert max(block.end - block.start for block in blocks) <= max(8, MOST_SECONDS * rate)


def test_a_stop_leaves_a_film_that_plays_up_to_there_and_the_next_run_completes_it(
    film: Path, tiny_network: Network, tmp_path: Path
) -> None:
    target = tmp_path / "out.mp4"
    options = FilmOptions(codec="ffv1")
    seen: list[int] = []

    def progress(what: str, done: int, _: int) -> None:
        if what == "colour":
            seen.append(done)

    def run(stopped: Callable[[], bool]) -> FilmResult:
        plan = plan_film(film, target, options)
        return colour_film(plan, tiny_network, options, Options(scales=1), progress, stopped)

    result = run(lambda: bool(seen) and seen[-1] >= 100)
    assert result.path == partial_path(target)
    assert (result.complete, result.frames, target.exists()) == (False, 100, False)
    assert frame_times(partial_path(target)) == frame_times(film)[:100]
    size = 96 * 128
    assert luma_of(partial_path(target)) == luma_of(film)[: 100 * size]
    seen.clear()
    assert run(lambda: False).complete
    assert seen[0] == 90, "finished segments are not done again"
    assert luma_of(target) == luma_of(film)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4"]


def test_a_long_shot_that_is_stopped_between_its_segments_gets_the_same_pixels(
    tiny_network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "MOST_FRAMES", 30)
    source = write_clip(tmp_path / "in.mkv", pan(1, 100))
    options = FilmOptions(codec="ffv1")

    def run(name: str, limit: int) -> FilmResult:
        plan, calls = plan_film(source, tmp_path / name, options), iter(range(10**6))
        return colour_film(
            plan, tiny_network, options, Options(scales=1), stopped=lambda: next(calls) >= limit
        )

    assert run("whole.mkv", 10**6).complete
    assert not run("out.mkv", 140).complete
    assert run("out.mkv", 10**6).complete
    assert np.array_equal(chroma_of(tmp_path / "out.mkv"), chroma_of(tmp_path / "whole.mkv"))


def test_interrupting_the_command_says_how_to_continue(film: Path, tiny_model: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    process = subprocess.Popen(
        command(film, target, tiny_model), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    journal = work_folder(target) / "journal.jsonl"
    until = time.monotonic() + 60
    while time.monotonic() < until and not (journal.exists() and "segment" in journal.read_text()):
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "the same command continues" in said
    assert frame_times(partial_path(target))[0] == 0


def test_an_interrupted_search_for_shots_continues(film: Path, tmp_path: Path) -> None:
    clip, target = probe(film), tmp_path / "shots.json"
    whole = find_film_shots(clip, tmp_path / "whole.json")
    assert find_film_shots(clip, target, stopped=iter([False] * 80 + [True]).__next__) == ([], [])
    seen: list[int] = []
    assert find_film_shots(clip, target, lambda _, done, __: seen.append(done)) == whole
    assert seen[0] == 82, "what is known is not looked at again"


@pytest.mark.timeout(180)
def test_a_search_for_shots_that_is_killed_finds_the_same(film: Path, tmp_path: Path) -> None:
    long = tmp_path / "long.mp4"
    ffmpeg("-stream_loop", "2", "-i", film, "-c", "copy", long)
    whole, target = tmp_path / "whole.json", tmp_path / "shots.json"
    words = [sys.executable, "-m", "tinct", "video", "shots", str(long), "-o"]
    subprocess.run([*words, str(whole)], check=True)
    process = subprocess.Popen([*words, str(target)])
    records = work_folder(target) / "scan.bin"
    while process.poll() is None and not (records.exists() and records.stat().st_size):
        time.sleep(0.002)
    process.kill()
    assert process.wait() == -signal.SIGKILL, "it was faster than the kill"
    kept = records.stat().st_size // RECORD.itemsize
    assert kept >= 200
    subprocess.run([*words, str(target)], check=True)
    assert target.read_text() == whole.read_text()
    assert not work_folder(target).exists()


def test_other_settings_start_anew(film: Path, tiny_network: Network, tmp_path: Path) -> None:
    target = tmp_path / "out.mkv"
    for options in (FilmOptions(codec="h264"), FilmOptions(codec="ffv1")):
        plan = plan_film(film, target, options)
        calls = iter(range(10**6))
        result = colour_film(
            plan, tiny_network, options, Options(scales=1), stopped=lambda calls=calls: next(calls) > 260
        )
        assert not result.complete
        header = json.loads((work_folder(target) / "header.json").read_text())
        assert options.codec in header["options"]
        assert result.frames < 60


def test_frames_found_by_seeking_are_those_of_reading_through(film: Path) -> None:
    clip = probe(film)
    frames = [(frame.pts, bytes(frame.planes[0])) for frame in read_frames(clip)]
    timestamps = [pts for pts, _ in frames]
    for number in (0, 1, 37, 90, 150, 209):
        for seek in (True, False):
            found = frames_from(clip, timestamps, number, seek=seek)
            assert [(frame.pts, bytes(frame.planes[0])) for frame in found] == frames[number:]


def test_a_film_that_changes_while_it_is_coloured_is_noticed(film: Path) -> None:
    clip = probe(film)
    timestamps = [frame.pts for frame in read_frames(clip)]
    timestamps[50] += 1
    with pytest.raises(VideoError, match="reads differently at 2"):
        list(frames_from(clip, timestamps, 0, seek=False))
