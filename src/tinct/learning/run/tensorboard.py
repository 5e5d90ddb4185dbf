"""TensorBoard logging: scalars, and validation photos as the network colours them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F
from torch.utils.tensorboard import SummaryWriter

from tinct.learning.data.crops import Crops, CropSettings, sample_crops
from tinct.learning.data.photos import PhotoCache
from tinct.learning.losses.objective import decode_logits, flatten_maps, unflatten_maps
from tinct.learning.run.task import ColorizationModule
from tinct.learning.torch_lab import lab_to_srgb

PHOTOS = 8
_told = threading.excepthook


class TensorBoardWriter:
    """Writes event files to the folder `run`; OSError if they cannot be written."""

    def __init__(self, run: Path, photos: PhotoCache, val_indices: NDArray[np.int64], side: int) -> None:
        threading.excepthook = _hook
        self.writer = SummaryWriter(str(run))
        whole = CropSettings(side=side, min_scale=1.0, degrade_prob=0.0, hint_prob=0.0)
        self.crops = sample_crops(photos, val_indices[:PHOTOS], whole, np.random.default_rng(0))

    def add_scalars(self, values: Mapping[str, float], step: int) -> None:
        """Add a point to the curve of each value."""
        for name, value in values.items():
            self.writer.add_scalar(name, value, step)
        self.writer.flush()

    def add_photos(self, module: ColorizationModule, step: int) -> None:
        """Add the validation photos: grey, as the moving average colours them, and original."""
        self.writer.add_image("validation", render_crops(module, self.crops), step)
        self.writer.flush()


def render_crops(module: ColorizationModule, crops: Crops) -> Tensor:
    """sRGB (3, rows, columns) in 0..1: grey, predicted and true, one row per crop."""
    crops = crops.to(module.device)
    with torch.no_grad():
        coloured = _predict_ab(module, crops)
    shown = [torch.zeros_like(crops.ab), coloured, crops.ab]
    size = crops.lightness.shape[-2:]
    columns = [
        lab_to_srgb(crops.lightness, F.interpolate(ab.float(), size, mode="bilinear")).clamp(0, 1)
        for ab in shown
    ]
    rows = torch.cat(columns, 3).unbind(0)
    return torch.cat(rows, 1).cpu()


def _predict_ab(module: ColorizationModule, crops: Crops) -> Tensor:
    """ab (n, 2, h, w) of crops, predicted by the moving average of the network."""
    config = module.average.network
    scaled = crops.lightness * config.input.scale + config.input.offset
    answer = module.average(scaled, crops.hints if config.hints else None)
    if config.output.kind == "ab":
        return cast(Tensor, answer * config.output.scale)
    size = (answer.shape[-2], answer.shape[-1])
    return unflatten_maps(decode_logits(module.experiment, flatten_maps(answer)), size)


def _hook(said: threading.ExceptHookArgs) -> None:
    """TensorBoard's thread also raises its OSError where it is asked to write: printed as well, it would be twice."""
    if not (isinstance(said.exc_value, OSError) and "tensorboard" in type(said.thread).__module__):
        _told(said)
