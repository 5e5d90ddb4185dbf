"""The extra `video`, without which the studio has photos only."""

from __future__ import annotations

from importlib.util import find_spec

from tinct.errors import OptionError


def has_films() -> bool:
    """Whether films can be read."""
    return all(find_spec(name) is not None for name in ("av", "cv2"))


def check_films() -> None:
    """OptionError if films cannot be read."""
    if not has_films():
        raise OptionError(
            "films need what is not installed; run pip install 'tinct[video]', and start the studio again"
        )
