"""Films made by code from the photos of examples/, with motion that is known, and frames read from films."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from tinct.color.lab import srgb_to_lab

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ("chelsea", "coffee", "astronaut", "rocket")
HEIGHT, WIDTH, SPEED, ZOOM = 360, 480, 2.0, 1.001
Image = NDArray[np.uint8]
Lab = NDArray[np.float64]


def pan(name: str, count: int, start: int = 0) -> list[Image]:
    """RGB frames of a camera that moves and zooms over an example photo as `motion` says."""
    photo = cv2.imread(str(EXAMPLES / f"{name}.jpg"))
    scale = (HEIGHT + 60) / photo.shape[0]
    photo = cv2.cvtColor(cv2.resize(photo, None, fx=scale * 1.3, fy=scale * 1.3), cv2.COLOR_BGR2RGB)
    return [
        cv2.warpAffine(
            photo,
            motion(start + number),
            (WIDTH, HEIGHT),
            flags=cv2.INTER_AREA,
            borderMode=cv2.BORDER_REFLECT,
        )
        for number in range(count)
    ]


def motion(number: int) -> NDArray[np.float32]:
    size = ZOOM**number
    return np.array([[size, 0, -SPEED * number * 0.6 - 5], [0, size, -SPEED * number * 0.2 - 5]], np.float32)


def grey(frames: Sequence[Image]) -> list[Image]:
    # Luma of BT.601, limited range.
    return [np.rint(16 + (frame @ [0.299, 0.587, 0.114]) * 219 / 255).astype(np.uint8) for frame in frames]


def grainy(frames: Sequence[Image], sigma: float, seed: int) -> list[Image]:
    rng = np.random.default_rng(seed)
    return [np.clip(frame + rng.normal(0, sigma, frame.shape), 0, 255).astype(np.uint8) for frame in frames]


def blend(one: Sequence[Image], other: Sequence[Image]) -> list[Image]:
    parts = np.linspace(0, 1, len(one) + 2)[1:-1]
    return [np.rint(a * (1 - p) + b * p).astype(np.uint8) for a, b, p in zip(one, other, parts, strict=True)]


def write(
    path: Path,
    frames: Sequence[NDArray[Any]],
    *,
    codec: str = "ffv1",
    pixels: str | None = None,
    times: Sequence[int] | None = None,
) -> Path:
    pixels = pixels or ("gray" if codec == "ffv1" else "yuv420p")
    base = Fraction(1, 90000 if times else 25)
    with av.open(str(path), "w") as out:
        stream = out.add_stream(
            codec, rate=25, options={} if codec == "ffv1" else {"crf": "12", "preset": "veryfast"}
        )
        stream.height, stream.width, stream.pix_fmt = *frames[0].shape, pixels
        stream.time_base = stream.codec_context.time_base = base
        for number, each in enumerate(frames):
            frame = av.VideoFrame(stream.width, stream.height, pixels)
            for index, samples in enumerate(frame.planes):
                view = np.frombuffer(samples, each.dtype).reshape(samples.height, -1)[:, : samples.width]
                view[:] = each if index == 0 else 128
            frame.pts, frame.time_base = times[number] if times else number, base
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def first_frames(path: Path, count: int) -> Iterator[Any]:
    with av.open(str(path)) as clip:
        for number, frame in enumerate(clip.decode(video=0)):
            if number == count:
                return
            yield frame


def plane(frame: Any) -> Image:
    samples = frame.planes[0]
    return np.frombuffer(samples, np.uint8).reshape(frame.height, -1)[:, : frame.width].copy()


def luma(path: Path) -> Iterator[NDArray[Any]]:
    with av.open(str(path)) as clip:
        for frame in clip.decode(video=0):
            dtype = np.uint16 if frame.format.components[0].bits > 8 else np.uint8
            yield np.frombuffer(frame.planes[0], dtype).reshape(frame.height, -1)[:, : frame.width]


def lab_of(frame: Any) -> Lab:
    rgb = frame.reformat(format="rgb48le", width=WIDTH // 2, height=HEIGHT // 2).to_ndarray()
    return srgb_to_lab(rgb / 65535.0)


def lab_frames(path: Path) -> Lab:
    """Lab (n, h, w, 3) of all frames, at half the size of the clips made here."""
    with av.open(str(path)) as clip:
        return np.stack([lab_of(frame) for frame in clip.decode(video=0)])


def seconds_of(path: Path) -> list[float]:
    with av.open(str(path)) as clip:
        return [float(frame.pts * frame.time_base) for frame in clip.decode(video=0)]
