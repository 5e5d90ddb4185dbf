"""A few small photos in colour, made by code, and a small network to teach."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from tinct import photo

NETWORK = """
about: "A small classifier"
input: {scale: 0.01}
output: {kind: ab_bins, step: 10}
hints: {stride: 4}
defaults: {size: 4, stride: 2, padding: 1, norm: batch, activation: relu}
encoder:
  - {name: down1, kind: conv, filters: 8}
  - {name: down2, kind: conv, filters: 16}
decoder:
  - {name: merge, kind: conv, filters: 16, size: 3, stride: 1, skip: [hints]}
head:
  - {name: bins, kind: conv, filters: 225, size: 1, stride: 1, padding: 0, bias: true, norm: none, activation: none}
"""


def coloured_photo(seed: int, side: int = 64) -> bytes:
    rng = np.random.default_rng(seed)
    low = rng.integers(0, 256, (4, 5, 3)).repeat(side // 4, 0).repeat(side // 4, 1)
    return photo.to_bytes(photo.read(low.astype(np.uint8)), _image(low), "png")


def _image(pixels: np.ndarray) -> object:
    import pyvips

    return pyvips.Image.new_from_array(pixels.astype(np.uint8)).copy(interpretation="srgb")


@pytest.fixture(scope="session")
def shard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shards") / "photos.tar"
    with tarfile.open(path, "w") as tar:
        for number in range(12):
            data = coloured_photo(number)
            member = tarfile.TarInfo(f"{number:03}.png")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


@pytest.fixture
def network_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(NETWORK)
    return path
