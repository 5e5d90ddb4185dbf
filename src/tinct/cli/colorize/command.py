"""Options of `tinct colorize`, turned into calls."""

from __future__ import annotations

import time
from dataclasses import fields, replace
from pathlib import Path
from typing import Annotated

import typer

from tinct.cli import completion, streams
from tinct.cli.colorize.guided import guidance_of
from tinct.cli.colorize.outcome import Outcome, exit_code, json_line, summary
from tinct.cli.colorize.pipe import STANDARD, colorize_stream
from tinct.cli.colorize.plan import Plan, plan
from tinct.cli.colorize.run import COLOR_PHOTOS, Run, run_plan
from tinct.cli.colorize.sheet import check_sheet, write_run_sheet
from tinct.errors import ModelError, OptionError, ProfileError, suggestion
from tinct.models.devices import AUTO, DEVICES, find_device
from tinct.models.store import DEFAULT_MODEL, find_model
from tinct.options import FORMATS, KINDS, TONES, Options

EXISTING = ("update", "skip", "overwrite", "refuse")


def colorize(
    photos: Annotated[list[str], typer.Argument(help="Photos, folders of photos, or - for stdin to stdout.")],
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", help="File or folder for results; else beside the photos."),
    ] = None,
    model: Annotated[
        str, typer.Option(help="Name of a model, or a model's folder.", autocompletion=completion.models)
    ] = DEFAULT_MODEL,
    vividness: Annotated[
        float, typer.Option(help="Chroma relative to the tuned result, 0 to 5: 1 is as tuned, 0 is grey.")
    ] = 1.0,
    temperature: Annotated[
        float | None,
        typer.Option(help="0.01 to 10: low decides, high averages; default: the model's tuned value."),
    ] = None,
    scales: Annotated[
        int | None,
        typer.Option(min=1, help="Input sizes of the network: 1 is fastest; default: all of the model's."),
    ] = None,
    existing: Annotated[
        list[str] | None,
        typer.Option(
            help=f"{' | '.join(EXISTING)}: results that are there. update makes those anew that record another model, "
            "other options or an older photo; default: update, or refuse for a single photo.",
            autocompletion=completion.of(EXISTING),
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Short for --existing overwrite.")] = False,
    color_photos: Annotated[
        str | None,
        typer.Option(
            help=f"{' | '.join(COLOR_PHOTOS)}: photos in colour already; default: skip in folders, else recolor.",
            autocompletion=completion.of(COLOR_PHOTOS),
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            help=f"{' | '.join(KINDS)}: the photo in colour, the colour alone, or both in OpenRaster; default: photo.",
            autocompletion=completion.of(KINDS),
        ),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="A fast look: at most 1,024 pixels wide and high.")
    ] = False,
    profile: Annotated[str | None, typer.Option(help="srgb | p3 | keep | FILE.icc; default: srgb.")] = None,
    format: Annotated[  # noqa: A002
        str | None,
        typer.Option(
            help=f"{' | '.join(FORMATS)}; default: the photo's own.", autocompletion=completion.of(FORMATS)
        ),
    ] = None,
    quality: Annotated[
        int | None,
        typer.Option(help="1 to 100, for lossy formats; default: the photo's own in JPEG, else 75 to 92."),
    ] = None,
    tone: Annotated[
        str | None, typer.Option(help=f"{' | '.join(TONES)}; default: keep, which leaves the lightness.")
    ] = None,
    page: Annotated[int | None, typer.Option(help="One page of a TIFF, from 1; else all of them.")] = None,
    max_megapixels: Annotated[float | None, typer.Option(help="Refuse larger photos; default: 500.")] = None,
    hint: Annotated[
        list[str] | None,
        typer.Option(
            help="X,Y,COLOR[,RADIUS] in fractions of the photo; COLOR is #rrggbb, a name, neutral or keep."
        ),
    ] = None,
    hints: Annotated[Path | None, typer.Option(help="A JSON file of hints.")] = None,
    reference: Annotated[
        list[Path] | None,
        typer.Option(help="A photo in colour: what looks alike is coloured alike; repeatable."),
    ] = None,
    reference_strength: Annotated[float, typer.Option(help="How far, 0 to 1.")] = 1.0,
    reference_mode: Annotated[
        str, typer.Option(help="match | palette: regions that look alike, or the colours as a whole.")
    ] = "match",
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
    sheet: Annotated[
        Path | None, typer.Option(help="Also draw the photos before and after to this PNG or JPEG.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="One JSON object per photo: source, status, result, seconds, options."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be coloured, and where to; write nothing.")
    ] = False,
    device: Annotated[str, typer.Option(help=f"{' | '.join(DEVICES)}; see tinct doctor.")] = AUTO,
) -> None:
    """Colour photos. Colours are plausible, not evidence; the lightness stays that of the photo."""
    given = {
        "vividness": vividness, "temperature": temperature, "scales": scales,
        "kind": kind, "preview": preview,
        "profile": profile, "format": format, "quality": quality, "tone": tone, "page": page,
        "max_megapixels": max_megapixels, "seed": seed,
    }  # fmt: skip
    options = Options.from_dict({name: value for name, value in given.items() if value is not None})
    if quiet and as_json:
        raise OptionError("--quiet prints nothing and --json a line for each photo; give one of them")
    _check_choice("--color-photos", color_photos, COLOR_PHOTOS)
    policy = _policy(existing or [], overwrite)
    try:
        folder = find_model(model)
        if device != AUTO:
            find_device(device)
    except ModelError as error:
        raise OptionError(str(error)) from None
    from tinct.photo import check_profile, disable_cache

    disable_cache()
    run = Run(options, folder, threads, device, policy, color_photos, quiet or as_json, dry_run)
    try:
        check_profile(options.profile)
        guided = guidance_of(
            hint, hints, variants, save_recipe, reference, reference_strength, reference_mode
        )
        if STANDARD in photos and not guided.is_plain:
            raise OptionError(
                "hints, references, variants and recipes need a photo with a name; save it to a file first"
            )
        if STANDARD in photos:
            if sheet is not None or as_json or dry_run:
                raise OptionError(
                    "- is one photo to standard output; leave --sheet, --json and --dry-run out"
                )
            colorize_stream(photos, output, options, folder, threads, device)
            return
        check_sheet(sheet, overwrite=policy == "overwrite")
        started = time.perf_counter()
        planned = plan(photos, output, options)
        guided.check(planned.jobs)
        outcomes = _report(planned, replace(run, guided=guided), as_json)
    except (ModelError, ProfileError) as error:
        raise OptionError(str(error)) from None
    if sheet is not None and not dry_run:
        write_run_sheet(outcomes, sheet, tell=lambda line: None if run.quiet else streams.tell(line))
    if not run.quiet:
        streams.tell(summary(outcomes, time.perf_counter() - started, dry_run=dry_run))
    if code := exit_code(outcomes):
        if not any(each.status == "failed" for each in outcomes):
            streams.complain(
                "tinct: every photo was skipped; see --color-photos and the formats that tinct reads"
            )
        raise typer.Exit(code)


def _report(planned: Plan, run: Run, as_json: bool) -> list[Outcome]:
    """What became of each photo, told as it happens."""
    if not run.quiet:
        for note in planned.notes:
            streams.complain(f"tinct: {note}")
    settings = {field.name: getattr(run.options, field.name) for field in fields(Options)}
    outcomes = []
    for outcome in run_plan(planned, run):
        outcomes.append(outcome)
        if as_json:
            streams.tell(json_line(outcome, settings))
        elif run.dry_run and not run.quiet and outcome.status != "failed":
            where = f" -> {outcome.result}" if outcome.result else ""
            streams.tell(f"{outcome.source}: {outcome.reason or outcome.status}{where}")
    return outcomes


def _policy(existing: list[str], overwrite: bool) -> str | None:
    """The policy for results that are there; OptionError for two that contradict each other."""
    given = list(dict.fromkeys([*existing, *(["overwrite"] if overwrite else [])]))
    if len(given) > 1:
        raise OptionError(f"existing results are to {' and to '.join(given)}; give one of them")
    _check_choice("--existing", given[0] if given else None, EXISTING)
    return given[0] if given else None


def _check_choice(name: str, value: str | None, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        raise OptionError(f"{name} is {value!r}{suggestion(value, choices)}")
