"""Nothing is collected and nothing leaves the machine: no file but the result, no internet socket."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PHOTO = Path(__file__).parents[1] / "examples" / "chelsea.jpg"
COMMAND = ["-m", "tinct", "photo.jpg"]
LIBRARY = ["-c", "import tinct; tinct.colorize('photo.jpg')"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    shutil.copy(PHOTO, tmp_path / "photo.jpg")
    return tmp_path


def environment(home: Path) -> dict[str, str]:
    """The environment of a user who has set nothing and whose home folder is `home`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ORT_", "XDG_"))}
    return kept | {"HOME": str(home), "USERPROFILE": str(home), "LOCALAPPDATA": str(home)}


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("words", [COMMAND, LIBRARY], ids=["command", "library"])
def test_colouring_leaves_no_file_but_the_result(words: list[str], home: Path) -> None:
    subprocess.run([sys.executable, *words], cwd=home, env=environment(home), check=True, capture_output=True)
    assert files_in(home) == {"photo.jpg", "photo-tinct.jpg"}


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize("words", [COMMAND, LIBRARY], ids=["command", "library"])
def test_colouring_opens_no_internet_socket(words: list[str], home: Path) -> None:
    log = home / "strace.log"
    traced = ["strace", "-f", "-e", "trace=socket,execve", "-o", str(log), sys.executable, *words]
    subprocess.run(traced, cwd=home, env=environment(home), check=True, capture_output=True)
    assert "execve(" in log.read_text()
    assert "AF_INET" not in log.read_text()


def test_every_module_that_runs_onnx_leaves_no_file(home: Path) -> None:
    pytest.importorskip("torch")
    modules = (
        "models.runtime",
        "learning.weights.frozen",
        "learning.release.quantization",
        "networks.lite2_features",
    )
    run = [sys.executable, "-c", "; ".join(f"import tinct.{name}" for name in modules)]
    subprocess.run(run, cwd=home, env=environment(home), check=True, capture_output=True)
    assert files_in(home) == {"photo.jpg"}
