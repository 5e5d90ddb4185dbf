"""Perceptual loss: distance between two colourings in the features of an ImageNet network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from tinct.learning.torch_lab import lab_to_srgb
from tinct.networks.backbones import build_backbone, imagenet_weights

MODEL = "efficientnet-lite0"
TAPS = ("s8", "s16", "s32")
CHANNELS = (40, 112, 320)

Features = Callable[[Tensor], Sequence[Tensor]]


def normalized_features(features: Features, lightness: Tensor, ab: Tensor) -> list[Tensor]:
    """L2-normalised backbone features at each position of crops coloured with ab (n, 2, h, w).

    lightness: (n, 1, s, s) in 0..100; ab is enlarged to its size.
    """
    rgb = lab_to_srgb(
        lightness, F.interpolate(ab, lightness.shape[-2:], mode="bilinear", align_corners=False)
    )
    return [F.normalize(each.float(), dim=1) for each in features(rgb)]


def perceptual_loss(ours: Sequence[Tensor], truth: Sequence[Tensor]) -> Tensor:
    """Mean squared distance between the `normalized_features` of two colourings; 0 if they agree.

    After Johnson et al. 2016, normalised as by Zhang et al. 2018 (LPIPS) but without its learned weights.
    """
    gaps = [(one - other).square().sum(1).mean() for one, other in zip(ours, truth, strict=True)]
    return torch.stack(gaps).mean()


@lru_cache
def imagenet_features(device: torch.device) -> Features:
    """EfficientNet-Lite0 features, with ImageNet weights, of sRGB (n, 3, h, w) at strides 8, 16 and 32."""
    backbone = build_backbone(MODEL, 3).requires_grad_(False).eval()
    backbone.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    backbone.load_state_dict(imagenet_weights(MODEL, 3))

    def features(rgb: Tensor) -> list[Tensor]:
        taps = backbone((255 * rgb - 127) / 128)
        return [taps[tap] for tap in TAPS]

    return features
