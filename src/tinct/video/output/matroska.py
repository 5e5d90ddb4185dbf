"""The display size of a Matroska file: written into its header, where FFmpeg through PyAV leaves it out.

The header keeps its length: the added elements take their room from the Void that FFmpeg reserves (RFC 9559).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SEGMENT, _SEEK_HEAD, _VOID, _TRACKS, _CLUSTER = 0x18538067, 0x114D9B74, 0xEC, 0x1654AE6B, 0x1F43B675
_CRC, _SEEK, _SEEK_POSITION = 0xBF, 0x4DBB, 0x53AC
_TRACK, _TRACK_TYPE, _VIDEO = 0xAE, 0x83, 0xE0
_DISPLAY_WIDTH, _DISPLAY_HEIGHT, _DISPLAY_UNIT = 0x54B0, 0x54BA, 0x54B2
_PICTURE_TRACK = b"\x01"
_HEADER_BYTES = 1 << 22


@dataclass(frozen=True, slots=True)
class _Element:
    """An EBML element: its identifier, where it starts, and where its content starts and ends."""

    id: int
    start: int
    content: int
    end: int


def set_display_size(path: Path, width: int, height: int) -> bool:
    """Give the first picture track a display size in pixels; False if it has one, or the header has no room."""
    with path.open("r+b") as file:
        data = file.read(_HEADER_BYTES)
        segment = next((each for each in _elements(data, 0, len(data)) if each.id == _SEGMENT), None)
        if segment is None:
            return False
        parts: dict[int, _Element] = {}
        for each in _elements(data, segment.content, min(segment.end, len(data))):
            if each.id == _CLUSTER:
                break
            parts.setdefault(each.id, each)
        if not {_SEEK_HEAD, _VOID, _TRACKS} <= set(parts) or parts[_TRACKS].end > len(data):
            return False
        seek, void, tracks = parts[_SEEK_HEAD], parts[_VOID], parts[_TRACKS]
        changed = _with_display_size(data, tracks, width, height)
        room = void.end - void.start
        growth = 0 if changed is None else len(changed) - (tracks.end - tracks.start)
        if changed is None or room - growth < 9 or not seek.end == void.start < tracks.start:
            return False
        moved = range(void.end - segment.content, tracks.start - segment.content + 1)
        new = _with_positions(data, seek, moved, growth) + _void(room - growth)
        new += data[void.end : tracks.start] + changed
        file.seek(seek.start)
        file.write(new)
    return True


def _with_display_size(data: bytes, tracks: _Element, width: int, height: int) -> bytes | None:
    """The Tracks element with a display size in its first picture track."""
    parts, done = [], False
    for track in _elements(data, tracks.content, tracks.end):
        raw = data[track.start : track.end]
        inner = (
            {each.id: each for each in _elements(data, track.content, track.end)}
            if track.id == _TRACK
            else {}
        )
        kind = inner.get(_TRACK_TYPE)
        if not done and kind is not None and data[kind.content : kind.end] == _PICTURE_TRACK:
            video = inner.get(_VIDEO)
            if video is None or any(
                each.id == _DISPLAY_WIDTH for each in _elements(data, video.content, video.end)
            ):
                return None
            # Without a size FFmpeg says that its unit is unknown; by default it is pixels.
            own = [
                data[each.start : each.end]
                for each in _elements(data, video.content, video.end)
                if each.id != _DISPLAY_UNIT
            ]
            size = [_element(_DISPLAY_WIDTH, _number(width)), _element(_DISPLAY_HEIGHT, _number(height))]
            content = data[track.content : video.start]
            content += _element(_VIDEO, b"".join([*own, *size])) + data[video.end : track.end]
            raw, done = _element(_TRACK, content), True
        parts.append((track.id, raw))
    return _master(_TRACKS, parts) if done else None


def _with_positions(data: bytes, seek: _Element, moved: range, growth: int) -> bytes:
    """The SeekHead with the positions of elements in `moved` less by `growth`, of the same length."""
    parts = []
    for entry in _elements(data, seek.content, seek.end):
        raw = bytearray(data[entry.start : entry.end])
        if entry.id == _SEEK:
            place = next(
                each for each in _elements(data, entry.content, entry.end) if each.id == _SEEK_POSITION
            )
            value = int.from_bytes(data[place.content : place.end], "big")
            if value in moved:
                span = slice(place.content - entry.start, place.end - entry.start)
                raw[span] = (value - growth).to_bytes(place.end - place.content, "big")
        parts.append((entry.id, bytes(raw)))
    return _master(_SEEK_HEAD, parts)


def _master(identifier: int, parts: list[tuple[int, bytes]]) -> bytes:
    """An element of others, whose checksum, if it has one, is made anew."""
    content = b"".join(raw for kind, raw in parts if kind != _CRC)
    if any(kind == _CRC for kind, _ in parts):
        content = _element(_CRC, zlib.crc32(content).to_bytes(4, "little")) + content
    return _element(identifier, content)


def _element(identifier: int, content: bytes) -> bytes:
    name = identifier.to_bytes((identifier.bit_length() + 7) // 8, "big")
    length = next(count for count in range(1, 9) if len(content) < (1 << (7 * count)) - 1)
    return name + (len(content) | 1 << (7 * length)).to_bytes(length, "big") + content


def _void(room: int) -> bytes:
    return bytes([_VOID]) + ((room - 9) | 1 << 56).to_bytes(8, "big") + bytes(room - 9)


def _number(value: int) -> bytes:
    return value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")


def _elements(data: bytes, start: int, end: int) -> Iterator[_Element]:
    while start < end:
        name, after = _variable(data, start, keep_marker=True)
        size, content = _variable(data, after)
        unknown = size == (1 << (7 * (content - after))) - 1
        stop = end if unknown else content + size
        yield _Element(name, start, content, stop)
        start = stop


def _variable(data: bytes, at: int, *, keep_marker: bool = False) -> tuple[int, int]:
    """A number of variable length, and where it ends."""
    length = 9 - data[at].bit_length() if data[at] else 9
    value = int.from_bytes(data[at : at + length], "big")
    return (value if keep_marker else value & ((1 << (7 * length)) - 1)), at + length
