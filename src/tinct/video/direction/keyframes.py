"""The hinted frame of a shot: its colours as the network gives them, and as hints and references change them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct.errors import PhotoWarning
from tinct.guidance.hints import Hint
from tinct.guidance.painting import warn_of_gamut
from tinct.guidance.placing import Canvas, follow
from tinct.guidance.references import (
    SHORT_SIDE,
    Reference,
    encoder_features,
    matched_samples,
    with_palette,
)
from tinct.models.runtime import Network
from tinct.photo.picture.guided_upsampling import network_size
from tinct.video.analysis import Analysis, with_fields
from tinct.video.direction.places import move_hint
from tinct.video.shots import Shot
from tinct.video.source.bars import Content
from tinct.video.source.frames import as_yuv, frames_from, luma_plane, small_lightness
from tinct.video.source.pixel_formats import source_depth
from tinct.video.source.probe import Clip

Float32Array = NDArray[np.float32]

# Colours that references change by less than the first of these are left to the network; by more than the second they
# follow.
_UNCHANGED, _CHANGED = 2.0, 6.0
# So with hints, by the part of the way to the hint's colour; where the way is shorter than this, in units of ab, it
# makes no difference.
_PASSED_BY, _FOLLOWED, _NEAR = 0.2, 0.5, 2.0


def read_key_frame(
    clip: Clip, network: Network, shot: Shot, timestamps: Sequence[int], number: int, *, seek: bool
) -> KeyFrame:
    """A frame of a shot, by its number in the film; timestamps: of all its frames."""
    frame = as_yuv(next(frames_from(clip, timestamps, number, seek=seek)), clip.tags)
    luma = luma_plane(frame)
    luma = luma if shot.content is None else shot.content.part(luma)
    return KeyFrame(clip, network, shot.content, np.ascontiguousarray(luma), source_depth(frame.format.name))


class KeyFrame:
    """A frame of a clip by the luma of its content, which an analysis has chosen; hints are for the upright frame."""

    def __init__(
        self, clip: Clip, network: Network, content: Content | None, luma: NDArray[Any], depth: int
    ) -> None:
        self._clip, self._network = clip, network
        self.luma, self.depth = luma, depth
        self.turns = clip.rotation // 90 % 4
        self.margins = _upright_margins(clip, content, self.turns)

    @cached_property
    def features(self) -> Float32Array:
        """Features (c, h, w) of the content, upright; OptionError for a model that has none."""
        height, width = self.luma.shape
        multiple = self._network.manifest.input.multiple
        size = network_size(round(width * self._clip.aspect), height, SHORT_SIDE, multiple)
        return encoder_features(self._lightness(*size), self._network)

    def change_palette(
        self, analysis: Analysis, change: Float32Array, references: tuple[Reference, ...], strength: float
    ) -> Float32Array:
        """Gain and offset of a and b (2, 2), from those so far, that give this frame the references' palette."""
        before = self._automatic(analysis, change)
        after = with_palette(before, references, strength)
        gain = after.std((1, 2)) / np.maximum(before.std((1, 2)), 1e-6)
        offset = after.mean((1, 2)) - gain * before.mean((1, 2))
        return np.stack([change[0] * gain, change[1] * gain + offset])

    def fields(
        self, analysis: Analysis, change: Float32Array, before: NDArray[Any], hints: Sequence[Hint],
        references: Sequence[tuple[Reference, float]], remark: Callable[[str], None],
    ) -> Float32Array:  # fmt: skip
        """Fields (h, w, 3) of this frame: guided ab times a weight, and the weight, 1 where they differ.

        before: the fields so far. references: each with its strength. remark: told of colours that sRGB lacks.
        """
        automatic = with_fields(self._automatic(analysis, change), before)
        upright = np.ascontiguousarray(np.rot90(automatic, self.turns, (1, 2)))
        left, top, right, bottom = self.margins
        rows, columns = upright.shape[1:]
        lightness = self._lightness(*automatic.shape[1:])
        across, down = 1 - left - right, 1 - top - bottom
        shown = np.array(self._clip.shown_size[:: -1 if self.turns % 2 else 1])
        cells = columns / across if shown[0] <= shown[1] else rows / down
        canvas = Canvas(lightness, left, top, across, down, cells)
        lent = upright
        for reference, strength in references:
            samples = matched_samples(self.features, (reference,), lent, strength)
            lent = follow(lent, canvas, (), samples)
        guided = follow(lent, canvas, hints)
        self._warn(lightness, hints, remark)
        changed = np.hypot(*(lent - upright))
        by_references = np.clip((changed - _UNCHANGED) / (_CHANGED - _UNCHANGED), 0, 1)
        by_hints = _approach(lent, guided, hints)
        weight = np.maximum(by_references, by_hints)
        upright_fields = np.stack([*(guided * weight), weight])
        return np.ascontiguousarray(
            np.moveaxis(np.rot90(upright_fields, -self.turns, (1, 2)), 0, -1), np.float32
        )

    def moved(self, hints: Sequence[Hint], target: KeyFrame) -> list[list[Hint]]:
        """Where another frame shows what each of these hints marks in this one: the hints there, none if nowhere."""
        found = []
        for hint in hints:
            inside = [self._inward(point) for point in hint.points]
            points = tuple(point for point in inside if min(point) >= 0 and max(point) <= 1)
            moved = move_hint(replace(hint, points=points), self.features, target.features) if points else []
            found.append([replace(each, points=(target.outward(each.points[0]),)) for each in moved])
        return found

    def outward(self, point: tuple[float, float]) -> tuple[float, float]:
        """A point in fractions of the content as fractions of the upright frame."""
        left, top, right, bottom = self.margins
        return left + point[0] * (1 - left - right), top + point[1] * (1 - top - bottom)

    def _inward(self, point: tuple[float, float]) -> tuple[float, float]:
        left, top, right, bottom = self.margins
        return (point[0] - left) / (1 - left - right), (point[1] - top) / (1 - top - bottom)

    def _automatic(self, analysis: Analysis, change: Float32Array) -> Float32Array:
        ab = self._predicted(analysis)
        return np.asarray(ab * change[0][:, None, None] + change[1][:, None, None], np.float32)

    def _predicted(self, analysis: Analysis) -> Float32Array:
        return analysis.colours(analysis.predict(self.luma, self.depth))

    def _lightness(self, rows: int, columns: int) -> Float32Array:
        """Upright L, 0..100, of the content at a size (rows, columns) of stored frames."""
        small = small_lightness(self.luma, self.depth, self._clip.tags, rows, columns)
        return np.ascontiguousarray(np.rot90(small, self.turns))

    def _warn(self, lightness: Float32Array, hints: Sequence[Hint], remark: Callable[[str], None]) -> None:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            warn_of_gamut(self._clip.path.name, lightness, hints)
        for each in caught:
            if issubclass(each.category, PhotoWarning):
                remark(str(each.message))


