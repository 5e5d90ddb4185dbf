"""`tinct models`: add networks from elsewhere, list, show, check and remove them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tinct.errors import ModelError, NetworkError, OptionError, TinctError

if TYPE_CHECKING:
    from tinct.models.manifest import Manifest

app = typer.Typer(
    help="Colourisation networks from elsewhere, as ONNX files.", no_args_is_help=True, add_completion=False
)

Model = Annotated[str, typer.Argument(help="The name of a model, or a model's folder.")]


@app.command("list")
def list_models() -> None:
    """List the models: those of tinct, and those that were added."""
    from tinct.models.manifest import read_manifest
    from tinct.models.store import find_model, shipped_models, user_models

    for name in (*shipped_models(), *user_models()):
        try:
            manifest = read_manifest(find_model(name), verify=False)
        except ModelError as error:
            typer.echo(f"{name:22} cannot be used: {error}")
            continue
        forced = "  implausible, added with --force" if "forced" in manifest.source else ""
        typer.echo(
            f"{name:22} {_megabytes(manifest):>7} MB  {_kinds(manifest)}  license {manifest.license}{forced}"
        )


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="An ONNX file; files of its external data lie beside it.")],
    like: Annotated[
        str | None,
        typer.Option(
            help="What it takes and answers: ddcolor, deoldify, siggraph17, eccv16, or a network of tinct; "
            "default: by its channels."
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name for --model; default: that of the file.")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="Another value in the manifest, such as input.fit=tile; may be repeated."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Add it even if its colours are implausible.")
    ] = False,
) -> None:
    """Add a network: inspect its graph, propose a manifest, try it on a photo, keep it if that is plausible."""
    from tinct.models.adding import add_model

    settings = dict(_setting(each) for each in set_ or [])
    added = add_model(file, name=name, like=_like(like), settings=settings, force=force)
    if added.fault:
        typer.echo(f"tinct: implausible, added all the same: {added.fault}", err=True)
    typer.echo(_described(added.manifest))
    typer.echo(
        f"\nadded as {added.manifest.name}; look at it: tinct models check {added.manifest.name} -o check.png"
    )


@app.command()
def show(model: Model) -> None:
    """Show what a model takes and answers, its license, its files and where it comes from."""
    from tinct.models.manifest import read_manifest
    from tinct.models.store import find_model

    typer.echo(_described(read_manifest(find_model(model), verify=False)))


@app.command()
def check(
    model: Model,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Draw the photo of the trial beside that of tinct-m (PNG)."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file of that name.")] = False,
) -> None:
    """Check the files of a model and try it on a photo; exit code 1 if its colours are implausible."""
    from tinct.models.plausibility import trial
    from tinct.models.runtime import Network
    from tinct.models.store import DEFAULT_MODEL, find_model

    if output is not None and output.exists() and not overwrite:
        raise OptionError(f"{output}: is there already; give another name with -o, or --overwrite")
    network = Network(find_model(model))
    prediction, fault = trial(network)
    if output is not None:
        from tinct.photo.drawing import save_sheet, sheet

        usual = Network(find_model(DEFAULT_MODEL))
        tiles = [
            ("the photo of the trial", _pixels(network, None)),
            (f"{model}", _pixels(network, prediction)),
            (DEFAULT_MODEL, _pixels(usual, trial(usual)[0])),
        ]
        save_sheet(sheet(tiles, columns=3, side=320), output)
        typer.echo(f"{output}: the photo of the trial in grey, by {model} and by {DEFAULT_MODEL}")
    if fault is not None:
        raise TinctError(f"{model}: {fault}; correct its manifest, or add it again")
    typer.echo(f"{model}: whole, and its colours are plausible")


@app.command()
def remove(name: Annotated[str, typer.Argument(help="The name of a model that was added.")]) -> None:
    """Remove a model that was added."""
    from tinct.models.store import remove_model

    typer.echo(f"removed {remove_model(name)}")


def _like(like: str | None) -> dict[str, Any] | None:
    """The parts of a manifest that a family, or a network of tinct, has."""
    from tinct.models.families import FAMILIES

    if like is None:
        return None
    if like in FAMILIES:
        return {part: dict(value) for part, value in FAMILIES[like].items()}
    from tinct.color.bins import srgb_bins
    from tinct.networks.parse import find_network
    from tinct.networks.sizes import size_multiple

    try:
        network = find_network(like)
    except NetworkError:
        raise OptionError(
            f"--like {like} is no family ({', '.join(FAMILIES)}) and no network; see tinct networks list"
        ) from None
    bins = network.output.kind == "ab_bins"
    multiple = size_multiple(network)
    return {
        "input": {
            "kind": "l", "scale": network.input.scale, "offset": network.input.offset, "fit": "stretch",
            "short_side": max(1, round(256 / multiple)) * multiple, "multiple": multiple,
        },
        "output": {"kind": network.output.kind}
        | ({"bins": srgb_bins().centres.tolist()} if bins else {"scale": network.output.scale}),
        "temperature": 0.6 if bins else None,
    }  # fmt: skip


def _setting(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not all(key.split(".")):
        raise OptionError(f"--set {text!r} is no KEY=VALUE; give one such as --set input.fit=tile")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def _described(manifest: Manifest) -> str:
    given, output = manifest.input, manifest.output
    size = (
        "{} x {} only".format(*given.size)
        if given.size
        else f"short side {given.short_side}, multiples of {given.multiple}"
    )
    rows = {
        "model": manifest.title,
        "input": f"{given.name}: {given.kind}{_scales(given.scale, given.offset)}, {size}, {given.fit}",
        "constant": ", ".join(f"{each.name} = {each.value:g}" for each in manifest.extra_inputs),
        "output": f"{output.name}: {output.kind}{_scales(output.scale, output.offset)}, stride {manifest.stride}"
        + (f", {len(output.bins)} bins" if output.bins else ""),
        "variants": "by its distribution" if manifest.has_distribution else "none: it predicts one colouring",
        "license": manifest.license,
        "files": f"{_megabytes(manifest)} MB in {manifest.folder}",
        "from": str(manifest.source.get("file") or manifest.source.get("run") or "unknown"),
        "forced": str(manifest.source.get("forced", "")),
    }
    return "\n".join(f"{label:9} {value}" for label, value in rows.items() if value)


def _kinds(manifest: Manifest) -> str:
    return f"{manifest.input.kind:8} -> {manifest.output.kind:7}"


def _scales(scale: tuple[float, ...], offset: tuple[float, ...]) -> str:
    """` * scale + offset`, of one number where all channels have the same."""
    parts = []
    for sign, values, neutral in ((" * ", scale, 1.0), (" + ", offset, 0.0)):
        if any(value != neutral for value in values):
            texts = [f"{value:.6g}" for value in values]
            parts.append(sign + (texts[0] if len(set(texts)) == 1 else f"({', '.join(texts)})"))
    return "".join(parts)


def _megabytes(manifest: Manifest) -> str:
    from itertools import chain

    from tinct.models.manifest import graph_bytes

    files = chain(manifest.files.values(), chain.from_iterable(manifest.data.values()))
    return f"{graph_bytes(files) / 1e6:.1f}"


def _pixels(network: Any, prediction: Any) -> Any:
    """The photo of the trial (h, w, 3), grey or in the colours of a prediction."""
    import numpy as np

    from tinct.color.lab import lab_to_srgb
    from tinct.color.resample import resize_area
    from tinct.models.plausibility import trial_lightness

    lightness = trial_lightness(network)
    planes = [np.zeros_like(lightness)] * 2
    if prediction is not None:
        ab = prediction.colours(network.manifest.decoding)
        planes = [resize_area(np.ascontiguousarray(plane), *lightness.shape) for plane in ab]
    return np.asarray(np.rint(lab_to_srgb(np.stack([lightness, *planes], -1)).clip(0, 1) * 255), np.uint8)
