"""The house's own promises: light imports, short files, names that say something, a README that is true."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_importing_tinct_loads_nothing_heavy() -> None:
    heavy = ("torch", "onnxruntime", "pyvips", "numpy", "typer", "rich", "fastapi", "uvicorn")
    asked = f"import sys, tinct; print(*[name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_base_install_is_what_was_promised() -> None:
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[<>=\[]", each)[0] for each in dependencies}
    assert names == {"numpy", "onnxruntime", "platformdirs", "pyvips", "pyyaml", "rich", "typer"}


def test_no_file_is_over_300_lines_and_no_name_says_nothing() -> None:
    files = sorted((ROOT / "src").rglob("*.py"))
    assert files
    assert [path.name for path in files if len(path.read_text().splitlines()) > 300] == []
    empty = {"utils", "helpers", "common", "core", "manager"}
    assert [path for path in files if empty & {part.removesuffix(".py") for part in path.parts[-3:]}] == []


def test_the_default_model_is_shipped_and_small() -> None:
    folder = ROOT / "src" / "tinct" / "models" / "tinct-m"
    assert sum(path.stat().st_size for path in folder.iterdir()) < 25_000_000


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S))
def test_the_python_of_the_readme_runs(block: str, tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    for path in (ROOT / "examples").glob("*.jpg"):
        (tmp_path / "examples" / path.name).write_bytes(path.read_bytes())
    subprocess.run([sys.executable, "-c", block], cwd=tmp_path, check=True, timeout=120)


def test_every_command_of_the_readme_is_a_command() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    verbs = {line.split()[1] for block in blocks for line in block.splitlines() if line.startswith("tinct ")}
    from tinct.cli.app import VERBS

    given = {verb for verb in verbs if verb.islower() and verb.isalpha()} - {"scan.tif"}
    assert given <= set(VERBS)
