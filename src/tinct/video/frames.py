"""Decoded frames and their planes: luma as stored, chroma to be replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from tinct.color.lab import grey_to_lightness
from tinct.errors import OptionError, VideoError
from tinct.video.probe import BT470BG, BT709, FULL, Clip, ColourTags, open_clip

Float32Array = NDArray[np.float32]
Plane = NDArray[Any]

# Numbers of ITU-T H.273 and the luma coefficients Kr and Kb of their matrices.
_LUMA_WEIGHTS = {BT709: (0.2126, 0.0722), BT470BG: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
_SUBSAMPLING = {"444": (1, 1), "422": (2, 1), "420": (2, 2), "440": (1, 2), "411": (4, 1), "410": (4, 4)}
# These encoders refuse 4:2:0 and 4:2:2 of odd sides.
_EVEN_SIDES = ("libx264", "libx265", "libsvtav1")


@dataclass(frozen=True, slots=True)
class FrameFormat:
    """Pixel format of a result: its name in FFmpeg, bits per sample and how many pixels share a chroma sample,
    across and down; shift: left shift of the source's luma samples.
    """

    name: str
    depth: int
    across: int
    down: int
    shift: int = 0


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
        for packet in _packets(clip, container, stream):
            try:
                decoded = packet.decode()
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
    for seeking in (True, False) if seek else (False,):
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
    """The frame itself, or one of RGB converted to YCbCr 4:4:4 of the same depth under `tags`."""
    if has_luma(frame.format.name):
        return frame
    deep = max(component.bits for component in frame.format.components) > 8
    return frame.reformat(
        format="yuv444p16le" if deep else "yuv444p",
        dst_colorspace=tags.matrix,
        dst_color_range=tags.range,
    )


def has_luma(name: str) -> bool:
    """Whether a pixel format stores luma in a plane of its own."""
    return name.startswith(("yuv", "gray", "nv", "p0", "p2", "p4")) and not name.endswith(("be", "32le"))


def source_depth(name: str) -> int:
    """Bits per luma sample of a pixel format."""
    return int(av.VideoFormat(name).components[0].bits)


def output_format(clip: Clip, encoder: str) -> FrameFormat:
    """The pixel format for an encoder that keeps the clip's luma exactly, and its chroma size where it can.

    Raises OptionError if the encoder has none.
    """
    known = {each.name for each in av.Codec(encoder, "w").video_formats or ()}
    name = clip.pixel_format if has_luma(clip.pixel_format) else "yuv444p"
    depth = source_depth(name) if has_luma(clip.pixel_format) else 8
    odd = bool(clip.width % 2 or clip.height % 2)
    wanted = _chroma_size(name, "444" if encoder == "ffv1" or (odd and encoder in _EVEN_SIDES) else "420")
    if odd and encoder in _EVEN_SIDES:
        wanted = "444"
    for bits in [depth, *(more for more in (9, 10, 12, 14, 16) if more > depth)]:
        for chroma in dict.fromkeys((wanted, "444" if odd else "422", "444")):
            chosen = f"yuv{chroma}p" + (f"{bits}le" if bits > 8 else "")
            if chosen in known:
                across, down = _SUBSAMPLING[chroma]
                shift = bits - depth if name == clip.pixel_format or depth > 8 else bits - 8
                return FrameFormat(chosen, bits, across, down, shift)
    why = f"has {depth}-bit samples" if depth > 8 else f"is {clip.width}x{clip.height} with {name}"
    raise OptionError(f"{clip.path}: {why}, which {encoder} cannot keep; choose --codec hevc or ffv1")


def decode_luma(luma: Plane, depth: int, tags: ColourTags) -> Float32Array:
    """Luma Y' in 0..1, float32, of samples as stored."""
    low, span = _luma_range(depth, tags.range)
    value: Float32Array = (luma.astype(np.float32) - np.float32(low)) * np.float32(1 / span)
    return np.clip(value, 0, 1, out=value)


def small_lightness(luma: Plane, depth: int, tags: ColourTags, height: int, width: int) -> Float32Array:
    """L (height, width), 0..100, of luma samples averaged to that size."""
    average = cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA)
    return grey_to_lightness(decode_luma(average, depth, tags)).astype(np.float32)


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
    across, down = _SUBSAMPLING[_chroma_size(name, "420")]
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
    luma = luma_plane(frame)
    plane = _plane(result, 0, frame.height, frame.width)
    np.copyto(plane, luma.astype(plane.dtype) << target.shift if target.shift else luma)
    result.pict_type = 0
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


def _chroma_size(name: str, default: str) -> str:
    if name.startswith(("nv12", "nv21", "p01")):
        return "420"
    return next((size for size in _SUBSAMPLING if size in name), default)


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
