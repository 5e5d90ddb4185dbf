"""TensorBoard logging: scalars, and validation photos as the network colours them."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.record_writer import RecordWriter
from torch import Tensor
from torch.nn import functional as F
from torch.utils.tensorboard import summary

from tinct.learning.data.crops import Crops, CropSettings, sample_crops
from tinct.learning.data.photos import PhotoCache
from tinct.learning.losses.objective import decode_logits, flatten_maps, unflatten_maps
from tinct.learning.run.task import ColorizationModule
from tinct.learning.torch_lab import lab_to_srgb

NUM_PHOTOS = 8


class TensorBoardWriter:
    """Writes event files to the folder `run`; OSError if they cannot be written."""

    def __init__(self, run: Path, photos: PhotoCache, val_indices: NDArray[np.int64], side: int) -> None:
        run.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{time.time():.0f}.{socket.gethostname()}.{os.getpid()}"
        # Not SummaryWriter: its thread would raise the errors of the disk where nothing can catch them.
        self._file = open(run / name, "wb")  # noqa: SIM115 (open as long as the run)
        self._records = RecordWriter(self._file)
        self._write(Event(file_version="brain.Event:2"))
        whole = CropSettings(side=side, min_scale=1.0, degrade_prob=0.0, hint_prob=0.0)
        self.crops = sample_crops(photos, val_indices[:NUM_PHOTOS], whole, np.random.default_rng(0))

    def add_scalars(self, values: Mapping[str, float], step: int) -> None:
        """Add a point to the curve of each value."""
        for name, value in values.items():
            self._write(Event(summary=summary.scalar(name, value), step=step))  # type: ignore[no-untyped-call]

    def add_photos(self, module: ColorizationModule, step: int) -> None:
        """Add the validation photos: grey, as the moving average colours them, and original."""
        photos = summary.image("validation", render_crops(module, self.crops), dataformats="CHW")  # type: ignore[no-untyped-call]
        self._write(Event(summary=photos, step=step))

    def _write(self, event: Any) -> None:
        event.wall_time = time.time()
        self._records.write(event.SerializeToString())
        self._file.flush()


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
