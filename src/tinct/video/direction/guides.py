"""Guides: the colours that a project directs for a shot, solved on hinted frames and propagated through it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct.guidance.hints import Hint
from tinct.guidance.references import Reference, read_reference
from tinct.models.runtime import Network
from tinct.video.analysis import Analysis, Guide
from tinct.video.direction.keyframes import KeyFrame, read_key_frame
from tinct.video.direction.places import find_places
from tinct.video.direction.shot_direction import ShotDirection, ShotHint, ShotReference
from tinct.video.motion.propagation import propagate
from tinct.video.shots import Shot
from tinct.video.source.frames import as_yuv, frames_from, small_grey
from tinct.video.source.pixel_formats import source_depth
from tinct.video.source.probe import Clip

Float32Array = NDArray[np.float32]
Directed = tuple[Shot, ShotDirection]

_ROUNDING = 0.0005


@dataclass(frozen=True, slots=True)
class _Key:
    """A hinted frame of a shot; hints that come from another shot were given on frame `source` of it."""

    frame: int
    hints: tuple[Hint, ...] = ()
    references: tuple[ShotReference, ...] = ()
    source: tuple[Shot, int] | None = None


class CancelledError(Exception):
    """A stop was requested while a guide was made."""


class Guides:
    """Guides of the shots of a film, made when a shot begins and kept in `folder` until it ends."""

    def __init__(
        self,
        clip: Clip,
        network: Network,
        timestamps: Sequence[int],
        directed: Sequence[Directed],
        folder: Path,
        remark: Callable[[str], None],
        *,
        seek: bool,
        progress: Callable[[str, int, int], None] = lambda *_: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """progress: called as for `colour_film`, with frames of a shot; once stopped, a call raises CancelledError."""
        self._progress, self._stopped = progress, stopped
        self._clip, self._network, self._directed = clip, network, directed
        self._timestamps, self._folder, self._remark, self._seek = timestamps, folder, remark, seek
        self._times = [float((each - clip.first) * clip.time_base) for each in timestamps]
        self._references: dict[Path, Reference] = {}

    def tell_of_absent_shots(self, directions: Sequence[ShotDirection]) -> None:
        """Remark on the hints for places that lie on shots outside of the excerpt."""
        present = [direction for _, direction in self._directed]
        for each in directions:
            scopes = {one.scope for one in each.hints} | {one.scope for one in each.references}
            if each not in present and "place" in scopes:
                self._remark(
                    f"what the shot at {each.start:.2f} s directs for its place is left out: it is outside of the "
                    "excerpt"
                )

    def __call__(self, analysis: Analysis, shot: Shot) -> Guide | None:
        """The guide of a shot, None for one without direction."""
        for old in self._folder.glob("guide-*"):
            if not old.name.startswith(f"guide-{shot.start:08d}"):
                old.unlink()
        found = next((each for each in self._directed if each[0].start == shot.start), None)
        keys = [] if found is None else list(self._keys(*found))
        if not keys:
            return None
        fields, palette = (self._folder / f"guide-{shot.start:08d}{end}.npy" for end in ("", "-palette"))
        if not fields.is_file():
            self._make(analysis, shot, keys, fields, palette)
        gain, offset = np.load(palette)
        return Guide(np.load(fields, mmap_mode="r"), gain, offset)

    def _make(
        self, analysis: Analysis, shot: Shot, keys: Sequence[_Key], target: Path, palette: Path
    ) -> None:
        height, width = analysis.sizes.motion
        count = shot.end - shot.start
        scratch, part = target.with_suffix(".grey"), target.with_suffix(".part")
        greys = np.memmap(scratch, np.uint8, "w+", shape=(count, height, width))
        frames: dict[int, Any] = {}
        wanted = {key.frame for key in keys}
        reading = frames_from(self._clip, self._timestamps, shot.start, seek=self._seek)
        for number in range(shot.start, shot.end):
            frame = as_yuv(next(reading), self._clip.tags)
            luma, depth = analysis.luma(frame), source_depth(frame.format.name)
            greys[number - shot.start] = small_grey(luma, depth, height, width)
            if number in wanted:
                frames[number] = np.ascontiguousarray(luma), depth
        del reading
        fields = np.lib.format.open_memmap(part, "w+", dtype=np.float16, shape=(count, *analysis.sizes.ab, 3))
        change = np.array([[1, 1], [0, 0]], np.float32)
        for key in keys:
            at = key.frame - shot.start
            frame = KeyFrame(self._clip, self._network, shot.content, *frames[key.frame])
            matched: list[tuple[Reference, float]] = []
            for each in key.references:
                if each.mode == "palette":
                    change = frame.change_palette(analysis, change, (self._reference(each),), each.strength)
                else:
                    matched.append((self._reference(each), each.strength))
            hints = key.hints if key.source is None else self._moved(key, key.source, frame)
            solved = frame.fields(analysis, change, fields[at], hints, matched, self._remark)
            for done, (number, more) in enumerate(propagate(solved, greys, at), 1):
                self._advance(done, count)
                below = fields[number].astype(np.float32)
                fields[number] = more + below * (1 - more[..., 2:])
        np.save(palette, change)
        fields.flush()
        del fields, greys
        scratch.unlink()
        part.rename(target)

    def _advance(self, done: int, count: int) -> None:
        self._progress("hints", done, count)
        if self._stopped():
            raise CancelledError

    def _keys(self, shot: Shot, direction: ShotDirection) -> Iterator[_Key]:
        """Hinted frames of a shot, later ones winning: those of its place, then its own in order of time."""
        key_frame = self._frame_at(shot, direction.key)
        for other, theirs in self._directed:
            if other is not shot and direction.place is not None and theirs.place == direction.place:
                shared = [each for each in theirs.hints if each.scope == "place"]
                for frame, given in self._by_frame(other, theirs, shared).items():
                    yield _Key(key_frame, tuple(each.hint for each in given), source=(other, frame))
                photos = tuple(each for each in theirs.references if each.scope == "place")
                if photos:
                    yield _Key(key_frame, references=photos)
        hints = self._by_frame(shot, direction, direction.hints)
        photos_by_frame = self._by_frame(shot, direction, direction.references)
        for frame in sorted({*hints, *photos_by_frame}):
            yield _Key(
                frame,
                tuple(each.hint for each in hints.get(frame, [])),
                tuple(photos_by_frame.get(frame, [])),
            )

    def _moved(self, key: _Key, source: tuple[Shot, int], target: KeyFrame) -> list[Hint]:
        """Hints of another shot at what they mark in this one."""
        shot, number = source
        theirs = read_key_frame(self._clip, self._network, shot, self._timestamps, number, seek=self._seek)
        moved = theirs.moved(key.hints, target)
        lost = sum(not each for each in moved)
        if lost:
            self._remark(
                f"{lost} of {len(moved)} hints at {self._times[number]:.2f} s mark nothing that was found "
                f"in the shot at {self._times[key.frame]:.2f} s of the same place; hint it there"
            )
        return [hint for each in moved for hint in each]

    def _by_frame(self, shot: Shot, direction: ShotDirection, given: Sequence[Any]) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = {}
        for each in given:
            time = direction.key if each.time is None else each.time
            if time is not None and not self._times[0] - _ROUNDING <= time <= self._times[-1] + _ROUNDING:
                what = "hint" if isinstance(each, ShotHint) else "reference"
                self._remark(f"a {what} at {time:.2f} s is outside of the excerpt and left out")
                continue
            found.setdefault(self._frame_at(shot, time), []).append(each)
        return found

    def _frame_at(self, shot: Shot, time: float | None) -> int:
        """The frame of a shot shown at a time; None: the middle one."""
        if time is None:
            return shot.middle
        return min(max(bisect_right(self._times, time + _ROUNDING) - 1, shot.start), shot.end - 1)

    def _reference(self, given: ShotReference) -> Reference:
        """The reference photo, read once."""
        if given.path not in self._references:
            self._references[given.path] = read_reference(given.path, self._network)
        return self._references[given.path]


def places_of(
    clip: Clip, network: Network, timestamps: Sequence[int], shots: Sequence[Shot]
) -> list[int | None]:
    """Numbers of the places that shots show, found by their key frames; None for transitions and shots in colour.

    Raises OptionError for a model whose encoder cannot be asked.
    """
    features: list[Float32Array | None] = []
    for shot in shots:
        if shot.kind == "transition" or shot.in_colour:
            features.append(None)
            continue
        features.append(read_key_frame(clip, network, shot, timestamps, shot.middle, seek=True).features)
    return find_places(features)
