"""ONNX Runtime without its telemetry: the one module that imports it."""

from __future__ import annotations

import importlib
import os
from typing import Any

# Since 1.32 the import itself writes a device id and a database of usage events to the user's cache folder:
# `disable_telemetry_events()` comes too late.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime

# One memory arena for the graphs of all networks: each would keep its own, as large as its largest photo needed.
onnxruntime.create_and_register_allocator(
    onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    ),
    None,
)

__all__ = ["onnxruntime", "quantization"]


def quantization() -> Any:
    """The package `onnxruntime.quantization`, which imports `onnx` as well."""
    return importlib.import_module("onnxruntime.quantization")
