from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio

from tinct.color.bins import soft_encode, srgb_bins
from tinct.color.decode import scale_chroma
from tinct.evaluation.metrics import colourfulness as measured
from tinct.learning.losses import functional


def test_soft_cross_entropy_is_least_where_the_prediction_is_the_soft_encoding() -> None:
    ab = torch.tensor([[12.0, -33.0], [0.0, 0.0]])
    indices, weights = soft_encode(ab.numpy(), srgb_bins())
    target = np.full((2, len(srgb_bins())), 1e-9)
    np.put_along_axis(target, indices, weights, -1)
    best = functional.soft_cross_entropy(torch.from_numpy(np.log(target)).float(), ab)
    entropy = -(weights * np.log(weights)).sum(-1).mean()
    assert abs(best.item() - entropy) < 1e-4
    assert functional.soft_cross_entropy(torch.randn(2, len(srgb_bins())), ab) > best + 0.5


def test_expected_ab_is_the_mean_over_the_bins_and_passes_gradients() -> None:
    logits = torch.randn(4, len(srgb_bins()), requires_grad=True)
    expected = functional.expected_ab(logits, srgb_bins())
    by_hand = torch.softmax(logits, -1) @ torch.from_numpy(srgb_bins().centres)
    assert torch.allclose(expected, by_hand)
    expected.sum().backward()
    assert logits.grad is not None
    assert logits.grad.abs().sum() > 0


def test_rebalancing_with_all_weight_on_uniform_changes_nothing() -> None:
    frequencies = np.random.default_rng(0).dirichlet(np.ones(len(srgb_bins())))
    assert torch.allclose(functional.rebalancing_weights(frequencies, 1.0), torch.tensor(1.0))
    rare, common = frequencies.argmin(), frequencies.argmax()
    weights = functional.rebalancing_weights(frequencies, 0.5)
    assert weights[rare] > weights[common]
    logits, ab = torch.randn(6, len(srgb_bins())), torch.randn(6, 2) * 20
    plain = functional.soft_cross_entropy(logits, ab)
    assert torch.allclose(functional.soft_cross_entropy(logits, ab, torch.ones(len(srgb_bins()))), plain)


def test_log_mse_is_the_mean_psnr_up_to_scale_and_sign() -> None:
    true = torch.rand(5, 3, 8, 8)
    predicted = true + torch.randn_like(true) * torch.tensor([0.02, 0.05, 0.1, 0.2, 0.3]).view(5, 1, 1, 1)
    psnr = np.mean(
        [
            peak_signal_noise_ratio(t.numpy(), p.numpy(), data_range=1)
            for p, t in zip(predicted, true, strict=True)
        ]
    )
    assert abs(-10 / np.log(10) * functional.log_mse(predicted, true, floor=0).item() - psnr) < 1e-3
    assert torch.isfinite(functional.log_mse(true, true))


def test_overshoot_counts_vivid_colours_where_the_truth_is_not_and_red_ones_most() -> None:
    grey, red, green, pale = (
        torch.tensor([[value]]) for value in ([0.0, 0.0], [36.0, 0.0], [-36.0, 0.0], [10.0, 0.0])
    )
    assert functional.overshoot(red, grey).item() == pytest.approx(30.0**2)
    assert functional.overshoot(green, grey).item() == pytest.approx((0.4 * 30) ** 2)
    for ours, true in ((pale, grey), (grey, red), (red, red), (red, green)):
        assert functional.overshoot(ours, true).item() == 0


def test_colourfulness_is_that_of_evaluation_and_its_share_lets_one_photo_stand_in_for_another() -> None:
    vivid, pale = torch.rand(1, 3, 8, 8), torch.rand(1, 3, 8, 8) * 0.1
    true = torch.cat([vivid, pale])
    pixels = (true * 255).permute(0, 2, 3, 1).double().numpy()
    wanted = [measured(each) for each in pixels]
    assert np.allclose(functional.colourfulness(true).numpy() * 255, wanted, atol=0.1)
    assert abs(functional.colourfulness_share(true.flip(0), true) - 1) < 1e-6
    assert abs(functional.colourfulness_share(true * 0.5, true) - 0.5) < 0.01


def test_vividness_while_learning_is_that_of_colouring() -> None:
    ab = torch.randn(3, 20, 2) * 20 + 5
    for gain in (0.5, 1.0, 1.8):
        wanted = np.stack(
            [scale_chroma(each.T.reshape(2, 4, 5).numpy(), gain).reshape(2, 20).T for each in ab]
        )
        assert np.allclose(functional.scale_chroma(ab, gain).numpy(), wanted, atol=1e-4)


def test_hint_consistency_looks_only_where_hints_are() -> None:
    predicted, hints = torch.zeros(1, 2, 4, 4), torch.zeros(1, 3, 4, 4)
    assert functional.hint_consistency(predicted, hints) == 0
    hints[0, :, 1, 1] = torch.tensor([0.2, 0.0, 1.0])
    assert abs(functional.hint_consistency(predicted, hints).item() - 20) < 1e-4


def test_gradient_would_have_a_thing_wrong_as_a_whole_rather_than_in_patches() -> None:
    true = torch.zeros(1, 2, 24, 24)
    true[..., 4:20, 4:20] = 30
    patched = true.clone()
    patched[..., 12:, :] -= 20
    assert functional.gradient(true, true) == 0
    assert functional.gradient(true + 7, true) == 0
    assert functional.gradient(patched, true) > 0
    assert (
        functional.gradient(patched[..., 10:13, :], true[..., 10:13, :]) > 0
    )  # fewer places than the farthest reach
