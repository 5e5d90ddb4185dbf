"""What an opened photo keeps for the next answer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tinct.encoded import remember


@pytest.fixture
def _hasty_threads() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_only_the_newest_values_are_kept() -> None:
    kept: dict[int, str] = {}
    made = [remember(kept, key, lambda key=key: str(key), most=2) for key in (1, 2, 1, 3)]  # type: ignore[misc]
    assert made == ["1", "2", "1", "3"]
    assert kept == {2: "2", 3: "3"}


@pytest.mark.usefixtures("_hasty_threads")
def test_threads_that_ask_at_once_all_get_their_values() -> None:
    kept: dict[int, str] = {}

    def ask(start: int) -> bool:
        return all(
            remember(kept, key % 7, lambda key=key: str(key % 7), most=2) == str(key % 7)  # type: ignore[misc]
            for key in range(start, start + 20_000)
        )

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(8)))
