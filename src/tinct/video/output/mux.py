"""Containers: which streams a result can hold, and the joining of encoded segments with what is copied."""

from __future__ import annotations

import heapq
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.stream import Disposition

from tinct.errors import OptionError
from tinct.video.output.encoding import Encoding, last_packets
from tinct.video.output.matroska import set_display_size
from tinct.video.source.probe import Clip, ffmpeg_reason, is_cover, open_clip

FORMATS = {
    ".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm", ".avi": "avi",
    ".ts": "mpegts", ".mxf": "mxf",
}  # fmt: skip
# Written by the muxer itself, or about the source file alone.
_NOT_COPIED = ("major_brand", "minor_version", "compatible_brands", "encoder", "DURATION")


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one stream: copied (True or False) and why, in words."""

    index: int
    words: str
    copied: bool


def format_of(target: Path) -> str:
    """FFmpeg's name of the container of a result; OptionError for a suffix that is none."""
    found = FORMATS.get(target.suffix.lower())
    if found is None:
        raise OptionError(
            f"{target}: its name ends in {target.suffix or 'nothing'}; end it in {', '.join(FORMATS)}"
        )
    return found


def stream_fates(clip: Clip, target: Path) -> list[Fate]:
    """What happens to every stream other than the picture, in the container of `target`."""
    kind = format_of(target)
    fates = []
    with open_clip(clip.path) as source:
        for info in clip.others:
            stream = source.streams[info.index]
            name = (
                f"stream {info.index}: {info.kind} ({info.codec}{', ' if info.details else ''}{info.details})"
            )
            why = _obstacle(stream, kind)
            grey = ", not coloured" if info.kind == "video" else ""
            fates.append(Fate(info.index, f"{name}: {why or 'copied' + grey}", why is None))
    return fates


def lost_metadata(clip: Clip, encoding: Encoding, target: Path) -> list[str]:
    """Names of the clip's metadata that the container of `target` cannot hold."""
    with open_clip(clip.path) as source:
        given = {key: str(value) for key, value in source.metadata.items() if key not in _NOT_COPIED}
    if not given:
        return []
    sample = io.BytesIO()
    with av.open(sample, "w", format=format_of(target)) as out:
        stream = encoding.add_stream(out, clip)
        out.metadata.update(given)
        frame = av.VideoFrame(clip.width, clip.height, encoding.format.name)
        frame.pts, frame.time_base = 0, clip.time_base
        out.mux(stream.encode(frame))
        out.mux(last_packets(stream, 1))
    sample.seek(0)
    with av.open(sample) as written:
        kept = {key.casefold() for key in written.metadata}
    return sorted(key for key in given if key.casefold() not in kept)


def check_encoding(clip: Clip, encoding: Encoding, target: Path) -> None:
    """OptionError if the container of `target` cannot hold what the encoder makes."""
    kind = format_of(target)
    try:
        with av.open(io.BytesIO(), "w", format=kind) as out:
            encoding.add_stream(out, clip)
            out.start_encoding()
    except (av.error.FFmpegError, ValueError) as error:
        raise OptionError(
            f"{target}: {target.suffix} cannot hold {encoding.codec} ({ffmpeg_reason(error)}); "
            f"choose another --codec or container, such as .mkv"
        ) from None


def join(
    clip: Clip,
    segments: Sequence[Path],
    timestamps: Sequence[int],
    durations: Sequence[int],
    delay: int,
    target: Path,
    kind: str,
    fates: Sequence[Fate],
    comment: str,
    *,
    offset: Fraction = Fraction(0),
    end: Fraction | None = None,
) -> None:
    """Write the packets of encoded segments, and the copied streams of the clip, to `target`.

    timestamps, durations: of every frame, in units of the clip's time base; delay: by how many frames the encoder
    reorders. The decoding timestamps are made anew from these. offset: seconds to which all timestamps are relative;
    end: copied streams end there. Raises OSError if the file cannot be written.
    """
    options = {"avoid_negative_ts": "disabled"}
    if kind == "matroska":
        options["fflags"] = "+bitexact"
    with (
        open_clip(clip.path) as source,
        av.open(str(segments[0])) as first,
        av.open(str(target), "w", format=kind, container_options=options) as out,
    ):
        picture = out.add_stream_from_template(first.streams.video[0], opaque=True)
        picture.time_base = clip.time_base
        if first.streams.video[0].metadata.get("alpha_mode"):
            picture.metadata["alpha_mode"] = "1"
        _describe(source.streams[clip.index], picture, clip)
        copies = {fate.index: _copy_of(source.streams[fate.index], out) for fate in fates if fate.copied}
        _describe_file(source, out, comment, offset, end)
        out.start_encoding()
        packets = _picture_packets(clip, segments, timestamps, durations, delay, picture, offset)
        others = _copied_packets(source, copies, offset, end)
        for _, packet in heapq.merge(packets, others, key=lambda each: each[0]):
            out.mux_one(packet)
    if kind in ("matroska", "webm") and clip.aspect != 1:
        width, height = clip.width, clip.height
        if clip.aspect > 1:
            width = round(width * clip.aspect)
        else:
            height = round(height / clip.aspect)
        set_display_size(target, width, height)


