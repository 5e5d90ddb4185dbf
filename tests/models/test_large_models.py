"""Opening a model takes no more memory than is announced, with its weights inside the graph or beside it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from .conftest import digest
from .stand_ins import manifest

MEASURE = """
import re, sys
from pathlib import Path
from tinct.models import memory
from tinct.models.manifest import read_manifest
from tinct.models.runtime import Network
import tinct.models.onnx_runtime

def peak():
    # Not ru_maxrss, which begins with that of the parent process.
    return int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])

before = peak()
Network(Path(sys.argv[1]), threads=1)
print(peak() - before,
      memory.needed_bytes(read_manifest(Path(sys.argv[1]), verify=False)) // 1024)
"""


def wide(path: Path, external: str | None, channels: int = 1024, layers: int = 4) -> None:
    """Convolutions whose weights are nearly all of the file: 38 MB each."""
    rng = np.random.default_rng(0)
    sizes = [(channels, 1, 1, 1), *[(channels, channels, 3, 3)] * layers, (2, channels, 1, 1)]
    weights = [numpy_helper.from_array(rng.random(size, np.float32), f"w{i}") for i, size in enumerate(sizes)]
    names = ["input", *(f"h{i}" for i in range(len(sizes) - 1)), "output"]
    nodes = [
        helper.make_node("Conv", [names[i], f"w{i}"], [names[i + 1]], pads=[size[2] // 2] * 4)
        for i, size in enumerate(sizes)
    ]
    put, out = (
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, count, "h", "w"))]
        for name, count in (("input", 1), ("output", 2))
    )
    model = helper.make_model(
        helper.make_graph(nodes, "g", put, out, weights),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    if external:
        onnx.save(model, path, save_as_external_data=True, location=external)
    else:
        onnx.save(model, path)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("external", [None, "weights.bin"])
def test_memory_is_bounded_by_what_is_announced(external: str | None, tmp_path: Path) -> None:
    wide(tmp_path / "network.onnx", external)
    entry: dict[str, object] = {"file": "network.onnx", "sha256": digest(tmp_path / "network.onnx")}
    if external:
        entry["data"] = [{"file": external, "sha256": digest(tmp_path / external)}]
    content = manifest(input={"kind": "l", "name": "input", "short_side": 64}, files={"network": entry})
    (tmp_path / "manifest.json").write_text(json.dumps(content))
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path)], capture_output=True, text=True, check=True
    )
    taken, announced = map(int, done.stdout.split())
    assert 100_000 < taken < announced
