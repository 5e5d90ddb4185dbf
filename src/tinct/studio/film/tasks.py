"""Tasks of the film process: what a film holds, its shots with their key frames, stills, copies to play, rendering."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tinct.errors import OptionError, TinctError
from tinct.inference import decoding_for
from tinct.models.runtime import Network
from tinct.options import Options
from tinct.studio.film.process import throttled
from tinct.video.analysis import Analysis
from tinct.video.direction.guides import places_of
from tinct.video.film import colour_film, find_film_shots, remove_work
from tinct.video.plan import FilmOptions, plan_film
from tinct.video.playable import plays_as_it_is, write_playable
from tinct.video.project import read_project
from tinct.video.shots import Shot
from tinct.video.source.bars import bar_widths, find_content
from tinct.video.source.frames import luma_plane
from tinct.video.source.pixel_formats import source_depth
from tinct.video.source.probe import Clip, probe
from tinct.video.stills import coloured_still, encoded, grey_still, own_still, read_frame

Job = dict[str, Any]
Tell = Callable[[dict[str, Any]], None]
Stopped = Callable[[], bool]

# Longest sides of a key frame, on which hints are given, and of its small picture.
_STILL, _THUMB = 1920, 320
# A preview of a long shot has so many seconds before and after its key frame; the network sees each so many-th frame.
_PREVIEW_BEFORE, _PREVIEW_AFTER = 4.0, 8.0
_PREVIEW_EVERY = 4


def find_shots(job: Job, tell: Tell, stopped: Stopped) -> None:
    """Tell what a film holds, each of its shots as soon as it is known, and in the end all of them."""
    clip, folder = probe(Path(job["source"])), Path(job["folder"])
    tell({"facts": _facts(clip)})
    try:
        tell({"report": plan_film(clip.path, Path(job["target"]), FilmOptions()).report})
    except TinctError as error:
        tell({"report": [str(error)]})
    drawing = _Drawing(clip, _network(job), folder)

    def found(timestamps: Sequence[int], shots: Sequence[Shot]) -> None:
        for shot in shots:
            tell({"shot": drawing.shot(timestamps, shot)})

    timestamps, shots = find_film_shots(clip, folder / "scan", throttled(tell), stopped, found)
    if not shots:
        return
    listed = []
    for number, shot in enumerate(shots):
        tell({"progress": {"what": "draw", "done": number, "total": len(shots)}})
        listed.append(drawing.shot(timestamps, shot))
    tell({"progress": {"what": "places", "done": 0, "total": len(shots)}})
    try:
        places = places_of(clip, drawing.network, timestamps, shots)
    except OptionError:
        places = [None] * len(shots)
    np.save(folder / "times.npy", np.array(timestamps, np.int64))
    remove_work(folder / "scan")
    last = float((timestamps[-1] - clip.first) * clip.time_base + 1 / clip.rate)
    tell({"facts": _facts(clip) | {"duration": round(last, 4), "frames": len(timestamps)}})
    tell({"shots": [{**shot, "place": place} for shot, place in zip(listed, places, strict=True)]})


def draw_still(job: Job, tell: Tell, stopped: Stopped) -> None:
    """Draw the frame that is shown at a time of a shot, as a picture to give hints on."""
    del stopped
    clip, folder = probe(Path(job["source"])), Path(job["folder"])
    timestamps = np.load(folder / "times.npy").tolist()
    wanted = clip.first + float(job["time"] + 0.0005) / float(clip.time_base)
    number = int(np.searchsorted(timestamps, wanted, "right")) - 1
    number = min(max(number, job["first_frame"]), job["first_frame"] + job["frames"] - 1)
    drawing = _Drawing(clip, _network(job), folder)
    drawing.still(timestamps, number, own=job["in_colour"])
    tell({"still": {"number": number, "time": _seconds(clip, timestamps[number])}})


def tell_plan(job: Job, tell: Tell, stopped: Stopped) -> None:
    """Tell what would become of each stream of a film."""
    del stopped
    tell({"report": plan_film(Path(job["source"]), Path(job["target"]), _film_options(job)).report})


def make_playable(job: Job, tell: Tell, stopped: Stopped) -> None:
    """Make a copy that plays in browsers of each film that does not as it is; tell of each whether it has one."""
    progress, copied = throttled(tell), []
    for source, target in job["films"]:
        clip = probe(Path(source))
        copied.append(job["copy"] or not plays_as_it_is(clip))
        if copied[-1] and not write_playable(
            clip, Path(target), progress=lambda *counts: progress("copy", *counts), stopped=stopped
        ):
            return
    tell({"copied": copied})


def preview_shot(job: Job, tell: Tell, stopped: Stopped) -> None:
    """Make two small films of a shot, or of the seconds around its key frame: before, and coloured as directed."""
    clip, before, after = probe(Path(job["source"])), Path(job["before"]), Path(job["after"])
    timestamps = np.load(Path(job["times"])).tolist()
    progress = throttled(tell)
    shot, key, rate = job["shot"], job["key_frame"], float(clip.rate)
    first = max(shot["first_frame"], key - round(_PREVIEW_BEFORE * rate))
    end = min(shot["first_frame"] + shot["frames"], key + round(_PREVIEW_AFTER * rate))
    tell({"start": _seconds(clip, timestamps[first])})
    excerpt = timestamps, first, end
    if not write_playable(
        clip, before, excerpt=excerpt, progress=lambda *counts: progress("copy", *counts), stopped=stopped
    ):
        return
    project = Path(job["project"])
    start, stop = (_seconds(clip, timestamps[at]) for at in (first, end - 1))
    project.write_text(json.dumps(excerpt_project(shot, start, stop)), encoding="utf-8")
    options = FilmOptions(codec="h264", every=_PREVIEW_EVERY, project=read_project(project), overwrite=True)
    plan = plan_film(before, after, options)
    result = colour_film(plan, _network(job), options, _settings(job), progress, stopped)
    if not result.complete:
        remove_work(after)
        return
    tell({"remarks": result.remarks})


def render(job: Job, tell: Tell, stopped: Stopped) -> None:
    """Colour a film as its project directs, from where an earlier run was interrupted."""
    options = _film_options(job)
    plan = plan_film(Path(job["source"]), Path(job["target"]), options)
    tell({"report": plan.report})
    result = colour_film(plan, _network(job), options, _settings(job), throttled(tell), stopped)
    tell(
        {
            "result": {
                "path": None if result.path is None else str(result.path),
                "frames": result.frames,
                "total": result.total,
                "complete": result.complete,
                "remarks": result.remarks,
            }
        }
    )


TASKS: dict[str, Callable[[Job, Tell, Stopped], None]] = {
    "shots": find_shots,
    "still": draw_still,
    "plan": tell_plan,
    "playable": make_playable,
    "preview": preview_shot,
    "render": render,
}


def excerpt_project(shot: dict[str, Any], start: float, end: float) -> dict[str, Any]:
    """The project of an excerpt of a shot, by the times of its first and its last frame.

    What was given on frames outside of it is left out.
    """

    def moved(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
        inside = [each for each in given if start <= each["time"] <= end]
        return [
            {name: value for name, value in each.items() if name != "scope"}
            | {"time": round(each["time"] - start, 4)}
            for each in inside
        ]

    only = {
        "start": 0.0,
        "kind": shot["kind"],
        "hints": moved(shot["hints"]),
        "references": moved(shot["references"]),
    }
    return {"format": 1, "shots": [only]}


class _Drawing:
    """Stills of a clip in a folder: NUMBER.png for hints, NUMBER.jpg small and in colour."""

    def __init__(self, clip: Clip, network: Network, folder: Path) -> None:
        self._clip, self.network, self._folder = clip, network, folder
        self._decoding = decoding_for(Options(scales=1), network.manifest)
        self._analysis = Analysis(clip, network, self._decoding, [])

    def shot(self, timestamps: Sequence[int], shot: Shot) -> dict[str, Any]:
        """A shot as the server is told of it, its key frame drawn."""
        self.still(timestamps, shot.middle, own=shot.in_colour)
        return {
            "start": _seconds(self._clip, timestamps[shot.start]),
            "key": _seconds(self._clip, timestamps[shot.middle]),
            "key_frame": shot.middle,
            "first_frame": shot.start,
            "frames": shot.end - shot.start,
            "kind": shot.kind,
            "in_colour": shot.in_colour,
        }

    def still(self, timestamps: Sequence[int], number: int, *, own: bool) -> None:
        """Draw a frame by its number, unless it is drawn; own: in its own colours."""
        large, small = (self._folder / f"{number}{suffix}" for suffix in (".png", ".jpg"))
        if large.exists() and small.exists():
            return
        clip = self._clip
        frame = read_frame(clip, timestamps, number)
        if own:
            still, thumb = own_still(clip, frame, _STILL), own_still(clip, frame, _THUMB)
        else:
            widths = bar_widths(luma_plane(frame), source_depth(frame.format.name), clip.tags)
            content = find_content([widths], clip.height, clip.width)
            still = grey_still(clip, frame, _STILL)
            thumb = coloured_still(clip, frame, self._analysis, self._decoding, content, _THUMB)
        for path, pixels in ((large, still), (small, thumb)):
            part = path.with_name(f".{path.name}")
            part.write_bytes(encoded(pixels, path.suffix))
            part.replace(path)


def _facts(clip: Clip) -> dict[str, Any]:
    width, height = clip.shown_size
    if clip.rotation // 90 % 2:
        width, height = height, width
    return {
        "width": width,
        "height": height,
        "duration": round(clip.duration, 4),
        "frames": clip.frames,
        "rate": round(float(clip.rate), 3),
        "codec": clip.codec,
        "plays": plays_as_it_is(clip),
        "sound": any(each.kind == "audio" for each in clip.others),
    }


def _seconds(clip: Clip, timestamp: int) -> float:
    return round(float((timestamp - clip.first) * clip.time_base), 4)


def _network(job: Job) -> Network:
    return Network(Path(job["model"]), device=job["device"])


def _settings(job: Job) -> Options:
    return Options(vividness=job["vividness"], temperature=job["temperature"], scales=1)


def _film_options(job: Job) -> FilmOptions:
    project = job.get("project")
    return FilmOptions(
        codec=job["codec"],
        quality=job["quality"],
        archive=job["archive"],
        every=job["every"],
        overwrite=job.get("overwrite", False),
        project=None if project is None else read_project(Path(project)),
    )
