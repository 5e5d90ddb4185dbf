"""`tinct studio` as a command: one address of this machine, sentences for what is wrong, nothing sent anywhere."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.studio.server.serving import browser, opened
from tests.test_privacy import environment, files_in


@pytest.fixture
def words(tmp_path: Path, tiny_model: Path, folder: Path) -> list[str]:
    """A command line that starts a studio."""
    work = ["--work", str(tmp_path / "work"), "--model", str(tiny_model), "--no-browser"]
    return [sys.executable, "-m", "tinct", "studio", str(folder), *work]


def run(words: list[str], *more: str) -> tuple[int, str]:
    done = subprocess.run([*words, *more], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr.strip()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--host", "0.0.0.0"], "every network of this machine"),
        (["--host", "example.org"], "give the address of this machine"),
        (["--host", "192.0.2.1"], "cannot be used"),
        (["--model", "nothing"], "nothing"),
        (["missing.jpg"], "missing.jpg: cannot be read"),
        (["--port", "70000"], "65535"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(words: list[str], more: list[str], sentence: str) -> None:
    code, said = run(words, *more)
    assert code in (1, 2)
    assert sentence in said
    assert len(said.splitlines()) == 1


def test_a_port_that_is_taken_is_said(words: list[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, said = run(words, "--port", str(taken.getsockname()[1]))
    assert code == 2
    assert "give another --port" in said


def test_a_missing_extra_is_said_with_its_remedy(words: list[str]) -> None:
    start = "import sys; sys.modules['uvicorn'] = None; from tinct.cli.app import main; main(sys.argv[1:])"
    code, said = run([sys.executable, "-c", start, *words[3:]])
    assert code == 2
    assert said.endswith("install it with: pip install 'tinct[studio]'")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_at_once_and_cleanly(words: list[str], number: int) -> None:
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        client = browser(process)
        with client.stream("GET", "/api/v1/events") as stream:
            assert stream.status_code == 200
            opened(client)
            started = time.monotonic()
            process.send_signal(number)
            assert process.wait(20) == 0
        assert time.monotonic() - started < 10
        assert process.stderr is not None
        assert process.stderr.read() == ""


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_it_connects_to_nothing_and_writes_only_its_work(words: list[str], tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    log = tmp_path / "strace.log"
    # What FastAPI would send traces, metrics and logs to.
    told = {"FASTAPI_OTEL_AUTO_CONFIGURE": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    traced = ["strace", "-f", "-e", "trace=connect,bind,execve", "-o", str(log), *words]
    with subprocess.Popen(
        traced, stdout=subprocess.PIPE, text=True, cwd=home, env=environment(home) | told
    ) as process:
        client = browser(process)
        number = opened(client)["id"]
        client.patch(f"/api/v1/photos/{number}", json={"hints": [{"points": [[0.5, 0.5]], "color": "red"}]})
        assert client.get(f"/api/v1/photos/{number}/preview").status_code == 200
        (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        subprocess.run(["kill", "-INT", child], check=True)
        assert process.wait(30) == 0
    calls = log.read_text()
    assert "execve(" in calls
    assert not re.search(r"connect\([^)]*AF_INET", calls)
    assert len(re.findall(r"bind\([^)]*AF_INET", calls)) == 1
    assert files_in(home) == set()
    assert {path.parent.name for path in (tmp_path / "work").rglob("*.json*")} == {number}
