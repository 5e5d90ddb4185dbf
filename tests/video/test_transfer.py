"""HDR signals against published values, and PQ colours against libzimg."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from skimage.color import xyz2lab

from tinct.color.lab import RGB_TO_XYZ, luminance_to_lightness
from tinct.video.output.chroma import chroma_at
from tinct.video.source.probe import ColourTags
from tinct.video.source.transfer import HLG, PQ, from_linear, to_linear


@pytest.mark.parametrize(
    ("transfer", "signal", "light"),
    # ITU-R BT.2408, tables of nominal levels: PQ in cd/m2, HLG relative to its white of 75 %.
    [(PQ, 0.58, 203 / 203), (PQ, 0.508, 100 / 203), (PQ, 0.7518, 1000 / 203), (PQ, 0.0, 0), (HLG, 0.75, 1),
     (HLG, 0.5, (1 / 12) / 0.26496), (HLG, 1.0, 1 / 0.26496)],
)  # fmt: skip
def test_levels_are_those_of_the_standards(transfer: int, signal: float, light: float) -> None:
    assert to_linear(signal, transfer) == pytest.approx(light, rel=0.01, abs=1e-4)


@pytest.mark.parametrize("transfer", [1, PQ, HLG])
def test_signals_come_back_from_light(transfer: int) -> None:
    signal = np.linspace(0, 1, 201)
    assert np.abs(from_linear(to_linear(signal, transfer), transfer) - signal).max() < 1e-5


def test_a_pq_pixel_shows_the_colour_that_was_asked_for(tmp_path: Path) -> None:
    y, x = np.mgrid[0:16, 0:16]
    luma = (0.3 + 0.2 * y / 15).astype(np.float32)
    ab = np.stack([14 * np.cos(x / 2.5), 14 * np.sin(x / 2.5)]).astype(np.float32)
    u, v = chroma_at(luma, ab, ColourTags(1, 9, 9, PQ))
    planes = [luma * (219 << 8) + (16 << 8), u * (224 << 8) + 32768, v * (224 << 8) + 32768]
    raw = tmp_path / "in.raw"
    raw.write_bytes(b"".join(np.rint(plane).astype("<u2").tobytes() for plane in planes))
    zscale = "zscale=min=2020_ncl:tin=smpte2084:pin=2020:rin=limited:m=gbr:t=linear:p=709:r=full:npl=203"
    command = ["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "yuv444p16le", "-s", "16x16"]
    command += [
        "-i",
        str(raw),
        "-vf",
        f"{zscale},format=gbrpf32le",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "gbrpf32le",
        "-",
    ]
    data = subprocess.run(command, check=True, capture_output=True).stdout
    green, blue, red = np.frombuffer(data, "<f4").reshape(3, 16, 16)
    lab = xyz2lab(np.stack([red, green, blue], -1) @ RGB_TO_XYZ.T)
    assert np.abs(np.moveaxis(lab[..., 1:], -1, 0) - ab).max() < 1
    # The luminance of a colour is not that of a grey of its luma, but near it.
    assert np.abs(lab[..., 0] - luminance_to_lightness(to_linear(luma, PQ))).max() < 5
