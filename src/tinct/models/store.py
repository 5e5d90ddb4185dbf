"""Lookup of models: by name in the package, or by the path of a folder."""

from __future__ import annotations

from pathlib import Path

from tinct.errors import ModelError
from tinct.models.manifest import MANIFEST

DEFAULT_MODEL = "tinct-s"

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
    shipped = ", ".join(shipped_models()) or "none"
    raise ModelError(
        f"{model}: no such model; give a model folder, or the name of a shipped model ({shipped})"
    )
