"""Augmentation: simulated emulsions, fading, grain, blur, vignetting and JPEG compression of old photos."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from tinct.color.lab import RGB_TO_XYZ
from tinct.learning.torch_lab import lab_to_linear, luminance_to_lightness

LUMINANCE_WEIGHTS = torch.from_numpy(RGB_TO_XYZ[1].astype(np.float32))
# Dirichlet concentration of the red, green and blue response: green most likely, each alone possible.
CONCENTRATION = (1.0, 1.6, 1.2)


def degrade(lightness: Tensor, ab: Tensor, rng: np.random.Generator, strength: float = 1.0) -> Tensor:
    """Lightness (h, w), 0..100, as another emulsion, lens and print would record it.

    ab: (2, h, w), the true chroma. Each change has its own probability, times `strength`; many photos stay
    unchanged.
    """
    for change, chance in (
        (_spectral_response, 0.4),
        (_gamma, 0.5),
        (_fade, 0.3),
        (_blur, 0.15),
        (_vignette, 0.2),
        (_grain, 0.35),
        (_jpeg, 0.1),
    ):
        if rng.random() < chance * strength:
            lightness = change(lightness, ab, rng)
    return lightness.clamp(0, 100)


def _spectral_response(lightness: Tensor, ab: Tensor, rng: np.random.Generator) -> Tensor:
    """Mix red, green and blue light between the eye's weights and any others.

    Orthochromatic plates recorded no red, panchromatic film much of it; lens filters add further variation.
    """
    linear = lab_to_linear(lightness[None, None], ab[None])[0].clamp(min=0)
    response = torch.from_numpy(rng.dirichlet(CONCENTRATION).astype(np.float32))
    mix = LUMINANCE_WEIGHTS + float(rng.uniform(0, 1)) * (response - LUMINANCE_WEIGHTS)
    return luminance_to_lightness(torch.einsum("r,rhw->hw", mix, linear))


def _gamma(lightness: Tensor, _: Tensor, rng: np.random.Generator) -> Tensor:
    return 100 * (lightness.clamp(0, 100) / 100) ** float(np.exp(rng.normal(0, 0.2)))


def _fade(lightness: Tensor, _: Tensor, rng: np.random.Generator) -> Tensor:
    low, high = rng.uniform(0, 20), rng.uniform(80, 100)
    return low + lightness * (high - low) / 100


def _blur(lightness: Tensor, _: Tensor, rng: np.random.Generator) -> Tensor:
    small = F.interpolate(
        lightness[None, None], scale_factor=float(rng.uniform(0.5, 0.9)), mode="bilinear", antialias=True
    )
    return F.interpolate(small, lightness.shape, mode="bilinear", align_corners=False)[0, 0]


def _vignette(lightness: Tensor, _: Tensor, rng: np.random.Generator) -> Tensor:
    height, width = lightness.shape
    y = torch.linspace(-1, 1, height)[:, None] - float(rng.uniform(-0.4, 0.4))
    x = torch.linspace(-1, 1, width)[None, :] - float(rng.uniform(-0.4, 0.4))
    return lightness * (1 - float(rng.uniform(0.1, 0.35)) * (x * x + y * y) / 2)


def _grain(lightness: Tensor, _: Tensor, rng: np.random.Generator) -> Tensor:
    noise: NDArray[np.float32] = rng.standard_normal(lightness.shape, np.float32)
    return lightness + torch.from_numpy(noise) * float(rng.uniform(0.5, 4))


def _jpeg(lightness: Tensor, _: Tensor, rng: np.random.Generator) -> Tensor:
    from tinct import photo  # needs libvips, which nothing else here does

    grey = (lightness.clamp(0, 100) * 2.55).round().to(torch.uint8).numpy()
    return torch.from_numpy(photo.jpeg_roundtrip(grey, int(rng.integers(15, 85)))).float() / 2.55
