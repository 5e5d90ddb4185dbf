"""A bounded cache in a plain dict."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


def remember(kept: dict[Key, Value], key: Key, make: Callable[[], Value], most: int = 4) -> Value:
    """The value kept for a key, made if there is none; the `most` newest are kept.

    A plain dict, since `lru_cache` of a method would keep its object alive until the garbage collector comes.
    """
    found = kept.get(key)
    if found is not None:
        return found
    value = make()
    # Other threads may add and remove meanwhile: only steps that they cannot interrupt.
    for oldest in list(kept)[: max(0, len(kept) - most + 1)]:
        kept.pop(oldest, None)
    kept[key] = value
    return value
