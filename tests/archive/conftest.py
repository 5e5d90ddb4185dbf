"""Archives of small photos, and runs over them in processes of their own."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinct.archive.ledger import STATES

SOURCE = Path(__file__).parents[2] / "src"


def make_photo(file: Path, seed: int, side: int = 48) -> Path:
    """Write a grey photo of its own, in the format of its suffix."""
    file.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    coarse = rng.integers(30, 220, (6, 8)).astype(np.uint8)
    Image.fromarray(coarse).resize((side * 4 // 3, side), Image.Resampling.BICUBIC).save(file)
    return file


def make_photos(folder: Path, count: int, per_folder: int = 50) -> Path:
    """Write so many JPEGs, all different, into subfolders."""
    for number in range(count):
        make_photo(folder / f"roll {number // per_folder}" / f"{number:05}.jpg", number)
    return folder


def tree(folder: Path) -> dict[bytes, str]:
    """The sha256 of every file below a folder, by its path; without the folder of the ledger."""
    root = os.fsencode(folder)
    found = {}
    for place, _, names in os.walk(root):
        for name in names:
            path = os.path.relpath(os.path.join(place, name), root)
            if not path.startswith(b".tinct/"):
                with open(os.path.join(root, path), "rb") as file:
                    found[path] = hashlib.sha256(file.read()).hexdigest()
    return found


def states(dest: Path) -> dict[bytes, str]:
    """The state of every file, as the ledger has it."""
    with sqlite3.connect(f"file:{dest}/.tinct/ledger.sqlite?mode=ro", uri=True) as database:
        return {path: STATES[state] for path, state in database.execute("SELECT path, state FROM photos")}


def events(dest: Path) -> list[dict]:
    """The lines of the log."""
    return [json.loads(line) for line in (dest / ".tinct" / "log.jsonl").read_text().splitlines()]


class Tinct:
    """`tinct archive` in a process of its own. stub: Python that runs first in it and in its workers."""

    def __init__(self, model: Path, scratch: Path) -> None:
        self.model = model
        self.scratch = scratch

    def start(self, *words: object, stub: str = "", prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        paths = [str(SOURCE)]
        if stub:
            folder = self.scratch / f"stub-{hashlib.sha256(stub.encode()).hexdigest()[:8]}"
            folder.mkdir(exist_ok=True)
            (folder / "sitecustomize.py").write_text(stub)
            paths.insert(0, str(folder))
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
        command = [*prefix, sys.executable, "-m", "tinct", "archive", *map(str, words)]
        if words[0] not in ("status", "retry", "verify", "report", "bag"):
            command += ["--model", str(self.model)]
        return subprocess.Popen(
            command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def __call__(self, *words: object, code: int = 0, **how: object) -> subprocess.CompletedProcess[str]:
        process = self.start(*words, **how)  # type: ignore[arg-type]
        out, err = process.communicate(timeout=240)
        assert process.returncode == code, (process.returncode, out, err)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.fixture
def tinct(tiny_model: Path, tmp_path: Path) -> Tinct:
    return Tinct(tiny_model, tmp_path)


@pytest.fixture
def photos(tmp_path: Path) -> Callable[[int], Path]:
    """Makes a source of so many photos."""
    return lambda count: make_photos(tmp_path / "source", count)
