"""`tinct info`: what results record of their making."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from tinct.cli import streams
from tinct.errors import PhotoError

_LABELS = {
    "model_sha256": "model's manifest",
    "chroma_gain": "chroma gain",
    "source_sha256": "source's sha256",
}


def info(
    files: Annotated[list[Path], typer.Argument(help="Results of tinct, or other photos.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per file.")] = False,
) -> None:
    """Show what a result records of its making: model, options, source and date."""
    from tinct.photo import read_provenance
    from tinct.provenance import with_current_names

    failed = False
    for path in files:
        try:
            recorded = read_provenance(path)
        except PhotoError as error:
            failed = True
            streams.complain(f"tinct: {error}")
            continue
        facts = None if recorded is None else with_current_names(recorded)
        if as_json:
            streams.tell(json.dumps({"file": str(path), "provenance": facts}))
            continue
        if facts is None:
            streams.tell(f"{path}: does not say that tinct coloured it")
            continue
        made = f" on {facts['date']}" if "date" in facts else ""
        streams.tell(f"{path}: coloured by tinct {facts.get('version', '')}{made}; plausible, not evidence")
        for name, value in facts.items():
            if name not in ("tool", "version", "date"):
                streams.tell(f"  {_LABELS.get(name, name):18}{_with_meaning(name, value)}")
    if failed:
        raise typer.Exit(1)


def _with_meaning(name: str, value: str) -> str:
    meanings = {
        "vividness": "relative to the chroma gain: 1 is as tuned",
        "chroma_gain": "the model's tuned factor on the predicted chroma",
    }
    return f"{value} ({meanings[name]})" if name in meanings else value
