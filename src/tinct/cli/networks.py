"""`tinct networks`: list, measure, check and inspect networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tinct.cli import completion
from tinct.errors import NetworkError, OptionError, suggestion

if TYPE_CHECKING:
    from types import ModuleType

    import numpy as np
    from numpy.typing import NDArray

    from tinct.networks.build import BuiltNetwork

app = typer.Typer(
    help="Write networks down as data, and see what they cost.", no_args_is_help=True, add_completion=False
)

Name = Annotated[
    str,
    typer.Argument(
        help="The name of a shipped network, or a file of your own.", autocompletion=completion.networks
    ),
]
Size = Annotated[str, typer.Option(help="The photo's size: one number, or HEIGHTxWIDTH.")]
Weights = Annotated[
    str | None,
    typer.Option(
        help="A run, a checkpoint or a model; without it the shipped model's, or untrained weights."
    ),
]
Seed = Annotated[int, typer.Option(help="Draws the untrained weights.")]
Target = Annotated[Path | None, typer.Option("--output", "-o", help="The PNG to write.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a file of that name.")]
Most = Annotated[int, typer.Option(min=1, max=1024, help="At most so many tiles.")]


@app.command("list")
def list_networks() -> None:
    """List the shipped networks."""
    from tinct.networks.arithmetic import measure
    from tinct.networks.parse import catalog_names, find_network

    for name in catalog_names():
        network = find_network(name)
        typer.echo(f"{name:22} {measure(network).parameters:>10,}  {network.about}")


@app.command()
def describe(
    network: Name,
    size: Size = "256",
    form: Annotated[str, typer.Option("--format", help="table, markdown, json or mermaid.")] = "table",
) -> None:
    """Show every layer, its cost and its receptive field."""
    from tinct.networks import describe as text
    from tinct.networks.arithmetic import measure
    from tinct.networks.parse import find_network

    if form not in text.FORMATS:
        raise OptionError(f"unknown format {form!r}{suggestion(form, text.FORMATS)}")
    typer.echo(text.describe(measure(find_network(network), *_size(size)), form))


@app.command()
def check(
    files: Annotated[list[str], typer.Argument(help="Network files, names, or folders of files.")],
) -> None:
    """Check network files; report what is wrong, and where."""
    from tinct.networks.parse import find_network

    wrong = 0
    for given in files:
        folder = Path(given)
        for name in sorted(folder.rglob("*.y*ml")) if folder.is_dir() else [given]:
            try:
                network = find_network(name)
                typer.echo(f"{name}: right, {len(network.layers)} layers")
            except NetworkError as error:
                wrong += 1
                typer.echo(str(error), err=True)
    if wrong:
        raise NetworkError(f"{wrong} of the network files {'have' if wrong > 1 else 'has'} a mistake")


@app.command()
def features(
    network: Name,
    photo: Annotated[Path, typer.Argument(help="The photo to look at.")],
    layer: Annotated[
        str | None, typer.Option(help="The layer whose feature maps are drawn; all if not given.")
    ] = None,
    weights: Weights = None,
    seed: Seed = 0,
    size: Annotated[int, typer.Option(min=16, max=2048, help="The photo's short side in the network.")] = 256,
    most: Most = 64,
    output: Target = None,
    overwrite: Overwrite = False,
) -> None:
    """Draw the activations of a layer for a photo (of all layers, the first few channels)."""
    from tinct.photo import network_input, read

    target = _target(output, f"{Path(network).stem}-{layer or 'layers'}-features.png", overwrite)
    module, inside = _module(network, weights, seed)
    maps = inside.feature_maps(module, network_input(read(photo), size, module.multiple))
    if layer is not None and layer not in maps:
        raise NetworkError(f"{network} has no layer {layer!r}{suggestion(layer, list(maps))}")
    if layer is None:
        tiles = [(f"{name} {i}", m) for name, answers in maps.items() for i, m in enumerate(answers[:8])]
    else:
        tiles = [(f"{layer} {i}", answer) for i, answer in enumerate(maps[layer][:most])]
    _draw(tiles, target, side=128)


@app.command()
def kernels(
    network: Name,
    layer: Annotated[
        str | None, typer.Option(help="The layer whose kernels are drawn; the first if not given.")
    ] = None,
    weights: Weights = None,
    seed: Seed = 0,
    most: Most = 64,
    output: Target = None,
    overwrite: Overwrite = False,
) -> None:
    """Draw the kernels of a layer: orange positive, blue negative; input channels are averaged."""
    from tinct.networks.parse import find_network

    if layer is None:
        having = [e for e in find_network(network).layers if e.kind in ("conv", "conv_transpose", "backbone")]
        if not having:
            raise NetworkError(f"{network} has no kernels")
        layer = having[0].name
    target = _target(output, f"{Path(network).stem}-{layer}-kernels.png", overwrite)
    module, inside = _module(network, weights, seed)
    found = inside.kernels_of(module, layer)
    _draw(
        [(f"{layer} {i}", kernel.mean(0)) for i, kernel in enumerate(found[:most])],
        target,
        side=64,
        signed=True,
    )


@app.command()
def compare(
    networks: Annotated[list[str], typer.Argument(help="Two or more networks.")],
    size: Size = "256",
    time: Annotated[bool, typer.Option(help="Measure the time as well (needs the extra `train`).")] = True,
) -> None:
    """Compare networks: parameters, multiply-adds, receptive field, measured time."""
    from tinct.networks.arithmetic import measure
    from tinct.networks.describe import compared
    from tinct.networks.parse import find_network

    measures = [measure(find_network(name), *_size(size)) for name in networks]
    seconds: list[float | None] = [None] * len(measures)
    if time:
        for i, name in enumerate(networks):
            module, inside = _module(name, None, 0)
            seconds[i] = inside.seconds_per_photo(module, *_size(size))
    typer.echo(compared(measures, seconds))


def _size(text: str) -> tuple[int, int]:
    parts = text.lower().split("x")
    if len(parts) > 2 or not all(part.isdecimal() and 1 <= int(part) <= 65536 for part in parts):
        raise OptionError(f"--size is one number or HEIGHTxWIDTH, each from 1 to 65536, not {text!r}")
    return int(parts[0]), int(parts[-1])


def _module(name: str, weights: str | None, seed: int) -> tuple[BuiltNetwork, ModuleType]:
    """The network with the requested weights, else those of the shipped model of its name, else random."""
    from tinct.networks.parse import find_network

    network = find_network(name)
    try:
        from tinct.networks import inspection
    except ModuleNotFoundError:
        raise NetworkError("looking inside a network needs torch: pip install 'tinct[train]'") from None
    module = inspection.seeded(network, seed)
    if weights is None:
        from tinct.models.store import shipped_models

        weights = name if name in shipped_models() else None
    if weights is not None:
        from tinct.learning.weights.initial import load, load_weights

        load(module, load_weights(weights), weights)
    return module, inspection


def _target(output: Path | None, name: str, overwrite: bool) -> Path:
    target = output or Path(name)
    if target.exists() and not overwrite:
        raise OptionError(f"{target}: is there already; give another name with -o, or --overwrite")
    return target


def _draw(
    tiles: list[tuple[str, NDArray[np.generic]]], target: Path, side: int, signed: bool = False
) -> None:
    from tinct.photo.drawing import save_sheet, sheet

    save_sheet(sheet(tiles, side=side, signed=signed), target)
    typer.echo(f"{target}: {len(tiles)} pictures")
