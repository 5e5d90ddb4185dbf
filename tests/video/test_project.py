"""Shots written, corrected and read back; the preview; words for a project that is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.video.clips import chroma_of, pan, write_clip
from tinct.cli.app import run
from tinct.video.plan import FilmOptions, plan_film
from tinct.video.project import read_project


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "film.mkv", pan(1, 20) + pan(2, 30) + pan(3, 15))


def test_the_shots_of_a_film_are_written_with_their_key_frames(film: Path) -> None:
    assert run(["video", "shots", str(film)]) == 0
    content = json.loads(film.with_name("film-shots.json").read_text())
    assert [shot["start"] for shot in content["shots"]] == [0, 0.8, 2.0]
    assert [shot["key"] for shot in content["shots"]] == [0.4, 1.4, 2.28]
    assert [shot["frames"] for shot in content["shots"]] == [20, 30, 15]
    assert run(["video", "shots", str(film)]) == 1, "an edited project is not overwritten"


def test_the_report_counts_what_a_project_directs(film: Path, tmp_path: Path) -> None:
    project = tmp_path / "project.json"
    hint = {"points": [[0.5, 0.5]], "color": "red"}
    project.write_text(
        json.dumps({"format": 1, "shots": [{"start": 0, "hints": [hint, hint]}, {"start": 1}]})
    )
    plan = plan_film(film, tmp_path / "out.mkv", FilmOptions(project=read_project(project)))
    assert plan.report[-1] == f"  {project}: 2 shots, 2 hints and 0 references in 1 of them"


def test_a_corrected_project_is_kept_to(film: Path, tmp_path: Path, tiny_model: Path) -> None:
    project = tmp_path / "project.json"
    assert run(["video", "shots", str(film), "-o", str(project)]) == 0
    content = json.loads(project.read_text())
    content["shots"][1]["in_colour"] = True
    project.write_text(json.dumps(content))
    target = tmp_path / "out.mkv"
    words = ["video", str(film), "-o", str(target), "--archive", "--model", str(tiny_model)]
    assert run([*words, "--project", str(project)]) == 0
    strength = np.abs(chroma_of(target)).max((1, 2, 3))
    assert strength[20:50].max() == 0
    assert strength[:20].min() > 3
    assert strength[50:].min() > 3


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": 9}, "is no project of format 1"),
        ({"shots": []}, "has no shots"),
        ({"shots": [{"start": 0}, {"start": 0}]}, "shot 2 does not start after the one before"),
        ({"shots": [{"start": "now"}]}, "shot 1: start is 'now'"),
        ({"shots": [{"start": 0, "kind": "scene"}]}, "kind is 'scene'; give one of shot, transition"),
        ({"shots": [{"start": 0, "hints": [{}]}]}, "shot 1: hint 1: it has no points"),
    ],
)
def test_what_is_wrong_in_a_project_is_said(
    change: dict[str, Any], sentence: str, film: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "project.json"
    project.write_text(json.dumps({"format": 1, "shots": [{"start": 0}]} | change))
    assert run(["video", str(film), "--project", str(project)]) == 2
    said = capfd.readouterr().err
    assert sentence in said
    assert str(project) in said


def test_a_preview_shows_frames_in_colour(film: Path, tmp_path: Path, tiny_model: Path) -> None:
    sheet = tmp_path / "sheet.png"
    assert run(["video", str(film), "--preview", str(sheet), "--model", str(tiny_model)]) == 0
    image = cv2.imread(str(sheet))
    assert image.shape == (3 * 240, 4 * 320, 3)
    assert np.ptp(image.astype(int), axis=2).mean() > 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mkv", "sheet.png"]