def _approach(before: Float32Array, after: Float32Array, hints: Sequence[Hint]) -> Float32Array:
    """Weight (h, w), 0..1, of places whose ab (2, h, w) has come near to that of a hint: these follow it.

    All other places change a little with a hint, too, but as a whole, which would be wrong elsewhere in the shot.
    """
    weight = np.zeros(before.shape[1:], np.float32)
    for hint in hints:
        if hint.kind in ("color", "neutral"):
            wanted = np.array(hint.ab, np.float32)[:, None, None]
            first, last = (np.hypot(*(each - wanted)) for each in (before, after))
            part = (first - last) / np.maximum(first, np.float32(_NEAR))
            weight = np.maximum(weight, np.clip((part - _PASSED_BY) / (_FOLLOWED - _PASSED_BY), 0, 1))
    return np.asarray(weight, np.float32)


def _upright_margins(clip: Clip, content: Content | None, turns: int) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the bars, as fractions of the upright frame."""
    if content is None:
        return 0.0, 0.0, 0.0, 0.0
    margins = [
        content.left / clip.width,
        content.top / clip.height,
        1 - content.right / clip.width,
        1 - content.bottom / clip.height,
    ]
    # A turn counter-clockwise brings the top to the left.
    for _ in range(turns):
        margins = [*margins[1:], margins[0]]
    return margins[0], margins[1], margins[2], margins[3]
