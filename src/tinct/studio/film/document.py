"""A film of the studio on disk: where it comes from, what it holds, its shots, and how it is rendered."""

from __future__ import annotations

import json
import math
import threading
import time
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from tinct.atomic import atomic_write_text
from tinct.errors import OptionError
from tinct.studio.project.folders import stored_source
from tinct.studio.project.step import Step

FORMAT = 1
# Seconds before the first guess of the time left, and in which most of a new one is taken over.
_UNKNOWN, _SMOOTH = 5.0, 5.0
RenderState = Literal["waiting", "running", "stopped", "done", "failed"]


@dataclass
class Shot:
    """A shot by its times in seconds and its frames by number.

    in_colour: it keeps its own colours; was_in_colour: it had them when it was found. place: number of what it shows.
    scope: shot, or place if its hints hold for all shots of that place. pictures: ids of the photo documents of its
    hinted frames, by number of the frame, and their times.
    """

    start: float
    first_frame: int
    frames: int
    key: float
    key_frame: int
    kind: str = "shot"
    in_colour: bool = False
    was_in_colour: bool = False
    place: int | None = None
    scope: str = "shot"
    pictures: dict[str, str] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict)

    @property
    def key_picture(self) -> str | None:
        """The id of the photo document of its key frame, if it was opened."""
        return self.pictures.get(str(self.key_frame))


@dataclass
class Rendering:
    """A result of a film that is waiting, being made, stopped or done.

    kept: to be fetched from here; else `target` is in a folder of the person's. settings: codec, quality, archive and
    every, as of `FilmOptions`.
    """

    target: str
    name: str
    kept: bool
    settings: dict[str, Any]
    vividness: float
    temperature: float | None
    overwrite: bool = False
    state: RenderState = "waiting"
    frames: int = 0
    total: int = 0
    partial: str | None = None
    error: str | None = None
    remarks: list[str] = field(default_factory=list)
    report: list[str] = field(default_factory=list)


@dataclass
class Progress:
    """How far a task is: what is done, of how many frames or shots, and since when; ends: when it will, as guessed."""

    what: str
    done: int
    total: int
    first: int = 0
    began: float = field(default_factory=time.monotonic)
    ends: float | None = None
    guessed: float = 0.0

    def move(self, done: int, total: int) -> None:
        """Take over how much is done now, and guess anew when it ends, smoothly."""
        self.done, self.total, now = done, total, time.monotonic()
        if now - self.began < _UNKNOWN or done <= self.first:
            return
        ends = now + (now - self.began) / (done - self.first) * (total - done)
        share = 1.0 if self.ends is None else 1 - math.exp((self.guessed - now) / _SMOOTH)
        self.ends = ends if self.ends is None else self.ends + share * (ends - self.ends)
        self.guessed = now

    def to_json(self) -> dict[str, Any]:
        """As the page is told of it; left: seconds, None while they cannot be known."""
        left = None if self.ends is None else max(0, round(self.ends - time.monotonic()))
        return {"what": self.what, "done": self.done, "total": self.total, "left": left}


@dataclass
class Film:
    """A film in the queue, in a folder of its own.

    source: a path below a root, or a copy of an uploaded file in the folder. state: waiting, looking, ready or failed.
    seen: the steps that its key frames had when they were looked at last, by ids of their documents.
    stale: whether it was directed otherwise since its rendering began, as far as is known.
    """

    folder: Path
    order: int
    name: str
    source: Path
    state: str = "waiting"
    error: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    report: list[str] = field(default_factory=list)
    shots: list[Shot] = field(default_factory=list)
    vividness: float = 1.0
    temperature: float | None = None
    rendering: Rendering | None = None
    progress: Progress | None = None
    rendered: Progress | None = None
    stale: bool = False
    seen: dict[str, Step] = field(default_factory=dict)
    playing: dict[str, dict[str, Any]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def stills(self) -> Path:
        """The folder of its key frames."""
        return self.folder / "stills"

    @property
    def project(self) -> Path:
        """Its project, as tinct video --project reads it."""
        return self.folder / "project.json"

    def shown(self, sentence: str) -> str:
        """A sentence of the library with the name that the person knows."""
        return sentence.replace(str(self.source), self.name)

    def result_name(self, container: str | None, *, archive: bool = False) -> str:
        """The name of a result: that of the film with -tinct, in the same container if it can hold one."""
        known = self.source.suffix.lower()[1:]
        kind = "mkv" if archive else container or (known if known in ("mp4", "mov", "mkv", "m4v") else "mkv")
        return f"{Path(self.name).stem}-tinct.{kind}"

    def save(self) -> None:
        """Write it to the disk, atomically."""
        document = {
            "format": FORMAT,
            "order": self.order,
            "name": self.name,
            "source": stored_source(self.folder, self.source),
            "state": self.state if self.state in ("ready", "failed") else "waiting",
            "error": self.error,
            "facts": self.facts,
            "report": self.report,
            "shots": [asdict(each) for each in self.shots] if self.state == "ready" else [],
            "vividness": self.vividness,
            "temperature": self.temperature,
            "rendering": None if self.rendering is None else asdict(self.rendering),
        }
        atomic_write_text(self.folder / "film.json", json.dumps(document, indent=1) + "\n")


def read_film(folder: Path) -> Film:
    """The film in a folder; OptionError if it is none."""
    try:
        found: dict[str, Any] = json.loads((folder / "film.json").read_text(encoding="utf-8"))
        if found.pop("format") != FORMAT:
            raise OptionError(f"{folder}: was written by a newer version; install a newer tinct")
        rendering = found["rendering"]
        return Film(
            folder=folder,
            **{
                **found,
                "source": folder / found["source"],
                "shots": [Shot(**each) for each in found["shots"]],
                "rendering": None if rendering is None else Rendering(**rendering),
            },
        )
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise OptionError(f"{folder}: is no film of the studio ({type(fault).__name__}); remove it") from None


def shot_of(given: dict[str, Any]) -> Shot:
    """A shot as the film process tells of it."""
    known = {each.name for each in fields(Shot)}
    return Shot(
        **{name: value for name, value in given.items() if name in known}, was_in_colour=given["in_colour"]
    )


def moved_on(known: Progress | None, told: dict[str, Any]) -> Progress:
    """Progress as the film process tells of it, with the time since its part began."""
    if known is not None and known.what == "hints" and told["what"] == "colour":
        known.what = "colour"
    if known is None or known.what != told["what"]:
        return Progress(told["what"], told["done"], told["total"], first=told["done"])
    known.move(told["done"], told["total"])
    return known
