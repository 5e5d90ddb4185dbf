"""Where models lie: shipped inside the package under a name, or in any folder under its path."""

from __future__ import annotations

from pathlib import Path

from tinct.errors import ModelError
from tinct.models.manifest import MANIFEST

DEFAULT_MODEL = "tinct-s"

_SHIPPED = Path(__file__).parent


def shipped_models() -> list[str]:
    """Names of the models that came with tinct, sorted."""
    return sorted(path.parent.name for path in _SHIPPED.glob(f"*/{MANIFEST}"))


def find_model(model: str | Path) -> Path:
    """The folder of a model given by the name of a shipped one or by the path of its folder.

    Raises ModelError when it is neither.
    """
    if isinstance(model, str) and model in shipped_models():
        return _SHIPPED / model
    folder = Path(model)
    if folder.is_dir():
        return folder
    shipped = ", ".join(shipped_models()) or "none"
    raise ModelError(
        f"{model}: there is no such model; give a model's folder, or the name of a shipped one ({shipped})"
    )
