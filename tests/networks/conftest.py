"""Small tensors gain nothing from many threads, and lose much where the processor is busy."""

from __future__ import annotations

from importlib.util import find_spec

import pytest


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    if find_spec("torch") is not None:  # the language and its arithmetic need none
        import torch

        torch.set_num_threads(1)
