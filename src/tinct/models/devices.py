"""Devices that a network can run on: execution providers of the installed ONNX Runtime, by the name of `--device`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tinct.errors import ModelError, OptionError, suggestion

CPU = "CPUExecutionProvider"
# The providers of each device, the best first, and where they come from.
PROVIDERS = {
    "cpu": (CPU,),
    "cuda": ("CUDAExecutionProvider",),
    "coreml": ("CoreMLExecutionProvider",),
    "directml": ("DmlExecutionProvider",),
    "openvino": ("OpenVINOExecutionProvider",),
    "rocm": ("MIGraphXExecutionProvider", "ROCMExecutionProvider"),
}
PACKAGES = {
    "cuda": "onnxruntime-gpu",
    "coreml": "onnxruntime (on macOS)",
    "directml": "onnxruntime-directml",
    "openvino": "onnxruntime-openvino",
    "rocm": "onnxruntime-migraphx",
}
AUTO = "auto"
DEVICES = (AUTO, *PROVIDERS)
# What `auto` takes if it is installed; the others must be asked for, as they may be slower than the CPU.
_AUTOMATIC = ("cuda", "rocm", "directml")


@dataclass(frozen=True, slots=True)
class Device:
    """A device by its name, and its provider. chosen: whether by the user, so that nothing may stand in for it."""

    name: str
    provider: str
    chosen: bool = True


def available_devices() -> list[str]:
    """Devices that the installed ONNX Runtime has providers for; they may still lack a driver."""
    present = _present()
    return [name for name, providers in PROVIDERS.items() if set(providers) & set(present)]


def find_device(name: str) -> Device:
    """The device of that name; `auto` is a GPU if the installed ONNX Runtime has a provider for one, else the CPU.

    Raises OptionError for an unknown name, ModelError for a device that the installed ONNX Runtime cannot serve.
    """
    if name not in DEVICES:
        raise OptionError(f"there is no device {name!r}{suggestion(name, DEVICES)}")
    present = _present()
    for each in (*_AUTOMATIC, "cpu") if name == AUTO else (name,):
        for provider in PROVIDERS[each]:
            if provider in present:
                return Device(each, provider, chosen=name != AUTO)
    raise ModelError(
        f"device {name}: the installed ONNX Runtime has no {PROVIDERS[name][0]}; install "
        f"{PACKAGES[name]} in place of onnxruntime, or use --device {' or '.join(available_devices())}"
    )


def _present() -> Sequence[str]:
    from tinct.models.onnx_runtime import onnxruntime

    return list(onnxruntime.get_available_providers())
