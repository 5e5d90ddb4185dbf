"""What an ONNX file refers to, read without the package `onnx`: its external data, and whether it is whole.

Protocol buffers, encoding: https://protobuf.dev/programming-guides/encoding/; field numbers as in onnx.proto.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

from tinct.errors import ModelError

_GRAPH, _OPSET, _FUNCTIONS = 7, 8, 25
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
# Fields that lead from a message to tensors: of a graph, a node, an attribute, a tensor.
_PATHS = {
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "function": {7: "node"},
}
_EXTERNAL_DATA = 13
_MOST_NESTED = 16


def external_data(file: Path) -> set[str]:
    """Names of the files, relative to the folder of this ONNX file, from which its tensors take their values.

    Raises ModelError, naming the file, if it is missing, empty, truncated or no ONNX file.
    """
    try:
        with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _of_model(data)
    except OSError as error:
        raise ModelError(f"{file}: cannot be read ({error.strerror}); give an ONNX file") from None
    except (ValueError, IndexError):
        raise ModelError(
            f"{file}: is not a whole ONNX file; export it again, or fetch it again if it was cut short"
        ) from None


def _of_model(data: mmap.mmap) -> set[str]:
    found: set[str] = set()
    seen = set()
    for number, wire, start, end in _fields(data, 0, len(data)):
        seen.add((number, wire))
        if wire == _BYTES and number in (_GRAPH, _FUNCTIONS):
            found |= _of_message(data, "graph" if number == _GRAPH else "function", start, end, 0)
    if not {(_GRAPH, _BYTES), (_OPSET, _BYTES)} <= seen:
        raise ValueError("no graph")
    return found


def _of_message(data: mmap.mmap, kind: str, start: int, end: int, depth: int) -> set[str]:
    if depth > _MOST_NESTED:
        raise ValueError("too deep")
    found: set[str] = set()
    for number, wire, begins, ends in _fields(data, start, end):
        if wire != _BYTES:
            continue
        if kind == "tensor":
            if number == _EXTERNAL_DATA:
                entry = {n: bytes(data[s:e]) for n, w, s, e in _fields(data, begins, ends) if w == _BYTES}
                if entry.get(1) == b"location":
                    found.add(entry.get(2, b"").decode("utf-8", "replace"))
        elif number in _PATHS[kind]:
            found |= _of_message(data, _PATHS[kind][number], begins, ends, depth + 1)
    return found


def _fields(data: mmap.mmap, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """(field number, wire type, start, end) of each field of the message in data[start:end]."""
    at = start
    while at < end:
        tag, at = _varint(data, at)
        wire = tag & 7
        if wire == _VARINT:
            begins = at
            _, at = _varint(data, at)
        else:
            if wire == _BYTES:
                size, at = _varint(data, at)
            elif wire in (_FIXED64, _FIXED32):
                size = 8 if wire == _FIXED64 else 4
            else:
                raise ValueError("unknown wire type")
            begins, at = at, at + size
        if at > end or tag >> 3 == 0:
            raise ValueError("ends too early")
        yield tag >> 3, wire, begins, at


def _varint(data: mmap.mmap, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
        if shift > 63:
            raise ValueError("not a number")
