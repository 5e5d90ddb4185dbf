"""A studio in a process of its own, and a browser window in which tests do what people do."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[3] / "examples"


class Server:
    """A studio in a process of its own."""

    def __init__(self, work: Path, *photos: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "tinct",
            "studio",
            *map(str, photos),
            "--no-browser",
            "--work",
            str(work),
        ]
        environment = os.environ | {"OMP_NUM_THREADS": "2"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"(http://127\.0\.0\.1:\d+)/\?token=\S+", line)
        assert found, line + self.process.stdout.read()
        self.start_url, self.url = found.group(), found.group(1)

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)


class Studio:
    """The page of a studio in one browser window, and what tests do there."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.url = page, url

    def open(self, *names: str) -> None:
        """Choose photos of examples/ and wait until the first is there in colour."""
        self.page.set_input_files("#files", [EXAMPLES / name for name in names])
        self.wait_for_colour()

    def wait_for_colour(self) -> None:
        """Wait until the photo on the stage is drawn in the tiles of its present revision."""
        self.page.wait_for_selector("body[data-drawn=true]:not([data-busy=true])")

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where the place (x, y), fractions of the photo, is in the window."""
        box = self.page.locator("#layer").bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.at(x, y))

    def drag(self, *places: tuple[float, float]) -> None:
        """Press the mouse at the first place, move over the others, and let go."""
        self.page.mouse.move(*self.at(*places[0]))
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*self.at(*place), steps=8)
        self.page.mouse.up()

    def suggest(self, x: float, y: float) -> Any:
        """Click a place and wait for its suggestions."""
        self.click(x, y)
        suggestions = self.page.locator("button.suggestion")
        suggestions.first.wait_for()
        return suggestions

    def document(self, number: int = 0) -> dict[str, Any]:
        """What the server holds of a photo, once all changes have arrived."""
        self.page.wait_for_selector("body:not([data-busy=true])")
        found: list[dict[str, Any]] = self.page.evaluate(
            "fetch('/api/v1/photos').then((answer) => answer.json())"
        )
        return found[number]

    def hints(self) -> list[dict[str, Any]]:
        hints: list[dict[str, Any]] = self.document()["hints"]
        return hints

    def color_at(self, x: float, y: float) -> list[int]:
        """The pixel [r, g, b] that is seen at a place of the photo."""
        left, top = self.at(x, y)
        shot = self.page.screenshot(clip={"x": left, "y": top, "width": 1, "height": 1})
        return pixels(shot)[0, 0, :3].tolist()

    def wait(self, done: Callable[[], bool]) -> None:
        """Wait until something is so, at most ten seconds."""
        for _ in range(100):
            if done():
                return
            self.page.wait_for_timeout(100)
        raise AssertionError("it never came to be so")

    def said(self, text: str) -> None:
        """Wait until screen readers were told this, or it was shown as a message."""
        self.page.locator("#live, #toasts", has_text=re.compile(text)).first.wait_for(state="attached")


def pixels(picture: bytes) -> Any:
    """Pixels (h, w, 3 or 4) of a picture."""
    import numpy as np
    import pyvips

    image = pyvips.Image.new_from_buffer(picture, "")
    return np.asarray(image.numpy())
