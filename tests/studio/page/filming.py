"""A grey film made of photos of examples/: three shots that pan, the first and the last over the same photo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tests.studio.page.window import EXAMPLES, Studio

RATE, SECONDS = 12, 1.5
VIDEOS = (
    "[...document.querySelectorAll('video')].map((each) => [each.currentTime, each.videoWidth, each.paused])"
)
SHOTS = ("astronaut.jpg", "coffee.jpg", "astronaut.jpg")


def write_film(
    path: Path, *, codec: str = "libx264", height: int = 240, width: int = 320, in_colour: int | None = None
) -> Path:
    """A film of three shots of 18 frames each; in_colour: number of the one that is tinted."""
    import cv2
    from tests.video.clips import write_clip

    frames: list[np.ndarray] = []
    for number, name in enumerate(SHOTS):
        grey = cv2.imread(str(EXAMPLES / name), cv2.IMREAD_GRAYSCALE)
        count = round(RATE * SECONDS)
        scale = 1.3 * max(width / grey.shape[1], height / grey.shape[0])
        large = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        spare = large.shape[1] - width, large.shape[0] - height
        for at in range(count):
            part = at / count if number != 2 else 0.6 - 0.5 * at / count
            left, top = int(part * spare[0]), int(0.3 * spare[1])
            frames.append(np.ascontiguousarray(large[top : top + height, left : left + width]))
    tint = np.random.default_rng(1).integers(60, 200, (2, 6, 8)).astype(np.uint8)
    tint = tint.repeat(height // 12, 1).repeat(width // 16, 2)
    count = len(frames) // len(SHOTS)
    chroma = [tint if at // count == in_colour else np.full_like(tint, 128) for at in range(len(frames))]
    return write_clip(path, frames, codec=codec, rate=RATE, chroma=None if in_colour is None else chroma)


def open_film(studio: Studio, path: Path) -> None:
    """Choose a film and wait until the key frame of its first shot is there in colour."""
    studio.page.set_input_files("#files", [path])
    studio.page.locator("#shot-list li").nth(2).wait_for()
    studio.page.locator("#shot-list [aria-current=true]").wait_for()
    studio.wait_for_colour()


def colour_film(studio: Studio, *choices: str) -> None:
    """Colour the film as usual, but for these choices, by their words."""
    studio.page.keyboard.press("Control+s")
    studio.page.locator("#render-dialog .report li").first.wait_for()
    for choice in choices:
        studio.page.locator("#render-dialog").get_by_text(choice).click()
    studio.page.locator("#render-now:enabled").click()


def wait_until_done(studio: Studio) -> None:
    studio.page.locator("#rendering-text", has_text="is done").wait_for(timeout=120_000)


def wait_for_play(studio: Studio) -> None:
    studio.page.locator("#screen").wait_for(timeout=120_000)
    studio.wait(lambda: all(width > 0 for _, width, _ in studio.page.evaluate(VIDEOS)))
