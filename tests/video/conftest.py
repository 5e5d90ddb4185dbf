"""Films coloured with a tiny network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tinct.models.runtime import Network
from tinct.options import Options
from tinct.video.film import FilmResult, colour_film
from tinct.video.plan import FilmOptions, plan_film


@pytest.fixture(scope="session")
def tiny_network(tiny_model: Path) -> Network:
    return Network(tiny_model, threads=1)


@pytest.fixture
def colour(tiny_network: Network) -> Callable[..., FilmResult]:
    """Colours a clip with the tiny network: (source, target, fields of FilmOptions)."""

    def run(source: Path, target: Path, **fields: Any) -> FilmResult:
        options = FilmOptions(**fields)
        plan = plan_film(source, target, options)
        return colour_film(plan, tiny_network, options, Options(scales=1))

    return run
