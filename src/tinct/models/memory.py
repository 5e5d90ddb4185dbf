"""Memory that a model takes, and that the machine has."""

from __future__ import annotations

import os
import re
import warnings
from itertools import chain
from pathlib import Path

from tinct.errors import ModelError, ModelWarning
from tinct.models.manifest import Manifest, graph_bytes

# Largest memory in use while a model is opened, over the bytes of its files: measured with ONNX Runtime 1.32 on
# networks of 150 and 264 MB, 2.4 to 2.8 with weights inside the graph and 1.4 to 1.8 with external data.
OF_GRAPHS, OF_DATA = 3.2, 2.2
ANNOUNCED_FROM = 1_000_000_000


def needed_bytes(manifest: Manifest) -> int:
    """About how much memory opening the model takes at most."""
    data = graph_bytes(chain.from_iterable(manifest.data.values()))
    return int(OF_GRAPHS * graph_bytes(manifest.files.values()) + OF_DATA * data)


def available_bytes() -> int | None:
    """Memory that programs can still get; None if the system does not say."""
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
        found = re.search(r"^MemAvailable:\s*(\d+) kB", text, re.M)
        return int(found[1]) * 1024 if found else None
    except (OSError, ValueError):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def check_memory(manifest: Manifest) -> None:
    """Announce a model that takes a gigabyte or more, as a ModelWarning; ModelError if there is not so much left."""
    needed, available = needed_bytes(manifest), available_bytes()
    if available is not None and needed > available:
        raise ModelError(
            f"{manifest.title}: opening it takes about {_gigabytes(needed)} of memory, and {_gigabytes(available)} "
            "are free; close other programs, or use a smaller model"
        )
    if needed >= ANNOUNCED_FROM:
        free = "" if available is None else f", {_gigabytes(available)} are free"
        warnings.warn(
            f"{manifest.title}: opening it takes about {_gigabytes(needed)} of memory{free}",
            ModelWarning,
            stacklevel=3,
        )


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
