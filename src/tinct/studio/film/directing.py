"""Direction of a film's shots: key frames as photo documents, on which hints and references are given."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from tinct.errors import OptionError
from tinct.studio.film.document import Film, Shot
from tinct.studio.film.films import Films
from tinct.studio.project.document import Document
from tinct.studio.project.roots import NotFoundError
from tinct.studio.project.step import Step


def shot_of_number(film: Film, number: int) -> Shot:
    """The shot that begins with a frame; NotFoundError if none does."""
    found = next((each for each in film.shots if each.first_frame == number), None)
    if found is None:
        raise NotFoundError(f"{film.name}: no shot begins with frame {number}; look at its shots again")
    return found


def open_shot(films: Films, film: Film, number: int, time: float | None) -> tuple[Document, list[Document]]:
    """The photo document of a shot's key frame, and documents that are needed no more.

    time: another frame, in seconds of the film, is to be its key frame.
    """
    shot = shot_of_number(film, number)
    at = shot.key if time is None else time
    if time is not None or not _still(film, shot.key_frame).is_file():
        shot_key = _drawn(films, film, shot, at)
    else:
        shot_key = shot.key_frame, shot.key
    with film.lock:
        shot.key_frame, shot.key = shot_key
        found = films.document(shot.key_picture) or _new_document(films, film, shot)
        idle = _without_direction(films, shot)
        film.save()
    films.write_project_later(film)
    films.tell_of_shot(film, shot)
    return found, idle


def change_shot(films: Films, film: Film, number: int, changes: dict[str, Any]) -> Shot:
    """Change the scope of a shot's hints, or whether it keeps its own colours."""
    shot = shot_of_number(film, number)
    scope = changes.get("scope", shot.scope)
    if scope == "place" and shot.place is None:
        raise OptionError(
            f"{film.name}: the place of this shot is not known; let its hints hold for the shot"
        )
    with film.lock:
        shot.scope, shot.in_colour = scope, changes.get("in_colour", shot.in_colour)
        film.stale = film.rendering is not None
        film.save()
    films.write_project_later(film)
    films.tell_of_shot(film, shot)
    films.tell_of(film)
    return shot


def directed(films: Films, document: Document) -> None:
    """Take over a change of a key frame.

    Vividness and temperature are the film's, so all its key frames get them. A new hint or reference in a shot that
    keeps its own colours has it coloured.
    """
    film = films.of_document(document)
    if film is None:
        return
    step = document.history.step
    shot = next((each for each in film.shots if document.id in each.pictures.values()), None)
    with film.lock:
        before = film.seen.get(document.id, step)
        film.seen[document.id] = step
        settings, known = (step.vividness, step.temperature), (before.vividness, before.temperature)
        # Key frames are told of, too, before they have got new settings of the film.
        shared = settings not in (known, (film.vividness, film.temperature))
        if shared:
            film.vividness, film.temperature = settings
            film.save()
        film.stale = film.stale or (step != before and film.rendering is not None)
        if shot is not None and shot.in_colour and _is_guided_more(before, step):
            shot.in_colour = False
            film.save()
    if shared:
        films.later(film, "settings", lambda: _share_settings(films, film))
    if shot is not None:
        films.tell_of_shot(film, shot)
    if step != before:
        films.tell_of(film)
        films.write_project_later(film)


def _is_guided_more(before: Step, step: Step) -> bool:
    """Whether a step has a hint or reference that the one before it had not; taking one back gives none."""
    known = (*before.hints, *before.references)
    return any(each not in known for each in (*step.hints, *step.references))


def _share_settings(films: Films, film: Film) -> None:
    settings = {"vividness": film.vividness, "temperature": film.temperature}
    for document in films.documents(film):
        with document.lock:
            step = document.history.step.with_changes(settings)
            if step == document.history.step:
                continue
            document.history.push(step)
            film.seen[document.id] = step
        films.changed(document)


def _drawn(films: Films, film: Film, shot: Shot, time: float) -> tuple[int, float]:
    """Number and time of the frame that is shown at a time, once it is drawn."""
    if film.state != "ready":
        raise OptionError(f"{film.name}: its shots are still being looked for; wait until all are found")
    told: dict[str, Any] = {}
    job = {
        "folder": str(film.stills),
        "time": time,
        "first_frame": shot.first_frame,
        "frames": shot.frames,
        "in_colour": shot.was_in_colour,
    }
    key = film.id, "still", shot.first_frame
    films.quick.submit(key, lambda: films.run(film, "still", told.update, **job)).result()
    if "still" not in told:
        raise NotFoundError(f"{film.name}: its frame could not be drawn; try again")
    return int(told["still"]["number"]), float(told["still"]["time"])


def _new_document(films: Films, film: Film, shot: Shot) -> Document:
    """A photo document of the key frame; its hints will be the shot's."""
    copy = films.library.incoming / f"{secrets.token_hex(8)}.png"
    shutil.copyfile(_still(film, shot.key_frame), copy)
    minutes, seconds = divmod(shot.key, 60)
    name = f"{Path(film.name).stem} {int(minutes)}:{seconds:05.2f}"
    try:
        document = films.library.add(copy, name, films.digest, uploaded=True, film=film.id)
    except BaseException:
        copy.unlink(missing_ok=True)
        raise
    document.history.begin(replace(Step(), vividness=film.vividness, temperature=film.temperature))
    film.seen[document.id] = document.history.step
    shot.pictures[str(shot.key_frame)] = document.id
    shot.times[str(shot.key_frame)] = shot.key
    return document


def _without_direction(films: Films, shot: Shot) -> list[Document]:
    """Documents of other frames than the key frame without hints or references, taken out of the shot."""
    idle = []
    for number, picture in list(shot.pictures.items()):
        document = films.document(picture)
        if number != str(shot.key_frame) and (
            document is None or not (document.history.step.hints or document.history.step.references)
        ):
            del shot.pictures[number], shot.times[number]
            idle += [document] if document is not None else []
    return idle


def _still(film: Film, number: int) -> Path:
    return film.stills / f"{number}.png"
