"""Hints and references of a project: a hinted colour stays on what moves, for its shot and no longer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000, rgb2lab

from tests.video.clips import Grey, chroma_of, luma_of, pan, write_clip
from tinct.errors import TinctError
from tinct.models.runtime import Network
from tinct.models.store import find_model
from tinct.options import Options
from tinct.video.direction.guides import places_of
from tinct.video.film import FilmResult, colour_film, find_film_shots, work_folder
from tinct.video.output import segments
from tinct.video.plan import FilmOptions, plan_film
from tinct.video.project import read_project
from tinct.video.source.probe import probe

EXAMPLES = Path(__file__).parents[2] / "examples"
HEIGHT, WIDTH, RADIUS = 288, 384, 44
RED = (45.0, 20.0)
Run = Callable[..., FilmResult]


@pytest.fixture(scope="module")
def network(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Network:
    """The tiny network at the size of the one in the package."""
    folder = tmp_path_factory.mktemp("direction") / "tiny"
    shutil.copytree(tiny_model, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["input"]["short_side"] = 256
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return Network(folder, threads=1)


@pytest.fixture
def coloured(network: Network, tmp_path: Path) -> Run:
    """Colours a clip as a list of shots directs: (source, target, shots)."""

    def run(source: Path, target: Path, shots: list[dict[str, Any]], **more: Any) -> FilmResult:
        path = tmp_path / "project.json"
        path.write_text(json.dumps({"format": 1, "shots": shots}))
        stopped, used = more.pop("stopped", lambda: False), more.pop("network", network)
        options = FilmOptions(archive=True, project=read_project(path), overwrite=True, **more)
        plan = plan_film(source, target, options)
        return colour_film(plan, used, options, Options(scales=1), stopped=stopped)

    return run


def centre(number: int, count: int) -> tuple[float, float]:
    """Where the disc is: on a curve from the left to the right."""
    part = number / (count - 1)
    return 68 + 248 * part, 144 + 60 * np.sin(4 * part)


def moving_disc(count: int, seed: int = 1) -> list[Grey]:
    """A textured disc, darker than the texture that pans behind it."""
    wide = pan(seed, count, HEIGHT, WIDTH, speed=1.4)
    skin = cv2.GaussianBlur(np.random.default_rng(seed).normal(0, 90, (128, 128)), (0, 0), 4) + 100
    frames = []
    for number, frame in enumerate(wide):
        x, y = centre(number, count)
        shift = np.array([[1, 0, x - 64], [0, 1, y - 64]], np.float32)
        disc = cv2.warpAffine(skin.astype(np.float32), shift, (WIDTH, HEIGHT))
        mask = cv2.warpAffine(disc_mask(128, 64, 64).astype(np.float32), shift, (WIDTH, HEIGHT))
        frames.append(np.clip((70 + frame * 0.6) * (1 - mask) + disc * mask, 0, 255).astype(np.uint8))
    return frames


def disc_mask(size: int, x: float, y: float, radius: float = RADIUS) -> NDArray[np.bool_]:
    rows, columns = np.mgrid[:size, :size]
    return (columns - x) ** 2 + (rows - y) ** 2 < radius**2


def lab_of(path: Path) -> list[NDArray[np.float64]]:
    with av.open(str(path)) as clip:
        return [
            rgb2lab(frame.reformat(format="rgb48le").to_ndarray() / 65535.0) for frame in clip.decode(video=0)
        ]


def error_on_disc(lab: NDArray[np.float64], number: int, count: int, ab: tuple[float, float] = RED) -> float:
    """Mean CIEDE2000 between what the disc shows and the hinted colour at the same lightness."""
    x, y = centre(number, count)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    inside = lab[(columns - x) ** 2 + (rows - y) ** 2 < (0.7 * RADIUS) ** 2]
    wanted = np.concatenate([inside[:, :1], np.full((len(inside), 2), ab)], 1)
    return float(deltaE_ciede2000(inside, wanted).mean())


def hint(number: int, count: int, **more: Any) -> dict[str, Any]:
    x, y = centre(number, count)
    return {"points": [[x / WIDTH, y / HEIGHT]], "color": "{:g},{:g}".format(*RED), "radius": 0.13} | more


@pytest.mark.parametrize("at", [0, 25])
def test_a_hinted_colour_stays_on_a_moving_object_for_the_whole_shot(
    at: int, coloured: Run, tmp_path: Path
) -> None:
    count = 50
    source = write_clip(tmp_path / "in.mkv", moving_disc(count) + pan(9, 20, HEIGHT, WIDTH))
    target = tmp_path / "out.mkv"
    plain = [{"start": 0}, {"start": count / 25}]
    coloured(source, target, plain)
    before = lab_of(target)
    directed = [{"start": 0, "hints": [hint(at, count, time=at / 25)]}, {"start": count / 25}]
    coloured(source, target, directed)
    after = lab_of(target)
    errors = [error_on_disc(after[number], number, count) for number in range(count)]
    assert min(error_on_disc(before[number], number, count) for number in range(count)) > 12
    assert np.mean(errors) < 2.5
    assert max(errors) < 5, "it fades"
    assert np.array_equal(before[count:], after[count:]), "the hint passes the cut"


def test_two_hints_hold_each_for_the_whole_shot(coloured: Run, tmp_path: Path) -> None:
    count = 30
    source = write_clip(tmp_path / "in.mkv", moving_disc(count))
    corner = {"points": [[0.1, 0.9]], "color": "0,-40", "radius": 0.06, "reach": 0}
    late = hint(count - 1, count, time=(count - 1) / 25)
    coloured(source, tmp_path / "out.mkv", [{"start": 0, "hints": [corner | {"time": 0}, late]}])
    for number, lab in enumerate(lab_of(tmp_path / "out.mkv")):
        assert error_on_disc(lab, number, count) < 5
        if number < 15:
            x, y = 0.1 * WIDTH - 1.4 * number, 0.9 * HEIGHT
            blue = lab[int(y) - 4 : int(y) + 5, int(x) - 4 : int(x) + 5]
            assert blue[..., 2].mean() < -20


def test_a_directed_film_that_is_stopped_anywhere_is_completed_with_the_same_pixels(
    coloured: Run, tiny_network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "MOST_FRAMES", 30)
    count = 90
    frames = [cv2.resize(frame, (128, 96)) for frame in moving_disc(count)] + pan(3, 12)
    source = write_clip(tmp_path / "in.mkv", frames)
    shots = [{"start": 0, "hints": [hint(50, count, time=2)]}, {"start": count / 25}]
    coloured(source, tmp_path / "whole.mkv", shots, network=tiny_network)
    target = tmp_path / "out.mkv"
    for wanted in (3, 40, 5, 35):
        calls = iter(range(10**6))
        # The scan asks as well.
        scanned = (work_folder(target) / "scan.bin").exists()
        limit = wanted if scanned else len(frames) + wanted
        result = coloured(
            source, target, shots, network=tiny_network, stopped=lambda c=calls, m=limit: next(c) >= m
        )
        assert not result.complete
    coloured(source, target, shots, network=tiny_network)
    assert np.array_equal(chroma_of(target), chroma_of(tmp_path / "whole.mkv"))
    assert luma_of(target) == luma_of(source)
    assert not work_folder(target).exists()


def test_a_stop_while_hints_are_followed_is_heeded(tiny_network: Network, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mkv", pan(1, 40) + pan(2, 40))
    path, target = tmp_path / "project.json", tmp_path / "out.mkv"
    shots = [{"start": 0}, {"start": 1.6, "hints": [hint(0, 40, time=1.6)]}]
    path.write_text(json.dumps({"format": 1, "shots": shots}))
    options = FilmOptions(archive=True, project=read_project(path))
    plan = plan_film(source, target, options)
    followed: list[int] = []

    def progress(what: str, done: int, total: int) -> None:
        if what == "hints":
            assert total == 40
            followed.append(done)

    result = colour_film(plan, tiny_network, options, Options(scales=1), progress, lambda: len(followed) > 4)
    assert len(followed) == 5
    assert not result.complete
    assert colour_film(plan, tiny_network, options, Options(scales=1)).complete


@pytest.mark.parametrize("mode", ["match", "palette"])
def test_a_reference_lends_its_colours_to_its_shot_alone(mode: str, coloured: Run, tmp_path: Path) -> None:
    frames = [cv2.resize(frame, (128, 96)) for frame in moving_disc(12)]
    source = write_clip(tmp_path / "in.mkv", frames + pan(5, 12))
    photo = np.stack([frames[6] // 4, frames[6] // 3, frames[6]], -1)
    cv2.imwrite(str(tmp_path / "red.png"), photo)
    target = tmp_path / "out.mkv"
    coloured(source, target, [{"start": 0}, {"start": 0.48}])
    before = np.array(lab_of(target))
    reference = {"photo": "red.png", "mode": mode}
    coloured(source, target, [{"start": 0, "references": [reference]}, {"start": 0.48}])
    after = np.array(lab_of(target))
    redder = (after - before)[:12, ..., 1].mean((1, 2))
    assert redder.min() > 5
    assert np.ptp(redder) < 4
    assert np.array_equal(before[12:], after[12:])


def test_a_hint_for_its_place_is_found_in_other_shots_of_it(tmp_path: Path) -> None:
    photo = cv2.imread(str(EXAMPLES / "coffee.jpg"), cv2.IMREAD_GRAYSCALE)
    photo = cv2.resize(photo, (480, 320))
    other = cv2.resize(cv2.imread(str(EXAMPLES / "chelsea.jpg"), cv2.IMREAD_GRAYSCALE), (384, 256))
    near, far = photo[20:276, 40:424], cv2.resize(photo, (384, 256))
    source = write_clip(tmp_path / "in.mkv", [near] * 6 + [other] * 6 + [far] * 6)
    network = Network(find_model("tinct-m"), threads=1)
    clip = probe(source)
    timestamps, shots = find_film_shots(clip, tmp_path / "shots.json")
    assert places_of(clip, network, timestamps, shots) == [1, 2, 1]
    # The coffee, in pixels of the photo.
    x, y = 235.0, 118.0
    hinted = {"points": [[(x - 40) / 384, (y - 20) / 256]], "color": "0,-40", "radius": 0.05}
    path = tmp_path / "project.json"
    labs = {}
    for scope in ("shot", "place"):
        directed = [
            {"start": shot.start / 25, "place": place}
            | ({"hints": [hinted | {"scope": scope}]} if shot.start == 0 else {})
            for shot, place in zip(shots, (1, 2, 1), strict=True)
        ]
        path.write_text(json.dumps({"format": 1, "shots": directed}))
        options = FilmOptions(archive=True, project=read_project(path), overwrite=True, every=6)
        plan = plan_film(source, tmp_path / "out.mkv", options)
        assert not colour_film(plan, network, options, Options(scales=1)).remarks
        labs[scope] = lab_of(tmp_path / "out.mkv")
    column, row = int(x * 384 / 480), int(y * 256 / 320)
    coffee = (slice(row - 5, row + 6), slice(column - 5, column + 6))
    assert labs["shot"][15][coffee][..., 2].mean() > -5
    assert labs["place"][15][coffee][..., 2].mean() < -25
    assert np.array_equal(labs["shot"][8], labs["place"][8])


def test_hints_lie_where_the_upright_picture_shows_them(coloured: Run, tmp_path: Path) -> None:
    inner = [cv2.resize(frame, (160, 120)) for frame in moving_disc(8)]
    boxed = [np.pad(frame, ((20, 20), (0, 0)), constant_values=16) for frame in inner]
    source = write_clip(tmp_path / "in.mp4", boxed, codec="libx264", options={"crf": "5"}, rotation=90)
    x, y = (
        part * side / full for part, side, full in zip(centre(0, 8), (160, 120), (WIDTH, HEIGHT), strict=True)
    )
    # Turned counter-clockwise, the right side of stored frames is on top.
    upright = [(y + 20) / 160, 1 - x / 160]
    shots = [{"start": 0, "hints": [{"points": [upright], "color": "45,20", "time": 0, "radius": 0.1}]}]
    coloured(source, tmp_path / "out.mkv", shots)
    lab = lab_of(tmp_path / "out.mkv")[0]
    rows, columns = np.mgrid[:160, :160]
    at = np.average(np.stack([columns, rows]), axis=(1, 2), weights=np.maximum(lab[..., 1] - 25, 0))
    assert np.hypot(at[0] - x, at[1] - (y + 20)) < 8


def test_what_is_outside_of_an_excerpt_is_told(coloured: Run, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mkv", pan(1, 30))
    shots = [{"start": 0, "hints": [hint(0, 30, time=0.2), hint(0, 30, time=0.9)]}]
    result = coloured(source, tmp_path / "out.mkv", shots, start=0.6)
    assert [each for each in result.remarks if "outside" in each] == [
        "a hint at 0.20 s is outside of the excerpt and left out"
    ]
    early = {"start": 0, "place": 1, "hints": [hint(0, 30, time=0.2, scope="place")]}
    result = coloured(source, tmp_path / "out.mkv", [early, {"start": 0.4, "place": 1}], start=0.6)
    assert [each for each in result.remarks if "outside" in each] == [
        "what the shot at 0.00 s directs for its place is left out: it is outside of the excerpt"
    ]


@pytest.mark.parametrize(
    ("shot", "sentence"),
    [
        ({"hints": [{"points": [[0.5, 0.5]], "color": "purpel"}]}, "shot 1: hint 1: "),
        ({"hints": [{"points": [[0.5, 0.5]], "color": "red", "time": 3}]}, "at 3 s is outside of it"),
        ({"hints": [{"points": [[0.5, 0.5]], "color": "red", "scope": "film"}]}, "give one of shot, place"),
        ({"hints": [{"points": [[0.5, 0.5]], "color": "red", "scope": "place"}]}, "name the place"),
        ({"hints": [{"points": [[0.5, 0.5]], "color": "red", "when": 1}]}, "there is no 'when'"),
        ({"hints": [{"points": [[0.5, 2]], "color": "red"}]}, "shot 1: hint 1: the point 0.5,2 lies outside"),
        ({"hints": {}}, "hints is no list of objects"),
        ({"in_colour": True, "hints": [{"points": [[0.5, 0.5]], "color": "red"}]}, "set in_colour to false"),
        ({"references": [{"photo": "none.jpg"}]}, "none.jpg: cannot be read"),
        ({"references": [{"photo": 3}]}, "reference 1 is no object with a photo"),
        ({"references": [{"photo": "a.jpg", "mode": "copy"}]}, "give one of match, palette"),
        ({"key": 2.5}, "key is 2.5 s, outside of it"),
        ({"place": [1]}, "place is [1]; give a number or a name"),
        ({"hint": []}, "there is no 'hint'; did you mean 'hints'?"),
    ],
)
def test_direction_that_no_shot_can_follow_is_refused(
    shot: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "project.json"
    path.write_text(json.dumps({"format": 1, "shots": [{"start": 0} | shot, {"start": 2}]}))
    with pytest.raises(TinctError) as caught:
        read_project(path)
    assert sentence in str(caught.value)
    assert str(tmp_path) in str(caught.value)
