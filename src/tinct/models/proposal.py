"""From the tensors of an ONNX graph to the manifest that it most likely needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinct.errors import ModelError
from tinct.models.families import BY_CHANNELS, FAMILIES
from tinct.models.manifest import INPUT_KINDS, OUTPUT_KINDS
from tinct.models.sessions import check_tensors, open_session

Shape = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """Names and shapes of the inputs and outputs of a graph; an open dimension is its name, or None."""

    inputs: Mapping[str, Shape]
    outputs: Mapping[str, Shape]


def read_signature(file: Path) -> Signature:
    """The tensors of an ONNX file; ModelError if it cannot be opened, or has tensors that tinct cannot serve."""
    session = open_session(file, 1)
    check_tensors(file, session)
    return Signature(
        {put.name: tuple(put.shape) for put in session.get_inputs()},
        {put.name: tuple(put.shape) for put in session.get_outputs()},
    )


def propose(file: Path, signature: Signature, like: Mapping[str, Any] | None) -> dict[str, Any]:
    """Format, input, extra inputs and output of a manifest for a graph; not its files and its stride.

    like: those parts of a manifest that a graph does not tell, `input` and `output`, as `FAMILIES` has them; None
    takes those of the family with as many channels. Raises ModelError if no input or output fits.
    """
    wanted = INPUT_KINDS[like["input"]["kind"]] if like else None
    name = _main_input(file, signature, wanted)
    channels = signature.inputs[name][1]
    output, answers = _main_output(file, signature, like)
    if like is None:
        family = BY_CHANNELS.get((channels, answers))
        if family is None:
            raise ModelError(
                f"{file}: takes {channels} and answers with {answers} channels, as no known family does; "
                f"say what it is with --like ({', '.join(FAMILIES)}, or a network of tinct)"
            )
        like = FAMILIES[family]
    given = {"name": name, **like["input"]}
    height, width = signature.inputs[name][2:]
    if isinstance(height, int) != isinstance(width, int):
        raise ModelError(f"{file}: only one side of its input is fixed; export it with both, or with neither")
    if isinstance(height, int):
        for key in ("short_side", "short_sides", "multiple", "fit"):
            given.pop(key, None)
        given["size"] = [height, width]
    extra = {other: {"value": 0.0} for other in signature.inputs if other != name}
    rest = {key: value for key, value in like.items() if key not in ("input", "output")}
    return {
        "format": 2, **rest, "input": given, "extra_inputs": extra, "output": {"name": output, **like["output"]},
    }  # fmt: skip


def _main_input(file: Path, signature: Signature, wanted: int | None) -> str:
    """The first input with the channels of a photo; masks and hints beside it stay constant."""
    fitting = [
        name
        for name, shape in signature.inputs.items()
        if shape[1] == wanted or (wanted is None and shape[1] in (1, 3))
    ]
    if not fitting:
        counts = ", ".join(f"{name} with {shape[1]}" for name, shape in signature.inputs.items()) or "none"
        needed = f"{wanted} channels" if wanted else "1 or 3 channels"
        raise ModelError(
            f"{file}: has no input of {needed} (it takes {counts}); give another --like, or export it again"
        )
    return fitting[0]


def _main_output(file: Path, signature: Signature, like: Mapping[str, Any] | None) -> tuple[str, int]:
    """The first output with as many channels as the kind has, or of 2 or 3; its name and channels."""
    if like is not None:
        kind = like["output"]["kind"]
        allowed: tuple[int, ...] = (OUTPUT_KINDS[kind] or len(like["output"]["bins"]),)
    else:
        allowed = (2, 3)
    for name, shape in signature.outputs.items():
        if shape[1] in allowed:
            return name, shape[1]
    for name, shape in signature.outputs.items():
        if not isinstance(shape[1], int):
            return name, allowed[0]
    counts = ", ".join(f"{name} with {shape[1]}" for name, shape in signature.outputs.items())
    raise ModelError(
        f"{file}: has no output of {' or '.join(map(str, allowed))} channels (it answers {counts}); "
        "give another --like, or export it again"
    )
