"""`tinct replay`: colour a photo again as a recipe says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tinct.cli import stopping, streams
from tinct.cli.colorize.plan import plan
from tinct.cli.colorize.report import show_photo_warnings
from tinct.errors import ModelError, OptionError, PhotoError, TinctError
from tinct.models.store import DEFAULT_MODEL, find_model
from tinct.options import with_settings


def replay(
    recipe: Annotated[Path, typer.Argument(help="The recipe that --save-recipe wrote.")],
    photos: Annotated[list[str], typer.Argument(help="The photo, or with --same-set others of its set.")],
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", help="File or folder for results; else beside the photos."),
    ] = None,
    same_set: Annotated[
        bool, typer.Option("--same-set", help="Use it for other photos than its own, such as a roll of film.")
    ] = False,
    reference: Annotated[
        list[Path] | None,
        typer.Option(help="A reference photo of the recipe, which holds only its digest; repeatable."),
    ] = None,
    model: Annotated[str, typer.Option(help="Name of a model, or a model's folder.")] = DEFAULT_MODEL,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace results that are there.")] = False,
) -> None:
    """Colour a photo again as a recipe says: the same bytes, with the same version and model."""
    from tinct.colorizer import Colorizer
    from tinct.guidance.recipe import file_digest, read_recipe
    from tinct.options import Options
    from tinct.photo import disable_cache

    disable_cache()
    steps = read_recipe(recipe)
    options = with_settings(Options.from_dict(dict(steps.options)), {"overwrite": overwrite})
    try:
        colorizer = Colorizer(find_model(model))
    except ModelError as error:
        raise OptionError(str(error)) from None
    for difference in steps.differences(colorizer.manifest):
        streams.complain(f"tinct: {difference}")
    failed = 0
    for job in plan(photos, output, options).jobs:
        try:
            if job.target is None:
                raise OptionError(job.fault)
            if not same_set and file_digest(job.source) != steps.photo:
                raise PhotoError(
                    f"{job.source}: is not the photo of {recipe}; add --same-set to use it all the same"
                )
            if job.target.exists() and not overwrite:
                raise PhotoError(f"{job.target}: exists already; choose another name, or add --overwrite")
            job.target.parent.mkdir(parents=True, exist_ok=True)
            with stopping.at_work(), show_photo_warnings(streams.complain):
                colorizer.open(job.source, options).follow_recipe(steps, reference or ()).save(job.target)
            streams.tell(f"{job.target}")
        except (TinctError, OSError) as error:
            failed += 1
            streams.complain(f"tinct: {error}")
    if failed:
        raise typer.Exit(1)
