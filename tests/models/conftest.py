"""Folders of models made from stand-ins."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .stand_ins import StandIn, write


def write_folder(
    folder: Path, made: StandIn, content: dict[str, Any], *, external: str | None = None
) -> Path:
    folder.mkdir(exist_ok=True)
    graph = write(made, folder / "network.onnx", external=external)
    entry: dict[str, Any] = {"file": graph.name, "sha256": digest(graph)}
    if external:
        entry["data"] = [{"file": external, "sha256": digest(folder / external)}]
    (folder / "manifest.json").write_text(json.dumps(content | {"files": {"network": entry}}))
    return folder


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def folder_of() -> Callable[..., Path]:
    """Writes a stand-in and a manifest as a model's folder: (folder, stand-in, manifest, external=...)."""
    return write_folder
