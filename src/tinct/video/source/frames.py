"""Decoded frames and their planes: luma as stored, chroma to be replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from tinct.color.lab import luminance_to_lightness
from tinct.errors import VideoError
from tinct.video.source.pixel_formats import (
    SUBSAMPLING,
    FrameFormat,
    chroma_size,
    has_alpha,
    source_depth,
    yuv_format,
)
from tinct.video.source.probe import BT470BG, BT709, FULL, Clip, ColourTags, decoder_of, open_clip
from tinct.video.source.transfer import to_linear

Float32Array = NDArray[np.float32]
Plane = NDArray[Any]
_PLACE_OF_ALPHA = {"rgba": 3, "bgra": 3, "argb": 0, "abgr": 0, "rgba64le": 3, "bgra64le": 3}

# Numbers of ITU-T H.273 and the luma coefficients Kr and Kb of their matrices.
_LUMA_WEIGHTS = {BT709: (0.2126, 0.0722), BT470BG: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}


def read_frames(
    clip: Clip, start: int | None = None, damage: Callable[[int], None] | None = None, *, seek: bool = True
) -> Iterator[Any]:
    """Decoded frames of the picture stream in order, from the timestamp `start` on.

    Every frame has a timestamp, larger than that of the frame before. damage: called with the last timestamp for
    each packet that cannot be decoded.
    seek: go to `start` in the file; else decode all before it. Raises VideoError where the size of the frames changes.
    """
    last = None
    with open_clip(clip.path) as container:
        stream = container.streams[clip.index]
        stream.thread_type = "AUTO"
        step = max(1, round(1 / (clip.rate * clip.time_base)))
        if start is not None and seek:
            container.seek(start, stream=stream, backward=True)
        decode = decoder_of(stream)
        for packet in _packets(clip, container, stream):
            try:
                decoded = decode(packet)
            except av.error.FFmpegError:
                if damage is not None:
                    damage(last if last is not None else 0)
                continue
            for frame in decoded:
                given = frame.pts if frame.pts is not None else frame.dts
                if given is None or (last is not None and given <= last):
                    given = 0 if last is None else last + (step if given is None else 1)
                frame.pts, frame.time_base, last = given, clip.time_base, given
                if frame.is_corrupt and damage is not None:
                    damage(given)
                if (frame.width, frame.height) != (clip.width, clip.height):
                    raise VideoError(_changed(clip, frame))
                if start is None or given >= start:
                    yield frame


def frames_from(clip: Clip, timestamps: Sequence[int], number: int, *, seek: bool) -> Iterator[Any]:
    """Frames of known timestamps, from the one of a number on, as an earlier reading found them.

    seek: look for that frame in the file instead of decoding all before it. Raises VideoError where a frame differs.
    """
    frames, first = None, None
    for seeking in (True, False) if seek and number else (False,):
        frames = read_frames(clip, timestamps[number], seek=seeking)
        first = next(frames, None)
        if first is not None and first.pts == timestamps[number]:
            break
    for expected in timestamps[number:]:
        if first is None or first.pts != expected:
            at = float((expected - clip.first) * clip.time_base)
            raise VideoError(
                f"{clip.path}: reads differently at {at:.2f} s than before; is it still being written?"
            )
        yield first
        first = next(frames, None) if frames is not None else None


def luma_plane(frame: Any) -> Plane:
    """Luma (h, w) of a frame as stored, uint8 or uint16, a view; of RGB frames `as_yuv` comes first."""
    return _plane(frame, 0, frame.height, frame.width)


def as_yuv(frame: Any, tags: ColourTags) -> Any:
    """The frame itself if it stores luma in a plane, else converted to `pixel_formats.yuv_format` under `tags`."""
    name = frame.format.name
    target = yuv_format(name)
    if name == target:
        return frame
    if name in ("ya8", "ya16le"):
        return _unpacked(frame, target)
    result = frame.reformat(format=target, dst_colorspace=tags.matrix, dst_color_range=tags.range)
    result.pts, result.time_base, result.duration = frame.pts, frame.time_base, frame.duration
    if name in _PLACE_OF_ALPHA:
        # FFmpeg's scaler is off by one.
        packed = _plane(frame, 0, frame.height, 4 * frame.width)
        np.copyto(_plane(result, 3, frame.height, frame.width), packed[:, _PLACE_OF_ALPHA[name] :: 4])
    return result


def decode_luma(luma: Plane, depth: int, tags: ColourTags) -> Float32Array:
    """Luma Y' in 0..1, float32, of samples as stored."""
    low, span = _luma_range(depth, tags.range)
    value: Float32Array = (luma.astype(np.float32) - np.float32(low)) * np.float32(1 / span)
    return np.clip(value, 0, 1, out=value)


def small_lightness(luma: Plane, depth: int, tags: ColourTags, height: int, width: int) -> Float32Array:
    """L (height, width), 0..100, of luma samples averaged to that size; highlights of HDR count as white."""
    average = cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA)
    light = to_linear(decode_luma(average, depth, tags), tags.transfer)
    return np.minimum(luminance_to_lightness(light), 100).astype(np.float32)


def small_grey(luma: Plane, depth: int, height: int, width: int) -> NDArray[np.uint8]:
    """The upper 8 bits (height, width) of luma samples averaged to that size."""
    small: Plane = np.asarray(cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA))
    return np.right_shift(small, depth - 8).astype(np.uint8)


