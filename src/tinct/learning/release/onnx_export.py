"""Export of a trained network as a model folder: ONNX graphs with large kernels in half precision, and a
manifest.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn

from tinct.color.bins import srgb_bins
from tinct.color.decode import Decoding, annealed_mean
from tinct.digest import sha256_of
from tinct.learning.suppress_output import suppress_output
from tinct.models.manifest import FORMAT, MANIFEST
from tinct.models.runtime import Network
from tinct.networks.build import BuiltNetwork

# Kernels with fewer weights stay exact: 2 % of the bytes of tinct-s, and nine tenths of what rounding would change,
# most of it by the first depthwise kernels, whose batch norms have the largest gains.
HALF_FROM = 10_000


@dataclass(frozen=True)
class ModelInfo:
    """What a manifest says about a model besides its files; see `models/manifest/records.py` for the fields."""

    name: str
    version: str
    license: str
    source: Mapping[str, Any]
    short_side: int
    short_sides: Sequence[int]
    decoding: Decoding
    figures: Mapping[str, Any]


def export(network: BuiltNetwork, folder: Path, info: ModelInfo, *, half_from: int = HALF_FROM) -> None:
    """Write the ONNX graphs and manifest.json of a network to `folder`, kernels of `half_from` weights and
    more in float16.

    A network with hints becomes encoder.onnx and decoder.onnx, so that a new hint runs the decoder alone; any
    other one network.onnx. The graphs take any size that is a multiple of the network's: lightness (1, 1, h,
    w), scaled as the manifest says; hints (1, 3, h/4, w/4). Initializers keep the names of the state dict, so
    that `--init` can read them back.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network.eval()
    output = _output_name(network)
    if network.network.hints:
        _write_encoder_and_decoder(network, folder, output)
    else:
        whole = _Subgraph(lambda lightness: network.decode(network.encode(lightness)), network)
        shown = {"lightness": torch.zeros(1, 1, 2 * network.multiple, 3 * network.multiple)}
        _write(whole, shown, {"lightness": 1}, [output], folder / "network.onnx", network.multiple)
    for path in folder.glob("*.onnx"):
        onnx.save(_without_traces(_to_half_precision(onnx.load(path), half_from)), path)
    write_manifest(network, folder, info)


def write_manifest(network: BuiltNetwork, folder: Path, info: ModelInfo) -> None:
    """Write manifest.json for the graphs in `folder`."""
    config, files = network.network, {}
    for path in sorted(folder.glob("*.onnx")):
        files[path.stem] = {"file": path.name, "sha256": sha256_of(path)}
    classifies = config.output.kind == "ab_bins"
    colours = {"bins": srgb_bins().centres.tolist()} if classifies else {"scale": config.output.scale}
    manifest = {
        "format": FORMAT,
        "name": info.name,
        "version": info.version,
        "license": info.license,
        "source": dict(info.source),
        "files": files,
        "input": {
            "kind": "l",
            "name": "lightness",
            **asdict(config.input),
            "short_side": info.short_side,
            **({"short_sides": sorted(info.short_sides)} if info.short_sides else {}),
            "multiple": network.multiple,
        },
        "output": {"kind": config.output.kind, "name": _output_name(network), **colours},
        "stride": network.output_stride,
        "hints": {"name": "hints", "stride": config.hints} if config.hints else None,
        "temperature": info.decoding.temperature if classifies else None,
        "chroma_gain": info.decoding.gain,
        "chroma_limit": dict(zip(("knee", "span"), info.decoding.limit, strict=True))
        if info.decoding.limit
        else None,
        "figures": dict(info.figures),
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _without_traces(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph without the metadata of torch's exporter: stack traces, with paths of this machine."""
    graph = model.graph
    for each in (model, graph, *graph.node, *graph.input, *graph.output, *graph.initializer):
        del each.metadata_props[:]
        each.doc_string = ""
    return model


def max_ab_difference(network: BuiltNetwork, folder: Path, photos: Sequence[NDArray[np.float32]]) -> float:
    """Largest |Δab| between a torch network and its exported graphs over lightness arrays (h, w), 0..100."""
    exported, worst, config = Network(folder), 0.0, network.network
    for lightness in photos:
        shown = torch.from_numpy(lightness)[None, None] * config.input.scale + config.input.offset
        with torch.no_grad():
            answer = network.decode(network.encode(shown))[0].numpy()
        predicted = exported.predict(exported.encode(lightness))
        if predicted.ab is not None:
            difference: NDArray[np.floating] = answer * config.output.scale - predicted.ab
        else:
            assert predicted.log_probabilities is not None
            difference = annealed_mean(answer, srgb_bins()) - annealed_mean(
                predicted.log_probabilities, srgb_bins()
            )
        worst = float(np.maximum(worst, np.abs(difference).max()))  # max() would drop what is not a number
    return worst


def _output_name(network: BuiltNetwork) -> str:
    return "logits" if network.network.output.kind == "ab_bins" else "ab"


class _Subgraph(nn.Module):
    """Part of a network as a module with positional tensors."""

    def __init__(self, run: Callable[..., Any], network: nn.Module) -> None:
        super().__init__()
        self.network, self.run = network, run

    def forward(self, *given: Tensor) -> Any:
        return self.run(*given)


def _write_encoder_and_decoder(network: BuiltNetwork, folder: Path, output: str) -> None:
    stride, multiple = network.network.hints or 1, network.multiple
    lightness = torch.zeros(1, 1, 2 * multiple, 3 * multiple)
    hints = torch.zeros(1, 3, 2 * multiple // stride, 3 * multiple // stride)
    taps = network.encode(lightness)
    names = list(taps)
    encoder = _Subgraph(lambda *given: tuple(network.encode(*given).values()), network)
    decoder = _Subgraph(
        lambda *given: network.decode(dict(zip(names, given[:-1], strict=True)), given[-1]), network
    )
    _write(encoder, {"lightness": lightness}, {"lightness": 1}, names, folder / "encoder.onnx", multiple)
    strides = {name: lightness.shape[-1] // tap.shape[-1] for name, tap in taps.items()} | {"hints": stride}
    _write(decoder, {**taps, "hints": hints}, strides, [output], folder / "decoder.onnx", multiple)


def _write(
    half: nn.Module,
    inputs: dict[str, Tensor],
    strides: dict[str, int],
    outputs: list[str],
    target: Path,
    multiple: int,
) -> None:
    height, width = (torch.export.Dim(name, min=2, max=1024) for name in ("rows", "columns"))
    shapes = tuple(
        {2: height * (multiple // strides[name]), 3: width * (multiple // strides[name])} for name in inputs
    )
    with suppress_output():
        program = torch.onnx.export(
            half, tuple(inputs.values()), input_names=list(inputs), output_names=outputs,
            dynamic_shapes=(shapes,), dynamo=True, optimize=False, verbose=False,
        )  # fmt: skip
    assert program is not None
    onnx.save(program.model_proto, target)


def _to_half_precision(model: onnx.ModelProto, half_from: int) -> onnx.ModelProto:
    """The same graph with its large kernels stored as float16 and cast back to float32 when it is loaded."""
    graph, casts = model.graph, []
    for weight in graph.initializer:
        if (
            weight.data_type != onnx.TensorProto.FLOAT
            or len(weight.dims) < 2
            or math.prod(weight.dims) < half_from
        ):
            continue
        values, name = numpy_helper.to_array(weight).astype(np.float16), weight.name
        weight.CopyFrom(numpy_helper.from_array(values, name + ".half"))
        casts.append(onnx.helper.make_node("Cast", [name + ".half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.value_info[:]
    onnx.checker.check_model(model)
    return model
