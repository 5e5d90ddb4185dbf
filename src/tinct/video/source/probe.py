"""What a clip contains: its picture stream, the format of its frames, and every other stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.sidedata.sidedata import Type as SideDataType

from tinct.errors import VideoError, short_reason

# With PyAV's own log handler a header that fails can hang at exit; errors are raised all the same.
av.logging.set_level(None)

UNSPECIFIED = 2
BT709, BT470BG, SMPTE170M = 1, 5, 6
LIMITED, FULL = 1, 2
# Taller frames count as high definition, whose default matrix is that of BT.709.
_MOST_LINES_OF_SD = 576
_DECODERS_OF_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
# Formats that hold a film in one file. All others are refused: a playlist (HLS, DASH, concat) would make FFmpeg open
# what it names, on this disk or elsewhere, whatever its own name ends in.
_CONTAINERS = (
    "mov,matroska,avi,mpegts,mpeg,mpegvideo,mpegtsraw,asf,flv,ogg,mxf,gxf,dv,nut,ivf,rm,wtv,nuv,nsv,lxf,yuv4mpegpipe,"
    "h264,hevc,vvc,m4v,av1,obu,vc1,h263,mjpeg,mjpeg_2000,dnxhd,dirac,cine,r3d,gif,apng,swf,bink,smk,flic,roq,4xm,vmd,"
    "film_cpk,idcin,ipmovie,wc3movie,thp,xmv,pva,ty,vivo,yop,mtv,live_flv,kux"
)


@dataclass(frozen=True, slots=True)
class ColourTags:
    """Range, matrix, primaries and transfer, as the numbers of ITU-T H.273 (range: 1 limited, 2 full).

    assumed: the names of those that the clip lacks, and that were set by its size.
    """

    range: int
    matrix: int
    primaries: int
    transfer: int
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """One stream of a clip, as reports name it."""

    index: int
    kind: str
    codec: str
    details: str = ""


@dataclass(frozen=True, slots=True)
class Clip:
    """The picture stream `index` of a clip, and what else the file holds.

    Sizes are those of the stored frames, before `rotation` (degrees counter-clockwise, a multiple of 90).
    duration: in seconds, 0 if unknown; frames: an estimate; first: timestamp of the first frame.
    """

    path: Path
    container: str
    index: int
    codec: str
    width: int
    height: int
    pixel_format: str
    time_base: Fraction
    rate: Fraction
    frames: int
    duration: float
    aspect: Fraction
    rotation: int
    display_matrix: tuple[int, ...] | None
    tags: ColourTags
    interlaced: bool
    field_order: int
    timecode: str | None
    first: int
    others: tuple[StreamInfo, ...]
    chapters: int

    @property
    def shown_size(self) -> tuple[int, int]:
        """(width, height) of stored frames in square pixels, before rotation."""
        return round(self.width * self.aspect), self.height


@contextmanager
def open_clip(path: Path) -> Iterator[Any]:
    """The opened container; VideoError, naming the file, if it is no film."""
    try:
        # Named as a file: what begins like http: is one, too.
        container = av.open(
            f"file:{path}",
            metadata_errors="replace",
            options={"protocol_whitelist": "file", "format_whitelist": _CONTAINERS},
        )
    except FileNotFoundError:
        raise VideoError(f"{path}: there is no such file; check the name") from None
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise VideoError(_unreadable(path, error)) from None
    with container:
        yield container


def probe(path: Path) -> Clip:
    """Read what a clip contains, and decode its first frame.

    Raises VideoError for a file that is no film, or that holds no picture that can be decoded.
    """
    with open_clip(path) as container:
        stream = _picture_stream(path, container)
        frame = _first_frame(path, container, stream)
        matrix = _display_matrix(frame)
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        duration = _duration(container, stream)
        return Clip(
            path=path,
            container=container.format.name,
            index=stream.index,
            codec=stream.codec_context.name,
            width=frame.width,
            height=frame.height,
            pixel_format=frame.format.name,
            time_base=stream.time_base,
            rate=rate if 1 <= rate <= 1000 else Fraction(25),
            frames=stream.frames or round(duration * rate),
            duration=duration,
            aspect=stream.sample_aspect_ratio or Fraction(1),
            rotation=round(frame.rotation / 90) * 90 if matrix else 0,
            display_matrix=matrix,
            tags=with_missing_tags(_colour_tags(frame), frame.width, frame.height, rate),
            interlaced=frame.interlaced_frame,
            field_order=stream.codec_context.field_order,
            timecode=_timecode(container, stream),
            first=frame.pts or 0,
            others=tuple(_info(each) for each in container.streams if each.index != stream.index),
            chapters=len(container.chapters()),
        )


def decoder_of(stream: Any) -> Callable[[Any], list[Any]]:
    """A function from a packet of a picture stream to its frames.

    FFmpeg's own decoders of VP8 and VP9 drop alpha, which is then decoded by libvpx.
    """
    name = _DECODERS_OF_ALPHA.get(stream.codec_context.name)
    if name is None or stream.metadata.get("alpha_mode") != "1":
        return lambda packet: list(packet.decode())
    context: Any = av.CodecContext.create(name, "r")
    context.extradata, context.thread_type = stream.codec_context.extradata, "AUTO"
    return lambda packet: list(context.decode(packet))


def ffmpeg_reason(error: BaseException) -> str:
    """The reason of an error of PyAV, in a few words."""
    return str(getattr(error, "strerror", None) or short_reason(error))[:120]


def is_cover(stream: Any) -> bool:
    """Whether a stream is a single attached picture, such as the cover of an album."""
    return stream.type == "video" and bool(stream.disposition & av.stream.Disposition.attached_pic)


def with_missing_tags(tags: ColourTags, width: int, height: int, rate: Fraction) -> ColourTags:
    """Tags in which those that are unspecified are set by the size of the frames: BT.709 above 576 lines, else
    BT.601 of the 625- or 525-line system; the range is limited.
    """
    missing = [
        name
        for name in ("range", "matrix", "primaries", "transfer")
        if getattr(tags, name) == (0 if name == "range" else UNSPECIFIED)
    ]
    if height > _MOST_LINES_OF_SD or width > 1024:
        system = {"matrix": BT709, "primaries": BT709, "transfer": BT709}
    elif height in (288, 576) or (rate == 25 and height not in (240, 480, 486)):
        system = {"matrix": BT470BG, "primaries": BT470BG, "transfer": SMPTE170M}
    else:
        system = {"matrix": SMPTE170M, "primaries": SMPTE170M, "transfer": SMPTE170M}
    values = {"range": LIMITED, **system}
    return replace(tags, **{name: values[name] for name in missing}, assumed=tuple(missing))


def _picture_stream(path: Path, container: Any) -> Any:
    pictures = list(container.streams.video)
    films = [stream for stream in pictures if not is_cover(stream)]
    if films:
        best = max(films, key=lambda each: (each.codec_context.width or 0) * (each.codec_context.height or 0))
        if best.codec_context.name:
            best.thread_type = "AUTO"
            return best
        raise VideoError(f"{path}: its pictures are in a codec that PyAV cannot decode; convert it first")
    if pictures:
        raise VideoError(
            f"{path}: holds only a cover picture, no film; colour the picture with tinct colorize"
        )
    raise VideoError(f"{path}: has no picture stream, only {_kinds(container)}; give a film")


def _kinds(container: Any) -> str:
    return ", ".join(sorted({stream.type for stream in container.streams})) or "an empty container"


def _first_frame(path: Path, container: Any, stream: Any) -> Any:
    reason = "it holds no frame"
    decode = decoder_of(stream)
    try:
        for packet in container.demux(stream):
            try:
                for frame in decode(packet):
                    return frame
            except av.error.InvalidDataError as error:
                reason = ffmpeg_reason(error)
    except av.error.FFmpegError as error:
        reason = ffmpeg_reason(error)
    raise VideoError(f"{path}: not one picture can be decoded ({reason}); copy the file again")


def _display_matrix(frame: Any) -> tuple[int, ...] | None:
    data = frame.side_data.get(SideDataType.DISPLAYMATRIX)
    if data is None:
        return None
    return tuple(memoryview(bytes(data)).cast("i"))


def _colour_tags(frame: Any) -> ColourTags:
    numbers = [int(getattr(frame, f"color_{name}")) for name in ("range", "primaries", "trc")]
    limits = FULL if frame.format.name.startswith("yuvj") else numbers[0]
    return ColourTags(limits, int(frame.colorspace), numbers[1], numbers[2])


def _duration(container: Any, stream: Any) -> float:
    if stream.duration:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else 0.0


def _timecode(container: Any, stream: Any) -> str | None:
    for each in (stream, *container.streams.data):
        if "timecode" in each.metadata:
            return str(each.metadata["timecode"])
    value = container.metadata.get("timecode")
    return str(value) if value else None


def _info(stream: Any) -> StreamInfo:
    context = stream.codec_context
    codec = context.name if context is not None and context.name else "unknown"
    kind = "cover picture" if is_cover(stream) else stream.type
    details = ", ".join(
        str(stream.metadata[name]) for name in ("language", "title", "filename") if name in stream.metadata
    )
    return StreamInfo(stream.index, kind, codec, details)


def _unreadable(path: Path, error: Exception) -> str:
    reason = ffmpeg_reason(error)
    if isinstance(error, av.error.EOFError):
        return f"{path}: not one picture can be decoded (it ends after its header); copy the file again"
    if path.is_dir():
        return f"{path}: is a folder; give a film"
    if isinstance(error, av.error.ArgumentError):
        return f"{path}: holds no film but sound, a picture or a list of other files; give the film itself"
    if _lacks_index(path):
        return f"{path}: breaks off before its index (moov atom not found); copy it again, or repair it first"
    return f"{path}: is no film that can be read ({reason}); copy it again, or convert it first"


def _lacks_index(path: Path) -> bool:
    """Whether a file of boxes, such as an MP4, ends before its moov box."""
    boxes: list[bytes] = []
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            while file.tell() + 8 <= size and len(boxes) < 100:
                start = file.tell()
                length, name = int.from_bytes(file.read(4), "big"), file.read(4)
                length = int.from_bytes(file.read(8), "big") if length == 1 else length
                boxes.append(name)
                if length < 8:
                    break
                file.seek(start + length)
    except OSError:
        return False
    return bool(boxes) and boxes[0] == b"ftyp" and b"moov" not in boxes
