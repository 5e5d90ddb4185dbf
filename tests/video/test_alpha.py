"""Alpha is kept where codec and container can hold it, and named before work begins where they cannot."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.video.clips import luma_of
from tests.video.test_fidelity import ffmpeg
from tinct.video.film import FilmResult
from tinct.video.plan import FilmOptions, plan_film

Colour = Callable[..., FilmResult]
WIDTH, HEIGHT, COUNT = 96, 64, 6
PICTURE = f"testsrc2=size={WIDTH}x{HEIGHT}:rate=25:duration={COUNT / 25},hue=s=0"


def clip_with_alpha(path: Path, pixel_format: str, *words: str) -> Path:
    """A grey film whose alpha is a ramp that moves."""
    ramp = "format=yuva444p,geq=lum='lum(X,Y)':cb=128:cr=128:a='mod(X*2+N*9+Y,256)'"
    ffmpeg("-f", "lavfi", "-i", f"{PICTURE},{ramp}", "-pix_fmt", pixel_format, *words, path)
    return path


def alpha_of(path: Path, pixels: str = "gray", decoder: tuple[str, ...] = ()) -> NDArray[np.int64]:
    """Alpha of all frames, as ffmpeg decodes it."""
    command = ["ffmpeg", "-v", "error", *decoder, "-i", str(path), "-vf", f"alphaextract,format={pixels}"]
    data = subprocess.run([*command, "-f", "rawvideo", "-"], check=True, capture_output=True).stdout
    return np.frombuffer(data, np.uint8 if pixels == "gray" else np.uint16).astype(np.int64)


@pytest.mark.parametrize("pixel_format", ["yuva420p", "yuva444p", "bgra", "ya8", "yuva444p10le"])
def test_an_archive_keeps_alpha_bit_for_bit(pixel_format: str, tmp_path: Path, colour: Colour) -> None:
    deep = pixel_format.endswith("10le")
    source = clip_with_alpha(tmp_path / "in.mkv", pixel_format, "-c:v", "ffv1")
    result = colour(source, tmp_path / "out.mkv", archive=True)
    assert result.complete
    kept = alpha_of(tmp_path / "out.mkv", "gray10le" if deep else "gray")
    number, row, column = np.mgrid[:COUNT, :HEIGHT, :WIDTH]
    ramp = (2 * column + 9 * number + row) % 256
    assert np.array_equal(kept, alpha_of(source, "gray10le") if deep else ramp.ravel())
    if pixel_format != "bgra":
        assert luma_of(tmp_path / "out.mkv", 10 if deep else 8) == luma_of(source, 10 if deep else 8)


def test_prores_4444_stays_prores_4444(tmp_path: Path, colour: Colour) -> None:
    source = clip_with_alpha(
        tmp_path / "in.mov", "yuva444p10le", "-c:v", "prores_ks", "-profile:v", "4444", "-alpha_bits", "16"
    )
    plan = plan_film(source, tmp_path / "out.mov", FilmOptions())
    assert plan.encoding.codec == "prores"
    assert "  alpha: kept" in plan.report
    colour(source, tmp_path / "out.mov")
    difference = np.abs(alpha_of(source, "gray10le") - alpha_of(tmp_path / "out.mov", "gray10le"))
    assert difference.max() <= 1


@pytest.mark.parametrize("suffix", [".webm", ".mkv"])
def test_vp9_with_alpha_keeps_it(suffix: str, tmp_path: Path, colour: Colour) -> None:
    source = clip_with_alpha(
        tmp_path / "in.webm", "yuva420p", "-c:v", "libvpx-vp9", "-crf", "5", "-b:v", "0", "-auto-alt-ref", "0"
    )
    target = tmp_path / f"out{suffix}"
    colour(source, target, quality=100)
    libvpx = ("-c:v", "libvpx-vp9")
    before, after = alpha_of(source, decoder=libvpx), alpha_of(target, decoder=libvpx)
    assert after.size == before.size == COUNT * WIDTH * HEIGHT
    assert np.abs(before - after).mean() < 4


@pytest.mark.parametrize(("codec", "suffix"), [("h264", ".mkv"), (None, ".mp4"), ("vp9", ".mp4")])
def test_alpha_that_is_lost_is_named_before_work_begins(
    codec: str | None, suffix: str, tmp_path: Path
) -> None:
    source = clip_with_alpha(tmp_path / "in.mkv", "yuva420p", "-c:v", "ffv1")
    report = plan_film(source, tmp_path / f"out{suffix}", FilmOptions(codec=codec)).report
    (line,) = [line for line in report if line.startswith("  alpha")]
    assert f"alpha: left out, {codec or 'h264'} in {suffix[1:]} has none" in line
    assert "--archive" in line
