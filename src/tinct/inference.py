"""Prediction of a model for an opened photo: input sizes, and the decoding that options ask for."""

from __future__ import annotations

from dataclasses import replace

from tinct import photo
from tinct.color.decode import Decoding
from tinct.errors import OptionError
from tinct.models.fitting import content_size, predict_fitted
from tinct.models.manifest import Input, Manifest
from tinct.models.runtime import Network, Prediction
from tinct.options import Options

# Input sizes at which a photo would be enlarged more than this add nothing.
MOST_ENLARGED = 1.25


def decoding_for(options: Options, manifest: Manifest) -> Decoding:
    """The model's tuned decoding with the vividness and, if given, the temperature of the options.

    Raises OptionError for a temperature that the model has no use for.
    """
    chosen = replace(manifest.decoding, vividness=options.vividness)
    if options.temperature is None:
        return chosen
    if chosen.temperature is None:
        raise OptionError(f"the model {manifest.title} has no temperature; leave the option out")
    return replace(chosen, temperature=options.temperature)


def predict(network: Network, opened: photo.Photo, options: Options) -> Prediction:
    """Prediction for a photo at the model's input sizes; `annealed` of it is their mean."""
    given = network.manifest.input
    short_sides = _input_sizes(
        given, min(opened.width, opened.height), 1 if options.preview else options.scales
    )
    found: list[Prediction] = []
    for side in short_sides:
        if given.fit == "stretch":
            lightness = photo.network_input(opened, side, given.multiple)
        else:
            size = content_size(given, network.manifest.stride, photo.content_shape(opened), side)
            lightness = photo.network_input_of_size(opened, *size)
        found.append(predict_fitted(network, lightness))
    return replace(found[-1], smaller=tuple(found[:-1]))


def _input_sizes(given: Input, short_side: int, scales: int | None) -> tuple[int, ...]:
    """Short sides at which the network sees a photo, ascending: one, or as many as the model averages."""
    if scales == 1 or not given.short_sides:
        return (given.short_side,)
    fitting = [side for side in given.short_sides if side <= MOST_ENLARGED * short_side]
    return tuple(fitting[-(scales or len(fitting)) :]) or (given.short_side,)
