"""The folder of a model that a run is exported to."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.learning.conftest import coloured_photo
from tests.learning.experiments import experiment
from tinct import photo
from tinct.color.decode import Decoding
from tinct.errors import TrainingError
from tinct.evaluation.evaluate import evaluate, model_colorizer
from tinct.learning.log.records import RECORD
from tinct.learning.release.model_folder import (
    _lightness_inputs,
    default_decoding,
    default_short_side,
    default_short_sides,
    export_run,
)
from tinct.learning.run.train import train
from tinct.learning.weights.initial import load_weights
from tinct.models.manifest import read_manifest
from tinct.models.store import find_model

from .conftest import SAID

SLOW = pytest.mark.slow
OURS = read_manifest(find_model("tinct-m")).input.short_side


@pytest.mark.parametrize(
    "network", ["small", pytest.param("article-1-fixed", marks=SLOW), pytest.param("article-6", marks=SLOW)]
)
def test_a_trained_network_becomes_a_model_that_colours(
    network: str, network_file: Path, shard: Path, tmp_path: Path
) -> None:
    name = network_file if network == "small" else Path(network)
    said = experiment(
        name, shard, num_samples=8, optimizer="adam", losses={} if network == "small" else {"mse": 1.0}
    )
    train(said, tmp_path / "run", tmp_path / "cache", log=print, device="cpu")
    report = export_run(tmp_path / "run", tmp_path / "model", data=[shard], **SAID)
    assert report["photos compared"] == 12
    assert report["largest ab difference to torch"] < 0.1
    found = evaluate(network, model_colorizer(tmp_path / "model"), list(photo.read_photos(shard))[:2])
    assert np.isfinite(found.summary()["psnr_rgb"])
    manifest = json.loads((tmp_path / "model" / "manifest.json").read_text())
    assert manifest["source"]["run"] == "quick"
    assert manifest["figures"]["largest ab difference to torch"] < 0.1
    assert (tmp_path / "run" / "loss.svg").read_text().count("<polyline") == 2


def test_a_model_tells_nothing_of_the_machine_that_exported_it(
    run: Path, shard: Path, tmp_path: Path
) -> None:
    export_run(run, tmp_path / "model", data=[shard], **SAID)
    graphs = sorted((tmp_path / "model").glob("*.onnx"))
    assert len(graphs) == 2
    for graph in graphs:
        for told in (b"stack_trace", b"onnx_export.py", str(Path(torch.__file__).parent).encode()):
            assert told not in graph.read_bytes()


@pytest.mark.parametrize(
    ("said", "side"),
    [
        ({"crops": {"side": 160, "min_scale": 0.5}, "init": "runs/before"}, 224),
        ({"crops": {"side": 128, "min_scale": 0.6}}, 160),
        ({"crops": {"side": 8, "min_scale": 1.0}}, 32),
        ({"crops": {"side": 128, "min_scale": 0.6}, "init": "tinct-m"}, OURS),
    ],
)  # fmt: skip
def test_photos_are_shown_as_large_as_they_were_learned(said: dict[str, object], side: int) -> None:
    assert default_short_side(said, 32) == side


def test_a_run_without_a_size_is_released_with_the_usual_one(run: Path, shard: Path, tmp_path: Path) -> None:
    report = export_run(run, tmp_path / "model", data=[shard], **{**SAID, "short_side": None})
    manifest = json.loads((tmp_path / "model" / "manifest.json").read_text())
    assert report["short side"] == manifest["input"]["short_side"] == 40


def test_a_model_is_called_as_its_run(run: Path, tmp_path: Path) -> None:
    assert export_run(run, tmp_path / "model", data=[], **SAID)["model"] == "quick 1"


def test_a_run_that_began_from_a_model_is_decoded_as_that(tmp_path: Path) -> None:
    ours = read_manifest(find_model("tinct-m"))
    for name, init in (("mine", "tinct-m"), ("own", None)):
        (tmp_path / name).mkdir()
        record = {"name": name, "network": "tinct-m", "data": [], "init": init}
        (tmp_path / name / RECORD).write_text(json.dumps(record))
    assert default_decoding(tmp_path / "mine") == ours.decoding
    assert default_decoding(tmp_path / "own") == Decoding(0.6, 1.0)
    assert default_short_sides({"init": "tinct-m"}) == ours.input.short_sides
    assert default_short_sides({"init": "runs/none"}) == ()


def test_a_folder_that_is_no_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="is not the folder of a run"):
        export_run(tmp_path, tmp_path / "model", data=[], **SAID)


def assert_quarter_kept(
    mixed: dict[str, Tensor], learned: dict[str, Tensor], kept: dict[str, Tensor]
) -> None:
    for name, value in mixed.items():
        if value.is_floating_point():
            assert torch.allclose(value, 0.75 * learned[name] + 0.25 * kept[name], atol=1e-3)


def test_weights_that_a_run_began_with_can_be_kept_in_part(run: Path, shard: Path, tmp_path: Path) -> None:
    said = experiment(run.parent / "small.yaml", shard, num_samples=16, init=str(run))
    train(said, tmp_path / "run", tmp_path / "cache", log=print, device="cpu")
    export_run(tmp_path / "run", tmp_path / "model", data=[], mix_weight=0.25, **SAID)
    first, learned, kept = (load_weights(str(each)) for each in (run, tmp_path / "run", tmp_path / "model"))
    assert_quarter_kept(kept, learned, first)
    assert any((first[name] - value).abs().max() > 1e-3 for name, value in kept.items())
    with pytest.raises(TrainingError, match="started from no trained weights"):
        export_run(run, tmp_path / "none", data=[], mix_weight=0.25, **SAID)


def test_weights_of_another_model_can_be_mixed_in(run: Path, shard: Path, tmp_path: Path) -> None:
    said = experiment(run.parent / "small.yaml", shard, num_samples=16, seed=5)
    train(said, tmp_path / "other", tmp_path / "cache", log=print, device="cpu")
    export_run(tmp_path / "other", tmp_path / "kept", data=[], **SAID)
    export_run(run, tmp_path / "model", data=[], mix_weight=0.25, mix_from=str(tmp_path / "kept"), **SAID)
    kept, learned, mixed = (load_weights(str(each)) for each in (tmp_path / "kept", run, tmp_path / "model"))
    assert_quarter_kept(mixed, learned, kept)
    assert any((learned[name] - value).abs().max() > 1e-3 for name, value in mixed.items())
    told = json.loads((tmp_path / "model" / "manifest.json").read_text())
    assert told["source"]["mix_from"] == str(tmp_path / "kept")
    with pytest.raises(TrainingError, match="neither a run, a checkpoint nor a model"):
        export_run(run, tmp_path / "none", data=[], mix_weight=0.25, mix_from="nothing", **SAID)
    with pytest.raises(
        TrainingError, match=r"kept: a model to mix in needs a weight; give one such as --mix-weight"
    ):
        export_run(run, tmp_path / "none", data=[], mix_from=str(tmp_path / "kept"), **SAID)
    assert not (tmp_path / "none").exists()


def test_a_model_that_is_there_is_replaced_only_when_told_and_its_card_never(
    run: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    export_run(run, folder, data=[], **SAID)
    (folder / "MODEL_CARD.md").write_text("filled in")
    (folder / "network.onnx").write_text("of another network")
    before = (folder / "manifest.json").read_bytes()
    again = {**SAID, "version": "2"}
    with pytest.raises(
        TrainingError, match="already holds a model; give another folder with -o, or --overwrite"
    ):
        export_run(run, folder, data=[], **again)
    assert (folder / "manifest.json").read_bytes() == before
    report = export_run(run, folder, data=[], overwrite=True, **again)
    assert json.loads((folder / "manifest.json").read_text())["version"] == "2"
    assert (folder / "MODEL_CARD.md").read_text() == "filled in"
    assert report["model card to fill in"] == str(folder / "MODEL_CARD.draft.md")
    assert not [path.name for path in folder.iterdir() if path.name == "network.onnx" or "part" in path.name]
    assert model_colorizer(folder)(np.zeros((64, 64, 3), np.uint8)).shape == (64, 64, 3)


def test_a_place_that_cannot_be_written_and_data_without_photos_are_told(run: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "model"):
        with pytest.raises(TrainingError, match="the model cannot be written"):
            export_run(run, folder, data=[], **SAID)
    (tmp_path / "empty").mkdir()
    with pytest.raises(TrainingError, match="empty: no photo that can be read"):
        export_run(run, tmp_path / "model", data=[tmp_path / "empty"], **SAID)
    assert not (tmp_path / "model").exists()


def test_weights_that_are_not_numbers_are_not_released(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "run")
    kept = torch.load(tmp_path / "run" / "best.ckpt", weights_only=True)
    kept["state_dict"]["average.bins.conv.weight"].fill_(float("nan"))
    torch.save(kept, tmp_path / "run" / "best.ckpt")
    with pytest.raises(TrainingError, match="a weight is not a number"):
        export_run(tmp_path / "run", tmp_path / "model", data=[], **SAID)


def test_a_bad_photo_is_left_out_of_those_that_calibrate(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"no photo")
    (tmp_path / "photos" / "b.png").write_bytes(coloured_photo(1))
    assert len(_lightness_inputs([tmp_path / "photos"], 4)) == 1


def test_what_was_exported_can_be_trained_on(run: Path, tmp_path: Path) -> None:
    export_run(run, tmp_path / "model", data=[], **SAID)
    again, weights = load_weights(str(tmp_path / "model")), load_weights(str(run))
    assert again.keys() == {name for name in weights if not name.endswith("num_batches_tracked")}
    for name, value in again.items():
        assert torch.allclose(value, weights[name], rtol=1e-3, atol=1e-6), name


def test_the_draft_of_a_card_says_what_is_known_and_asks_for_the_rest(run: Path, tmp_path: Path) -> None:
    export_run(run, tmp_path / "model", data=[], **SAID)
    card = (tmp_path / "model" / "MODEL_CARD.md").read_text()
    for words in (
        "photos.tar",
        "initial weights | ImageNet",
        "8 crops",
        "CC0",
        "[whose photos",
        "not evidence",
    ):
        assert words in card
