"""`tinct evaluate`."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from tinct.cli import completion, streams
from tinct.cli.app import FAILED
from tinct.cli.measures import (
    feature_distances,
    hint_metrics,
    load_feature_networks,
    pair_distances,
    use_frechet,
)

if TYPE_CHECKING:
    from tinct.evaluation.evaluate import Evaluation
    from tinct.options import Options

TABLE_WIDTH = 120
LINE_SECONDS = 30
DIRECTIONS = {1: " ↑", -1: " ↓", 0: ""}
Bar = Callable[[str], Callable[[], None]]


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
        Path | None,
        typer.Option(help="Draw the best, median and worst photos, by all models, as PNG, JPEG or WebP."),
    ] = None,
    temperature: Annotated[
        float | None, typer.Option(min=0.01, help="Override the tuned value of each model.")
    ] = None,
    vividness: Annotated[
        float, typer.Option(min=0.0, max=5.0, help="Chroma relative to each model's tuned result.")
    ] = 1.0,
    match_colourfulness: Annotated[
        float | None,
        typer.Option(
            min=0.05,
            max=1.5,
            metavar="SHARE",
            help="Compare models at equal vividness: as colourful as this share of the originals, such as 0.85.",
        ),
    ] = None,
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
    from tinct.evaluation.evaluate import BASELINES, find_colorizer, read_limited
    from tinct.evaluation.evaluate import evaluate as measure_model
    from tinct.evaluation.report import write_report
    from tinct.evaluation.sheet import write_sheet
    from tinct.options import Options
    from tinct.photo import disable_cache
    from tinct.photo.drawing import check_sheet_name

    disable_cache()
    options = Options(temperature=temperature, vividness=vividness, seed=seed)
    _check_protocol(protocol, hints)
    _check_vividness(vividness, match_colourfulness)
    if sheet is not None:
        check_sheet_name(sheet)
    for target in (json_file, html, sheet):
        _check_writable(target)
    photos, bad = _readable(read_limited(data, limit))
    feature_networks = load_feature_networks(use_frechet(frechet, len(photos)), fid)
    pairs = pair_distances(lpips)
    colours, evaluations = [], []
    with _progress(len(photos)) as bar:
        for model in models:
            chosen, neural = options, model not in BASELINES
            if neural and match_colourfulness is not None:
                chosen = _matched(model, options, photos, match_colourfulness, device, bar)
            colour = find_colorizer(model, chosen, photos, device)
            measures = [
                *hint_metrics(model, chosen, hints, variants, device, protocol),
                *feature_distances(feature_networks),
                *pairs(),
            ]
            used, step = chosen.vividness if neural else None, bar(f"measuring {Path(model).name}")
            evaluations.append(measure_model(model, colour, photos, measures, vividness=used, step=step))
            colours.append(colour)
    _show(evaluations)
    if json_file is not None:
        _write(json_file, json.dumps([each.as_json() for each in evaluations], indent=1) + "\n")
    if html is not None:
        write_report(evaluations, colours, photos, html)
    if sheet is not None:
        write_sheet(evaluations, colours, photos, sheet)
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


def _matched(
    model: str, options: Options, photos: list[tuple[str, bytes]], share: float, device: str, bar: Bar
) -> Options:
    """The options at which a model is as colourful as a share of the originals."""
    from dataclasses import replace

    from tinct.colorizer import Colorizer
    from tinct.evaluation.matching import matching_vividness

    colorizer = Colorizer(model, device=device)
    found = matching_vividness(colorizer, options, photos, share, bar(f"matching {Path(model).name}"))
    return replace(options, vividness=found)


@contextmanager
def _progress(count: int) -> Iterator[Bar]:
    """A bar on a terminal, else lines, for each pass over `count` photos: takes its name, and gives what to call
    after each.
    """
    if not streams.is_terminal(sys.stderr):
        yield lambda name: _lines(name, count)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True)) as bar:

        def start(name: str) -> Callable[[], None]:
            task = bar.add_task(name, total=count)
            return lambda: bar.advance(task)

        yield start


def _lines(name: str, count: int) -> Callable[[], None]:
    """Tell every LINE_SECONDS how many photos are done."""
    done, last = 0, time.monotonic()

    def step() -> None:
        nonlocal done, last
        done += 1
        if time.monotonic() - last > LINE_SECONDS:
            last = time.monotonic()
            streams.complain(f"{name}: {done} of {count} photos")

    return step


def _check_vividness(vividness: float, share: float | None) -> None:
    from tinct.errors import OptionError

    if share is not None and vividness != 1.0:
        raise OptionError("--match-colourfulness chooses the vividness; leave out --vividness")


def _check_protocol(protocol: str | None, hints: bool) -> None:
    from tinct.errors import OptionError

    if protocol not in (None, "ideepcolor"):
        raise OptionError(f"there is no protocol {protocol!r}; give ideepcolor")
    if protocol is not None and not hints:
        raise OptionError("--protocol says how hints are placed; add --hints")


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
