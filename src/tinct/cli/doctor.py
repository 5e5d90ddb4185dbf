"""`tinct doctor`: versions, devices, models, their speed and memory, and what is missing."""

from __future__ import annotations

import os
import platform
import re
import sys
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Annotated

import typer

from tinct.errors import TinctError
from tinct.version import __version__

_SHOWN = ("numpy", "pyvips", "platformdirs", "typer", "pillow-heif", "pillow-jxl-plugin", "torch", "onnx")


def doctor(
    speed: Annotated[bool, typer.Option(help="Run each model once; large ones take a while.")] = True,
) -> int:
    """Show versions, devices, models with their speed and memory, missing extras; exit code 1 if a model is broken."""
    for label, value in _machine():
        typer.echo(f"{label:12} {value}")
    typer.echo("\ndevices")
    for line in _devices():
        typer.echo(f"  {line}")
    typer.echo("\nmodels")
    broken = 0
    for name in _model_names():
        line, whole = _model(name, speed)
        broken += not whole
        typer.echo(f"  {name:20} {line}")
    typer.echo("\nextras")
    for extra, missing in _extras():
        state = f"lacks {', '.join(missing)}: pip install 'tinct[{extra}]'" if missing else "installed"
        typer.echo(f"  {extra:12} {state}")
    return 1 if broken else 0


def _machine() -> Iterator[tuple[str, str]]:
    from tinct.models.memory import available_bytes
    from tinct.models.onnx_runtime import onnxruntime
    from tinct.models.sessions import physical_cores
    from tinct.models.store import user_models_folder
    from tinct.photo import libvips_version

    yield "tinct", f"{__version__} in {Path(__file__).parents[1]}"
    yield "python", f"{platform.python_version()} in {sys.prefix}"
    yield "system", f"{platform.system()} {platform.release()} {platform.machine()}"
    yield "cores", f"{physical_cores()} physical of {os.cpu_count()}"
    free = available_bytes()
    yield "memory", "unknown" if free is None else f"{free / 1e9:.1f} GB free"
    yield "onnxruntime", str(onnxruntime.__version__)
    yield "libvips", libvips_version()
    yield "packages", ", ".join(f"{name} {found}" for name in _SHOWN if (found := _version(name)))
    yield "your models", str(user_models_folder())


def _devices() -> Iterator[str]:
    """One line for each device: what is installed, what works, what would be needed."""
    from tinct.models.devices import PACKAGES, PROVIDERS, available_devices, find_device
    from tinct.models.runtime import Network
    from tinct.models.store import DEFAULT_MODEL, find_model

    present = available_devices()
    for name in PROVIDERS:
        if name not in present:
            yield f"{name:12} not installed ({PACKAGES[name]})"
            continue
        try:
            Network(find_model(DEFAULT_MODEL), device=name)
            yield f"{name:12} works"
        except TinctError as error:
            yield f"{name:12} installed, but does not work: {error}"
    yield f"{'auto':12} is {find_device('auto').name}"


def _model_names() -> list[str]:
    from tinct.models.store import shipped_models, user_models

    return [*shipped_models(), *user_models()]


def _model(name: str, speed: bool) -> tuple[str, bool]:
    """What there is to say of a model, and whether it is whole."""
    from tinct.models.manifest import read_manifest
    from tinct.models.memory import needed_bytes
    from tinct.models.plausibility import trial
    from tinct.models.runtime import Network
    from tinct.models.store import find_model

    try:
        manifest = read_manifest(find_model(name))
        memory = f"opens in {needed_bytes(manifest) / 1e6:.0f} MB"
        if not speed:
            return f"whole, {memory}", True
        network = Network(find_model(name))
        trial(network)
        started = time.perf_counter()
        _, fault = trial(network)
        spent = time.perf_counter() - started
        plausible = f", implausible: {fault}" if fault else ""
        return f"whole, {memory}, {1000 * spent:.0f} ms a photo{plausible}", True
    except TinctError as error:
        return f"broken: {error}", False


def _extras() -> Iterator[tuple[str, list[str]]]:
    """Each extra that brings packages, and which of them are missing."""
    needed: dict[str, list[str]] = {}
    for text in requires("tinct") or ():
        package, extra = re.match(r"[\w.-]+", text), re.search(r"extra == ['\"](\w+)['\"]", text)
        if package and extra and extra[1] != "dev":
            needed.setdefault(extra[1], []).append(package[0])
    for name, packages in needed.items():
        yield name, [package for package in packages if _version(package) is None]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
