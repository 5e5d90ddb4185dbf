"""A photo of the studio in JSON: its facts, its present guidance, and what became of each hint."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinct.color.gamut import reduce_chroma
from tinct.color.lab import lab_to_srgb
from tinct.guidance.hint_file import hint_to_json
from tinct.guidance.hints import Hint
from tinct.studio.project.document import Document
from tinct.studio.rendering.pictures import TILE, level_count

# A share of the chroma from which a colour counts as obtained.
_SHOWN = 0.95


def describe(document: Document) -> dict[str, Any]:
    """The `Document` of the API."""
    facts, history = document.facts, document.history
    step = history.step
    lightness = document.lightness_at([hint.points[0] for hint in step.hints]) if step.hints else []
    levels = [None] * len(step.hints) if lightness is None else lightness
    return {
        "id": document.id,
        "name": document.name,
        "width": facts.width if facts else 0,
        "height": facts.height if facts else 0,
        "format": facts.format if facts else "",
        "bits": facts.bits if facts else 8,
        "in_colour": bool(facts and facts.in_colour),
        "has_suggestions": bool(facts and facts.has_suggestions),
        "levels": level_count(facts.width, facts.height) if facts else 0,
        "tile": TILE,
        "revision": history.revision,
        "hints": [_hint(hint, level) for hint, level in zip(step.hints, levels, strict=True)],
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
    }


def hex_of(lightness: float, a: float, b: float) -> tuple[str, float]:
    """#rrggbb of a Lab colour as sRGB can show it, and the share of its chroma that is left."""
    lab = reduce_chroma(np.array([[lightness, a, b]], np.float64))
    rgb = np.rint(255 * np.clip(lab_to_srgb(lab), 0, 1)).astype(np.uint8)
    chroma = float(np.hypot(a, b))
    share = 1.0 if chroma < 1 else float(np.hypot(*lab[0, 1:])) / chroma
    return f"#{rgb.tobytes().hex()}", share


def _hint(hint: Hint, lightness: float | None) -> dict[str, Any]:
    found = hint_to_json(hint)
    found |= {"kind": hint.kind, "radius": hint.radius, "reach": hint.reach, "note": hint.note}
    if hint.kind not in ("color", "neutral"):
        return found
    a, b = hint.ab
    wanted, _ = hex_of(60.0 if lightness is None else lightness, a, b)
    requested = hint.color if hint.color is not None and hint.color.startswith("#") else wanted
    found["requested"] = {"a": a, "b": b, "hex": requested}
    if lightness is not None:
        obtained, share = hex_of(lightness, a, b)
        found |= {"obtained": {"hex": obtained}, "in_gamut": share >= _SHOWN}
    return found
