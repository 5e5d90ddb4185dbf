"""How alike two colourings look to a network that knows what things are: the perceptual loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from tinct.learning.rgb import lab_to_srgb
from tinct.networks.backbones import build_backbone, imagenet_weights

MODEL = "efficientnet-lite0"
TAPS = ("s8", "s16", "s32")

Features = Callable[[Tensor], Sequence[Tensor]]


def perceptual(features: Features, lightness: Tensor, predicted: Tensor, ab: Tensor) -> Tensor:
    """Mean squared difference between features, of length 1 at each place, of two colourings of one lightness.

    lightness: (n, 1, s, s) in 0..100; predicted and true ab: (n, 2, h, w), enlarged to s here. After Johnson et al.
    2016, normalised as by Zhang et al. 2018 (LPIPS), whose weights we do not have. 0 where the colours agree.
    """
    judged = [features(_enlarged_rgb(lightness, colour)) for colour in (predicted, ab)]
    found = lightness.new_zeros(())
    for ours, truth in zip(*judged, strict=True):
        gap = F.normalize(ours.float(), dim=1) - F.normalize(truth.float(), dim=1)
        found = found + gap.square().sum(1).mean()
    return found / len(judged[0])


@lru_cache
def imagenet_features(device: torch.device) -> Features:
    """What EfficientNet-Lite0, as ImageNet taught it, sees in sRGB (n, 3, h, w), at 1/8, 1/16 and 1/32."""
    backbone = build_backbone(MODEL, 3).requires_grad_(False).eval().to(device)
    backbone.load_state_dict(imagenet_weights(MODEL, 3))

    def features(rgb: Tensor) -> list[Tensor]:
        seen = backbone((255 * rgb - 127) / 128)
        return [seen[tap] for tap in TAPS]

    return features


def _enlarged_rgb(lightness: Tensor, ab: Tensor) -> Tensor:
    return lab_to_srgb(
        lightness, F.interpolate(ab, lightness.shape[-2:], mode="bilinear", align_corners=False)
    )
