"""What ONNX files cost: bytes, multiply-adds, memory and processor seconds, each in a process of its own.

    python benchmarks/models.py FILE.onnx ... [--threads 2] [--side 256]

Multiply-adds are those of convolutions and matrix products; --side is for inputs whose size is open.
Needs the package onnx, which the extra `train` brings.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import re
import time
from pathlib import Path
from typing import Any

import numpy as np

RUNS = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--side", type=int, default=256)
    said = parser.parse_args()
    print(
        f"{'file':32} {'input':>16} {'MB':>7} {'G mult-adds':>11} {'peak MB':>8} {'open s':>7} {'CPU s':>7}"
    )
    context = multiprocessing.get_context("spawn")
    for file in said.files:
        with context.Pool(1) as pool:  # so that the memory is this file's alone
            shape, size, adds, peak, opening, running = pool.apply(measure, (file, said.threads, said.side))
        by = "x".join(map(str, shape))
        print(
            f"{file.stem:32} {by:>16} {size / 1e6:7.1f} {adds / 1e9:11.1f} "
            f"{peak / 1e6:8.0f} {opening:7.2f} {running:7.2f}"
        )


def measure(file: Path, threads: int, side: int) -> tuple[tuple[int, ...], int, int, int, float, float]:
    """Shape of the first input, bytes, multiply-adds, bytes of memory, processor seconds to open and to run."""
    from tinct.models.manifest import graph_bytes
    from tinct.models.onnx_file import external_data
    from tinct.models.sessions import NUMBER_TYPES, open_session

    before, started = _peak(), time.process_time()
    session = open_session(file, threads)
    opening = time.process_time() - started
    shapes = {put.name: _fixed(put.shape, side) for put in session.get_inputs()}
    fed = {put.name: np.zeros(shapes[put.name], NUMBER_TYPES[put.type]) for put in session.get_inputs()}
    seconds = []
    for _ in range(RUNS):
        # Processor seconds of all threads: other programs on the machine change them little.
        started = time.process_time()
        session.run(None, fed)
        seconds.append(time.process_time() - started)
    peak = _peak() - before
    size = graph_bytes([file, *(file.parent / name for name in external_data(file))])
    return next(iter(shapes.values())), size, multiply_adds(file, shapes), peak, opening, min(seconds)


def multiply_adds(file: Path, shapes: dict[str, tuple[int, ...]]) -> int:
    """Multiply-adds of the convolutions and matrix products of a graph for inputs of these shapes."""
    import onnx
    from onnx import shape_inference

    model = onnx.load(file, load_external_data=False)
    for put in model.graph.input:
        if put.name in shapes:
            for dimension, value in zip(put.type.tensor_type.shape.dim, shapes[put.name], strict=True):
                dimension.dim_value = value
    for each in (*model.graph.output, *model.graph.value_info):
        each.type.tensor_type.ClearField("shape")
    del model.graph.value_info[:]
    graph = shape_inference.infer_shapes(model, data_prop=True).graph
    known = {each.name: list(each.dims) for each in graph.initializer} | {
        each.name: [dimension.dim_value for dimension in each.type.tensor_type.shape.dim]
        for each in (*graph.input, *graph.value_info, *graph.output)
    }
    return sum(_of_node(node, known) for node in graph.node)


def _of_node(node: Any, known: dict[str, list[int]]) -> int:
    if node.op_type in ("Conv", "ConvTranspose"):
        weight = known[node.input[1]]
        over = known[node.output[0] if node.op_type == "Conv" else node.input[0]]
        channels = over[1] if node.op_type == "Conv" else weight[0]
        return math.prod(over[2:]) * channels * math.prod(weight[1:])
    if node.op_type in ("MatMul", "Gemm"):
        return math.prod(known[node.output[0]]) * known[node.input[0]][-1]
    if node.op_type == "Einsum":
        equation = node.attribute[0].s.decode().replace(" ", "").split("->")[0].split(",")
        sizes = {
            letter: size
            for name, letters in zip(node.input, equation, strict=True)
            for letter, size in zip(letters, known[name], strict=True)
        }
        return math.prod(sizes.values())
    return 0


def _fixed(shape: list[Any], side: int) -> tuple[int, ...]:
    sizes = [each if isinstance(each, int) else None for each in shape]
    return tuple(size if size is not None else 1 if at < 2 else side for at, size in enumerate(sizes))


def _peak() -> int:
    """Largest memory of this process so far, in bytes; Linux only."""
    found = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) * 1024 if found else 0


if __name__ == "__main__":
    main()
