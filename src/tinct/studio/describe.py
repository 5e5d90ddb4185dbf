"""A photo of the studio in JSON: its facts, its present guidance, and what became of each hint."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct.color.gamut import reduce_chroma
from tinct.color.lab import lab_to_srgb
from tinct.guidance.hint_file import hint_to_json
from tinct.guidance.hints import Hint
from tinct.studio.project.document import Document
from tinct.studio.rendering.pictures import TILE, level_count

# A share of the chroma from which a colour counts as obtained.
_SHOWN = 0.95
# Lightness at which a colour is shown whose place is not known yet.
_MIDDLE = 60.0


def describe(document: Document) -> dict[str, Any]:
    """The `Document` of the API."""
    facts, history = document.facts, document.history
    step = history.step
    return {
        "id": document.id,
        "name": document.name,
        "film": document.film,
        "width": facts.width if facts else 0,
        "height": facts.height if facts else 0,
        "format": facts.format if facts else "",
        "bits": facts.bits if facts else 8,
        "in_colour": bool(facts and facts.in_colour),
        "has_suggestions": bool(facts and facts.has_suggestions),
        "levels": level_count(facts.width, facts.height) if facts else 0,
        "tile": TILE,
        "revision": history.revision,
        "hints": _hints(document, step.hints),
        "options": {"vividness": step.vividness, "temperature": step.temperature, "seed": step.seed},
        "variant": None if step.variant is None else {"number": step.variant[0], "of": step.variant[1]},
        "references": [{"id": each, "name": document.references.get(each, "")} for each in step.references],
        "reference_strength": step.strength,
        "reference_mode": step.mode,
        "can_undo": history.can_undo,
        "can_redo": history.can_redo,
        "state": document.state,
        "error": document.error,
        "remarks": document.remarks,
        "saved": document.saved,
        "changed_since_saved": document.changed_since_saved,
    }


def hex_of(lightness: float, a: float, b: float) -> str:
    """#rrggbb of a Lab colour as sRGB can show it."""
    return _shown(np.array([[lightness, a, b]], np.float64))[0][0]


def _shown(lab: NDArray[np.float64]) -> list[tuple[str, bool]]:
    """Of Lab colours (n, 3) #rrggbb as sRGB can show them, and whether it can without loss."""
    reduced = reduce_chroma(lab)
    rgb = np.rint(255 * np.clip(lab_to_srgb(reduced), 0, 1)).astype(np.uint8)
    wanted, left = (np.hypot(each[:, 1], each[:, 2]) for each in (lab, reduced))
    whole = (wanted < 1) | (left >= _SHOWN * wanted)
    return [(f"#{each.tobytes().hex()}", bool(kept)) for each, kept in zip(rgb, whole, strict=True)]


def _hints(document: Document, hints: tuple[Hint, ...]) -> list[dict[str, Any]]:
    """Hints with the colour that was asked for and the one that came of it."""
    found = [
        {
            **hint_to_json(hint),
            "kind": hint.kind,
            "radius": hint.radius,
            "reach": hint.reach,
            "note": hint.note,
        }
        for hint in hints
    ]
    coloured = [at for at, hint in enumerate(hints) if hint.kind in ("color", "neutral")]
    if not coloured:
        return found
    known = document.lightness_at([hints[at].points[0] for at in coloured])
    levels = [_MIDDLE] * len(coloured) if known is None else known
    lab = np.array([(level, *hints[at].ab) for at, level in zip(coloured, levels, strict=True)])
    for at, (shown, whole) in zip(coloured, _shown(lab), strict=True):
        (a, b), color = hints[at].ab, hints[at].color or ""
        found[at]["requested"] = {"a": a, "b": b, "hex": color if color.startswith("#") else shown}
        if known is not None:
            found[at] |= {"obtained": {"hex": shown}, "in_gamut": whole}
    return found
