"""Lightness as old photographs have it: emulsions blind to red, faded, grainy, soft, dark toward the corners."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from tinct.color.lab import RGB_TO_XYZ
from tinct.learning.torch_lab import lab_to_linear, luminance_to_lightness

EYE = torch.from_numpy(RGB_TO_XYZ[1].astype(np.float32))
MIXES = (
    1.0,
    1.6,
    1.2,
)  # of Dirichlet's distribution: more green than blue than red, all of them possible alone


def degrade(lightness: Tensor, ab: Tensor, rng: np.random.Generator, strength: float = 1.0) -> Tensor:
    """Lightness (h, w) in 0..100 as another emulsion, lens and print would have given it; ab (2, h, w) is the
    true colour.

    Each change is drawn with its own chance, so that many photos stay as they are. `strength` 0 changes nothing.
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
    """Between the eye's mix of red, green and blue light and any other: orthochromatic plates saw no red, panchromatic
    film much of it, and filters before the lens the rest.
    """
    linear = lab_to_linear(lightness[None, None], ab[None])[0].clamp(min=0)
    mix = EYE + float(rng.uniform(0, 1)) * (torch.from_numpy(rng.dirichlet(MIXES).astype(np.float32)) - EYE)
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
