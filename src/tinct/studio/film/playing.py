"""What plays in the browser: a film before and after, or one shot of it, as copies where a browser plays no other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tinct.errors import OptionError, TinctError
from tinct.studio.film.directing import shot_of_number
from tinct.studio.film.document import Film, Progress, moved_on
from tinct.studio.film.films import Films
from tinct.studio.film.project_file import in_work_folder, shot_to_project
from tinct.studio.film.renderings import Renderings
from tinct.studio.project.roots import NotFoundError
from tinct.studio.rendering.worker import BusyError, Worker

# Copies of shots that are kept of each film.
_KEPT_SHOTS = 24


class Players:
    """The thread that makes what a browser cannot play into what it can.

    `Film.playing` has, by "film" or the number of a shot, {state, before, after, progress, error}; state: making,
    ready or failed; before, after: addresses.
    """

    def __init__(self, films: Films, renderings: Renderings) -> None:
        self._films, self._renderings = films, renderings
        self._plain: set[str] = set()
        self._worker = Worker("tinct-film-copies", films.limits.waiting)

    def play_film(self, film: Film, *, copy: bool) -> dict[str, Any]:
        """The film before and after, as far as it is coloured. copy: also where a browser should play it as it is."""
        self.file(film, "source")
        files = {"source": film.source, "result": self._renderings.result(film)}
        copies = {kind: self._copy(film, path) for kind, path in files.items()}
        if film.facts.get("plays"):
            self._plain.add(copies["source"].name)
        missing = [
            kind
            for kind, path in copies.items()
            if not path.is_file() and (copy or path.name not in self._plain)
        ]

        def addresses() -> tuple[str, str]:
            before, after = (path.name if path.is_file() else kind for kind, path in copies.items())
            return before, after

        def heard(answer: dict[str, Any]) -> None:
            for kind, copied in zip(missing, answer.get("copied", ()), strict=False):
                if not copied:
                    self._plain.add(copies[kind].name)

        job = {"films": [[str(files[kind]), str(copies[kind])] for kind in missing], "copy": copy}
        return self._make(film, "film", addresses, ("playable", job) if missing else None, heard)

    def play_shot(self, film: Film, number: int) -> dict[str, Any]:
        """A shot before and after, small, as it is directed now."""
        shot = shot_of_number(film, number)
        if film.state != "ready":
            raise OptionError(f"{film.name}: its shots are still being looked for; wait until all are found")
        if shot.in_colour:
            raise OptionError(f"{film.name}: this shot keeps its own colours; let it be coloured first")
        directed = shot_to_project(shot, self._films.document, in_work_folder)
        settings = {"vividness": film.vividness, "temperature": film.temperature}
        digest = hashlib.sha256(json.dumps([directed, settings]).encode()).hexdigest()[:12]
        before, after = (_folder(film) / f"shot-{number}-{digest}-{end}.mp4" for end in ("before", "after"))
        if before.is_file() and after.is_file():
            return self._make(film, str(number), lambda: (before.name, after.name), None)
        self._forget_old(film)
        job = {
            "before": str(before),
            "after": str(after),
            "project": str(before.with_suffix(".json")),
            "times": str(film.stills / "times.npy"),
            "shot": directed,
            "key_frame": shot.key_frame,
            **settings,
        }
        return self._make(film, str(number), lambda: (before.name, after.name), ("preview", job))

    def file(self, film: Film, name: str) -> Path:
        """The file that plays under a name; NotFoundError if there is none."""
        if name == "source":
            if not film.source.is_file():
                raise NotFoundError(f"{film.name}: is gone; put the file back where it was")
            return film.source
        if name == "result":
            return self._renderings.result(film)
        found = next((each for each in _folder(film).glob("*.mp4") if each.name == name), None)
        if found is None:
            raise NotFoundError(f"{film.name}: there is nothing of that name to play; play it again")
        return found

    def stop(self, film: Film) -> None:
        """Stop what is being made to be played."""
        for task in ("preview", "playable"):
            self._films.stop(film, task)

    def close(self) -> None:
        """End the thread; the processes end with the films."""
        self._worker.close()

    def _make(
        self,
        film: Film,
        key: str,
        addresses: Callable[[], tuple[str, str]],
        task: tuple[str, dict[str, Any]] | None,
        heard: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> dict[str, Any]:
        """Do a task, if any, and tell of what then plays. addresses: names of the files before and after."""
        known = film.playing.get(key)
        if known is not None and known["state"] == "making":
            return known
        playing: dict[str, Any] = {"state": "making", "progress": None, "error": None}
        film.playing[key] = playing

        def ready() -> None:
            before, after = (f"/api/v1/films/{film.id}/media/{name}" for name in addresses())
            playing.update(state="ready", before=before, after=after)

        if task is None:
            ready()
        else:
            with suppress(BusyError):
                self._worker.submit((film.id, key), lambda: self._work(film, playing, task, heard, ready))
        self._films.tell_of(film)
        return playing

    def _work(
        self,
        film: Film,
        playing: dict[str, Any],
        task: tuple[str, dict[str, Any]],
        heard: Callable[[dict[str, Any]], None],
        ready: Callable[[], None],
    ) -> None:
        steps: Progress | None = None

        def told(answer: dict[str, Any]) -> None:
            nonlocal steps
            heard(answer)
            if "start" in answer:
                playing["start"] = answer["start"]
            if "progress" in answer:
                steps = moved_on(steps, answer["progress"])
                playing["progress"] = steps.to_json()
                self._films.tell_of(film)

        try:
            whole = self._films.run(film, task[0], told, **task[1])
            if whole:
                ready()
            else:
                playing["state"] = "failed"
        except TinctError as error:
            playing.update(state="failed", error=str(error))
        self._films.tell_of(film)

    def _copy(self, film: Film, path: Path) -> Path:
        """Where the copy of a file is that plays in browsers."""
        stat = path.stat()
        digest = hashlib.sha256(f"{path}{stat.st_size}{stat.st_mtime_ns}".encode()).hexdigest()[:12]
        return _folder(film) / f"copy-{digest}.mp4"

    def _forget_old(self, film: Film) -> None:
        old = sorted(_folder(film).glob("shot-*.mp4"), key=lambda each: each.stat().st_mtime)
        for each in old[: max(0, len(old) - 2 * _KEPT_SHOTS)]:
            each.unlink(missing_ok=True)


def _folder(film: Film) -> Path:
    found = film.folder / "play"
    found.mkdir(exist_ok=True)
    return found
