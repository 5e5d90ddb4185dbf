from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tinct.evaluation.features import BATCH, FeatureAccumulator, FeatureDistance, PairMeasure
from tinct.evaluation.frechet import frechet_distance

RNG = np.random.default_rng(0)
PICTURES = [RNG.integers(0, 256, (8, 8 + number, 3)).astype(np.uint8) for number in range(2 * BATCH + 3)]


def mean_colour(pictures: Sequence[np.ndarray]) -> np.ndarray:
    assert len(pictures) <= BATCH
    return np.array([picture.mean((0, 1)) for picture in pictures], np.float32)


def test_features_come_in_batches_and_in_order() -> None:
    gathered = FeatureAccumulator(mean_colour)
    for picture in PICTURES:
        gathered.add(picture)
    expected = np.array([picture.mean((0, 1)) for picture in PICTURES])
    np.testing.assert_allclose(gathered.rows(), expected, rtol=1e-5)


def test_the_truths_are_seen_once_for_all_models() -> None:
    truths = FeatureAccumulator(mean_colour)
    for _ in range(2):
        distance = FeatureDistance("frechet", mean_colour, truths)
        for picture in PICTURES:
            assert distance.photo(picture, picture, 255 - picture) == {}
        summary = distance.total()
    assert len(truths.rows()) == len(PICTURES)
    ours, true = (mean_colour_of_all(pictures) for pictures in ([255 - each for each in PICTURES], PICTURES))
    assert summary["frechet"] == pytest.approx(frechet_distance(ours, true), rel=1e-3)


def mean_colour_of_all(pictures: list[np.ndarray]) -> np.ndarray:
    return np.array([picture.mean((0, 1)) for picture in pictures])


def test_a_pairs_distance_is_told_for_each_photo_and_on_average() -> None:
    measure = PairMeasure("lpips", lambda one, other: float(one.mean() - other.mean()))
    grey, white = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 9, np.uint8)
    assert measure.photo(grey, grey, white) == {"lpips": 9.0}
    assert measure.photo(grey, grey, grey) == {"lpips": 0.0}
    assert measure.total()["lpips"] == 4.5


@pytest.mark.slow
def test_lite2_sees_pictures_of_any_size_and_tells_what_they_show_apart() -> None:
    from tinct.networks.lite2_features import lite2_features

    features = lite2_features()
    seen = features([PICTURES[0], PICTURES[5]])
    assert seen.shape == (2, 352)
    np.testing.assert_allclose(features([PICTURES[0]])[0], seen[0], atol=1e-4)
    assert np.abs(seen[0] - seen[1]).max() > 0.01


def test_lite2_sees_what_the_network_sees_in_torch() -> None:
    import torch

    from tinct.networks.backbones import build_backbone, imagenet_weights
    from tinct.networks.lite2_features import MODEL, SIDE, lite2_features, square

    backbone = build_backbone(MODEL, 3).eval()
    backbone.load_state_dict(imagenet_weights(MODEL, 3))
    with torch.no_grad():
        shown = (torch.cat([square(each, SIDE) for each in PICTURES[:2]]) - 127) / 128
        expected = backbone(shown)["s32"].mean((2, 3)).numpy()
    np.testing.assert_allclose(lite2_features()(PICTURES[:2]), expected, atol=1e-4)
