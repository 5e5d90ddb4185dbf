"""The server's side of the film process: it is started, told to stop, and what it answers is passed on."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tinct.errors import VideoError


class Child:
    """One task in a process of its own. `heard` is told of each answer, in the thread that runs it."""

    def __init__(self, job: dict[str, Any], heard: Callable[[dict[str, Any]], None]) -> None:
        self._job, self._heard = job, heard
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._ended = False
        self.stopped = False

    def run(self) -> None:
        """Do the task; VideoError with the sentence of what went wrong, unless it was stopped."""
        with self._lock:
            if self._ended:
                return
            # -P: no module comes from the folder that the studio happens to run in.
            command = [sys.executable, "-P", "-m", "tinct.studio.film.process"]
            self._process = process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                # Ctrl-C in a terminal is for the server alone, which tells what is to end.
                start_new_session=True,
            )
            self._write(json.dumps(self._job))
            if self.stopped:
                self._write("stop")
        error, done = None, False
        assert process.stdout is not None
        for line in process.stdout:
            if not line.endswith("\n"):
                break
            answer = json.loads(line)
            error = answer.get("error", error)
            done = done or "done" in answer
            self._heard(answer)
        code = process.wait()
        with self._lock, suppress(OSError):
            process.stdout.close()
            process.stdin.close()  # type: ignore[union-attr]
        if self._ended:
            return
        if error is not None:
            raise VideoError(error)
        if not done:
            raise VideoError(
                f"the process that reads the film ended by itself ({code}); the film may be damaged"
            )

    def stop(self) -> None:
        """Ask it to finish what is in hand and to end."""
        with self._lock:
            self.stopped = True
            self._write("stop")

    def end(self) -> None:
        """End it at once; what it has finished stays on disk."""
        with self._lock:
            self._ended = self.stopped = True
            process = self._process
            if process is not None:
                process.kill()
        if process is not None:
            process.wait()

    def _write(self, line: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError, ValueError):
                self._process.stdin.write(line + "\n")
                self._process.stdin.flush()
