"""Manifest of a model folder, manifest.json: all that the runtime needs to know about a network."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinct.color.decode import Decoding
from tinct.deprecation import rename_keys
from tinct.errors import ModelError

MANIFEST = "manifest.json"
FORMAT = 1
INPUT_KINDS = ("l", "grey_rgb")
OUTPUT_KINDS = ("ab_bins", "ab", "rgb")


@dataclass(frozen=True, slots=True)
class Input:
    """Input of the network.

    kind l: one channel, L (0..100) * scale + offset; kind grey_rgb: three equal channels, sRGB grey (0..1) *
    scale + offset. The photo is resized to `short_side`, both sides to multiples of `multiple`.
    short_sides: sizes, ascending, whose predictions are averaged where the photo is large enough; none: only
    `short_side`.
    """

    kind: str
    name: str
    scale: float
    offset: float
    short_side: int
    multiple: int
    short_sides: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """Output of the network.

    kind ab_bins: log-probabilities, not necessarily normalised, over `bins`, given by their centres (a, b);
    kind ab: Lab a and b after multiplication by `scale`; kind rgb: sRGB in 0..1 after multiplication by
    `scale`.
    """

    kind: str
    name: str
    scale: float = 1.0
    bins: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Hints:
    """User hints: channels a / 100, b / 100 and a mask, at 1/stride of the input size."""

    name: str
    stride: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """The parsed manifest; `stride` is the input size over the output size."""

    folder: Path
    name: str
    version: str
    license: str
    source: Mapping[str, Any]
    files: Mapping[str, Path]
    input: Input
    output: Output
    stride: int
    hints: Hints | None
    decoding: Decoding
    figures: Mapping[str, Any]

    @property
    def title(self) -> str:
        """Name and version, as written into the provenance of results."""
        return f"{self.name} {self.version}"


def read_manifest(folder: Path, *, verify: bool = True) -> Manifest:
    """Read the manifest of the model in `folder`; `verify` compares the sha256 of each file.

    Raises ModelError, naming the folder and the remedy, if a file is missing, damaged or not understood.
    """
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{folder}: has no {MANIFEST}; give the folder of a model") from None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be read ({error}); fetch the model again") from None
    if not isinstance(content, dict):
        raise ModelError(f"{path}: is not a table of names and values; fetch the model again")
    if content.get("format") != FORMAT:
        raise ModelError(
            f"{path}: has format {content.get('format')!r}, this tinct reads {FORMAT}; use a tinct that fits it"
        )
    content = rename_keys(content, {"licence": "license", "vividness": "chroma_gain"}, str(path), ModelError)
    try:
        manifest = _manifest(folder, content)
    except KeyError as error:
        raise ModelError(f"{path}: lacks {error}; add it, or fetch the model again") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"{path}: {error}; correct it, or fetch the model again") from None
    if verify:
        for role, file in manifest.files.items():
            _check_file(path, file, content["files"][role]["sha256"])
    return manifest


def sha256_of(path: Path) -> str:
    """The file's SHA-256, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _manifest(folder: Path, content: dict[str, Any]) -> Manifest:
    hints = content["hints"]
    return Manifest(
        folder=folder,
        name=str(content["name"]),
        version=str(content["version"]),
        license=str(content["license"]),
        source=dict(content["source"]),
        files=_files(folder, content["files"]),
        input=_input(content["input"]),
        output=_output(content["output"]),
        stride=_at_least_one("stride", content["stride"]),
        hints=None if hints is None else _hints(hints),
        decoding=_decoding(content),
        figures=dict(content["figures"]),
    )


def _files(folder: Path, content: dict[str, Any]) -> dict[str, Path]:
    if set(content) not in ({"network"}, {"encoder", "decoder"}):
        raise ValueError(
            f"files are {', '.join(content) or 'none'}, not network alone or encoder and decoder"
        )
    names = {role: str(entry["file"]) for role, entry in content.items()}
    for name in names.values():
        if Path(name).name != name:
            raise ValueError(f"file {name!r} is not a plain name in the folder")
    return {role: folder / name for role, name in names.items()}


def _input(content: dict[str, Any]) -> Input:
    return Input(
        kind=_one_of("input.kind", content["kind"], INPUT_KINDS),
        name=str(content["name"]),
        scale=float(content["scale"]),
        offset=float(content["offset"]),
        short_side=_at_least_one("input.short_side", content["short_side"]),
        multiple=_at_least_one("input.multiple", content["multiple"]),
        short_sides=tuple(
            sorted(_at_least_one("input.short_sides", n) for n in content.get("short_sides", ()))
        ),
    )


def _output(content: dict[str, Any]) -> Output:
    kind = _one_of("output.kind", content["kind"], OUTPUT_KINDS)
    name = str(content["name"])
    if kind != "ab_bins":
        return Output(kind, name, scale=float(content["scale"]))
    bins = tuple((float(a), float(b)) for a, b in content["bins"])
    if not bins:
        raise ValueError("output.bins is empty")
    return Output(kind, name, bins=bins)


def _decoding(content: dict[str, Any]) -> Decoding:
    temperature, limit = content["temperature"], content.get("chroma_limit")
    return Decoding(
        temperature=None if temperature is None else float(temperature),
        gain=float(content["chroma_gain"]),
        limit=None if limit is None else (float(limit["knee"]), float(limit["span"])),
    )


def _hints(content: dict[str, Any]) -> Hints:
    return Hints(str(content["name"]), _at_least_one("hints.stride", content["stride"]))


def _one_of(name: str, value: Any, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise ValueError(f"{name} is {value!r}, not one of {', '.join(choices)}")
    return str(value)


def _at_least_one(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} is {value!r}, not a whole number from 1")
    return value


def _check_file(manifest: Path, file: Path, expected: str) -> None:
    try:
        actual = sha256_of(file)
    except OSError as error:
        raise ModelError(f"{file}: cannot be read ({error.strerror}); fetch the model again") from None
    if actual != expected:
        raise ModelError(
            f"{file}: is not the file that {manifest.name} describes (sha256); fetch the model again"
        )
