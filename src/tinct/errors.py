"""Errors with one sentence for the user: the file, the fault and the remedy."""

from __future__ import annotations


class TinctError(Exception):
    """Something a person can act on; its text is one sentence naming the file, the fault and the remedy."""


class PhotoError(TinctError):
    """A photo that cannot be read, or a result that cannot be written."""


class PhotoWarning(UserWarning):
    """What a result leaves out of its photo, or holds less exactly; one sentence that begins with the photo's name."""


class OptionError(TinctError):
    """A setting outside its range, or one that is not known."""


class ModelError(TinctError):
    """A model folder that is incomplete, damaged or not of a kind that tinct can run."""


class NetworkError(TinctError):
    """A network file with a mistake, or one whose shapes cannot meet."""


class TrainingError(TinctError):
    """A training run, its data or its checkpoint that cannot be used."""
