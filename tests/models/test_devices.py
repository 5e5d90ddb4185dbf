"""A device is the one that was asked for, or an error: nothing falls back in silence."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinct.colorizer import Colorizer
from tinct.errors import ModelError, ModelWarning, OptionError
from tinct.models import devices, memory
from tinct.models.onnx_runtime import onnxruntime
from tinct.models.runtime import Network

from .stand_ins import manifest, siggraph17


@pytest.fixture
def model(tmp_path: Path, folder_of: Callable[..., Path]) -> Path:
    content = manifest(
        input={"kind": "l", "name": "input_L", "short_side": 32},
        output={"kind": "ab", "name": "output_ab", "scale": 1},
    )
    return folder_of(tmp_path / "m", siggraph17(), content, external="weights.bin")


def install(monkeypatch: pytest.MonkeyPatch, *providers: str) -> None:
    """As if ONNX Runtime had these providers; none of them works, as their libraries are missing."""
    present = [*providers, "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: present)


@pytest.mark.parametrize("name", ["cuda", "coreml", "directml", "openvino", "rocm"])
def test_a_provider_that_is_not_installed_is_named_with_its_package(name: str, model: Path) -> None:
    if name in devices.available_devices():
        pytest.skip("it is installed here")
    with pytest.raises(ModelError, match=f"device {name}: .*install .*or use --device cpu"):
        Colorizer(model, device=name)


def test_an_unknown_device_is_refused(model: Path) -> None:
    with pytest.raises(OptionError, match="no device 'cude'; did you mean 'cuda'"):
        Colorizer(model, device="cude")


@pytest.mark.parametrize("fails", [False, True])
def test_a_chosen_device_that_does_not_work_is_an_error_and_no_other_is_taken(
    fails: bool, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, "CUDAExecutionProvider")
    usual, asked = onnxruntime.InferenceSession, []

    def session(file: Path, settings: Any, *, providers: list[str], enable_fallback: bool) -> Any:
        asked.append((providers[0], enable_fallback))
        if fails and len(providers) > 1:
            raise RuntimeError("libcudart.so.12: cannot open shared object file")
        return usual(file, settings, providers=["CPUExecutionProvider"])

    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    with pytest.raises(ModelError, match=r"device cuda: network\.onnx cannot run on it .*--device cpu"):
        Colorizer(model, device="cuda")
    assert asked == [("CUDAExecutionProvider", False)]
    with pytest.warns(ModelWarning, match="the CPU is used, as cuda does not work"):
        assert Colorizer(model, device="auto").device == "cpu"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Colorizer(model, device="cpu").device == "cpu"


def test_a_device_that_works_is_used_and_told(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "CUDAExecutionProvider", "CoreMLExecutionProvider")
    usual = onnxruntime.InferenceSession

    class Session:
        def __init__(self, file: Path, settings: Any, *, providers: list[str], **_: Any) -> None:
            self._usual, self._providers = (
                usual(file, settings, providers=["CPUExecutionProvider"]),
                providers,
            )

        def get_providers(self) -> list[str]:
            return self._providers

        def __getattr__(self, name: str) -> Any:
            return getattr(self._usual, name)

    monkeypatch.setattr(onnxruntime, "InferenceSession", Session)
    assert Colorizer(model).device == "cuda"
    assert Colorizer(model, device="coreml").device == "coreml"
    assert Network(model).device == "cpu"


def test_auto_is_the_cpu_where_there_is_nothing_else_and_gives_its_pixels(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, "CoreMLExecutionProvider")
    assert devices.find_device("auto").name == "cpu"
    assert devices.available_devices() == ["cpu", "coreml"]
    grey = np.full((40, 40), 90, np.uint8)
    np.testing.assert_array_equal(
        Colorizer(model).colorize(grey), Colorizer(model, device="cpu").colorize(grey)
    )


def test_a_model_larger_than_the_memory_is_refused_and_a_large_one_announced(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = memory.needed_bytes(Network(model).manifest)
    monkeypatch.setattr(memory, "available_bytes", lambda: needed - 1)
    with pytest.raises(
        ModelError, match=r"stand-in 0: opening it takes about .* GB of memory, .*smaller model"
    ):
        Network(model)
    monkeypatch.setattr(memory, "available_bytes", lambda: None)
    monkeypatch.setattr(memory, "ANNOUNCED_FROM", needed)
    with pytest.warns(ModelWarning, match="stand-in 0: opening it takes about .* GB of memory"):
        Network(model)


def test_the_memory_that_is_free_is_known_on_linux() -> None:
    found = memory.available_bytes()
    assert found is None or 10_000_000 < found < 100e12