def luma_weights(tags: ColourTags) -> tuple[float, float]:
    """Kr and Kb of the matrix of `tags`."""
    return _LUMA_WEIGHTS.get(tags.matrix, _LUMA_WEIGHTS[BT709])


def chroma_planes(frame: Any) -> tuple[Plane, Plane] | None:
    """U and V of a frame as stored, views; None for a format without them in planes."""
    name = frame.format.name
    if not name.startswith("yuv"):
        return None
    across, down = SUBSAMPLING[chroma_size(name, "420")]
    height, width = -(-frame.height // down), -(-frame.width // across)
    return _plane(frame, 1, height, width), _plane(frame, 2, height, width)


def with_chroma(frame: Any, target: FrameFormat, chroma: Float32Array, tags: ColourTags) -> Any:
    """The frame in format `target` with its luma samples unchanged and U and V of `chroma` (2, h, w), -0.5..0.5."""
    result = _in_format(frame, target)
    full = tags.range == FULL
    span = (1 << target.depth) - 1 if full else 224 << (target.depth - 8)
    middle, most = 1 << (target.depth - 1), (1 << target.depth) - 1
    for index, values in enumerate(chroma, 1):
        plane = _plane(result, index, *values.shape)
        samples = values * np.float32(span) + np.float32(middle + 0.5)
        np.copyto(plane, np.clip(samples, 0, most).astype(plane.dtype))
    return result


def with_own_chroma(frame: Any, target: FrameFormat) -> Any:
    """The frame in format `target` with its own chroma."""
    if frame.format.name.startswith("gray"):
        size = -(-frame.height // target.down), -(-frame.width // target.across)
        return with_chroma(frame, target, np.zeros((2, *size), np.float32), ColourTags(1, 1, 1, 1))
    return _in_format(frame, target)


def _in_format(frame: Any, target: FrameFormat) -> Any:
    frame.pict_type = 0
    if frame.format.name in (target.name, target.name.replace("yuv", "yuvj")):
        frame.make_writable()
        return frame
    result = frame.reformat(format=target.name)
    result.pts, result.time_base, result.duration = frame.pts, frame.time_base, frame.duration
    result.color_range, result.colorspace = frame.color_range, frame.colorspace
    result.color_primaries, result.color_trc = frame.color_primaries, frame.color_trc
    size, depth = (frame.height, frame.width), source_depth(frame.format.name)
    for index in (0, 3) if has_alpha(target.name) else (0,):
        plane = _plane(result, index, *size)
        np.copyto(plane, _shifted(_plane(frame, index, *size), target.shift, depth, plane.dtype, index == 3))
    result.pict_type = 0
    return result


def _shifted(samples: Plane, shift: int, depth: int, dtype: Any, full: bool) -> Plane:
    """Samples of `depth` bits shifted to more bits, or rounded to fewer; full: their maximum stays the maximum."""
    if shift == 0:
        return np.asarray(samples)
    if shift < 0:
        half, most = 1 << (-shift - 1), (1 << (depth + shift)) - 1
        return np.asarray(np.minimum((samples.astype(np.uint32) + half) >> -shift, most), dtype)
    wide: Plane = samples.astype(dtype) << shift
    return np.asarray(wide | samples >> (depth - shift)) if full else wide


def _unpacked(frame: Any, target: str) -> Any:
    """A frame of luma and alpha in one plane with each in a plane of its own."""
    result = av.VideoFrame(frame.width, frame.height, target)
    result.pts, result.time_base, result.duration = frame.pts, frame.time_base, frame.duration
    result.color_range, result.colorspace = frame.color_range, frame.colorspace
    both = _plane(frame, 0, frame.height, 2 * frame.width)
    for index, samples in ((0, both[:, ::2]), (3, both[:, 1::2])):
        np.copyto(_plane(result, index, *samples.shape), samples)
    for index in (1, 2):
        _plane(result, index, *samples.shape)[:] = 1 << (8 * samples.dtype.itemsize - 1)
    return result


def _plane(frame: Any, index: int, height: int, width: int) -> Plane:
    plane = frame.planes[index]
    deep = frame.format.components[0].bits > 8
    samples: Plane = np.frombuffer(plane, np.uint16 if deep else np.uint8)
    across = plane.line_size // (2 if deep else 1)
    samples = samples[: across * height].reshape(height, across)[:, :width]
    # P010 and its kin keep their bits at the top of 16.
    return samples >> 6 if frame.format.name.startswith("p01") and index == 0 else samples


def _luma_range(depth: int, limits: int) -> tuple[float, float]:
    if limits == FULL:
        return 0.0, float((1 << depth) - 1)
    return float(16 << (depth - 8)), float(219 << (depth - 8))


def _packets(clip: Clip, container: Any, stream: Any) -> Iterator[Any]:
    """Packets of the stream, up to where the file can be read."""
    packets = container.demux(stream)
    while True:
        try:
            yield next(packets)
        except StopIteration:
            return
        except av.error.EOFError:
            return
        except av.error.FFmpegError as error:
            raise VideoError(f"{clip.path}: cannot be read to its end ({error.strerror})") from None


def _changed(clip: Clip, frame: Any) -> str:
    at = float(frame.pts * clip.time_base)
    return (
        f"{clip.path}: changes its size from {clip.width}x{clip.height} to {frame.width}x{frame.height} "
        f"at {at:.2f} s; split it there, and colour the parts"
    )
