"""Cuts, flashes, dissolves and fades in clips whose edit is known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.video.clips import Grey, dissolve, pan, write_clip
from tinct.video.film import find_film_shots
from tinct.video.scan import RECORD, Records, colour_residual, comb_share, scan
from tinct.video.shots import Shot, find_shots
from tinct.video.source.probe import probe


def records_of(frames: list[Grey], folder: Path) -> Records:
    clip = probe(write_clip(folder / "clip.mkv", frames))
    return np.array(list(scan(clip, np.zeros(0, RECORD))), RECORD)


@pytest.mark.parametrize("speed", [0.0, 1.5, 3.0])
def test_cuts_are_found_to_the_frame(speed: float, tmp_path: Path) -> None:
    lengths = [30, 7, 18, 45, 12]
    frames = [frame for seed, length in enumerate(lengths) for frame in pan(seed, length, speed=speed)]
    shots = find_shots(records_of(frames, tmp_path), 25)
    assert [shot.start for shot in shots] == [0, *np.cumsum(lengths)[:-1]]
    assert {shot.kind for shot in shots} == {"shot"}


def test_flashes_are_no_cuts(tmp_path: Path) -> None:
    frames = pan(3, 80)
    for at, length in ((20, 1), (40, 2), (60, 3)):
        for number in range(at, at + length):
            frames[number] = np.minimum(frames[number].astype(int) * 2 + 90, 255).astype(np.uint8)
    assert [shot.start for shot in find_shots(records_of(frames, tmp_path), 25)] == [0]


@pytest.mark.parametrize("length", [12, 25, 40])
@pytest.mark.parametrize("seed", [100, 110, 120])
def test_a_dissolve_is_found_over_its_length(length: int, seed: int, tmp_path: Path) -> None:
    one, other = (pan(each, 40 + length, speed=0.5) for each in (seed, seed + 1))
    frames = one[:40] + dissolve(one[40:], other[:length]) + other[length:]
    shots = find_shots(records_of(frames, tmp_path), 25)
    assert [shot.kind for shot in shots] == ["shot", "transition", "shot"]
    assert -10 <= shots[1].start - 40 <= 3
    # What is left of the old shot must not count as the new one.
    assert 0 <= shots[1].end - 40 - length <= 8


@pytest.mark.parametrize("length", [12, 20, 30])
@pytest.mark.parametrize("speed", [0.5, 1.5])
def test_fades_to_and_from_black_are_two_transitions_that_meet_in_the_black(
    length: int, speed: float, tmp_path: Path
) -> None:
    one, other = (pan(seed, 60 + length, speed=speed) for seed in (7, 8))
    black = [np.full((96, 128), 16, np.uint8)] * length
    down, up = dissolve(one[40 : 40 + length], black), dissolve(black, other[:length])
    shots = find_shots(records_of(one[:40] + down + black[:6] + up + other[length:], tmp_path), 25)
    assert [shot.kind for shot in shots] == ["shot", "transition", "transition", "shot"]
    # A part of a fade to black is one too: at the other end only the darker half need be in the transition.
    assert 34 <= shots[1].start <= 40 + length / 2
    assert 40 + length <= shots[2].start <= 46 + length
    assert 46 + 1.4 * length <= shots[2].end <= 52 + 2 * length


@pytest.mark.parametrize("speed", [1.5, 3.0])
def test_a_pan_or_a_change_of_light_is_no_dissolve(speed: float, tmp_path: Path) -> None:
    frames = pan(9, 90, speed=speed)
    darker = [
        np.rint(frame * (1 - 0.5 * number / 90)).astype(np.uint8) for number, frame in enumerate(frames)
    ]
    assert [shot.kind for shot in find_shots(records_of(darker, tmp_path), 25)] == ["shot"]


def test_a_scan_that_continues_gives_the_same_records(tmp_path: Path) -> None:
    frames = pan(1, 30) + pan(2, 30)
    whole = records_of(frames, tmp_path)
    clip = probe(tmp_path / "clip.mkv")
    for done in (1, 17, 29, 33, 59):
        rest = np.array(list(scan(clip, whole[:done])), RECORD)
        assert np.array_equal(np.concatenate([whole[:done], rest]), whole)


def test_a_sepia_film_is_not_in_colour_and_a_colour_film_is() -> None:
    luma = pan(4, 1)[0]
    half = luma[::2, ::2].astype(float)
    sepia = [118 - 0.06 * half, 138 + 0.08 * half]
    colours = [128 + 20 * np.sin(np.mgrid[0:48, 0:64][axis] / 9) for axis in (0, 1)]
    assert colour_residual(luma, *(np.rint(plane).astype(np.uint8) for plane in sepia), 8) < 1
    assert colour_residual(luma, *(np.rint(plane).astype(np.uint8) for plane in colours), 8) > 10


def test_combing_is_seen_in_woven_fields_alone() -> None:
    one, other = pan(4, 8)[0], pan(4, 8)[7]
    assert comb_share(one, 8) < 0.01
    assert comb_share(np.where(np.arange(96)[:, None] % 2, one, other), 8) > 0.05


def test_shots_are_told_while_a_film_is_scanned_and_most_are_final(tmp_path: Path) -> None:
    frames = [frame for seed in range(6) for frame in pan(seed, 60)]
    clip = probe(write_clip(tmp_path / "in.mkv", frames))
    told: list[tuple[int, int, int]] = []

    def found(timestamps: Sequence[int], shots: Sequence[Shot]) -> None:
        told.extend((len(timestamps), shot.start, shot.end) for shot in shots)

    _, shots = find_film_shots(clip, tmp_path / "shots.json", found=found)
    final = [(shot.start, shot.end) for shot in shots]
    assert final == [(60 * at, 60 * at + 60) for at in range(6)]
    assert [each[1:] for each in told] == final[: len(told)]
    assert len(told) >= 3
    assert told[0][0] < 60 * 4
