from __future__ import annotations

import numpy as np
import torch

from tinct.color.difference import ciede2000 as measured
from tinct.learning.torch_ciede2000 import ciede2000


def test_it_is_ciede2000_at_one_lightness() -> None:
    rng = np.random.default_rng(0)
    ours, theirs = rng.normal(0, 25, (2, 5000, 2)).astype(np.float32)
    lab = [np.concatenate([np.full((5000, 1), 60.0), ab], 1) for ab in (ours, theirs)]
    found = ciede2000(torch.from_numpy(ours), torch.from_numpy(theirs)).numpy()
    assert np.abs(found - measured(*lab)).max() < 0.1


def test_gradients_are_finite_where_the_formula_has_corners() -> None:
    ours = torch.tensor([[0.0, 0.0], [20.0, 0.0], [-20.0, 0.0], [0.0, 0.0]], requires_grad=True)
    theirs = torch.tensor([[0.0, 0.0], [20.0, 0.0], [20.0, 0.0], [5.0, -40.0]])
    ciede2000(ours, theirs).sum().backward()
    assert ours.grad is not None
    assert torch.isfinite(ours.grad).all()
