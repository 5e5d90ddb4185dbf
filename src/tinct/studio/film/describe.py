"""Films and shots in JSON, as the page is told of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinct.studio.film.document import Film, Shot
from tinct.studio.film.project_file import command_line, project_name

if TYPE_CHECKING:
    from tinct.studio.film.films import Films


def describe_film(film: Film) -> dict[str, Any]:
    """The `Film` of the API, without its shots."""
    return {
        "id": film.id,
        "name": film.name,
        "state": film.state,
        "error": film.error,
        "facts": film.facts,
        "report": film.report,
        "shots": len(film.shots),
        "thumb": _thumb(film, film.shots[0]) if film.shots else None,
        "options": {"vividness": film.vividness, "temperature": film.temperature},
        "progress": None if film.progress is None else film.progress.to_json(),
        "rendering": _rendering(film),
        "stale": film.stale,
        "playing": film.playing,
        "command": command_line(film, project_name(film)),
    }


def describe_shot(films: Films, film: Film, shot: Shot) -> dict[str, Any]:
    """The `Shot` of the API; number: of its first frame, by which it is asked for."""
    documents = [found for found in map(films.document, shot.pictures.values()) if found is not None]
    steps = [each.history.step for each in documents]
    picture = films.document(shot.key_picture)
    same = sum(each.place == shot.place for each in film.shots) if shot.place is not None else 1
    return {
        "number": shot.first_frame,
        "start": shot.start,
        "frames": shot.frames,
        "end": _end(film, shot),
        "key": shot.key,
        "key_frame": shot.key_frame,
        "kind": shot.kind,
        "in_colour": shot.in_colour,
        "was_in_colour": shot.was_in_colour,
        "place": shot.place,
        "same_place": same,
        "scope": shot.scope,
        "hints": sum(len(each.hints) for each in steps),
        "references": sum(len(each.references) for each in steps),
        "hinted": sorted(shot.times[number] for number in shot.pictures if number in shot.times),
        "picture": None if picture is None else picture.id,
        "thumb": _thumb(film, shot),
    }


def _thumb(film: Film, shot: Shot) -> str:
    return f"/api/v1/films/{film.id}/shots/{shot.first_frame}/thumb?frame={shot.key_frame}"


def _end(film: Film, shot: Shot) -> float:
    """The second at which a shot ends."""
    later = [each.start for each in film.shots if each.first_frame > shot.first_frame]
    estimated = shot.start + shot.frames / (film.facts.get("rate") or 25)
    return min(later, default=film.facts.get("duration") or estimated)


def _rendering(film: Film) -> dict[str, Any] | None:
    made = film.rendering
    if made is None:
        return None
    file = f"/api/v1/films/{film.id}/result"
    return {
        "name": made.name,
        "kept": made.kept,
        "state": made.state,
        "progress": None if film.rendered is None else film.rendered.to_json(),
        "frames": made.frames,
        "total": made.total,
        "error": made.error,
        "remarks": made.remarks,
        "report": made.report,
        "settings": made.settings,
        "file": file if made.kept and made.state == "done" else None,
        "partial": made.partial is not None and made.state == "stopped",
        "folder": None if made.kept else Path(made.target).parent.name,
    }