def _picture_packets(
    clip: Clip,
    segments: Iterable[Path],
    timestamps: Sequence[int],
    durations: Sequence[int],
    delay: int,
    stream: Any,
    offset: Fraction,
) -> Iterator[tuple[Fraction, Any]]:
    shift = round(offset / clip.time_base)
    step = max(1, round(1 / (clip.rate * clip.time_base)))
    done = 0
    for path in segments:
        with av.open(str(path)) as segment:
            packets = [packet for packet in segment.demux(segment.streams.video[0]) if packet.size]
            order = sorted(range(len(packets)), key=lambda each, held=packets: held[each].pts)  # type: ignore[misc]
            rank = {at: done + place for place, at in enumerate(order)}
            for at, packet in enumerate(packets):
                before = done + at - delay
                decoded = timestamps[before] if before >= 0 else timestamps[0] + before * step
                packet.time_base = clip.time_base
                packet.pts = timestamps[rank[at]] - shift
                packet.dts = min(decoded - shift, packet.pts)
                packet.duration = durations[rank[at]]
                packet.stream = stream
                yield packet.dts * clip.time_base, packet
            done += len(packets)


def _copied_packets(
    source: Any, copies: dict[int, Any], offset: Fraction, end: Fraction | None
) -> Iterator[tuple[Fraction, Any]]:
    streams = [source.streams[index] for index, stream in copies.items() if stream is not None]
    if not streams:
        return
    latest = Fraction(-(10**9))
    for packet in _readable(source.demux(streams)):
        if not packet.size:
            continue
        base = packet.time_base
        cover = is_cover(packet.stream)
        if cover:
            packet.pts = packet.dts = 0
        at = packet.dts if packet.dts is not None else packet.pts
        if at is None:
            continue
        if not cover:
            start = (packet.pts if packet.pts is not None else at) * base
            if end is not None and (start < offset or start >= end):
                continue
            shift = round(offset / base)
            packet.pts = None if packet.pts is None else packet.pts - shift
            packet.dts = None if packet.dts is None else packet.dts - shift
            at -= shift
        latest = max(latest, at * base)
        packet.stream = copies[packet.stream.index]
        yield latest, packet


def _readable(packets: Iterator[Any]) -> Iterator[Any]:
    while True:
        try:
            yield next(packets)
        except (StopIteration, av.error.FFmpegError):
            return


def _copy_of(stream: Any, out: Any) -> Any:
    """A stream of the result like one of the source; None for an attachment, which has no packets."""
    if stream.type == "attachment":
        added = out.add_attachment(stream.name or "attachment", stream.mimetype or "", stream.data or b"")
        added.metadata.update(stream.metadata)
        return None
    copy = out.add_stream_from_template(stream, opaque=True)
    copy.metadata.update({key: value for key, value in stream.metadata.items() if key not in _NOT_COPIED})
    copy.disposition = stream.disposition
    return copy


def _describe(source: Any, stream: Any, clip: Clip) -> None:
    for key, value in source.metadata.items():
        if key not in _NOT_COPIED:
            stream.metadata[key] = value
    if clip.timecode:
        stream.metadata["timecode"] = clip.timecode
    stream.disposition = source.disposition


def _describe_file(source: Any, out: Any, comment: str, offset: Fraction, last: Fraction | None) -> None:
    for key, value in source.metadata.items():
        if key not in _NOT_COPIED:
            out.metadata[key] = value
    given = out.metadata.get("comment")
    out.metadata["comment"] = f"{given}; {comment}" if given else comment
    chapters = []
    for chapter in source.chapters():
        base = chapter["time_base"]
        start, end = (chapter[name] * base - offset for name in ("start", "end"))
        if end > 0 and (last is None or start < last - offset):
            chapters.append(chapter | {"start": round(max(start, 0) / base), "end": round(end / base)})
    if chapters:
        out.set_chapters(chapters)


def _obstacle(stream: Any, kind: str) -> str | None:
    """Why a stream cannot be copied into a container; None if it can."""
    if stream.type == "attachment":
        return None if kind == "matroska" else f"left out, {kind} has no attachments"
    if stream.type == "data" and "timecode" in stream.metadata:
        return "kept as the timecode of the picture"
    if stream.type == "data" and _is_chapter_track(stream):
        return "kept as chapters"
    if stream.type not in ("audio", "subtitle", "video", "data"):
        return f"left out, a stream of type {stream.type} cannot be copied"
    try:
        with av.open(io.BytesIO(), "w", format=kind) as out:
            out.add_stream_from_template(stream, opaque=True)
            out.start_encoding()
    except (av.error.FFmpegError, ValueError, AttributeError) as error:
        return f"left out, {kind} cannot hold it ({ffmpeg_reason(error)})"
    if is_cover(stream) and kind not in ("mp4", "mov", "matroska"):
        return f"left out, {kind} has no cover pictures"
    return None


def _is_chapter_track(stream: Any) -> bool:
    return "bin_data" in str(getattr(stream, "name", "")) or bool(
        stream.disposition & Disposition.timed_thumbnails
    )
