from __future__ import annotations

import numpy as np
import torch
from skimage.color import lab2rgb, rgb2lab

from tinct.learning import torch_lab


def colours(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Some colours of sRGB as L and ab."""
    srgb = np.random.default_rng(seed).random((12, 9, 3))
    lab = torch.from_numpy(rgb2lab(srgb).astype(np.float32)).permute(2, 0, 1)[None]
    return lab[:, :1], lab[:, 1:]


def test_lab_becomes_the_srgb_of_scikit_image() -> None:
    lightness, ab = colours()
    found = torch_lab.lab_to_srgb(lightness, ab)[0].permute(1, 2, 0).numpy()
    truth = lab2rgb(torch.cat([lightness, ab], 1)[0].permute(1, 2, 0).numpy())
    assert np.abs(found - truth).max() < 1e-3


def test_gradients_are_finite_at_black_at_white_and_outside_of_srgb() -> None:
    lightness = torch.tensor([0.0, 0.0, 50.0, 100.0, 100.0]).view(1, 1, 1, 5)
    ab = torch.tensor([[0.0, 90.0, 120.0, 0.0, -110.0], [0.0, -90.0, 90.0, 0.0, 110.0]]).view(1, 2, 1, 5)
    ab.requires_grad_()
    torch_lab.lab_to_srgb(lightness, ab).sum().backward()
    assert ab.grad is not None
    assert torch.isfinite(ab.grad).all()
    assert ab.grad.abs().sum() > 0


def test_the_luminance_of_light_is_the_lightness_it_came_from() -> None:
    lightness, ab = colours(1)
    luminance = torch.einsum(
        "r,nrhw->nhw", torch.tensor([0.2126729, 0.7151522, 0.072175]), torch_lab.lab_to_linear(lightness, ab)
    )
    assert torch.allclose(torch_lab.luminance_to_lightness(luminance), lightness[:, 0], atol=0.05)
