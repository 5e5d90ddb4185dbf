"""Faults over real processes: whatever happens, originals stay, results are whole, and the next run continues."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .conftest import Tinct, events, make_photo, make_photos, states, tree

# Python for the processes of a run: what happens when a file of the source is opened.
STUB = """
import builtins, errno, io, os, time
real = io.open
def opened(file, *words, **more):
    name = os.fsencode(file) if isinstance(file, (str, bytes, os.PathLike)) else b""
    if b"/source/" in name and words[:1] == ("rb",):
        {fault}
    return real(file, *words, **more)
builtins.open = io.open = opened
"""
SLOW = STUB.format(fault="time.sleep(0.15)")


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def finished(process: subprocess.Popen[str], code: int) -> tuple[str, str]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == code, (process.returncode, out, err)
    return out, err


def test_a_photo_that_kills_its_worker_is_quarantined_and_named(tinct: Tinct, tmp_path: Path) -> None:
    source, dest = make_photos(tmp_path / "source", 6), tmp_path / "dest"
    make_photo(source / "killer.jpg", 100)
    stub = STUB.format(fault="b'killer' in name and os.kill(os.getpid(), 9)")
    run = tinct(source, dest, "--workers", 2, code=1, stub=stub)
    assert "killer.jpg: its worker died (killed by SIGKILL), 3 times" in run.stderr
    assert states(dest)[b"killer.jpg"] == "quarantined"
    assert len(tree(dest)) == 6
    assert "0 photos" in tinct(source, dest, code=1, stub=stub).stdout


@pytest.mark.parametrize(
    ("fault", "words", "cause"),
    [
        ("b'bad' in name and time.sleep(99)", ["--time-limit", 1], "took longer than 1 s"),
        (
            "b'bad' in name and (globals().update(kept=bytearray(800_000_000)), time.sleep(99))",
            ["--memory-limit", 600],
            "took more than 600 MB",
        ),
    ],
)
def test_a_photo_beyond_its_limits_is_quarantined(
    tinct: Tinct, tmp_path: Path, fault: str, words: list[object], cause: str
) -> None:
    source, dest = make_photos(tmp_path / "source", 3), tmp_path / "dest"
    make_photo(source / "bad.jpg", 100)
    run = tinct(source, dest, *words, code=1, stub=STUB.format(fault=fault))
    assert f"bad.jpg: {cause}, 3 times" in run.stderr
    assert len(tree(dest)) == 3


def test_an_unreadable_sector_fails_one_photo_which_is_tried_three_times(
    tinct: Tinct, tmp_path: Path
) -> None:
    source, dest = make_photos(tmp_path / "source", 3), tmp_path / "dest"
    make_photo(source / "worn.jpg", 100)
    count = tmp_path / "count"
    fault = f"""if b"worn" in name:
            with real({str(count)!r}, "a") as log: log.write("x")
            raise OSError(errno.EIO, "Input/output error")"""
    run = tinct(source, dest, code=1, stub=STUB.format(fault=fault))
    assert "worn.jpg: cannot be read or written (Input/output error)" in run.stderr
    assert states(dest)[b"worn.jpg"] == "failed"
    assert count.read_text() == "xxx"
    assert len(tree(dest)) == 3


def test_a_read_error_that_passes_is_survived(tinct: Tinct, tmp_path: Path) -> None:
    source, dest = make_photos(tmp_path / "source", 3), tmp_path / "dest"
    mark = tmp_path / "mark"
    fault = f"""if b"00001" in name and not os.path.exists({str(mark)!r}):
            real({str(mark)!r}, "w").close()
            raise OSError(errno.EIO, "Input/output error")"""
    tinct(source, dest, stub=STUB.format(fault=fault))
    assert len(tree(dest)) == 3


def test_a_photo_that_changes_while_it_is_read_is_read_again(tinct: Tinct, tmp_path: Path) -> None:
    source, dest = make_photos(tmp_path / "source", 3), tmp_path / "dest"
    other, mark = make_photo(tmp_path / "other.jpg", 50), tmp_path / "mark"
    fault = f"""if b"00001" in name and not os.path.exists({str(mark)!r}):
            real({str(mark)!r}, "w").close()
            found = real(file, *words, **more)
            os.replace({str(other)!r}, file)
            return found"""
    tinct(source, dest, stub=STUB.format(fault=fault))
    done = {each["path"]: each["source_sha256"] for each in events(dest) if each["event"] == "done"}
    assert done == {path.decode(): content for path, content in tree(source).items()}


def test_a_photo_that_never_stops_changing_fails(tinct: Tinct, tmp_path: Path) -> None:
    source, dest = make_photos(tmp_path / "source", 2), tmp_path / "dest"
    fault = "b'00001' in name and os.utime(file)"
    run = tinct(source, dest, code=1, stub=STUB.format(fault=fault))
    assert "00001.jpg: changed while it was read" in run.stderr
    assert set(tree(dest)) == {b"roll 0/00000.jpg"}


def test_a_photo_that_disappears_is_noted_and_stops_nothing(tinct: Tinct, tmp_path: Path) -> None:
    source, dest = make_photos(tmp_path / "source", 3), tmp_path / "dest"
    fault = "b'00001' in name and os.path.exists(file) and os.unlink(file)"
    run = tinct(source, dest, stub=STUB.format(fault=fault))
    assert "has disappeared from the source" in run.stderr
    assert states(dest)[b"roll 0/00001.jpg"] == "missing"
    assert len(tree(dest)) == 2


def test_a_source_that_disappears_ends_the_run_and_its_photos_stay_pending(
    tinct: Tinct, tmp_path: Path
) -> None:
    source, dest = make_photos(tmp_path / "source", 40), tmp_path / "dest"
    run = tinct.start(source, dest, "--workers", 2, stub=SLOW)
    wait_for(lambda: len(tree(dest)) > 3)
    source.rename(tmp_path / "away")
    source.mkdir()  # as a share leaves its mount point
    _, err = finished(run, 1)
    assert "the source has disappeared" in err
    assert "run the same command again" in err
    assert set(states(dest).values()) == {"done", "pending"}
    assert "the source has disappeared" in tinct(source, dest, code=1).stderr
    source.rmdir()
    (tmp_path / "away").rename(source)
    tinct(source, dest)
    assert len(tree(dest)) == 40


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    place = tmp_path / "small"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place], capture_output=True)
    if made.returncode:
        pytest.skip("needs the right to mount")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_ends_the_run_and_a_larger_one_continues_it(
    tinct: Tinct, tmp_path: Path, small_disk: Path
) -> None:
    source = tmp_path / "source"
    for number in range(12):
        make_photo(source / f"{number}.png", number, side=400)
    run = tinct(source, small_disk / "dest", code=1)
    assert "full" in run.stderr
    assert "run the same command again" in run.stderr
    before = tree(small_disk / "dest")
    assert 0 < len(before) < 12
    assert list((small_disk / "dest" / ".tinct" / "parts").iterdir()) == []
    subprocess.run(["mount", "-o", "remount,size=40m", small_disk], check=True)
    tinct(source, small_disk / "dest")
    tinct(source, tmp_path / "elsewhere")
    assert tree(small_disk / "dest") == tree(tmp_path / "elsewhere")


def test_a_second_run_on_a_destination_is_refused_and_names_the_first(tinct: Tinct, tmp_path: Path) -> None:
    source, dest = make_photos(tmp_path / "source", 20), tmp_path / "dest"
    first = tinct.start(source, dest, stub=SLOW)
    wait_for(lambda: len(tree(dest)) > 0)
    second = tinct(source, dest, code=1)
    assert f"process {first.pid}" in second.stderr
    assert "is at work on it; wait until it ends, or stop it" in second.stderr
    finished(first, 0)
    assert len(tree(dest)) == 20


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_finishes_photos_in_hand_and_says_how_to_continue(
    tinct: Tinct, tmp_path: Path, number: signal.Signals
) -> None:
    source, dest = make_photos(tmp_path / "source", 40), tmp_path / "dest"
    run = tinct.start(source, dest, "--workers", 2, stub=SLOW)
    wait_for(lambda: len(tree(dest)) > 3)
    run.send_signal(number)
    out, err = finished(run, 130)
    assert "run the same command again to continue" in err
    done = [path for path, state in states(dest).items() if state == "done"]
    assert sorted(done) == sorted(tree(dest))
    assert 3 < len(done) < 40
    assert f"{len(done)} done, {40 - len(done)} pending" in out
    tinct(source, dest)
    assert len(tree(dest)) == 40


def test_a_clock_set_back_changes_nothing(tinct: Tinct, tmp_path: Path) -> None:
    source, dest = make_photos(tmp_path / "source", 4), tmp_path / "dest"
    tinct(source, dest)
    before = tree(dest)
    make_photo(source / "new.jpg", 9)
    back = "import time\nreal_time = time.time\ntime.time = lambda: real_time() - 40 * 365 * 86400\n"
    assert tinct(source, dest, stub=back).stdout.startswith("1 photos")
    assert tinct(source, dest).stdout.startswith("0 photos")
    assert tree(dest).items() >= before.items()


@pytest.mark.parametrize("damage", ["truncated", "garbage", "empty", "missing"])
def test_a_damaged_ledger_is_set_aside_and_rebuilt_from_the_results(
    tinct: Tinct, tmp_path: Path, damage: str
) -> None:
    source, dest = make_photos(tmp_path / "source", 30), tmp_path / "dest"
    tinct(source, dest)
    before = {path: (dest / os.fsdecode(path)).stat().st_mtime_ns for path in tree(dest)}
    ledger = dest / ".tinct" / "ledger.sqlite"
    if damage == "truncated":
        os.truncate(ledger, ledger.stat().st_size // 2)
    elif damage == "garbage":
        ledger.write_bytes(os.urandom(20_000))
    elif damage == "empty":
        ledger.write_bytes(b"")
    else:
        ledger.unlink()
    run = tinct(source, dest)
    assert "30 adopted" in run.stdout
    assert ("rebuilding it from the results" in run.stderr) == (damage in ("truncated", "garbage"))
    assert {path: (dest / os.fsdecode(path)).stat().st_mtime_ns for path in tree(dest)} == before
