"""CIEDE2000 at equal lightness in torch, differentiable: `color/difference.py` as a loss."""

from __future__ import annotations

import math

import torch
from torch import Tensor

SMALL = 1e-2


def ciede2000(predicted: Tensor, true: Tensor) -> Tensor:
    """ΔE00 (...,) between colours ab (..., 2) that share their lightness (Sharma et al. 2005).

    Equal to `color.difference.ciede2000` within 0.1; the mean hue, at which the formula has a corner, carries no
    gradient.
    """
    mean_chroma = (_length(predicted) + _length(true)) / 2
    stretch = torch.stack([1.5 - 0.5 * _seventh(mean_chroma), torch.ones_like(mean_chroma)], -1)
    ours, theirs = predicted * stretch, true * stretch
    ours_chroma, theirs_chroma = _length(ours), _length(theirs)
    d_chroma = ours_chroma - theirs_chroma
    d_hue_squared = 2 * (ours_chroma * theirs_chroma - (ours * theirs).sum(-1)).clamp(min=0)
    s_chroma, s_hue, rotation = _scales(ours.detach(), theirs.detach(), (ours_chroma + theirs_chroma) / 2)
    chroma = d_chroma / s_chroma
    hue_squared = d_hue_squared / s_hue.square()
    hue = (hue_squared + SMALL**2).sqrt() * _turn(theirs, ours)
    squared = chroma.square() + hue_squared + rotation * chroma * hue
    return (squared.clamp(min=0) + SMALL**2).sqrt()


def _scales(ours: Tensor, theirs: Tensor, mean_chroma: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """S_C, S_H and R_T at the mean hue and chroma of two colours."""
    between = ours / _length(ours)[..., None] + theirs / _length(theirs)[..., None]
    hue = torch.atan2(between[..., 1], between[..., 0])
    t = (
        1
        - 0.17 * torch.cos(hue - math.radians(30))
        + 0.24 * torch.cos(2 * hue)
        + 0.32 * torch.cos(3 * hue + math.radians(6))
        - 0.20 * torch.cos(4 * hue - math.radians(63))
    )
    off_blue = (torch.rad2deg(hue) % 360 - 275) / 25
    blue = math.radians(60) * torch.exp(-off_blue.square())
    rotation = -2 * _seventh(mean_chroma) * torch.sin(blue)
    return 1 + 0.045 * mean_chroma, 1 + 0.015 * mean_chroma * t, rotation


def _turn(start: Tensor, end: Tensor) -> Tensor:
    """The sign of the turn of hue from `start` (..., 2) to `end`."""
    return torch.sign(start[..., 0] * end[..., 1] - start[..., 1] * end[..., 0])


def _length(ab: Tensor) -> Tensor:
    return (ab.square().sum(-1) + SMALL**2).sqrt()


def _seventh(chroma: Tensor) -> Tensor:
    root: Tensor = ((chroma / 25) ** 7 / ((chroma / 25) ** 7 + 1)).clamp(min=1e-12).sqrt()
    return root
