"""Errors with one sentence for the user: the file, the fault and the remedy."""

from __future__ import annotations

from collections.abc import Sequence


class TinctError(Exception):
    """An error that the user can act on: one sentence with the file, the fault and the remedy."""


class PhotoError(TinctError):
    """A photo that cannot be read, or a result that cannot be written."""


class ProfileError(PhotoError):
    """A colour profile for results that cannot be read, or that colour cannot be written in."""


class PhotoWarning(UserWarning):
    """What a result leaves out of its photo, or holds less exactly; one sentence that begins with the photo's name."""


class ModelWarning(UserWarning):
    """What a model takes, or what stands in for a device; one sentence that begins with the model's name."""


class VideoError(TinctError):
    """A film that cannot be read, or a result that cannot be encoded or written."""


class OptionError(TinctError):
    """A setting that is unknown or outside its range."""


class ModelError(TinctError):
    """A model folder that is incomplete, damaged or of an unsupported kind."""


class NetworkError(TinctError):
    """A network file with a mistake, or with shapes that do not match."""


class TrainingError(TinctError):
    """A training run, its data or its checkpoint that cannot be used."""


def short_reason(error: BaseException, limit: int = 200) -> str:
    """The reason of an error on one line, of at most `limit` characters."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split())[:limit]


def suggestion(word: str, words: Sequence[str]) -> str:
    """The end of a sentence about an unknown word: the nearest valid one, or all of them."""
    from difflib import get_close_matches

    close = get_close_matches(word.lower(), words, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; choose from {', '.join(words)}"
