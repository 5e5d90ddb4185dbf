"""`models add` takes the published families as they are, and refuses what would colour wrongly, with the reason."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tinct.colorizer import Colorizer
from tinct.errors import ModelError
from tinct.models.adding import add_model
from tinct.models.families import FAMILIES
from tinct.models.manifest import read_manifest
from tinct.models.plausibility import trial
from tinct.models.runtime import Network
from tinct.models.sample_photo import sample_lightness, sky_and_field
from tinct.models.store import find_model, remove_model, user_models, user_models_folder

from .stand_ins import StandIn, ddcolor, deoldify, eccv16, siggraph17, write


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "tinct" / "models"


WHOLE = {
    "ddcolor": (ddcolor(), None),
    "ddcolor-tiny": (ddcolor(256), None),
    "deoldify": (deoldify(("h", "w")), None),
    "deoldify-fp16": (deoldify(half=True), "deoldify"),
    "siggraph17": (siggraph17(), None),
    "siggraph17-hints": (siggraph17(hints=True), "siggraph17"),
    "eccv16": (eccv16(), "eccv16"),
    "stride-4": (replace(siggraph17(), stride=4), None),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_family_is_known_by_its_graph(name: str, tmp_path: Path, home: Path) -> None:
    made, like = WHOLE[name]
    file = write(made, tmp_path / f"{name}.onnx", external="weights.bin" if "sigg" in name else None)
    added = add_model(file, like=FAMILIES[like] if like else None)
    assert added.fault is None
    assert added.folder == home / name
    assert user_models() == [name]
    assert added.manifest.stride == made.stride
    assert (added.manifest.input.size is None) == isinstance(made.size[0], str)
    assert [each.name for each in added.manifest.extra_inputs] == list(made.inputs)[1:]
    file.unlink()
    grey = np.full((90, 70), 128, np.uint8)
    assert np.ptp(Colorizer(name).colorize(grey)[40, 30].astype(int)) >= 1
    assert sorted(path.name for path in home.iterdir()) == [name]


def scaled(made: StandIn, factor: float, shift: float = 0.0) -> StandIn:
    weight = np.asarray(made.weight) * factor
    return replace(made, weight=weight.tolist(), bias=(np.asarray(made.bias) * factor + shift).tolist())


FLIPPED = replace(siggraph17(), weight=[[0.5], [0.4]], bias=[-20, -30])
SWAPPED = replace(siggraph17(), weight=[[-1.0], [0.05]], bias=[65, -3])
BGR = replace(deoldify(("h", "w")), weight=[[0.9, 0, 0], [0, 0.7, 0], [0, 0, 0.6]], bias=[0, 25, 60])
INVERTED = replace(
    deoldify(("h", "w")), weight=[[-0.6, 0, 0], [0, -0.7, 0], [0, 0, -0.9]], bias=[200, 220, 240]
)


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (scaled(siggraph17(), 1 / 110), "next to grey"),
        (scaled(siggraph17(), 20), "beyond any photo"),
        (scaled(siggraph17(), 0, 7), "one colour"),
        (FLIPPED, "b is inverted"),
        (SWAPPED, "a and b are swapped"),
        (BGR, "red and blue are swapped"),
        (INVERTED, "lightness of its answer is inverted"),
        (scaled(deoldify(("h", "w")), 1 / 255), "lightness of its answer is off"),
        (scaled(deoldify(("h", "w")), 4), "outside 0..1"),
        (StandIn([[0.5] * 3, [-0.4] * 3, [0.0] * 3], [0, 0, 0], ("h", "w"), {"input": 3}), "outside 0..1"),
    ],
)
def test_implausible_colours_are_refused_with_the_reason_and_forced_with_it(
    made: StandIn, reason: str, tmp_path: Path, home: Path
) -> None:
    file = write(made, tmp_path / "odd.onnx")
    with pytest.raises(ModelError, match=reason) as caught:
        add_model(file)
    assert "--force" in str(caught.value)
    assert list(home.iterdir()) == []
    added = add_model(file, force=True)
    assert added.fault is not None
    assert reason in added.fault
    assert read_manifest(find_model("odd")).source["forced"] == added.fault


def test_what_is_said_of_a_network_overrides_its_guess(tmp_path: Path) -> None:
    file = write(scaled(siggraph17(), 1 / 110), tmp_path / "Own Net.v2.onnx")
    settings = {"output.scale": 110, "input.fit": "tile", "input.short_side": 128, "license": "MIT"}
    added = add_model(file, settings=settings)
    assert added.manifest.name == "own-net.v2"
    assert (added.manifest.license, added.manifest.input.fit) == ("MIT", "tile")
    assert added.manifest.output.scale == (110.0, 110.0)


def test_a_distribution_needs_a_word_about_its_bins(tmp_path: Path) -> None:
    made = StandIn([[-0.06], [0.06]], [3, -3], ("h", "w"), {"x": 1}, "y", stride=4)
    file = write(made, tmp_path / "bins.onnx")
    like = {"input": {"kind": "l", "short_side": 128, "multiple": 4}, "temperature": 1.0}
    added = add_model(file, like=like | {"output": {"kind": "ab_bins", "bins": [[10, 40], [-5, -40]]}})
    assert added.manifest.has_distribution
    with pytest.raises(ModelError, match="no output of 3 channels"):
        add_model(file, name="other", like=like | {"output": {"kind": "ab_bins", "bins": [[0, 0]] * 3}})


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (StandIn([[1.0] * 4] * 2, [0, 0], ("h", "w"), {"x": 4}), "no input of 1 or 3 channels"),
        (StandIn([[1.0]] * 5, [0] * 5, ("h", "w")), "no output of 2 or 3 channels"),
        (StandIn([[1.0]] * 2, [0, 0], (64, "w")), "only one side"),
        (StandIn([[1.0]] * 3, [0] * 3, ("h", "w")), "no known family"),
    ],
)
def test_a_graph_that_colours_nothing_is_refused(made: StandIn, reason: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=reason):
        add_model(write(made, tmp_path / "net.onnx"))


@pytest.mark.parametrize("name", ["tinct-m", "grey", "A", "../x", "a/b", ".hidden", ""])
def test_a_name_that_is_taken_or_none(name: str, tmp_path: Path) -> None:
    file = write(eccv16(), tmp_path / "net.onnx")
    if name:
        with pytest.raises(ModelError, match="--name"):
            add_model(file, name=name)
    add_model(file, name="mine")
    with pytest.raises(ModelError, match="added before"):
        add_model(file, name="mine")


def test_external_data_must_lie_beside_the_file(tmp_path: Path) -> None:
    file = write(siggraph17(), tmp_path / "net.onnx", external="weights.bin")
    (tmp_path / "weights.bin").unlink()
    with pytest.raises(ModelError, match=r"weights\.bin: is missing"):
        add_model(file)


def test_a_full_disk_leaves_nothing(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(eccv16(), tmp_path / "net.onnx")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(ModelError, match=r"No space left.*make room"):
        add_model(file)
    assert list(home.iterdir()) == []


def test_a_model_removed_while_in_use_goes_on_and_opens_no_more(tmp_path: Path) -> None:
    add_model(write(siggraph17(), tmp_path / "net.onnx", external="weights.bin"))
    colorizer, grey = Colorizer("net"), np.full((64, 64), 100, np.uint8)
    before = colorizer.colorize(grey)
    assert remove_model("net") == user_models_folder() / "net"
    np.testing.assert_array_equal(colorizer.colorize(grey), before)
    with pytest.raises(ModelError, match="no such model"):
        Colorizer("net")
    for name in ("net", "tinct-m"):
        with pytest.raises(ModelError, match="; "):
            remove_model(name)


def test_a_file_given_as_a_model_is_pointed_to_models_add(tmp_path: Path) -> None:
    file = write(siggraph17(), tmp_path / "net.onnx")
    with pytest.raises(ModelError, match="tinct models add"):
        find_model(str(file))


def test_the_shipped_network_stands_the_trial_with_room_to_spare() -> None:
    network = Network(find_model("tinct-m"))
    prediction, fault = trial(network)
    assert fault is None
    sky, field = sky_and_field(*prediction.size)
    b = prediction.annealed(0.6)[1]
    assert b[field].mean() - b[sky].mean() > 20
    assert sample_lightness(96, 128).std() > 10
    assert json.dumps(FAMILIES["ddcolor"]["input"]).count("512") == 1
