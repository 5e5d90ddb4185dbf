"""--engine ray: the same bytes and the same ledger as on one machine, whatever a photo does to its worker."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from .conftest import Tinct, events, make_photo, make_photos, states, tree

pytest.importorskip("ray")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

STUB = """
import builtins, io, os, time
real = io.open
def opened(file, *words, **more):
    name = os.fsencode(file) if isinstance(file, (str, bytes, os.PathLike)) else b""
    if b"/source/" in name and b"killer" in name and words[:1] == ("rb",):
        os.kill(os.getpid(), 9)
    return real(file, *words, **more)
builtins.open = io.open = opened
"""


def test_a_cluster_gives_the_same_archive_and_quarantines_the_same_photos(
    tinct: Tinct, tmp_path: Path
) -> None:
    source = make_photos(tmp_path / "source", 30)
    make_photo(source / "killer.jpg", 100)
    (source / "broken.jpg").write_text("no photo")
    for number in range(10):
        shutil.copy(source / "roll 0" / "00003.jpg", source / f"copy {number}.jpg")
    run = tinct(source, tmp_path / "ray", "--engine", "ray", "--workers", 2, code=1, stub=STUB)
    tinct(source, tmp_path / "local", "--workers", 2, code=1, stub=STUB)
    assert tree(tmp_path / "ray") == tree(tmp_path / "local")
    assert states(tmp_path / "ray") == states(tmp_path / "local")
    assert states(tmp_path / "ray")[b"killer.jpg"] == "quarantined"
    assert "10 of identical content copied" in run.stdout
    assert "killer.jpg: its worker died (killed by SIGKILL), 3 times" in run.stderr
    coloured = [each for each in events(tmp_path / "ray") if each.get("how") == "coloured"]
    assert len(coloured) == 30
    again = tinct(source, tmp_path / "ray", "--engine", "ray", "--workers", 2, code=1, stub=STUB)
    assert again.stdout.startswith("0 photos in")


def test_nothing_is_reported_and_connections_need_a_token(tmp_path: Path) -> None:
    import subprocess
    import sys

    asked = (
        "import tinct.archive.engines.ray, os, ray._common.usage.usage_lib as usage\n"
        "print(usage.usage_stats_enabled(), os.environ['RAY_AUTH_MODE'])"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    said = subprocess.run(
        [sys.executable, "-c", asked], env=environment | {"HOME": str(tmp_path)}, check=True, capture_output=True,
        text=True,
    )  # fmt: skip
    assert said.stdout.split() == ["False", "token"]


def test_a_cluster_without_its_token_is_a_usage_error(tinct: Tinct, tmp_path: Path) -> None:
    source = make_photos(tmp_path / "source", 1)
    stub = f"import os; os.environ['HOME'] = {str(tmp_path)!r}; os.environ.pop('RAY_AUTH_TOKEN', None)"
    words = ["--engine", "ray", "--address", "127.0.0.1:1"]
    run = tinct(source, tmp_path / "dest", *words, code=2, stub=stub)
    assert "give the token of the cluster in RAY_AUTH_TOKEN" in run.stderr
