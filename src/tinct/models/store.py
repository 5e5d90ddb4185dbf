"""Lookup of models: by name, in the package or among those that the user added, or by the path of a folder."""

from __future__ import annotations

import os
import secrets
import shutil
import warnings
from pathlib import Path

from tinct.deprecation import TinctDeprecationWarning
from tinct.errors import ModelError, short_reason, suggestion
from tinct.models.manifest import MANIFEST

DEFAULT_MODEL = "tinct-m"
# Models that were shipped once, and the one that took their place.
REPLACED = {"tinct-s": "tinct-m"}

_SHIPPED = Path(__file__).parent


def shipped_models() -> list[str]:
    """Names of the models in the package, sorted."""
    return sorted(path.parent.name for path in _SHIPPED.glob(f"*/{MANIFEST}"))


def user_models_folder() -> Path:
    """The folder of the models that the user added, inside the user data folder; it need not exist."""
    from platformdirs import user_data_path

    return user_data_path("tinct", appauthor=False) / "models"


def user_models() -> list[str]:
    """Names of the models that the user added, sorted."""
    try:
        found = user_models_folder().glob(f"*/{MANIFEST}")
        return sorted(path.parent.name for path in found if not path.parent.name.startswith("."))
    except OSError:
        return []


def find_model(model: str | Path) -> Path:
    """The folder of a model, given by the name of a shipped or an added one, or by a path.

    Raises ModelError if it is none of these.
    """
    if isinstance(model, str) and model in shipped_models():
        return _SHIPPED / model
    if isinstance(model, str) and model in user_models():
        return user_models_folder() / model
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
    if folder.is_file():
        raise ModelError(f"{model}: is a file, not a model; add it with: tinct models add {model}")
    shipped = ", ".join(shipped_models()) or "none"
    added = f", an added one ({', '.join(user_models())})" if user_models() else ""
    raise ModelError(
        f"{model}: no such model; give a model folder, or the name of a shipped model ({shipped}){added}"
    )


def remove_model(name: str) -> Path:
    """Remove a model that the user added; returns the folder that it was in.

    Programs that have it open keep it where the system allows that. Raises ModelError if there is none of that name,
    if it is a shipped one, or if it cannot be removed.
    """
    if name in shipped_models():
        raise ModelError(f"{name}: is part of tinct and cannot be removed; choose another with --model")
    if name not in user_models():
        raise ModelError(f"{name}: no such model was added{suggestion(name, user_models() or ['none'])}")
    folder = user_models_folder() / name
    hidden = folder.parent / f".{name}.{secrets.token_hex(4)}.part"
    try:
        # Renamed first: no other program may meet half a model.
        os.replace(folder, hidden)
        shutil.rmtree(hidden)
    except OSError as error:
        raise ModelError(
            f"{folder}: cannot be removed ({short_reason(error)}); close the programs that use it"
        ) from None
    return folder
