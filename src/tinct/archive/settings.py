"""Settings of a run, and the digest that tells whether a result was made with them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tinct import photo
from tinct.errors import OptionError
from tinct.guidance.recipe import Recipe
from tinct.models.manifest import MANIFEST, Manifest
from tinct.options import Options

# How a photo is taken does not change its result.
_WITHOUT_EFFECT = ("overwrite", "max_megapixels")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """How an archive is to be coloured.

    source, dest: as on the command line; model: a model folder. ledger: the folder of the ledger, by default
    DEST/.tinct. workers: processes. time_limit: seconds per photo; memory_limit: MB per worker, by
    default 2000 and twice what opening the model takes. shard: (i, n), the i-th of n parts, from 1. table: CSV or JSON
    with captions, skipped photos, options and recipes.
    watch: whether files are taken only once they are complete. device: of the network, for each worker.
    """

    source: str
    dest: str
    model: Path
    options: Options = field(default_factory=Options)
    workers: int = 1
    time_limit: float = 600.0
    memory_limit: int | None = None
    update: bool = False
    ledger: Path | None = None
    shard: tuple[int, int] | None = None
    table: Path | None = None
    watch: bool = False
    engine: str = "local"
    address: str | None = None
    device: str = "cpu"

    def __post_init__(self) -> None:
        if self.options.kind == "layers":
            raise OptionError("kind layers is for single photos; give photo or chroma")
        if self.engine not in ("local", "ray"):
            raise OptionError(f"engine is {self.engine!r}; give local or ray")
        if self.shard is not None and not 1 <= self.shard[0] <= self.shard[1]:
            raise OptionError(
                f"shard is {self.shard[0]}/{self.shard[1]}; give i/n with i from 1 to n, such as 2/8"
            )


@dataclass(frozen=True, slots=True)
class PhotoSettings:
    """How one photo is coloured: options, and the recipe of its roll, whose hints and variant it gets.

    guidance: JSON of these, which stands for the recipe where settings are compared.
    """

    options: Options
    guidance: str = ""
    recipe: Recipe | None = field(default=None, compare=False)


class Digests:
    """Digests of the model with settings, each computed once."""

    def __init__(self, manifest: Manifest) -> None:
        # The manifest has the sha256 of each file of the model.
        content = (manifest.folder / MANIFEST).read_bytes()
        self._model = {"title": manifest.title, "manifest": hashlib.sha256(content).hexdigest()}
        self._known: dict[PhotoSettings, tuple[str, str]] = {}

    def of(self, settings: PhotoSettings) -> tuple[str, str]:
        """The digest, in hex, and the JSON that it is of: the model, options that are not the default, guidance."""
        if settings not in self._known:
            told = {"model": self._model, "options": effective(settings.options)}
            if settings.guidance:
                told["guidance"] = json.loads(settings.guidance)
            text = json.dumps(told, sort_keys=True)
            self._known[settings] = hashlib.sha256(text.encode()).hexdigest(), text
        return self._known[settings]


def effective(options: Options) -> dict[str, Any]:
    """Options that differ from the defaults and change a result; a profile's file as its sha256."""
    plain = asdict(Options())
    chosen = {
        name: value
        for name, value in asdict(options).items()
        if value != plain[name] and name not in _WITHOUT_EFFECT
    }
    if Path(chosen.get("profile", "")).suffix:
        try:
            chosen["profile"] = hashlib.sha256(Path(chosen["profile"]).read_bytes()).hexdigest()
        except OSError as error:
            raise OptionError(
                f"{chosen['profile']}: cannot be read ({error.strerror}); check its name"
            ) from None
    return chosen


def target_of(path: bytes, options: Options) -> bytes:
    """The path of a photo's result: the photo's own, with another suffix after it if the format changes."""
    name = options.format or ("png" if options.kind in ("chroma", "uncertainty") else None)
    if name is None:
        return path
    suffixes = photo.FORMATS[name].suffixes
    lower = path.lower()
    return path if lower.endswith(tuple(each.encode() for each in suffixes)) else path + suffixes[0].encode()
