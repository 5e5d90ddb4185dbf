"""Opening of ONNX files as sessions of ONNX Runtime, which is imported when the first is opened."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct.errors import ModelError, ModelWarning, short_reason
from tinct.models.devices import CPU, Device
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


def open_session(file: Path, threads: int, device: Device | None = None) -> Any:
    """A session for the graph in `file` on a device, by default the CPU.

    A device that was not chosen by the user but by `auto`, and does not work, is told as a ModelWarning; the CPU then
    stands in. Raises ModelError, naming the file, if it cannot be opened, or if a chosen device does not work.
    """
    if device is None or device.provider == CPU:
        return _session(file, threads, [CPU])
    try:
        session = _session(file, threads, [device.provider, CPU])
        # ONNX Runtime leaves out a provider whose driver or library is missing.
        reason = "" if device.provider in session.get_providers() else "its driver or a library is missing"
    except ModelError as error:
        reason = str(error)
    if not reason:
        return session
    if device.chosen:
        raise ModelError(
            f"device {device.name}: {file.name} cannot run on it ({reason}); see tinct doctor, or use --device cpu"
        )
    warnings.warn(
        f"{file.parent.name}: the CPU is used, as {device.name} does not work ({reason}); see tinct doctor",
        ModelWarning,
        stacklevel=2,
    )
    return _session(file, threads, [CPU])


def _session(file: Path, threads: int, providers: list[str]) -> Any:
    from tinct.models.onnx_runtime import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.inter_op_num_threads = 1
    settings.log_severity_level = 3
    # Threads that spin between photos would take cores from decoding and encoding the next one.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    settings.add_session_config_entry("session.use_env_allocators", "1")  # the arena of `onnx_runtime`
    if providers[0] == "DmlExecutionProvider":  # which supports neither
        settings.enable_mem_pattern = False
        settings.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    try:
        # Without the fallback, which would print and take the CPU.
        return onnxruntime.InferenceSession(file, settings, providers=providers, enable_fallback=False)
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
