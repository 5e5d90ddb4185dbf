"""The project of a film, as `tinct video --project` reads it, from the hints given on its key frames."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tinct.guidance.hint_file import hint_to_json
from tinct.studio.film.document import Film, Shot
from tinct.studio.project.document import Document

FORMAT = 1
# The path that a project has for a reference: of a document, the id of the reference.
PathOf = Callable[[Document, str], str]


def in_work_folder(document: Document, reference: str) -> str:
    """References where the studio keeps them."""
    return str(document.reference_file(reference))


def project_text(
    film: Film, document_of: Callable[[str], Document | None], path_of: PathOf = in_work_folder
) -> str:
    """The project of all shots."""
    content = {
        "format": FORMAT,
        "clip": film.name,
        "frames": film.facts.get("frames", 0),
        "shots": [shot_to_project(each, document_of, path_of) for each in film.shots],
    }
    return json.dumps(content, indent=1) + "\n"


def shot_to_project(
    shot: Shot, document_of: Callable[[str], Document | None], path_of: PathOf
) -> dict[str, Any]:
    """A shot as a project has it; one that keeps its own colours has no hints."""
    hints: list[dict[str, Any]] = []
    references: list[dict[str, Any]] = []
    scope = {"scope": "place"} if shot.scope == "place" and shot.place is not None else {}
    for number in sorted(shot.pictures, key=int):
        document = document_of(shot.pictures[number])
        if document is None or shot.in_colour:
            continue
        step, at = document.history.step, {"time": shot.times[number], **scope}
        hints += [{**hint_to_json(each), **at} for each in step.hints]
        references += [
            {"photo": path_of(document, each), "strength": step.strength, "mode": step.mode, **at}
            for each in step.references
        ]
    return {
        "start": shot.start,
        "key": shot.key,
        "first_frame": shot.first_frame,
        "frames": shot.frames,
        "kind": shot.kind,
        "in_colour": shot.in_colour,
        "place": shot.place,
        "hints": hints,
        "references": references,
    }


def command_line(film: Film, project: str) -> str:
    """The command that gives the film of a project without the studio."""
    words = ["tinct", "video", film.name, "--project", project]
    if film.vividness != 1:
        words += ["--vividness", f"{film.vividness:g}"]
    if film.temperature is not None:
        words += ["--temperature", f"{film.temperature:g}"]
    return shlex.join(words)


def project_name(film: Film) -> str:
    """The name that a project is saved under, as tinct video shots names it."""
    return f"{Path(film.name).stem}-shots.json"
