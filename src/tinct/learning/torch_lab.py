"""CIE Lab to linear light and sRGB in torch, differentiable: `color/lab.py` for losses and augmentation."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from tinct.color.lab import EPSILON, KAPPA, WHITE, XYZ_TO_RGB

MATRIX = torch.from_numpy((XYZ_TO_RGB * WHITE).astype(np.float32))


def lab_to_linear(lightness: Tensor, ab: Tensor) -> Tensor:
    """Linear-light sRGB (n, 3, h, w), white at 1, not clipped, of L (n, 1, h, w) in 0..100 and ab (n, 2, h, w)."""
    fy = (lightness.float() + 16) / 116
    f = torch.cat([fy + ab[:, :1].float() / 500, fy, fy - ab[:, 1:].float() / 200], 1)
    xyz = torch.where(f > 6 / 29, f.clamp(min=6 / 29) ** 3, (116 * f - 16) / KAPPA)
    with torch.autocast(xyz.device.type, enabled=False):
        return torch.einsum("rx,nxhw->nrhw", MATRIX.to(xyz.device), xyz)


def lab_to_srgb(lightness: Tensor, ab: Tensor) -> Tensor:
    """sRGB-encoded (n, 3, h, w) of L (n, 1, h, w) and ab (n, 2, h, w); out-of-gamut colours leave 0..1."""
    linear = lab_to_linear(lightness, ab)
    size = linear.abs()
    bent = 1.055 * size.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    return linear.sign() * torch.where(size > 0.0031308, bent, 12.92 * size)


def luminance_to_lightness(luminance: Tensor) -> Tensor:
    """L (0..100) of relative luminance, white at 1."""
    bent = 116 * luminance.clamp(min=EPSILON) ** (1 / 3) - 16
    return torch.where(luminance > EPSILON, bent, KAPPA * luminance)
