"""How alike two colourings look to a network that knows what things are: the perceptual loss."""

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
    """Features, of length 1 at each place, of crops coloured with ab (n, 2, h, w).

    lightness: (n, 1, s, s) in 0..100, to whose size ab is enlarged.
    """
    rgb = lab_to_srgb(
        lightness, F.interpolate(ab, lightness.shape[-2:], mode="bilinear", align_corners=False)
    )
    return [F.normalize(each.float(), dim=1) for each in features(rgb)]


def perceptual_loss(ours: Sequence[Tensor], truth: Sequence[Tensor]) -> Tensor:
    """Mean squared difference between what is `normalized_features` in two colourings. 0 where the colours agree.

    After Johnson et al. 2016, normalised as by Zhang et al. 2018 (LPIPS), whose weights we do not have.
    """
    gaps = [(one - other).square().sum(1).mean() for one, other in zip(ours, truth, strict=True)]
    return torch.stack(gaps).mean()


@lru_cache
def imagenet_features(device: torch.device) -> Features:
    """What EfficientNet-Lite0, as ImageNet taught it, sees in sRGB (n, 3, h, w), at 1/8, 1/16 and 1/32."""
    backbone = build_backbone(MODEL, 3).requires_grad_(False).eval()
    backbone.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    backbone.load_state_dict(imagenet_weights(MODEL, 3))

    def features(rgb: Tensor) -> list[Tensor]:
        taps = backbone((255 * rgb - 127) / 128)
        return [taps[tap] for tap in TAPS]

    return features
