"""`tinct compare`: a sheet of photos as several models colour them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from tinct.cli import streams
from tinct.errors import OptionError
from tinct.models.devices import AUTO, DEVICES
from tinct.models.store import DEFAULT_MODEL
from tinct.options import Options


def compare(
    photos: Annotated[list[str], typer.Argument(help="Photos, or folders of photos.")],
    models: Annotated[
        str, typer.Option(help="Names or folders of models, with commas between them.")
    ] = DEFAULT_MODEL,
    output: Annotated[Path, typer.Option("-o", "--output", help="The PNG to write.")] = Path(
        "comparison.png"
    ),
    side: Annotated[
        int, typer.Option(min=64, max=2048, help="Longer side of each picture, in pixels.")
    ] = 384,
    vividness: Annotated[float, typer.Option(help="Chroma relative to each model's tuned result.")] = 1.0,
    device: Annotated[str, typer.Option(help=f"{' | '.join(DEVICES)}; see tinct doctor.")] = AUTO,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file of that name.")] = False,
) -> int:
    """Draw photos in grey and as each model colours them, one row a photo."""
    from tinct.evaluation.comparison import compare as compare_models
    from tinct.models.devices import find_device
    from tinct.models.store import find_model
    from tinct.photo import disable_cache
    from tinct.photo.drawing import save_sheet, sheet

    disable_cache()
    names = [name for name in (each.strip() for each in models.split(",")) if name]
    if not names:
        raise OptionError("--models is empty; give names such as --models tinct-m,ddcolor")
    if output.exists() and not overwrite:
        raise OptionError(f"{output}: is there already; give another name with -o, or --overwrite")
    for name in names:  # before any photo is coloured
        find_model(name)
    find_device(device)
    options = Options(vividness=vividness, page=1)
    tiles, failed = compare_models(
        _photos(photos), names, options, side=side, device=device,
        complain=lambda sentence: streams.complain(f"tinct: {sentence}"),
    )  # fmt: skip
    save_sheet(sheet(tiles, columns=1 + len(names), side=side), output)
    streams.tell(f"{output}: {len(tiles) // (1 + len(names))} photos by {', '.join(names)}")
    return 1 if failed else 0


def _photos(sources: list[str]) -> list[Path]:
    from tinct.photo import list_photos

    found: list[Path] = []
    for source in sources:
        found += list_photos(Path(source)).photos if os.path.isdir(source) else [Path(source)]
    if not found:
        raise OptionError(f"{', '.join(sources)}: there is no photo; give photos, or a folder of photos")
    return found
