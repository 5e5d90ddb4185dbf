"""Batches of random crops: position, scale, mirroring and degradation differ at every visit of a photo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from tinct.learning.data.augment import degrade
from tinct.learning.data.hints import sample_hints

if TYPE_CHECKING:  # reading photos needs libvips, which training on crops does not
    from tinct.learning.data.photos import PhotoCache

# Pixels per position of ab.
GRID = 4


@dataclass(frozen=True)
class Crops:
    """A batch of n crops: lightness (n, 1, s, s) in 0..100, ab (n, 2, s/4, s/4) and hints (n, 3, s/4, s/4)."""

    lightness: Tensor
    ab: Tensor
    hints: Tensor

    def to(self, device: torch.device) -> Crops:
        """The same crops on another device."""
        return Crops(self.lightness.to(device), self.ab.to(device), self.hints.to(device))


@dataclass(frozen=True)
class CropSettings:
    """How crops are drawn.

    side: in pixels. min_scale: smallest side of a crop as a fraction of the photo's short side. degrade_prob:
    probability of simulated degradation. hint_prob: probability of hints.
    """

    side: int = 128
    min_scale: float = 0.6
    degrade_prob: float = 1.0
    hint_prob: float = 0.25


def sample_crops(
    photos: PhotoCache, indices: np.ndarray, settings: CropSettings, rng: np.random.Generator
) -> Crops:
    """Draw one crop of each of these photos; all randomness comes from `rng`."""
    crops = [_crop(photos, int(index), settings, rng) for index in indices]
    lightness, ab = torch.stack([crop[0] for crop in crops]), torch.stack([crop[1] for crop in crops])
    hints = torch.stack(
        [
            sample_hints(colour, rng) if rng.random() < settings.hint_prob else _no_hints(colour)
            for colour in ab
        ]
    )
    return Crops(lightness[:, None], ab, hints)


def batches(
    photos: PhotoCache, indices: np.ndarray, size: int, settings: CropSettings, seed: int, first: int = 0,
    shard: tuple[int, int] = (0, 1), every: int = 1,
) -> Iterator[Crops]:  # fmt: skip
    """Yield batches without end, each epoch in another order; batch k depends on the seed and k alone.

    first: the number of the first batch. shard: (i, n) takes every nth crop of each batch from the ith on:
    the part of one of n processes. every: distance from one batch to the next; 3 skips two.
    """
    indices = np.resize(indices, max(size, len(indices)))  # few photos come more than once in a batch
    per_epoch = len(indices) // size
    epoch, order = -1, indices
    for step in count(first, every):
        if step // per_epoch != epoch:
            epoch = step // per_epoch
            order = np.random.default_rng([seed, epoch]).permutation(indices)
        start = step % per_epoch * size
        yield _concatenate(
            [
                sample_crops(photos, order[at : at + 1], settings, np.random.default_rng([seed, epoch, at]))
                for at in range(start + shard[0], start + size, shard[1])
            ]
        )


def _concatenate(crops: list[Crops]) -> Crops:
    return Crops(
        torch.cat([each.lightness for each in crops]),
        torch.cat([each.ab for each in crops]),
        torch.cat([each.hints for each in crops]),
    )


def _crop(
    photos: PhotoCache, index: int, settings: CropSettings, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    lightness, ab = photos.photo(index)
    cells = np.array(ab.shape[1:])
    side = max(round(cells.min() * rng.uniform(settings.min_scale, 1.0)), 4)
    top, left = (int(rng.integers(0, extent - side + 1)) for extent in cells)
    cut = torch.from_numpy(
        lightness[top * GRID : (top + side) * GRID, left * GRID : (left + side) * GRID] / np.float32(2.55)
    )
    colour = torch.from_numpy(ab[:, top : top + side, left : left + side].astype(np.float32))
    if rng.random() < 0.5:
        cut, colour = cut.flip(-1), colour.flip(-1)
    cut = _resize(cut[None], settings.side)[0].clamp(0, 100)
    if rng.random() < settings.degrade_prob:
        cut = degrade(cut, _resize(colour, settings.side), rng)
    return cut, _resize(colour, settings.side // GRID)


def _resize(picture: Tensor, side: int) -> Tensor:
    if picture.shape[-1] == side:
        return picture
    return F.interpolate(picture[None], (side, side), mode="bilinear", antialias=picture.shape[-1] > side)[0]


def _no_hints(ab: Tensor) -> Tensor:
    return torch.zeros(3, *ab.shape[1:])
