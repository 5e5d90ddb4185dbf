"""The shots of a film, looked for in a process of its own and taken over as they are found."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from tinct.errors import TinctError
from tinct.studio.film.document import Film, Shot, moved_on, shot_of
from tinct.studio.film.films import Films
from tinct.studio.rendering.worker import BusyError, Priority, Worker


class ShotFinder:
    """The thread that looks for the shots of films, one film after another."""

    def __init__(self, films: Films) -> None:
        self._films = films
        self._worker = Worker("tinct-film-shots", films.limits.waiting)

    def find(self, film: Film) -> None:
        """Look for the shots of a film when there is time."""
        with suppress(BusyError):
            self._worker.submit((film.id, "shots"), lambda: self._find(film), Priority.LATER)

    def pause(self, paused: bool) -> None:
        """Let searches for shots that were not begun wait, or go on."""
        self._worker.pause(paused)

    def close(self) -> None:
        """End the thread; the processes end with the films."""
        self._worker.close()

    def _find(self, film: Film) -> None:
        film.state, film.error = "looking", None
        self._films.tell_of(film)
        target = film.folder / film.result_name(None)
        try:
            self._films.run(
                film,
                "shots",
                lambda answer: self._found(film, answer),
                folder=str(film.stills),
                target=str(target),
            )
        except TinctError as error:
            film.state, film.error = "failed", str(error)
        if self._films.closed or not self._films.holds(film):
            return
        film.progress = None
        film.save()
        self._films.tell_of(film)

    def _found(self, film: Film, answer: dict[str, Any]) -> None:
        """Take over what the film process tells of a film and its shots."""
        if "facts" in answer:
            film.facts = answer["facts"]
        elif "report" in answer:
            film.report = [film.shown(each) for each in answer["report"]]
        elif "progress" in answer:
            film.progress = moved_on(film.progress, answer["progress"])
        elif "shot" in answer:
            self._add_shot(film, shot_of(answer["shot"]))
        elif "shots" in answer:
            self._complete(film, [shot_of(each) for each in answer["shots"]])
        self._films.tell_of(film)

    def _add_shot(self, film: Film, shot: Shot) -> None:
        with film.lock:
            if any(each.first_frame == shot.first_frame for each in film.shots):
                return
            film.shots = sorted([*film.shots, shot], key=lambda each: each.first_frame)
            film.save()
        self._films.tell_of_shot(film, shot)

    def _complete(self, film: Film, shots: list[Shot]) -> None:
        """Take over all shots; hints that were given meanwhile go to the shot that has their frame."""
        with film.lock:
            for old in film.shots:
                for number, document in old.pictures.items():
                    new = next(
                        each
                        for each in reversed(shots)
                        if each.first_frame <= int(number) or each is shots[0]
                    )
                    new.pictures[number], new.times[number] = document, old.times[number]
                    new.scope = old.scope
                    if old.first_frame == new.first_frame and old.frames == new.frames:
                        new.in_colour = old.in_colour
            film.shots, film.state = shots, "ready"
            film.save()
        self._films.write_project(film)
