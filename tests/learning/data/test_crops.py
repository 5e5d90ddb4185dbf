from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage.color import rgb2lab

from tinct.learning.data.augment import degrade
from tinct.learning.data.crops import CropSettings, batches, sample_crops
from tinct.learning.data.hints import sample_hints
from tinct.learning.data.photos import PhotoCache, open_photos


@pytest.fixture(scope="module")
def photos(shard: Path, tmp_path_factory: pytest.TempPathFactory) -> PhotoCache:
    return open_photos([shard], tmp_path_factory.mktemp("cache"), workers=1)


def test_crops_have_their_sizes_and_ranges(photos: PhotoCache) -> None:
    crops = sample_crops(photos, np.arange(6), CropSettings(side=32), np.random.default_rng(0))
    assert crops.lightness.shape == (6, 1, 32, 32)
    assert crops.ab.shape == (6, 2, 8, 8)
    assert crops.hints.shape == (6, 3, 8, 8)
    assert crops.lightness.min() >= 0
    assert crops.lightness.max() <= 100


def test_batches_begun_later_are_those_that_would_have_come(photos: PhotoCache) -> None:
    settings = CropSettings(side=32)
    whole = list(islice(batches(photos, np.arange(12), 4, settings, 7), 7))
    later = next(batches(photos, np.arange(12), 4, settings, 7, first=6))
    assert torch.equal(whole[6].lightness, later.lightness)
    assert torch.equal(whole[6].hints, later.hints)
    assert not torch.equal(whole[5].lightness, later.lightness)


def test_every_third_batch_is_every_third_batch(photos: PhotoCache) -> None:
    settings = CropSettings(side=32)
    whole = list(islice(batches(photos, np.arange(12), 4, settings, 7, first=1), 8))
    thirds = list(islice(batches(photos, np.arange(12), 4, settings, 7, first=2, every=3), 3))
    for one, other in zip(thirds, whole[1::3], strict=True):
        assert torch.equal(one.lightness, other.lightness)


def test_an_epoch_shows_every_photo_once(photos: PhotoCache) -> None:
    settings = CropSettings(side=64, min_scale=1.0, degrade_prob=0.0)
    seen = {
        crop.ab.mean().item().__round__(4)
        for crop in islice(batches(photos, np.arange(12), 1, settings, 1), 12)
    }
    assert len(seen) == 12


def test_fewer_photos_than_a_batch_come_more_than_once(photos: PhotoCache) -> None:
    crops = next(batches(photos, np.arange(3), 8, CropSettings(side=32), 1))
    assert len(crops.lightness) == 8
    assert len({round(crop.mean().item(), 3) for crop in crops.ab}) > 3  # each time another part


def test_lightness_keeps_its_place_beside_colour_in_a_mirrored_crop() -> None:
    lightness = np.zeros((64, 64), np.uint8)
    lightness[:, :32] = 255
    ab = np.zeros((2, 16, 16), np.int8)
    ab[0, :, :8] = 50
    one = PhotoCache(lightness.ravel(), ab.ravel(), np.array([0]), np.array([[64, 64]], np.int32))
    for seed in range(12):
        crops = sample_crops(
            one, np.array([0]), CropSettings(side=64, degrade_prob=0.0), np.random.default_rng(seed)
        )
        light = torch.nn.functional.avg_pool2d(crops.lightness, 4)[0, 0]
        assert torch.corrcoef(torch.stack([light.ravel(), crops.ab[0, 0].ravel()]))[0, 1] > 0.99


def test_ageing_stays_in_range_and_strength_nought_changes_nothing() -> None:
    lightness, ab = torch.rand(32, 32) * 100, torch.randn(2, 32, 32) * 40
    assert torch.equal(degrade(lightness, ab, np.random.default_rng(0), 0.0), lightness)
    changed = [degrade(lightness, ab, np.random.default_rng(seed)) for seed in range(20)]
    assert all(each.min() >= 0 and each.max() <= 100 for each in changed)
    assert sum(not torch.equal(each, lightness) for each in changed) >= 12


def test_hints_are_true_colours_where_the_mask_is_set_and_nothing_elsewhere() -> None:
    ab = torch.full((2, 16, 16), 30.0)
    hints = sample_hints(ab, np.random.default_rng(3))
    mask = hints[2] == 1
    assert 0 < mask.sum() < mask.numel()
    assert torch.allclose(hints[:2, mask], torch.tensor(0.3))
    assert hints[:, ~mask].abs().max() == 0


def test_shares_of_a_batch_are_its_crops_in_turn(photos: PhotoCache) -> None:
    settings = CropSettings(side=32)
    whole = next(batches(photos, np.arange(12), 4, settings, 7, first=3))
    for rank in range(2):
        mine = next(batches(photos, np.arange(12), 4, settings, 7, first=3, shard=(rank, 2)))
        assert torch.equal(mine.lightness, whole.lightness[rank::2])
        assert torch.equal(mine.hints, whole.hints[rank::2])


def test_emulsions_mix_light_as_film_does(monkeypatch: pytest.MonkeyPatch) -> None:
    from tinct.learning.data import augment as ageing

    red = rgb2lab(np.array([[[0.8, 0.1, 0.1]]]))[0, 0]
    blue = rgb2lab(np.array([[[0.1, 0.1, 0.8]]]))[0, 0]
    rng = np.random.default_rng(0)
    monkeypatch.setattr(ageing, "CONCENTRATION", (1e-9, 1e-9, 1.0))  # a plate that sees blue light only

    class Strongest:
        def uniform(self, *_: float) -> float:
            return 1.0

        def dirichlet(self, mixes: object) -> np.ndarray:
            return rng.dirichlet(mixes)  # type: ignore[arg-type]

    seen = []
    for colour in (red, blue):
        ab = torch.tensor(colour[1:], dtype=torch.float32).view(2, 1, 1).expand(2, 4, 4)
        plane = torch.full((4, 4), float(colour[0]))
        seen.append(ageing._spectral_response(plane, ab, Strongest())[0, 0].item())  # type: ignore[arg-type]
    truth = [rgb2lab(np.full((1, 1, 3), blue_light))[0, 0, 0] for blue_light in (0.1, 0.8)]
    assert np.allclose(seen, truth, atol=0.1)


def test_jpeg_leaves_its_blocks_of_eight() -> None:
    from tinct import photo

    smooth = np.linspace(0, 255, 64 * 64).reshape(64, 64).astype(np.uint8).T
    grey = photo.jpeg_roundtrip(np.ascontiguousarray(smooth), 10).astype(int)
    steps = np.abs(np.diff(grey, axis=1)).mean(0)
    assert grey.shape == (64, 64)
    assert steps[7::8].mean() > 2 * np.delete(steps, slice(7, None, 8)).mean()
    assert np.abs(photo.jpeg_roundtrip(smooth, 100).astype(int) - smooth).max() < 6
