from __future__ import annotations

import pickle
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from tests.learning.experiments import experiment
from tinct.learning.data.dataset import CropDataset, default_num_workers, make_dataloader
from tinct.learning.data.photos import PhotoCache, open_photos


def test_helpers_draw_the_batches_that_training_would_have_drawn_itself(
    network_file: Path, shard: Path, tmp_path: Path
) -> None:
    config = experiment(network_file, shard)
    config = replace(config, crops=replace(config.crops, degrade_prob=1.0, hint_prob=0.5))
    stream = CropDataset(open_photos([shard], tmp_path, workers=1), np.arange(12), config, 5, (0, 1))
    alone, helped = (list(islice(make_dataloader(stream, workers), 5)) for workers in (0, 2))
    for one, other in zip(alone, helped, strict=True):
        assert torch.equal(one.lightness, other.lightness)
        assert torch.equal(one.ab, other.ab)
        assert torch.equal(one.hints, other.hints)


def test_photos_go_to_another_process_by_their_place(shard: Path, tmp_path: Path) -> None:
    photos = open_photos([shard], tmp_path, workers=1)
    sent = pickle.dumps(photos)
    assert len(sent) < photos.ab.nbytes
    there: PhotoCache = pickle.loads(sent)
    assert len(there) == len(photos)
    for one, other in zip(there.photo(7), photos.photo(7), strict=True):
        assert np.array_equal(one, other)


def test_photos_in_memory_go_to_another_process_whole() -> None:
    photos = PhotoCache(
        np.arange(64, dtype=np.uint8), np.zeros(8, np.int8), np.array([0]), np.array([[8, 8]], np.int32)
    )
    assert np.array_equal(pickle.loads(pickle.dumps(photos)).photo(0)[0], photos.photo(0)[0])


def test_a_processor_that_trains_gets_no_helpers_and_a_gpu_some() -> None:
    assert default_num_workers(torch.device("cpu"), 1) == 0
    assert default_num_workers(torch.device("cuda"), 1) >= default_num_workers(torch.device("cuda"), 2) >= 1
