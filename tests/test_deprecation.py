"""Renamed keys and options: old ones mean what they meant, with a warning; old and new together are an error."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path

import pytest

from tinct.cli.app import run
from tinct.cli.deprecated import with_current_names
from tinct.deprecation import TinctDeprecationWarning
from tinct.errors import ModelError, OptionError, TrainingError
from tinct.models.manifest import read_manifest
from tinct.options import Options

OLD = """
network: tinct-s
rate: 0.004
batch: 12
block_decay: 0.8
clip: 2.0
ema: 0.99
warmup: 7
photos: 600
held_out: 30
learn: tail
places: 64
backbone_rate: 0.3
critic_rate: 0.001
crops: {side: 64, smallest: 0.4, ageing: 0.5, hints: 0.1}
"""
NEW = """
network: tinct-s
lr: 0.004
batch_size: 12
layer_decay: 0.8
grad_clip_norm: 2.0
ema_decay: 0.99
warmup_steps: 7
num_samples: 600
val_size: 30
trainable: tail
loss_positions: 64
backbone_lr_scale: 0.3
discriminator_lr: 0.001
crops: {side: 64, min_scale: 0.4, degrade_prob: 0.5, hint_prob: 0.1}
"""


def test_an_experiment_with_old_keys_is_that_with_new_ones_and_each_is_warned_of(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from tinct.learning.experiment import read_experiment

    path = tmp_path / "mine.yaml"
    path.write_text(NEW)
    new = read_experiment(path)
    path.write_text(OLD)
    with pytest.warns(TinctDeprecationWarning) as told:
        old = read_experiment(path)
    assert old == new
    assert len(told) == 15
    assert f"{path}: rate is now called lr" in {str(each.message) for each in told}
    assert f"{path}: crops: smallest is now called min_scale" in {str(each.message) for each in told}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rate: 0.1\nlr: 0.1", "gives both lr and its old name rate; leave rate out"),
        ("crops: {hints: 0.1, hint_prob: 0.1}", "crops: gives both hint_prob and its old name hints"),
    ],
)
def test_old_and_new_keys_together_are_one_error(text: str, words: str, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from tinct.learning.experiment import read_experiment

    path = tmp_path / "mine.yaml"
    path.write_text(f"network: tinct-s\n{text}")
    with pytest.raises(TrainingError, match=words):
        read_experiment(path)


def test_a_manifest_with_a_licence_is_read(tiny_model: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "copy"))
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, "licence": manifest["license"]}))
    with pytest.raises(ModelError, match="gives both license and its old name licence; leave licence out"):
        read_manifest(folder)
    path.write_text(path.read_text().replace('"license"', '"lizenz"'))
    with pytest.warns(TinctDeprecationWarning, match="licence is now called license"):
        assert read_manifest(folder).license == manifest["license"]


def test_an_old_option_from_a_table_is_read() -> None:
    with pytest.warns(TinctDeprecationWarning, match="output is now called kind"):
        assert Options.from_dict({"output": "chroma"}) == Options(kind="chroma")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["colorize", "a.jpg", "--to", "b"], ["colorize", "a.jpg", "--output", "b"]),
        (["colorize", "--to=b", "a.jpg"], ["colorize", "--output=b", "a.jpg"]),
        (["colorize", "--output", "layers", "a.jpg"], ["colorize", "--kind", "layers", "a.jpg"]),
        (["colorize", "--output=chroma", "-o", "b"], ["colorize", "--kind=chroma", "-o", "b"]),
        (["export", "r", "--keep", "0.5"], ["export", "r", "--mix-weight", "0.5"]),
        (["export", "--keep-from=m", "--licence", "MIT"], ["export", "--mix-from=m", "--license", "MIT"]),
    ],
)
def test_an_old_option_becomes_the_new_one(old: list[str], new: list[str]) -> None:
    with pytest.warns(TinctDeprecationWarning, match="is now called"):
        assert with_current_names(old) == new
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert with_current_names(new) == new


def test_words_that_are_no_options_stay() -> None:
    for words in (["colorize", "a.jpg", "--output", "out"], ["colorize", "--", "--to"], ["networks", "--to"]):
        assert with_current_names(words) == words


@pytest.mark.parametrize(
    "words",
    [
        ["colorize", "a.jpg", "--to", "b", "-o", "c"],
        ["colorize", "a.jpg", "--to", "b", "--output", "c"],
        ["colorize", "a.jpg", "--output", "layers", "--kind", "photo"],
        ["export", "r", "--keep", "0.5", "--mix-weight=0.5"],
    ],
)
def test_an_old_and_a_new_option_together_are_a_usage_error(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(OptionError, match="is the old name of"):
        with_current_names(words)
    assert run(words) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_warning_of_the_command_line_is_one_line(
    tiny_model: Path, grey_png: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([str(grey_png), "--to", str(grey_png.parent / "out.png"), "--model", str(tiny_model)]) == 0
    assert capsys.readouterr().err == "tinct: --to is now called --output\n"
    assert (grey_png.parent / "out.png").exists()
