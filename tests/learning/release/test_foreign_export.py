"""A network trained here and exported by torch alone gives, through `models add`, the pixels of `tinct export`."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
import pyvips
import torch

from tests.learning.experiments import experiment
from tinct.cli.models import _like
from tinct.color.decode import Decoding
from tinct.color.lab import lab_to_srgb
from tinct.colorizer import Colorizer
from tinct.learning.release.model_folder import export_run
from tinct.learning.run.train import train
from tinct.learning.suppress_output import suppress_output
from tinct.learning.weights.initial import load, load_weights
from tinct.models.adding import add_model
from tinct.models.sample_photo import sample_lightness
from tinct.networks.build import build
from tinct.networks.parse import find_network


@pytest.fixture
def landscapes(tmp_path: Path) -> Path:
    """Photos whose light parts are blue and whose dark parts are yellow."""
    lightness = sample_lightness(96, 128)
    path = tmp_path / "landscapes.tar"
    with tarfile.open(path, "w") as tar:
        for number in range(12):
            shown = np.roll(lightness, 8 * number, 1)
            lab = np.stack([shown, np.full_like(shown, 3), 45 - 0.9 * shown], -1)
            pixels = np.rint(lab_to_srgb(lab).clip(0, 1) * 255).astype(np.uint8)
            data = pyvips.Image.new_from_array(pixels).copy(interpretation="srgb").pngsave_buffer()
            member = tarfile.TarInfo(f"{number:03}.png")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


@pytest.mark.slow
def test_an_article_network_goes_in_by_plain_torch_and_gives_the_same_pixels(
    landscapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    name = "article-1-fixed"
    config = experiment(
        Path(name), landscapes, num_samples=480, batch_size=8, optimizer="adam", lr=0.003, losses={"mse": 1.0}
    )
    train(config, tmp_path / "run", tmp_path / "cache", log=print, device="cpu")
    export_run(
        tmp_path / "run", tmp_path / "ours", name=None, version="1", license="CC0",
        decoding=Decoding(), short_side=128, data=[landscapes],
    )  # fmt: skip

    network = build(find_network(name))
    load(network, load_weights(str(tmp_path / "run")), "run")
    shown = torch.zeros(1, 1, 128, 160)
    with suppress_output():
        torch.onnx.export(
            network.eval(), (shown,), tmp_path / "plain.onnx", input_names=["input"], output_names=["output"],
            dynamo=False, dynamic_axes={each: {2: "h", 3: "w"} for each in ("input", "output")},
        )  # fmt: skip
    added = add_model(tmp_path / "plain.onnx", like=_like(name), settings={"input.short_side": 128})
    assert added.fault is None

    y, x = np.mgrid[0:300, 0:410]
    grey = (110 + 90 * np.sin(x / 40) * np.cos(y / 31)).astype(np.uint8)
    ours, plain = (Colorizer(each).colorize(grey).astype(int) for each in (tmp_path / "ours", "plain"))
    assert np.ptp(ours, axis=-1).max() > 20
    assert np.abs(ours - plain).max() <= 1
