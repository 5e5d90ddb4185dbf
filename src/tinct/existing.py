"""What becomes of a result that is there already: kept, made again, or a fault."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tinct.errors import PhotoError
from tinct.photo import read_provenance
from tinct.provenance import has_settings, is_edited, is_of_source

# update keeps results of the same model, options and photo, and replaces other results of tinct.
POLICIES = ("update", "skip", "overwrite", "refuse")


def is_kept(source: Path, target: Path, facts: Mapping[str, str | int | float], policy: str) -> bool:
    """Whether the file at `target` is kept; if not, the photo is to be coloured, in its place.

    facts: provenance of the result to be made. policy: one of POLICIES. Raises PhotoError, naming the remedy, for a
    file that is neither kept nor to be replaced: it is in the way, is no result of tinct, or was changed since.
    """
    if policy == "overwrite" or not os.path.lexists(target):
        return False
    if policy == "skip":
        return True
    if policy == "refuse":
        raise PhotoError(
            f"{target}: exists already; choose another name, or --existing update, skip or overwrite"
        )
    try:
        recorded = read_provenance(target)
    except PhotoError:
        recorded = None
    if recorded is None:
        raise PhotoError(
            f"{target}: exists already and is no result of tinct; move it away, or --existing overwrite"
        )
    if has_settings(recorded, facts) and is_of_source(recorded, target, source):
        return True
    if is_edited(recorded, target):
        raise PhotoError(
            f"{target}: was made with other options, and changed or copied since; "
            "move it away, or --existing overwrite"
        )
    return False
