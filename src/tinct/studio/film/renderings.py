"""Renderings: films coloured to files, one after another, stopped and continued at will."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Any

from tinct.atomic import atomic_write_text
from tinct.errors import OptionError, TinctError
from tinct.studio.film.document import Film, Rendering, moved_on
from tinct.studio.film.films import Films
from tinct.studio.project.roots import NotFoundError
from tinct.studio.rendering.exporting import ExistsError, check_name
from tinct.studio.rendering.worker import BusyError, Priority, Worker

CONTAINERS = ("mp4", "mov", "mkv", "webm")
USUAL: dict[str, Any] = {"codec": None, "quality": None, "archive": False, "every": 1}


class Renderings:
    """The thread that renders films; each in a process of its own."""

    def __init__(self, films: Films) -> None:
        self._films = films
        self._worker = Worker("tinct-film-rendering", films.limits.waiting)
        for film in films.films():
            if film.rendering is not None and film.rendering.state in ("waiting", "running"):
                self._submit(film)

    def start(
        self,
        film: Film,
        settings: dict[str, Any],
        container: str | None,
        folder: Path | None,
        name: str | None,
        *,
        overwrite: bool,
    ) -> Rendering:
        """Render a film into a folder when there is time; without one it is kept to be fetched from here.

        Raises ExistsError for a name that is taken, unless it may be overwritten; OptionError for what cannot be.
        """
        if film.state != "ready":
            raise OptionError(f"{film.name}: its shots are still being looked for; wait until all are found")
        if film.rendering is not None and film.rendering.state in ("waiting", "running"):
            raise OptionError(f"{film.name}: is being rendered already; stop it first")
        chosen = film.result_name(container, archive=settings["archive"]) if name is None else name
        check_name(chosen)
        if PurePath(chosen).suffix.lower()[1:] not in (*CONTAINERS, "m4v"):
            raise OptionError(f"{chosen}: is no name of a film; end it in .{', .'.join(CONTAINERS)}")
        place = film.folder / "result" if folder is None else folder
        target = place / chosen
        if target.exists() and target.samefile(film.source):
            raise OptionError(f"{chosen}: the result would replace the film; choose another name")
        if folder is not None and (self._is_promised(target, film) or (target.exists() and not overwrite)):
            raise ExistsError(chosen)
        self._remove_old(film, target)
        place.mkdir(exist_ok=True)
        atomic_write_text(self._project(film), self._films.write_project(film))
        with film.lock:
            film.rendering = Rendering(
                str(target),
                chosen,
                folder is None,
                USUAL | settings,
                film.vividness,
                film.temperature,
                overwrite=overwrite or folder is None,
            )
            film.stale = False
            film.save()
        self._submit(film)
        return film.rendering

    def plan(self, film: Film, settings: dict[str, Any], container: str | None) -> tuple[str, list[str]]:
        """The name of a result and what would become of each stream; OptionError for what cannot be."""
        name = film.result_name(container, archive=settings["archive"])
        told: dict[str, Any] = {}
        job = {"target": str(film.folder / name), **USUAL, **settings}
        self._films.quick.submit(
            (film.id, "plan"), lambda: self._films.run(film, "plan", told.update, **job)
        ).result()
        return name, [film.shown(each) for each in told.get("report", [])]

    def stop(self, film: Film) -> None:
        """Stop a rendering: a file that plays up to there is left, and it can be continued."""
        made = self._of(film)
        if made.state == "waiting":
            made.state = "stopped"
            film.save()
            self._films.tell_of(film)
        self._films.stop(film, "render")

    def resume(self, film: Film) -> None:
        """Continue a stopped or failed rendering where it was."""
        made = self._of(film)
        if made.state not in ("stopped", "failed"):
            raise OptionError(f"{film.name}: its rendering was not stopped; stop it first")
        made.state, made.error = "waiting", None
        film.save()
        self._submit(film)

    def discard(self, film: Film) -> None:
        """Forget a rendering that is not under way, with its unfinished work; a finished file of the person's stays."""
        made = self._of(film)
        if made.state in ("waiting", "running"):
            raise OptionError(f"{film.name}: is being rendered; stop it first")
        self._remove_old(film, None)
        with film.lock:
            film.rendering = None
            film.save()
        self._films.tell_of(film)

    def stale(self, film: Film) -> bool:
        """Whether the film was directed otherwise since its rendering began."""
        made = film.rendering
        if made is None or not self._project(film).is_file():
            return False
        settings = made.vividness, made.temperature
        text = self._project(film).read_text(encoding="utf-8")
        return settings != (film.vividness, film.temperature) or text != self._films.write_project(film)

    def result(self, film: Film) -> Path:
        """The file of a finished rendering, or of a stopped one up to where it came; NotFoundError if there is none."""
        made = self._of(film)
        path = made.target if made.state == "done" else made.partial
        if path is None or not Path(path).is_file():
            raise NotFoundError(f"{film.name}: there is no coloured film yet; colour it, or preview a shot")
        return Path(path)

    def forget(self, film: Film) -> None:
        """Remove what is unfinished of a film that is gone; what is finished in a folder of the person's stays."""
        if film.rendering is not None and film.rendering.state != "done":
            self._remove_work(Path(film.rendering.target))

    def pause(self, paused: bool) -> None:
        """Let renderings that were not begun wait, or go on."""
        self._worker.pause(paused)

    def close(self) -> None:
        """End the thread; the processes end with the films."""
        self._worker.close()

    def _of(self, film: Film) -> Rendering:
        if film.rendering is None:
            raise NotFoundError(f"{film.name}: it is not being rendered; begin it first")
        return film.rendering

    def _submit(self, film: Film) -> None:
        with suppress(BusyError):
            self._worker.submit(film.id, lambda: self._render(film), Priority.LATER)
        self._films.tell_of(film)

    def _render(self, film: Film) -> None:
        made = film.rendering
        if made is None or made.state == "stopped" or not self._films.holds(film):
            return
        made.state, made.error = "running", None
        film.save()
        self._films.tell_of(film)
        job = {
            "target": made.target,
            "project": str(self._project(film)),
            "vividness": made.vividness,
            "temperature": made.temperature,
            "overwrite": made.overwrite,
            **made.settings,
        }
        try:
            self._films.run(film, "render", lambda answer: self._heard(film, made, answer), **job)
        except TinctError as error:
            made.state, made.error = "failed", str(error)
        if self._films.closed or not self._films.holds(film):
            return
        if made.state == "running":
            made.state = "stopped"
        film.rendered = None
        film.save()
        self._films.tell_of(film)

    def _heard(self, film: Film, made: Rendering, answer: dict[str, Any]) -> None:
        if "report" in answer:
            made.report = [film.shown(each) for each in answer["report"]]
        elif "progress" in answer:
            told = answer["progress"]
            if told["what"] == "hints" and film.rendered is not None:
                # A part of colouring, with frames of its own; its time counts as that of the frames it is for.
                film.rendered.what = "hints"
            else:
                film.rendered = moved_on(film.rendered, told)
            if told["what"] == "colour":
                made.frames, made.total = told["done"], told["total"]
        elif "result" in answer:
            found = answer["result"]
            made.frames, made.total = found["frames"], found["total"]
            made.remarks = [film.shown(each) for each in found["remarks"]]
            made.state = "done" if found["complete"] else "stopped"
            made.partial = None if found["complete"] else found["path"]
        self._films.tell_of(film)

    def _remove_old(self, film: Film, target: Path | None) -> None:
        """Remove unfinished work of an earlier rendering, unless it is for the same file, and a result that is kept."""
        made = film.rendering
        if made is None:
            return
        old = Path(made.target)
        if old != target and made.state != "done":
            self._remove_work(old)
        if made.partial is not None:
            Path(made.partial).unlink(missing_ok=True)
        if made.kept:
            old.unlink(missing_ok=True)

    def _remove_work(self, target: Path) -> None:
        shutil.rmtree(target.parent / f".{target.name}.tinct", ignore_errors=True)

    def _is_promised(self, target: Path, film: Film) -> bool:
        """Whether another film is to be rendered to a path."""
        others = [
            each.rendering for each in self._films.films() if each is not film and each.rendering is not None
        ]
        return any(each.target == str(target) and each.state != "done" for each in others)

    def _project(self, film: Film) -> Path:
        return film.folder / "rendering.json"
