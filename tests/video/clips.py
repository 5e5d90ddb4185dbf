"""Clips made by code: moving textures, cuts, dissolves and flashes, in any codec and pixel format."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]


def texture(seed: int, height: int, width: int) -> Grey:
    """A smooth random texture with edges, values 30..220."""
    rng = np.random.default_rng(seed)
    field = sum(
        cv2.resize(
            rng.normal(0, 1, (height // size + 2, width // size + 2)).astype(np.float32),
            (width, height),
            interpolation=cv2.INTER_CUBIC,
        )
        * size**0.5
        for size in (8, 20, 48)
    )
    field = (field - field.min()) / (field.max() - field.min())
    image = (30 + 190 * field).astype(np.uint8)
    for _ in range(6):
        centre = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        cv2.circle(image, centre, int(rng.integers(5, 20)), int(rng.integers(30, 220)), -1)
    return image


def pan(seed: int, count: int, height: int = 96, width: int = 128, speed: float = 1.5) -> list[Grey]:
    """Frames of a camera that pans over a texture by `speed` pixels a frame."""
    wide = texture(seed, height, width + int(speed * count) + 2)
    frames = []
    for number in range(count):
        at = speed * number
        shift = np.array([[1, 0, -(at)], [0, 1, 0]], np.float32)
        frames.append(cv2.warpAffine(wide, shift, (width, height), flags=cv2.INTER_LINEAR))
    return frames


def dissolve(one: Sequence[Grey], other: Sequence[Grey]) -> list[Grey]:
    """A blend from the frames of one shot to those of another, of equal number."""
    parts = np.linspace(0, 1, len(one) + 2)[1:-1]
    return [
        np.rint(a * (1 - part) + b * part).astype(np.uint8)
        for a, b, part in zip(one, other, parts, strict=True)
    ]


def write_clip(
    path: Path,
    frames: Sequence[NDArray[Any]],
    *,
    codec: str = "ffv1",
    pixel_format: str = "yuv420p",
    rate: int = 25,
    timestamps: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    options: dict[str, str] | None = None,
    tags: dict[str, int] | None = None,
    chroma: Sequence[NDArray[Any]] | None = None,
    aspect: Fraction = Fraction(1),
    rotation: int = 0,
) -> Path:
    """Encode luma frames (h, w), uint8 or uint16, with neutral chroma, or with `chroma` (2, h, w)."""
    base = time_base or Fraction(1, rate)
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=rate, options=options or {})
        height, width = frames[0].shape
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        stream.codec_context.time_base = stream.time_base = base
        stream.codec_context.sample_aspect_ratio = aspect
        for name, value in (tags or {}).items():
            setattr(stream.codec_context, name, value)
        if rotation:
            stream.set_display_rotation(rotation)
        for number, luma in enumerate(frames):
            frame = av.VideoFrame(width, height, pixel_format)
            fill(frame, luma, None if chroma is None else chroma[number])
            frame.pts = timestamps[number] if timestamps is not None else round(number / rate / base)
            frame.time_base = base
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def fill(frame: Any, luma: NDArray[Any], chroma: NDArray[Any] | None) -> None:
    bits = frame.format.components[0].bits
    dtype = np.uint16 if bits > 8 else np.uint8
    for index, plane in enumerate(frame.planes):
        samples = np.frombuffer(plane, dtype).reshape(plane.height, -1)[:, : plane.width]
        if index == 0:
            samples[:] = luma
        elif chroma is None:
            samples[:] = 1 << (bits - 1)
        else:
            samples[:] = chroma[index - 1]


def luma_of(path: Path, depth: int = 8) -> bytes:
    """Luma samples of all frames, as ffmpeg decodes them."""
    pixels = "gray" if depth == 8 else f"gray{depth}le"
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-noautorotate",
        "-i",
        str(path),
        "-map",
        "0:v:0",
        "-fps_mode",
        "passthrough",
    ]
    command += ["-vf", "extractplanes=y", "-pix_fmt", pixels, "-f", "rawvideo", "-"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def ffprobe(path: Path, *asked: str) -> dict[str, Any]:
    """What ffprobe says of a file, as JSON."""
    command = ["ffprobe", "-v", "error", "-of", "json", *asked, str(path)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))


def frame_times(path: Path) -> list[float]:
    """Presentation times of the frames of the first picture stream, by ffprobe."""
    said = ffprobe(path, "-select_streams", "v:0", "-show_entries", "frame=pts_time")
    return [float(each["pts_time"]) for each in said["frames"]]


def chroma_of(path: Path) -> NDArray[np.float32]:
    """U and V (n, 2, h, w) of all frames of a clip, less their middle, in steps of 8 bits."""
    found = []
    with av.open(str(path)) as clip:
        for frame in clip.decode(video=0):
            bits = frame.format.components[0].bits
            dtype = np.uint16 if bits > 8 else np.uint8
            planes = [
                np.frombuffer(plane, dtype).reshape(plane.height, -1)[:, : plane.width].astype(np.float32)
                for plane in frame.planes[1:3]
            ]
            found.append((np.stack(planes) - (1 << (bits - 1))) / (1 << (bits - 8)))
    return np.stack(found)
