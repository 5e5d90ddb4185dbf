"""Every kind of bad input: one clear line naming file and remedy, the others done, nothing half-written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinct.cli.app import run


def empty(path: Path) -> None:
    path.write_bytes(b"")


def truncated(path: Path) -> None:
    grey = np.random.default_rng(1).integers(0, 256, (300, 400), dtype=np.uint8)
    Image.fromarray(grey).save(path, "JPEG")
    path.write_bytes(path.read_bytes()[:9000])


def text(path: Path) -> None:
    path.write_text("Dear Sir, please find no photo enclosed.\n" * 50)


def bomb(path: Path) -> None:
    """A PNG of 40,000 x 40,000 grey pixels in about 1.5 MB."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    side, at_once = 40_000, 400
    # One stretch of black rows, deflated once and repeated: a full flush leaves no state between the copies.
    squeeze = zlib.compressobj(9, wbits=-15)
    stretch = squeeze.compress(bytes(at_once * (side + 1))) + squeeze.flush(zlib.Z_FULL_FLUSH)
    checksum = ((side * (side + 1)) % 65521) << 16 | 1  # Adler-32 of that many zeros
    rows = b"\x78\xda" + stretch * (side // at_once) + b"\x03\x00" + checksum.to_bytes(4, "big")
    header = side.to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    data = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + data)


def missing(path: Path) -> None:
    assert not path.exists()


def folder_with_none(path: Path) -> None:
    path.mkdir()
    (path / "readme.txt").write_text("no photo")


@pytest.fixture
def good(tmp_path: Path, grey_photo: np.ndarray) -> Path:
    path = tmp_path / "good.jpg"
    Image.fromarray(grey_photo).save(path)
    return path


@pytest.mark.parametrize(
    ("make", "name", "output"),
    [
        (empty, "empty.jpg", "empty"),
        (truncated, "cut.jpg", "too early"),
        (text, "letter.jpg", "not a photo"),
        (bomb, "bomb.png", "1600 megapixels"),
        (missing, "nowhere.jpg", "no such file"),
        (folder_with_none, "folder", "no photo in this folder"),
    ],
)
def test_a_bad_photo_is_one_line_and_the_good_one_beside_it_is_coloured(
    make: Callable[[Path], None],
    name: str,
    output: str,
    good: Path,
    tiny_model: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bad = good.parent / name
    make(bad)
    before = {path for path in good.parent.rglob("*") if path.is_file()}
    assert run([str(bad), str(good), "--model", str(tiny_model)]) == 1
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert str(bad) in printed.err
    assert output in printed.err
    assert ";" in printed.err  # the remedy follows the fault
    assert printed.out.startswith("1 photo coloured, 1 failed")
    after = {path for path in good.parent.rglob("*") if path.is_file()}
    assert after - before == {good.with_name("good-tinct.jpg")}


def test_a_bomb_is_refused_from_its_header_in_little_memory_and_time(
    tmp_path: Path, tiny_model: Path
) -> None:
    path = tmp_path / "bomb.png"
    bomb(path)
    assert path.stat().st_size < 3 << 20
    code = (
        "import sys, time\nfrom tinct.cli.app import run\nstarted = time.perf_counter()\n"
        "code = run(sys.argv[1:])\nseconds = time.perf_counter() - started\n"
        "peak = [line for line in open('/proc/self/status') if line.startswith('VmHWM')][0]\n"
        "print(code, seconds, int(peak.split()[1]) / 1000)\n"  # ru_maxrss survives exec
    )
    words = [sys.executable, "-c", code, str(path), "--model", str(tiny_model)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    code, seconds, megabytes = done.stdout.split("\n")[-2].split()
    assert code == "1"
    assert float(seconds) < 5
    assert float(megabytes) < 250


@pytest.mark.parametrize("kind", ["file", "proc", "mode"])
def test_a_folder_that_cannot_be_written_to_is_named(
    kind: str, good: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    below_a_file = good.parent / "plain"
    below_a_file.write_text("a file, not a folder")
    closed = good.parent / "closed"
    closed.mkdir()
    places = {"file": below_a_file / "out", "proc": Path("/proc/tinct"), "mode": closed}
    if kind == "mode":
        if os.geteuid() == 0:
            pytest.skip("root may write anywhere")
        closed.chmod(0o500)
    if kind == "proc" and not Path("/proc").is_dir():
        pytest.skip("there is no /proc here")
    assert run([str(good), "-o", str(places[kind]), "--model", str(tiny_model)]) == 1
    output = capsys.readouterr().err
    assert output.count("\n") == 1
    assert str(places[kind]) in output
    assert "cannot be written" in output
    assert "choose a folder" in output
    assert sorted(path.name for path in good.parent.iterdir()) == ["closed", "good.jpg", "plain"]


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, tiny_model: Path) -> None:
    """A limit on the size of files stands in for the disk: a write fails in the middle of a result."""
    rng = np.random.default_rng(2)
    Image.fromarray(rng.integers(0, 256, (800, 800), dtype=np.uint8)).save(tmp_path / "big.png")
    Image.fromarray(np.full((64, 64), 99, np.uint8)).save(tmp_path / "small.png")
    code = (
        "import resource, signal, sys\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "from tinct.cli.app import run\nsys.exit(run(sys.argv[1:]))\n"
    )
    photos = [str(tmp_path / name) for name in ("big.png", "small.png")]
    words = [sys.executable, "-c", code, *photos, "-o", str(tmp_path / "out"), "--model", str(tiny_model)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "big" in done.stderr
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["small-tinct.png"]


@pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("mount") or os.geteuid() != 0,
    reason="needs to mount a small disk",
)
def test_a_truly_full_disk_is_said_and_leaves_nothing(
    tmp_path: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(2)
    Image.fromarray(rng.integers(0, 256, (800, 800), dtype=np.uint8)).save(tmp_path / "big.png")
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)], capture_output=True
    ).returncode:
        pytest.skip("may not mount here")
    try:
        assert run([str(tmp_path / "big.png"), "-o", str(disk), "--model", str(tiny_model)]) == 1
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    output = capsys.readouterr().err
    assert output.count("\n") == 1
    assert "disk is full; free some space" in output
    assert str(disk) in output or "big.png" in output
