"""Renamed keys and settings: the old name still works, with a warning."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from tinct.errors import TinctError


class TinctDeprecationWarning(FutureWarning):
    """An old name was used; a later version will no longer read it."""


def rename_keys(
    given: Mapping[str, Any],
    renamed: Mapping[str, str],
    where: str,
    error: type[TinctError],
    *,
    warn: bool = True,
) -> dict[str, Any]:
    """Return `given` with the old names of `renamed` (old to new) replaced by the new ones.

    where: what holds the keys, such as a file, for the messages. warn: whether to warn about each old name. Raises
    `error` if an old name and its new one are both given.
    """
    result = {}
    for name, value in given.items():
        new = renamed.get(name, name)
        if new != name:
            if new in given:
                raise error(f"{where}: gives both {new} and its old name {name}; leave {name} out")
            if warn:
                warnings.warn(f"{where}: {name} is now called {new}", TinctDeprecationWarning, stacklevel=2)
        result[new] = value
    return result
