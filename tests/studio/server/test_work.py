"""Work is kept: each change at once, through undo, a restart and a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.studio.server.serving import Start, browser, opened, ready, upload, write_photo
from tinct.errors import OptionError, TinctError
from tinct.guidance.hints import Hint
from tinct.studio.limits import Limits
from tinct.studio.project.history import History
from tinct.studio.project.library import library_in
from tinct.studio.project.step import Step

RED = {"points": [[0.25, 0.5]], "color": "#aa3322", "note": "grandmother's dress"}
BLUE = {"points": [[0.75, 0.5], [0.8, 0.6]], "color": "#2233aa", "radius": 0.05, "reach": 0.5}


def change(client: Any, number: str, **body: Any) -> dict[str, Any]:
    answer = client.patch(f"/api/v1/photos/{number}", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def colors(document: dict[str, Any]) -> list[str]:
    return [each["color"] for each in document["hints"]]


def test_every_change_is_a_step_that_can_be_undone_and_redone(client: Any) -> None:
    number = opened(client)["id"]
    steps = [
        change(client, number, hints=[RED]),
        change(client, number, hints=[RED, BLUE]),
        change(client, number, options={"vividness": 1.5}),
        change(client, number, options={"temperature": 0.7}),
        change(client, number, variant={"number": 2, "of": 3}),
    ]
    assert [each["revision"] for each in steps] == [1, 2, 3, 4, 5]
    assert steps[-1]["options"] == {"vividness": 1.5, "temperature": 0.7, "seed": 0}
    for before in reversed(steps[:-1]):
        after = client.post(f"/api/v1/photos/{number}/undo").json()
        assert (after["hints"], after["options"]) == (before["hints"], before["options"])
        assert after["can_redo"]
    assert not client.post(f"/api/v1/photos/{number}/undo").json()["can_undo"]
    refused = client.post(f"/api/v1/photos/{number}/undo")
    assert (refused.status_code, "nothing to undo" in refused.json()["error"]) == (400, True)
    for _ in steps:
        last = client.post(f"/api/v1/photos/{number}/redo").json()
    assert last["variant"] == {"number": 2, "of": 3}
    assert last["revision"] == 15
    assert not last["can_redo"]


def test_a_drag_is_one_step(client: Any) -> None:
    number = opened(client)["id"]
    change(client, number, hints=[RED])
    change(client, number, hints=[BLUE])
    for at in range(20):
        moved = BLUE | {"points": [[at / 20, 0.5]]}
        last = change(client, number, hints=[moved], coalesce=True)
    assert last["revision"] == 22
    assert colors(client.post(f"/api/v1/photos/{number}/undo").json()) == ["#aa3322"]
    assert colors(client.post(f"/api/v1/photos/{number}/undo").json()) == []


def test_a_change_after_undo_forgets_what_was_undone(client: Any) -> None:
    number = opened(client)["id"]
    change(client, number, hints=[RED])
    client.post(f"/api/v1/photos/{number}/undo")
    assert not change(client, number, hints=[BLUE])["can_redo"]


def test_hints_say_what_was_asked_for_and_what_came_of_it(client: Any) -> None:
    number = opened(client)["id"]
    neutral, keep = {"points": [[0.1, 0.1]], "kind": "neutral"}, {"points": [[0.2, 0.2]], "kind": "keep"}
    found = change(
        client, number, hints=[RED | {"color": "120,-120"}, BLUE | {"color": "#807874"}, neutral, keep]
    )["hints"]
    assert [each["in_gamut"] for each in found[:3]] == [False, True, True]
    assert found[1]["requested"]["hex"] == "#807874"
    red, green, blue = bytes.fromhex(found[2]["obtained"]["hex"][1:])
    assert red == green == blue
    assert "obtained" not in found[3]
    again = change(client, number, hints=found)["hints"]
    assert again == found


def test_undo_survives_a_restart(start: Start, folder: Path, tmp_path: Path) -> None:
    with_one = start(folder)
    client = with_one.entered()
    number = opened(client)["id"]
    change(client, number, hints=[RED])
    change(client, number, hints=[RED, BLUE])
    kept = upload(client, folder / "more" / "two.jpg").json()["id"]
    before = ready(client, kept)
    with_one.stop()
    client = start(folder, work=tmp_path / "work").entered()
    assert [each["id"] for each in client.get("/api/v1/photos").json()] == [number, kept]
    assert client.get(f"/api/v1/photos/{kept}").json() == before
    assert colors(client.get(f"/api/v1/photos/{number}").json()) == ["#aa3322", "#2233aa"]
    assert colors(client.post(f"/api/v1/photos/{number}/undo").json()) == ["#aa3322"]
    assert client.get(f"/api/v1/photos/{kept}/preview").status_code == 200


def test_a_restart_shows_the_same_pixels(start: Start, folder: Path, tmp_path: Path) -> None:
    studio = start(folder)
    client = studio.entered()
    number = opened(client)["id"]
    change(client, number, hints=[RED], options={"vividness": 1.4})
    before = client.get(f"/api/v1/photos/{number}/preview").content
    studio.stop()
    again = start(folder, work=tmp_path / "work").entered()
    assert again.get(f"/api/v1/photos/{number}/preview").content == before


def test_a_kill_loses_nothing(folder: Path, tmp_path: Path, tiny_model: Path) -> None:
    work, words = tmp_path / "killed", [sys.executable, "-m", "tinct", "studio", str(folder)]
    words += ["--no-browser", "--work", str(tmp_path / "killed"), "--model", str(tiny_model)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            client = browser(process)
            number = opened(client)["id"]
            answers = [change(client, number, hints=[RED] * count) for count in (1, 2, 3)]
        finally:
            process.send_signal(signal.SIGKILL)
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            client = browser(process)
            found = client.get(f"/api/v1/photos/{number}").json()
            assert found["hints"] == answers[-1]["hints"]
            assert found["revision"] == answers[-1]["revision"]
            assert len(client.post(f"/api/v1/photos/{number}/undo").json()["hints"]) == 2
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert not list((work / "scratch").iterdir())


def test_a_photo_that_changed_on_disk_is_opened_anew(start: Start, folder: Path, tmp_path: Path) -> None:
    studio = start(folder)
    client = studio.entered()
    number = opened(client)["id"]
    change(client, number, hints=[RED])
    studio.stop()
    write_photo(folder / "one.png", 50, 60, seed=1)
    client = start(folder, work=tmp_path / "work").entered()
    found = ready(client, number)
    assert (found["width"], found["height"], found["revision"]) == (60, 50, 2)
    assert colors(found) == ["#aa3322"]


def test_a_photo_that_is_gone_says_so_and_loses_no_work(start: Start, folder: Path, tmp_path: Path) -> None:
    studio = start(folder)
    client = studio.entered()
    number = opened(client)["id"]
    change(client, number, hints=[RED])
    studio.stop()
    (folder / "one.png").rename(folder / "elsewhere.png")
    client = start(folder, work=tmp_path / "work").entered()
    answer = client.get(f"/api/v1/photos/{number}/preview")
    assert (answer.status_code, answer.json()["error"][:8]) == (400, "one.png:")
    (folder / "elsewhere.png").rename(folder / "one.png")
    assert colors(ready(client, number)) == ["#aa3322"]


def test_a_removed_photo_leaves_its_file(client: Any, folder: Path, tmp_path: Path) -> None:
    number = opened(client)["id"]
    assert client.delete(f"/api/v1/photos/{number}").status_code == 204
    assert client.get(f"/api/v1/photos/{number}").status_code == 404
    assert (folder / "one.png").exists()
    assert not (tmp_path / "work" / "photos" / number).exists()


def test_two_studios_do_not_share_their_work(start: Start, folder: Path) -> None:
    start(folder)
    with pytest.raises(TinctError, match="at work on it"):
        start(folder)


def test_evicted_photos_come_back(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for at in range(5):
        write_photo(folder / f"{at}.png", 40 + at, 48, seed=at)
    studio = start(folder, limits=Limits(sessions=2))
    client = studio.entered()
    numbers = [opened(client, f"{at}.png")["id"] for at in range(5)]
    pictures = []
    for number in numbers:
        change(client, number, hints=[RED])
        pictures.append(client.get(f"/api/v1/photos/{number}/preview?short_side=32").content)
    for number, picture in zip(numbers, pictures, strict=True):
        path = f"/api/v1/photos/{number}/preview?short_side="
        assert client.get(f"{path}33").status_code == 200
        assert client.get(f"{path}32").content == picture
    assert len(list((tmp_path / "work" / "scratch").iterdir())) <= 3


def test_a_history_that_was_cut_off_keeps_all_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    history = History(path, 100)
    for count in (1, 2, 3):
        history.push(Step(hints=(Hint(((0.5, 0.5),), "red"),) * count))
    path.write_bytes(path.read_bytes()[:-7])
    again = History(path, 100)
    assert (len(again.step.hints), again.revision, again.can_undo) == (2, 2, True)
    again.push(Step(vividness=2))
    assert History(path, 100).step == Step(vividness=2)


def test_a_long_drag_is_compacted(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    history = History(path, 100)
    for at in range(500):
        history.push(Step(hints=(Hint(((at / 500, 0.5),), "red"),)), coalesce=True)
    large = path.stat().st_size
    again = History(path, 100)
    assert (again.steps, again.at, again.revision) == (history.steps, 1, 500)
    assert path.stat().st_size < large / 50


def test_a_hint_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    history = History(path, 100)
    stroke = Hint(tuple((at / 1000, 0.5) for at in range(1000)), "red")
    history.push(Step(hints=(stroke,)))
    one = path.stat().st_size
    for at in range(20):
        history.push(Step(hints=(stroke,), vividness=1 + at / 100))
    assert path.stat().st_size < 2 * one
    assert History(path, 100).steps == history.steps


def test_a_history_has_an_end(tmp_path: Path) -> None:
    history = History(tmp_path / "history.jsonl", 3)
    history.push(Step(vividness=0.5))
    history.push(Step(vividness=0.6))
    with pytest.raises(OptionError, match="steps of history"):
        history.push(Step(vividness=0.7))
    assert history.step == Step(vividness=0.6)


def test_a_full_disk_leaves_the_step_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "history.jsonl"
    history = History(path, 100)
    history.push(Step(hints=(Hint(((0.1, 0.1),), "red"),)))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            history.push(Step(hints=(Hint(((0.2, 0.2),), "blue"),)))
    assert history.step.hints[0].color == "red"
    history.push(Step(hints=(Hint(((0.3, 0.3),), "green"),)))
    assert History(path, 100).steps == history.steps


def test_a_damaged_document_does_not_stop_the_others(tmp_path: Path, folder: Path) -> None:
    work = tmp_path / "work"
    with library_in(work, Limits()) as library:
        damaged = library.add(folder / "one.png", "one.png", "", uploaded=False)
        whole = library.add(folder / "more" / "two.jpg", "two.jpg", "", uploaded=False)
    (damaged.folder / "document.json").write_text(json.dumps({"format": 1}))
    with pytest.warns(UserWarning, match="no photo of the studio"), library_in(work, Limits()) as library:
        assert [each.id for each in library.documents()] == [whole.id]
