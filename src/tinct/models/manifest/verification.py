"""Check that the files of a model are those that its manifest describes, and refer to no others."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tinct.digest import sha256_of
from tinct.errors import ModelError
from tinct.models.onnx_file import external_data


def check_file(manifest: Path, file: Path, expected: str) -> None:
    """Raise ModelError unless the file is there and has the sha256 that the manifest says."""
    try:
        actual = sha256_of(file)
    except OSError as error:
        raise ModelError(f"{file}: cannot be read ({error.strerror}); fetch the model again") from None
    if actual != expected:
        raise ModelError(
            f"{file}: is not the file that {manifest.name} describes (sha256); fetch the model again"
        )


def check_references(file: Path, data: Iterable[Path]) -> None:
    """Raise ModelError if a graph takes weights from any file but `data`, such as one outside its folder."""
    known = {path.name for path in data}
    unknown = sorted(external_data(file) - known)
    if unknown:
        raise ModelError(
            f"{file}: takes weights from {unknown[0]}, which its manifest does not name; fetch the model again"
        )


def graph_bytes(files: Iterable[Path]) -> int:
    """Bytes of files together; those that cannot be read count nothing."""
    return sum(path.stat().st_size for path in files if path.is_file())
