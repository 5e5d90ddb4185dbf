"""From frames to steady ab: the network, the motion and their average, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tinct.color.decode import Decoding
from tinct.models.fitting import content_size, predict_fitted
from tinct.models.runtime import Network
from tinct.photo.picture.guided_upsampling import network_size
from tinct.video.motion import steady
from tinct.video.motion.flow import Grey, MotionEstimator
from tinct.video.output.segments import Block, State
from tinct.video.shots import Shot
from tinct.video.source.bars import Content
from tinct.video.source.frames import Plane, as_yuv, frames_from, luma_plane, small_grey, small_lightness
from tinct.video.source.pixel_formats import source_depth
from tinct.video.source.probe import Clip

Float32Array = NDArray[np.float32]

# In a dissolve, where neither shot may linger, the average counts so many predictions.
_MOST_IN_TRANSITION = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class BlockColours:
    """ab (2, h, w) of each frame of a block, or none where its shot keeps its own colours; the state after it."""

    block: Block
    ab: list[Float32Array] = field(default_factory=list)
    state: State | None = None


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes (h, w): of the network's upright input, of the motion and of the ab of a stored frame."""

    network: tuple[int, int]
    motion: tuple[int, int]
    ab: tuple[int, int]
    turns: int

    @classmethod
    def of(cls, clip: Clip, network: Network, content: Content | None = None) -> Sizes:
        """Sizes for a clip, or the content inside its bars, by its shape as it is shown."""
        given = network.manifest.input
        height, width = content.size if content else (clip.height, clip.width)
        width = round(width * clip.aspect)
        turns = clip.rotation // 90 % 4
        if turns % 2:
            width, height = height, width
        if given.fit == "stretch":
            shown = network_size(width, height, given.short_side, given.multiple)
        else:
            shown = content_size(given, network.manifest.stride, (height, width), given.short_side)
        stored = shown[::-1] if turns % 2 else shown
        stride = network.manifest.stride
        half = (stored[0] // 2, stored[1] // 2)
        return cls(shown, half, (stored[0] // stride, stored[1] // stride), turns)


@dataclass(frozen=True, slots=True, eq=False)
class Guide:
    """Colours that a shot was directed to have: where they hold, they stand in place of the network's.

    fields: (n, h, w, 3) of its frames: ab times a weight, and the weight 0..1; None without hints. gain, offset: of
    each of a and b of the network, (2,).
    """

    fields: NDArray[np.float16] | None
    gain: Float32Array
    offset: Float32Array

    def recolour(self, ab: Float32Array, number: int) -> Float32Array:
        """ab (2, h, w) of a frame of the shot, by its number in it."""
        changed = ab * self.gain[:, None, None] + self.offset[:, None, None]
        return changed if self.fields is None else with_fields(changed, np.asarray(self.fields[number]))


def with_fields(ab: Float32Array, fields: NDArray[Any]) -> Float32Array:
    """ab (2, h, w) with the colours of fields (h, w, 3) where their weight says."""
    weighted = np.moveaxis(fields.astype(np.float32), -1, 0)
    return np.asarray(ab * (1 - weighted[2]) + weighted[:2], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    prediction: steady.Prediction
    grey: Grey
    mean: NDArray[np.float32] | None


class Analysis:
    """Steady ab of a film's blocks, in order, from the first block that is wanted."""

    def __init__(
        self, clip: Clip, network: Network, decoding: Decoding, timestamps: Sequence[int],
        *, every: int = 1, steady: bool = True, seek: bool = True,
        guides: Callable[[Analysis, Shot], Guide | None] = lambda *_: None,
    ) -> None:  # fmt: skip
        """guides: asked for the guide of each shot, in order; the content of that shot is chosen by then."""
        self._clip, self._network, self._decoding = clip, network, decoding
        self._timestamps, self._every, self._steady, self._seek = timestamps, every, steady, seek
        self._guides = guides
        self._estimator = MotionEstimator()
        self.choose_content(None)

    def blocks(self, blocks: Sequence[Block], state: State | None) -> Iterator[BlockColours]:
        """Colours of consecutive blocks; state: that after the block before the first."""
        if not blocks:
            return
        number = blocks[0].start
        frames = frames_from(self._clip, self._timestamps, number, seek=self._seek)
        cache: list[_Frame] = []
        for block in blocks:
            shot = block.shot
            if block.start == shot.start:
                state, cache = None, []
            self.choose_content(shot.content)
            if block is blocks[0] or block.start == shot.start:
                self._guide: Guide | None = self._guides(self, shot)
            while number < block.start and not cache:
                next(frames)
                number += 1
            if shot.in_colour:
                for _ in range(block.start, block.end):
                    next(frames)
                number = block.end
                yield BlockColours(block)
                continue
            wanted = min(block.end + (steady.LOOKAHEAD if self._steady else 0), shot.end)
            while block.start + len(cache) < wanted:
                before = cache[-1].grey if cache else (state.grey if state else None)
                cache.append(self._frame(next(frames), number, shot, before))
                number += 1
            state = self._colours(block, cache, state)
            ab = self._ab
            cache = cache[block.end - block.start :]
            yield BlockColours(block, ab, state)

    def choose_content(self, content: Content | None) -> None:
        """Look only at this part of the following frames."""
        self._content = content
        self.sizes = Sizes.of(self._clip, self._network, content)

    def _colours(self, block: Block, cache: list[_Frame], state: State | None) -> State:
        count = block.end - block.start
        means = [each.mean for each in cache if each.mean is not None]
        mean = state.mean if state else np.mean(means, 0).astype(np.float32)
        if self._steady:
            most = _MOST_IN_TRANSITION if block.shot.kind == "transition" else steady.MOST_PREDICTIONS
            ab, running = steady.average(
                [each.prediction for each in cache],
                count,
                state.running if state else None,
                self.sizes.motion,
                most,
            )
        else:
            ab = [np.moveaxis(each.prediction.ab.astype(np.float32), -1, 0) for each in cache[:count]]  # type: ignore[union-attr]
            running = steady.Running(np.zeros((1, 1, 2), np.float32), np.zeros((1, 1), np.float32))
        self._ab = [self.colours(each, mean if self._steady else None) for each in ab]
        if self._guide is not None:
            first = block.start - block.shot.start
            self._ab = [self._guide.recolour(each, first + number) for number, each in enumerate(self._ab)]
        return State(running, cache[count - 1].grey, mean)

    def colours(self, ab: Float32Array, mean: Float32Array | None = None) -> Float32Array:
        """Chroma of the result, ab (2, h, w), of annealed ab at any size; mean: that of the shot, else of the frame."""
        height, width = self.sizes.ab
        small = np.stack([cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA) for plane in ab])
        return self._decoding.apply(small, mean)

    def _frame(self, frame: Any, number: int, shot: Shot, before: Grey | None) -> _Frame:
        frame = as_yuv(frame, self._clip.tags)
        luma, depth = self.luma(frame), source_depth(frame.format.name)
        height, width = self.sizes.motion
        predicted = None
        if not self._steady or (number - shot.start) % self._every == 0 or number == shot.end - 1:
            predicted = self.predict(luma, depth)
        grey = small_grey(luma, depth, height, width)
        motion = None if before is None or not self._steady else self._estimator.between(before, grey)
        if predicted is None:
            return _Frame(steady.Prediction(None, motion), grey, None)
        enlarged = cv2.resize(
            np.ascontiguousarray(np.moveaxis(predicted, 0, -1)),
            (width, height),
            interpolation=cv2.INTER_LINEAR,
        )
        return _Frame(
            steady.Prediction(enlarged.astype(np.float16), motion),
            grey,
            predicted.mean((1, 2), dtype=np.float32),
        )

    def luma(self, frame: Any) -> Plane:
        """Luma of the chosen content of a frame."""
        luma = luma_plane(frame)
        return luma if self._content is None else self._content.part(luma)

    def predict(self, luma: NDArray[Any], depth: int) -> Float32Array:
        """Annealed ab (2, h, w) of the content of a stored frame, by its luma."""
        rows, columns = self.sizes.network[::-1] if self.sizes.turns % 2 else self.sizes.network
        lightness = np.rot90(small_lightness(luma, depth, self._clip.tags, rows, columns), self.sizes.turns)
        prediction = predict_fitted(self._network, np.ascontiguousarray(lightness))
        upright = prediction.annealed(self._decoding.temperature)
        return np.ascontiguousarray(np.rot90(upright, -self.sizes.turns, (1, 2)))
