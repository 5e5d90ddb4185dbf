"""The curve of a run: logarithmic, with the loss of grey and the best validation."""

from __future__ import annotations

import itertools
import math
import re

import pytest

from tinct.learning.log.loss_curve import curve


def row(photos: int, loss: float, val_loss: float, grey_loss: float = 8.0) -> dict[str, float]:
    return {
        "step": photos, "photos": photos, "loss": loss, "val_loss": val_loss, "grey_loss": grey_loss
    }  # fmt: skip


def heights(drawn: str) -> list[list[float]]:
    """Heights of the points of each line, upward."""
    return [
        [-float(point.split(",")[1]) for point in points.split()]
        for points in re.findall(r'<polyline points="([^"]*)"', drawn)
    ]


def test_equal_factors_are_equal_distances_and_grey_is_a_dashed_line() -> None:
    drawn = curve([row(0, math.nan, 8.0), row(10, 4.0, 2.0), row(20, 1.0, 4.0)])
    loss, val_loss = heights(drawn)
    assert len(loss) == 2
    steps = [after - before for before, after in itertools.pairwise(val_loss)]
    assert steps[0] == pytest.approx(-2 * steps[1], abs=0.3)
    grey = re.search(r'd="M48,([\d.]+)H592" stroke="[^"]*" stroke-dasharray', drawn)
    assert grey is not None
    assert -float(grey[1]) == pytest.approx(val_loss[0], abs=0.1)
    best = re.search(r'<circle cx="([\d.]+)" cy="([\d.]+)"', drawn)
    assert best is not None
    assert -float(best[2]) == pytest.approx(val_loss[1], abs=0.1)
    assert "logarithmic" in drawn


def test_negative_losses_are_drawn_on_a_linear_scale() -> None:
    drawn = curve([row(0, math.nan, 3.0), row(10, 1.0, 1.0), row(20, -1.0, -1.0)])
    _, val_loss = heights(drawn)
    assert val_loss[0] - val_loss[1] == pytest.approx(val_loss[1] - val_loss[2], abs=0.2)
    assert "logarithmic" not in drawn


def test_a_log_without_grey_is_drawn() -> None:
    drawn = curve([row(5, 2.0, 2.0, math.nan)])
    assert "dasharray" not in drawn
    assert drawn.startswith("<svg")
    assert drawn.endswith("</svg>\n")
