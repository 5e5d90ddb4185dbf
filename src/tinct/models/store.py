"""Lookup of models: by name in the package, or by the path of a folder."""

from __future__ import annotations

import warnings
from pathlib import Path

from tinct.deprecation import TinctDeprecationWarning
from tinct.errors import ModelError
from tinct.models.manifest import MANIFEST

DEFAULT_MODEL = "tinct-m"
# Models that were shipped once, and the one that took their place.
REPLACED = {"tinct-s": "tinct-m"}

_SHIPPED = Path(__file__).parent


def shipped_models() -> list[str]:
    """Names of the models in the package, sorted."""
    return sorted(path.parent.name for path in _SHIPPED.glob(f"*/{MANIFEST}"))


def find_model(model: str | Path) -> Path:
    """The folder of a model, given by the name of a shipped one or by a path.

    Raises ModelError if it is neither.
    """
    if isinstance(model, str) and model in shipped_models():
        return _SHIPPED / model
    folder = Path(model)
    if folder.is_dir():
        return folder
    if model in REPLACED:
        current = REPLACED[str(model)]
        warnings.warn(
            f"the model {model} was replaced by {current}, which is used",
            TinctDeprecationWarning,
            stacklevel=2,
        )
        return _SHIPPED / current
    shipped = ", ".join(shipped_models()) or "none"
    raise ModelError(
        f"{model}: no such model; give a model folder, or the name of a shipped model ({shipped})"
    )
