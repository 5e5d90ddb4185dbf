"""Adding a network from elsewhere: its ONNX file and a manifest that has been tried on a photo."""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinct.digest import sha256_of
from tinct.errors import ModelError, short_reason
from tinct.models.manifest import MANIFEST, Manifest, read_manifest
from tinct.models.manifest.reading import plain_name
from tinct.models.onnx_file import external_data
from tinct.models.plausibility import trial, whole_input
from tinct.models.proposal import propose, read_signature
from tinct.models.runtime import Network
from tinct.models.store import shipped_models, user_models_folder

GRAPH = "network.onnx"
# Words that mean something else where a model is named.
RESERVED = ("grey", "mean-colour")

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Added:
    """A model that was added; `fault` is why it was implausible and added all the same, or None."""

    folder: Path
    manifest: Manifest
    fault: str | None


def add_model(
    file: Path, *, name: str | None = None, like: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None, force: bool = False,
) -> Added:  # fmt: skip
    """Copy an ONNX file, with the files of its external data, among the user's models.

    name: by default that of the file. like: what its input and output are (`proposal.propose`). settings: values of
    the manifest that differ from what is proposed, by keys such as `input.fit`. The model colours a landscape first;
    one whose colours are implausible is refused unless `force` is set, which records the reason in the manifest.
    Raises ModelError, naming the file, the fault and the remedy; nothing of the model is then left.
    """
    name = _free_name(name or _name_from(file))
    data = _external_files(file)
    proposed = propose(file, read_signature(file), like)
    for key, value in (settings or {}).items():
        _set(proposed, key, value)
    with _new_folder(user_models_folder() / name, file) as part:
        shutil.copyfile(file, part / GRAPH)
        for path in data:
            shutil.copyfile(path, part / path.name)
        content: dict[str, Any] = {"name": name, "version": "0", "license": "unknown", **proposed}
        content["source"] = {"file": file.name, **content.get("source", {})}
        content["files"] = {
            "network": _entry(part / GRAPH)
            | ({"data": [_entry(part / p.name) for p in data]} if data else {})
        }
        content = _with_stride(part, content)
        _write(part, content)
        fault, figures = _tried(part, force)
        if fault is not None and not force:
            raise ModelError(
                f"{file}: not added, {fault}; give another --like or --set KEY=VALUE, or add it all the same "
                "with --force"
            )
        content["figures"] = figures
        if fault is not None:
            content["source"]["forced"] = fault
        _write(part, content)
    folder = user_models_folder() / name
    return Added(folder, read_manifest(folder, verify=False), fault)


def _name_from(file: Path) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", file.stem.lower()).strip("-._") or "model"


def _free_name(name: str) -> str:
    """The name, if a model may be added under it."""
    if not _NAME.fullmatch(name):
        raise ModelError(
            f"{name!r}: cannot be a model's name; give --name with small letters, digits, dots and dashes"
        )
    if name in shipped_models() or name in RESERVED:
        raise ModelError(f"{name}: is a name of tinct itself; give another with --name")
    folder = user_models_folder() / name
    if os.path.lexists(folder):
        raise ModelError(
            f"{name}: was added before; remove it with: tinct models remove {name}, or give another --name"
        )
    return name


def _external_files(file: Path) -> list[Path]:
    """The files beside an ONNX file from which it takes weights."""
    found = []
    for name in sorted(external_data(file)):
        try:
            path = file.parent / plain_name(name)
        except ValueError:
            raise ModelError(
                f"{file}: takes weights from {name!r}, outside its folder; export it again with its weights beside it"
            ) from None
        if name in (GRAPH, MANIFEST) and path != file:
            raise ModelError(f"{file}: takes weights from a file named {name}; export it with another name")
        if not path.is_file():
            raise ModelError(
                f"{path}: is missing, and {file.name} takes its weights from it; put it beside that file"
            )
        found.append(path)
    return found


def _set(content: dict[str, Any], key: str, value: Any) -> None:
    """Set a value by a key with dots."""
    *groups, last = key.split(".")
    if key.split(".")[0] in ("format", "name", "files"):
        raise ModelError(f"--set {key}: is for tinct to say; the name is given by --name")
    part = content
    for group in groups:
        part = part.setdefault(group, {})
        if not isinstance(part, dict):
            raise ModelError(f"--set {key}: {group} is no group of values; see docs/reference/manifest.md")
    part[last] = value


def _with_stride(folder: Path, content: dict[str, Any]) -> dict[str, Any]:
    """The manifest with the stride that the network has, found by running it once."""
    if "stride" in content:
        return content
    _write(folder, content | {"stride": 1})
    network = Network(folder)
    lightness = whole_input(network)
    shape = network.answer(network.encode(lightness)).shape
    strides = {whole // own for whole, own in zip(lightness.shape, shape[-2:], strict=True) if own}
    stride = strides.pop() if len(strides) == 1 else 0
    if not stride or any(
        own * stride != whole for whole, own in zip(lightness.shape, shape[-2:], strict=True)
    ):
        height, width = lightness.shape
        raise ModelError(
            f"{content['source']['file']}: answers a photo of {height} x {width} with {shape[-2]} x {shape[-1]}, "
            "no whole part of it; export it again"
        )
    return content | {"stride": stride}


def _tried(folder: Path, force: bool) -> tuple[str | None, dict[str, Any]]:
    """Why the model in `folder` is implausible, or None; and what was measured."""
    network = Network(folder)
    try:
        started = time.perf_counter()
        _, fault = trial(network)
        return fault, {"seconds for the trial": round(time.perf_counter() - started, 3)}
    except ModelError as error:
        if not force:
            raise
        return str(error), {}


def _entry(path: Path) -> dict[str, str]:
    return {"file": path.name, "sha256": sha256_of(path)}


def _write(folder: Path, content: Mapping[str, Any]) -> None:
    (folder / MANIFEST).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


@contextmanager
def _new_folder(target: Path, file: Path) -> Iterator[Path]:
    """A hidden folder beside the target that becomes it at the end, or is removed on an error."""
    part = target.parent / f".{target.name}.{secrets.token_hex(4)}.part"
    try:
        part.mkdir(parents=True)
        try:
            yield part
        except ModelError as error:
            # The hidden folder means nothing to the user.
            raise ModelError(
                str(error).replace(str(part / GRAPH), str(file)).replace(f"{part}{os.sep}", "")
            ) from error
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        part.rename(target)
    except OSError as error:
        raise ModelError(
            f"{target}: the model cannot be written ({short_reason(error)}); make room there, or change permissions"
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
