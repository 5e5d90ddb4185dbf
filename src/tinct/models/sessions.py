"""Opening of ONNX files as sessions of ONNX Runtime, which is imported when the first is opened."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct.errors import ModelError, short_reason
from tinct.models.manifest.records import ExtraInput

Float32Array = NDArray[np.float32]

# Types of tensors that networks take and give; tinct itself reckons in float32.
NUMBER_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64}


def physical_cores() -> int:
    """Physical cores available to this process; at least 1."""
    try:
        usable = os.sched_getaffinity(0)
    except AttributeError:  # not Linux: unknown which threads share a core
        return os.cpu_count() or 1
    cores = set()
    for cpu in usable:
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        cores.add(siblings.read_text() if siblings.exists() else str(cpu))
    return max(1, len(cores))


def open_graph(file: Path) -> Callable[..., Float32Array]:
    """An ONNX file as a function from its inputs, in order, to its first output.

    Raises ModelError, naming the file, if it cannot be opened.
    """
    session = open_session(file, physical_cores())
    names = [put.name for put in session.get_inputs()]
    first = session.get_outputs()[0].name

    def run(*given: Float32Array) -> Float32Array:
        (answer,) = session.run([first], dict(zip(names, given, strict=True)))
        return np.asarray(answer)

    return run


def open_session(file: Path, threads: int) -> Any:
    """A session for the graph in `file`; ModelError, naming the file, if it cannot be opened."""
    from tinct.models.onnx_runtime import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.inter_op_num_threads = 1
    settings.log_severity_level = 3
    # Threads that spin between photos would take cores from decoding and encoding the next one.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(file, settings, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises a dozen types without a common base
        raise ModelError(
            f"{file}: ONNX Runtime cannot open it ({short_reason(error)}); export it again"
        ) from error


def check_tensors(name: Path | str, session: Any) -> None:
    """Raise ModelError, naming the model, for a tensor of a type or a number of dimensions that tinct cannot serve."""
    for put in (*session.get_inputs(), *session.get_outputs()):
        if put.type not in NUMBER_TYPES:
            raise ModelError(
                f"{name}: its tensor {put.name} is of the type {put.type}, not float; export it with float32 "
                "inputs and outputs"
            )
        if put.shape is None or len(put.shape) != 4:
            dimensions = "an unknown number of" if not put.shape else str(len(put.shape))
            raise ModelError(
                f"{name}: its tensor {put.name} has {dimensions} dimensions, not 4 (photos, channels, rows, "
                "columns); export it again with these"
            )


def constant_input(put: Any, extra: ExtraInput, size: tuple[int, ...]) -> NDArray[Any]:
    """The constant tensor for an input of a graph, for photos of `size` (h, w).

    Raises ModelError if the graph leaves its number of channels open.
    """
    photos, channels, *sides = put.shape
    if not isinstance(channels, int):
        raise ModelError(
            f"the constant input {put.name} has {channels} channels; export it with a fixed number"
        )
    shape = [
        side if isinstance(side, int) else own // extra.stride for side, own in zip(sides, size, strict=True)
    ]
    batch = photos if isinstance(photos, int) else 1
    return np.full((batch, channels, *shape), extra.value, NUMBER_TYPES[put.type])
