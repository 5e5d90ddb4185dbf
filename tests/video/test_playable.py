"""Copies that browsers play: small, H.264 in MP4, with the film's own timestamps; and stills, upright and square."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.video.clips import pan, write_clip
from tinct.video.playable import plays_as_it_is, write_playable
from tinct.video.source.frames import read_frames
from tinct.video.source.probe import Clip, probe
from tinct.video.stills import encoded, grey_still, own_still, read_frame


def times(path: Path) -> list[float]:
    clip = probe(path)
    return [float(frame.pts * clip.time_base) for frame in read_frames(clip)]


def with_sound(path: Path, *codecs: str) -> Clip:
    film = write_clip(path.parent / "silent.mkv", [*pan(1, 50), *pan(2, 50)])
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-y",
        "-i",
        str(film),
        "-f",
        "lavfi",
        "-i",
        "sine=duration=4",
        *codecs,
    ]
    subprocess.run([*command, str(path)], check=True)
    return probe(path)


@pytest.mark.parametrize(
    ("name", "codecs", "plays"),
    [
        ("a.mp4", ("-c:v", "libx264", "-c:a", "aac"), True),
        ("a.mov", ("-c:v", "libx264", "-c:a", "pcm_s16le"), False),
        ("a.mkv", ("-c:v", "ffv1", "-c:a", "flac"), False),
        ("a.mpg", ("-c:v", "mpeg2video", "-c:a", "mp2"), False),
        ("a.webm", ("-c:v", "libvpx-vp9", "-pix_fmt", "yuv420p", "-c:a", "libopus"), True),
    ],
)
def test_a_copy_plays_has_the_timestamps_of_the_film_and_its_sound(
    name: str, codecs: tuple[str, ...], plays: bool, tmp_path: Path
) -> None:
    clip = with_sound(tmp_path / name, *codecs)
    assert plays_as_it_is(clip) is plays
    assert write_playable(clip, tmp_path / "copy.mp4")
    copy = probe(tmp_path / "copy.mp4")
    assert plays_as_it_is(copy)
    assert np.allclose(times(tmp_path / "copy.mp4"), times(tmp_path / name), atol=1e-3)
    with av.open(str(tmp_path / "copy.mp4")) as opened:
        assert 3.9 < float(opened.streams.audio[0].duration * opened.streams.audio[0].time_base) < 4.2


def test_a_variable_rate_and_the_shape_of_pixels_are_those_of_the_film(tmp_path: Path) -> None:
    stamps = [0, 3, 4, 9, 12, 20, 21, 30]
    film = write_clip(
        tmp_path / "in.mp4",
        pan(1, 8, 600, 800),
        timestamps=stamps,
        time_base=Fraction(1, 25),
        codec="libx264",
        aspect=Fraction(4, 3),
    )
    assert write_playable(probe(film), tmp_path / "copy.mp4")
    copy = probe(tmp_path / "copy.mp4")
    assert (copy.width, copy.height, copy.aspect) == (854, 480, 1)
    assert np.allclose(times(tmp_path / "copy.mp4"), [each / 25 for each in stamps], atol=2e-3)


@pytest.mark.parametrize("name", ["in.mpg", "in.mp4"])
def test_an_excerpt_has_exactly_its_frames_and_begins_at_0(name: str, tmp_path: Path) -> None:
    codec = "mpeg2video" if name == "in.mpg" else "libx264"
    clip = probe(write_clip(tmp_path / name, pan(1, 100), codec=codec))
    stamps = [frame.pts for frame in read_frames(clip)]
    assert write_playable(clip, tmp_path / "copy.mp4", excerpt=(stamps, 30, 55))
    assert np.allclose(times(tmp_path / "copy.mp4"), [each / 25 for each in range(25)], atol=1e-3)


def test_a_stopped_copy_leaves_nothing(tmp_path: Path) -> None:
    clip = probe(write_clip(tmp_path / "in.mkv", pan(1, 30)))
    done: list[int] = []
    stopped = lambda: len(done) > 10  # noqa: E731
    assert not write_playable(
        clip, tmp_path / "copy.mp4", progress=lambda number, _: done.append(number), stopped=stopped
    )
    assert [each.name for each in tmp_path.iterdir()] == ["in.mkv"]


def test_a_still_is_upright_and_square_and_has_the_luma_of_the_film(tmp_path: Path) -> None:
    frames = pan(3, 4, 96, 128)
    clip = probe(write_clip(tmp_path / "in.mp4", frames, codec="libx264", options={"qp": "0"}))
    stamps = [frame.pts for frame in read_frames(clip)]
    grey = grey_still(clip, read_frame(clip, stamps, 2))
    full = np.clip((frames[2].astype(float) - 16) * 255 / 219, 0, 255)
    assert np.abs(grey - full).max() <= 1
    turned = probe(
        write_clip(tmp_path / "turned.mp4", frames, codec="libx264", rotation=90, aspect=Fraction(2))
    )
    still = grey_still(turned, read_frame(turned, stamps, 2), 128)
    assert still.shape == (128, 48)
    assert own_still(turned, read_frame(turned, stamps, 2)).shape == (256, 96, 3)
    assert encoded(still, ".png").startswith(b"\x89PNG")
