"""What a result's metadata say about its making, and whether a result was made as a run would make it."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from tinct.digest import sha256_of
from tinct.inference import decoding_for
from tinct.models.manifest import MANIFEST, Manifest
from tinct.options import PROFILES, Options

Facts = dict[str, str | int | float]

# Options that change a result, recorded where they are not the default.
_RECORDED = ("scales", "tone", "profile", "quality", "page", "kind", "preview")
# Facts that do not say how the pixels are made; "settings_sha256" is a digest of facts recorded beside it.
_ORIGIN = frozenset({"tool", "version", "source", "source_sha256", "date", "settings_sha256"})


def provenance_for(options: Options, manifest: Manifest, source: Path | bytes | None = None) -> Facts:
    """Facts for the metadata of a result: model, options, source and date.

    chroma_gain: the model's tuned factor on the predicted chroma; vividness: relative to it, 1 as tuned.
    model_sha256: of the model's manifest, which has the sha256 of each of its files. source: a file, of which the
    name and the digest are recorded, or its bytes. The date is that of the day, or of the environment variable
    SOURCE_DATE_EPOCH. Raises OptionError for a temperature that the model has no use for.
    """
    decoding = decoding_for(options, manifest)
    facts: Facts = {
        "model": manifest.title,
        "model_sha256": sha256_of(manifest.folder / MANIFEST),
        "seed": options.seed,
        "vividness": decoding.vividness,
        "chroma_gain": decoding.gain,
    }
    if decoding.temperature is not None:
        facts["temperature"] = decoding.temperature
    default = Options()
    for name in _RECORDED:
        if (value := getattr(options, name)) != getattr(default, name):
            facts[name] = Path(value).name if name == "profile" and value not in PROFILES else value
    if isinstance(source, Path):
        facts["source"] = os.fsencode(source.name).decode("utf-8", "backslashreplace")
    if source is not None:
        facts["source_sha256"] = _sha256(source)
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    seconds = float(epoch) if epoch.isdecimal() else time.time()
    return facts | {"date": time.strftime("%Y-%m-%d", time.gmtime(seconds))}


def with_facts(facts: Facts, more: Mapping[str, str | None] | None) -> Facts:
    """Facts with others over them; None takes one out."""
    return {name: fact for name, fact in {**facts, **(more or {})}.items() if fact is not None}


def with_current_names(recorded: Mapping[str, str]) -> dict[str, str]:
    """Recorded facts under today's names: before there was `chroma_gain`, `vividness` meant the gain."""
    if "vividness" not in recorded or "chroma_gain" in recorded:
        return dict(recorded)
    return {("chroma_gain" if name == "vividness" else name): value for name, value in recorded.items()}


def has_settings(recorded: Mapping[str, str], facts: Mapping[str, str | int | float]) -> bool:
    """Whether a result, by what it records, has the model and the options of `facts`."""
    names = (recorded.keys() | facts.keys()) - _ORIGIN
    return all(recorded.get(name) == str(facts.get(name)) for name in names)


def is_of_source(recorded: Mapping[str, str], result: Path, source: Path) -> bool:
    """Whether a result was made from a photo as it is now; its digest is taken only if it is the newer file."""
    if source.stat().st_mtime <= result.stat().st_mtime or "source_sha256" not in recorded:
        return True
    return recorded["source_sha256"] == _sha256(source)


def is_edited(recorded: Mapping[str, str], result: Path) -> bool:
    """Whether a result was written again after the day that it records: edited, or copied."""
    try:
        made = date.fromisoformat(recorded["date"])
    except (KeyError, ValueError):
        return False
    return date.fromtimestamp(result.stat().st_mtime) > made + timedelta(days=1)


def _sha256(source: Path | bytes) -> str:
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    return sha256_of(source)
