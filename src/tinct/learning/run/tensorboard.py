"""A run on TensorBoard: its figures, and what it makes of a few photos that it does not learn from."""

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
    """Writes to the folder `run`; `tensorboard --logdir RUN` shows it. OSError where it cannot be written."""

    def __init__(self, run: Path, photos: PhotoCache, held_out: NDArray[np.int64], side: int) -> None:
        threading.excepthook = _hook
        self.writer = SummaryWriter(str(run))
        whole = CropSettings(side=side, smallest=1.0, ageing=0.0, hints=0.0)
        self.crops = sample_crops(photos, held_out[:PHOTOS], whole, np.random.default_rng(0))

    def figures(self, figures: Mapping[str, float], step: int) -> None:
        """A point on the curve of each figure."""
        for name, value in figures.items():
            self.writer.add_scalar(name, value, step)
        self.writer.flush()

    def sheet(self, task: ColorizationModule, step: int) -> None:
        """The held-out photos: grey, as the moving average of the network colours them, as they were."""
        self.writer.add_image("held out", drawn(task, self.crops), step)
        self.writer.flush()


def drawn(task: ColorizationModule, crops: Crops) -> Tensor:
    """sRGB (3, rows, columns) in 0..1: a row of three for each photo."""
    crops = crops.to(task.device)
    with torch.no_grad():
        coloured = _whole_pictures(task, crops)
    shown = [torch.zeros_like(crops.ab), coloured, crops.ab]
    size = crops.lightness.shape[-2:]
    columns = [
        lab_to_srgb(crops.lightness, F.interpolate(ab.float(), size, mode="bilinear")).clamp(0, 1)
        for ab in shown
    ]
    rows = torch.cat(columns, 3).unbind(0)
    return torch.cat(rows, 1).cpu()


def _whole_pictures(task: ColorizationModule, crops: Crops) -> Tensor:
    """ab (n, 2, h, w) as the moving average of the network colours the crops."""
    said = task.average.network
    scaled = crops.lightness * said.input.scale + said.input.offset
    answer = task.average(scaled, crops.hints if said.hints else None)
    if said.output.kind == "ab":
        return cast(Tensor, answer * said.output.scale)
    size = (answer.shape[-2], answer.shape[-1])
    return unflatten_maps(decode_logits(task.experiment, flatten_maps(answer)), size)


def _hook(said: threading.ExceptHookArgs) -> None:
    """TensorBoard's thread also raises its OSError where it is asked to write: printed as well, it would be twice."""
    if not (isinstance(said.exc_value, OSError) and "tensorboard" in type(said.thread).__module__):
        _told(said)
