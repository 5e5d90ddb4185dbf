"""Options of `tinct colorize`, turned into calls."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from tinct.cli import streams
from tinct.cli.colorize.guided import guidance_of
from tinct.cli.colorize.pipe import STANDARD, colorize_stream
from tinct.cli.colorize.plan import plan
from tinct.cli.colorize.report import summary
from tinct.cli.colorize.run import run_jobs
from tinct.errors import ModelError, OptionError, ProfileError
from tinct.models.devices import AUTO, DEVICES, find_device
from tinct.models.store import DEFAULT_MODEL, find_model
from tinct.options import FORMATS, KINDS, TONES, Options


def colorize(
    photos: Annotated[list[str], typer.Argument(help="Photos, folders of photos, or - for stdin to stdout.")],
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", help="File or folder for results; else beside the photos."),
    ] = None,
    model: Annotated[str, typer.Option(help="Name of a model, or a model's folder.")] = DEFAULT_MODEL,
    vividness: Annotated[
        float, typer.Option(help="Chroma relative to the tuned result, 0 to 5: 1 is as tuned, 0 is grey.")
    ] = 1.0,
    temperature: Annotated[float | None, typer.Option(help="Low decides, high averages.")] = None,
    scales: Annotated[
        int | None,
        typer.Option(min=1, help="Input sizes of the network: 1 is fastest; default: all of the model's."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace results that are there.")] = False,
    kind: Annotated[str | None, typer.Option(help=f"{' | '.join(KINDS)}.")] = None,
    profile: Annotated[str | None, typer.Option(help="srgb | p3 | keep | FILE.icc.")] = None,
    format: Annotated[str | None, typer.Option(help=f"{' | '.join(FORMATS)}.")] = None,  # noqa: A002
    quality: Annotated[int | None, typer.Option(help="1 to 100, for lossy formats.")] = None,
    tone: Annotated[str | None, typer.Option(help=f"{' | '.join(TONES)}; keep leaves the lightness.")] = None,
    page: Annotated[int | None, typer.Option(help="One page of a TIFF, from 1; else all of them.")] = None,
    max_megapixels: Annotated[float | None, typer.Option(help="Refuse larger photos.")] = None,
    hint: Annotated[
        list[str] | None,
        typer.Option(
            help="X,Y,COLOR[,RADIUS] in fractions of the photo; COLOR is #rrggbb, a name, neutral or keep."
        ),
    ] = None,
    hints: Annotated[Path | None, typer.Option(help="A JSON file of hints.")] = None,
    variants: Annotated[
        int | None, typer.Option(min=1, max=100, help="Write so many distinct colourings: NAME-tinct-1.EXT …")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of the variants; the same seed gives the same ones.")
    ] = None,
    save_recipe: Annotated[
        Path | None, typer.Option(help="Write what the result is made from to this file, for tinct replay.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads of the network; else all cores.")
    ] = None,
    device: Annotated[str, typer.Option(help=f"{' | '.join(DEVICES)}; see tinct doctor.")] = AUTO,
) -> None:
    """Colour photos. Colours are plausible, not evidence; the lightness stays that of the photo."""
    given = {
        "vividness": vividness, "temperature": temperature, "scales": scales,
        "overwrite": overwrite, "kind": kind,
        "profile": profile, "format": format, "quality": quality, "tone": tone, "page": page,
        "max_megapixels": max_megapixels, "seed": seed,
    }  # fmt: skip
    options = Options.from_dict({name: value for name, value in given.items() if value is not None})
    try:
        folder = find_model(model)
        if device != AUTO:
            find_device(device)
    except ModelError as error:
        raise OptionError(str(error)) from None
    from tinct.photo import check_profile, disable_cache

    disable_cache()
    try:
        check_profile(options.profile)
        guided = guidance_of(hint, hints, variants, save_recipe)
        if STANDARD in photos and not guided.is_plain:
            raise OptionError("hints, variants and recipes need a photo with a name; save it to a file first")
        if STANDARD in photos:
            colorize_stream(photos, output, options, folder, threads, device)
            return
        started = time.perf_counter()
        planned = plan(photos, output, options)
        for note in planned.notes:
            streams.complain(f"tinct: {note}")
        guided.check(planned.jobs)
        failed = run_jobs(planned.jobs, options, folder, threads, device, guided)
    except (ModelError, ProfileError) as error:
        raise OptionError(str(error)) from None
    streams.tell(summary(planned.jobs, failed, time.perf_counter() - started))
    if failed:
        raise typer.Exit(1)
