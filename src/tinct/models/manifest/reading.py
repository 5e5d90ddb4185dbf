"""From manifest.json, format 1 or 2, to a `Manifest`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from tinct.color.decode import Decoding
from tinct.deprecation import rename_keys
from tinct.errors import ModelError
from tinct.models.manifest.records import (
    FITS,
    INPUT_KINDS,
    OUTPUT_KINDS,
    ExtraInput,
    Hints,
    Input,
    Manifest,
    Output,
)
from tinct.models.manifest.verification import check_file, check_references

MANIFEST = "manifest.json"
# What `tinct export` writes; networks from elsewhere need format 2.
FORMAT = 1
FORMATS = (1, 2)

_OPTIONAL: dict[str, Any] = {
    "version": "0", "license": "unknown", "source": {}, "hints": None, "temperature": None,
    "chroma_gain": 1.0, "figures": {}, "stride": 1,
}  # fmt: skip


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
    if content.get("format") not in FORMATS or isinstance(content["format"], bool):
        raise ModelError(
            f"{path}: has format {content.get('format')!r}, this tinct reads {' and '.join(map(str, FORMATS))}; "
            "use a tinct that fits it"
        )
    content = rename_keys(content, {"licence": "license", "vividness": "chroma_gain"}, str(path), ModelError)
    try:
        manifest = _manifest(folder, content if content["format"] == 1 else _OPTIONAL | content)
    except KeyError as error:
        raise ModelError(f"{path}: lacks {error}; add it, or fetch the model again") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"{path}: {error}; correct it, or fetch the model again") from None
    if verify:
        for role, file in manifest.files.items():
            entry = content["files"][role]
            check_file(path, file, entry["sha256"])
            for data, one in zip(manifest.data.get(role, ()), entry.get("data", ()), strict=True):
                check_file(path, data, one["sha256"])
            check_references(file, manifest.data.get(role, ()))
    return manifest


def _manifest(folder: Path, content: Mapping[str, Any]) -> Manifest:
    hints, newer = content["hints"], content["format"] >= 2
    return Manifest(
        folder=folder,
        name=str(content["name"]),
        version=str(content["version"]),
        license=str(content["license"]),
        source=dict(content["source"]),
        files=_files(folder, content["files"]),
        input=_input(content["input"], newer),
        output=_output(content["output"]),
        stride=_at_least_one("stride", content["stride"]),
        hints=None if hints is None else _hints(hints),
        decoding=_decoding(content),
        figures=dict(content["figures"]),
        data={role: _data(folder, entry) for role, entry in content["files"].items() if entry.get("data")},
        extra_inputs=tuple(_extra(name, each) for name, each in content.get("extra_inputs", {}).items()),
    )


def _files(folder: Path, content: dict[str, Any]) -> dict[str, Path]:
    if set(content) not in ({"network"}, {"encoder", "decoder"}):
        raise ValueError(
            f"files are {', '.join(content) or 'none'}, not network alone or encoder and decoder"
        )
    return {role: folder / plain_name(str(entry["file"])) for role, entry in content.items()}


def _data(folder: Path, entry: Mapping[str, Any]) -> tuple[Path, ...]:
    return tuple(folder / plain_name(str(each["file"])) for each in entry["data"])


def plain_name(name: str) -> str:
    """The name itself, if it is that of a file in the folder and no path; else ValueError."""
    if name in ("", ".", "..") or PurePosixPath(name).name != name or PureWindowsPath(name).name != name:
        raise ValueError(f"file {name!r} is not a plain name in the folder")
    return name


def _input(content: Mapping[str, Any], newer: bool) -> Input:
    kind = _one_of("input.kind", content["kind"], INPUT_KINDS)
    size = content.get("size") if newer else None
    if size is not None:
        size = tuple(_at_least_one("input.size", each) for each in size)
        if len(size) != 2:
            raise ValueError(f"input.size is {list(size)}, not height and width")
    default = (
        {}
        if not newer
        else {"scale": 1.0, "offset": 0.0, "multiple": 1} | ({"short_side": min(size)} if size else {})
    )
    content = default | dict(content)
    fit = _one_of("input.fit", content.get("fit", "pad") if newer else "stretch", FITS)
    if fit == "stretch" and size is not None:
        raise ValueError("input.fit is 'stretch', but the size is fixed; give pad or tile")
    short_sides = tuple(sorted(_at_least_one("input.short_sides", n) for n in content.get("short_sides", ())))
    if size is not None and short_sides:
        raise ValueError("input.short_sides needs a network of any size, but input.size is given")
    return Input(
        kind=kind,
        name=str(content["name"]),
        scale=_per_channel("input.scale", content["scale"], INPUT_KINDS[kind]),
        offset=_per_channel("input.offset", content["offset"], INPUT_KINDS[kind]),
        short_side=_at_least_one("input.short_side", content["short_side"]),
        multiple=_at_least_one("input.multiple", content["multiple"]),
        short_sides=short_sides,
        size=size,
        fit=fit,
    )


def _output(content: Mapping[str, Any]) -> Output:
    kind = _one_of("output.kind", content["kind"], OUTPUT_KINDS)
    name = str(content["name"])
    if kind != "ab_bins":
        channels = OUTPUT_KINDS[kind]
        return Output(
            kind,
            name,
            scale=_per_channel("output.scale", content["scale"], channels),
            offset=_per_channel("output.offset", content.get("offset", 0.0), channels),
        )
    bins = tuple((float(a), float(b)) for a, b in content["bins"])
    if not bins:
        raise ValueError("output.bins is empty")
    return Output(kind, name, bins=bins)


def _extra(name: str, content: Mapping[str, Any]) -> ExtraInput:
    value = _number(f"extra_inputs.{name}.value", content.get("value", 0.0))
    return ExtraInput(
        str(name), value, _at_least_one(f"extra_inputs.{name}.stride", content.get("stride", 1))
    )


def _decoding(content: Mapping[str, Any]) -> Decoding:
    temperature, limit = content["temperature"], content.get("chroma_limit")
    return Decoding(
        temperature=None if temperature is None else float(temperature),
        gain=float(content["chroma_gain"]),
        limit=None if limit is None else (float(limit["knee"]), float(limit["span"])),
    )


def _hints(content: Mapping[str, Any]) -> Hints:
    return Hints(str(content["name"]), _at_least_one("hints.stride", content["stride"]))


def _per_channel(name: str, value: Any, channels: int) -> tuple[float, ...]:
    """One number for all channels, or one for each."""
    if not isinstance(value, list):
        return (_number(name, value),) * channels
    if len(value) != channels:
        raise ValueError(f"{name} has {len(value)} numbers, not one or {channels}")
    return tuple(_number(name, each) for each in value)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} is {value!r}, not a number")
    return float(value)


def _one_of(name: str, value: Any, choices: Any) -> str:
    if value not in choices:
        raise ValueError(f"{name} is {value!r}, not one of {', '.join(choices)}")
    return str(value)


def _at_least_one(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} is {value!r}, not a whole number from 1")
    return value
