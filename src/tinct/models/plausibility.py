"""Trial of a model on a photo whose colours are known well enough to tell a wrong manifest from a right one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinct.color.lab import srgb_to_lab
from tinct.models.fitting import content_size, predict_fitted
from tinct.models.runtime import Network, Prediction, in_units
from tinct.models.sample_photo import sample_lightness, sky_and_field

Float32Array = NDArray[np.float32]

SHAPE = (384, 512)
# Chroma that a photo in colour has somewhere, and has not on the whole.
LEAST_CHROMA, MOST_CHROMA, MOST_MEAN_CHROMA = 2.0, 150.0, 75.0
# b of the field less that of the sky is about 35 in tinct-m; the other way round by this much no network of sense is.
MOST_OPPOSITE = 4.0
LEAST_VARIETY = 0.05
MOST_LIGHTNESS_ERROR = 25.0


def trial(network: Network) -> tuple[Prediction, str | None]:
    """The prediction for `sample_lightness`, and one reason why it is implausible, or None.

    Raises ModelError if the network cannot be run, or answers with what is no number.
    """
    prediction = predict_fitted(network, trial_lightness(network))
    if network.manifest.output.kind in ("rgb", "lab") and (reason := _lightness_fault(network)):
        return prediction, reason
    return prediction, _colour_fault(prediction.annealed(network.manifest.decoding.temperature))


def trial_lightness(network: Network) -> Float32Array:
    """The photo of the trial, L (h, w), at the network's size."""
    given, manifest = network.manifest.input, network.manifest
    if given.fit == "stretch":
        side = -(-given.short_side // given.multiple) * given.multiple
        return sample_lightness(side, max(given.multiple, side * 4 // 3 // given.multiple * given.multiple))
    return sample_lightness(*content_size(given, manifest.stride, SHAPE, given.short_side))


def whole_input(network: Network) -> Float32Array:
    """A photo that fills the network's input without padding, L (h, w)."""
    given = network.manifest.input
    if given.size is not None:
        return sample_lightness(*given.size)
    height, width = (-(-side // given.multiple) * given.multiple for side in trial_lightness(network).shape)
    return sample_lightness(height, width)


def _colour_fault(ab: Float32Array) -> str | None:
    chroma = np.hypot(*ab)
    high, mean = float(np.percentile(chroma, 99)), float(chroma.mean())
    if high < LEAST_CHROMA:
        return f"its colours are next to grey (chroma up to {high:.2g}): output.scale is too small"
    if max(float(plane.std()) for plane in ab) < LEAST_VARIETY:
        return f"it gives one colour (a {ab[0].mean():.1f}, b {ab[1].mean():.1f}) to all of a landscape"
    if high > MOST_CHROMA or mean > MOST_MEAN_CHROMA:
        return (
            f"its colours are beyond any photo (chroma {mean:.3g} on average, up to {high:.3g}): "
            "output.scale is too large, or the input of another range"
        )
    sky, field = sky_and_field(*chroma.shape)
    bluer, redder = (float(plane[field].mean() - plane[sky].mean()) for plane in ab[::-1])
    if redder > 10 and redder > 2 * abs(bluer):
        return (
            f"it makes the field redder than the sky by {redder:.0f}, but not yellower: a and b are swapped"
        )
    if bluer < -MOST_OPPOSITE:
        return f"it makes the sky yellower than the field by {-bluer:.0f}: b is inverted, or red and blue are swapped"
    return None


def _lightness_fault(network: Network) -> str | None:
    """What is wrong with the lightness of an answer that has one: it should be about that of the photo."""
    lightness = whole_input(network)
    answer = in_units(network.manifest.output, network.answer(network.encode(lightness)))
    stride = network.manifest.stride
    true = lightness[::stride, ::stride]
    if network.manifest.output.kind == "rgb":
        outside = float(((answer < -0.1) | (answer > 1.1)).mean())
        if outside > 0.05:
            return (
                f"{outside:.0%} of its R, G and B are outside 0..1 after output.scale "
                f"(from {answer.min():.3g} to {answer.max():.3g}): wrong scale or kind"
            )
        found = srgb_to_lab(np.clip(np.moveaxis(answer, 0, -1), 0, 1))[..., 0]
    else:
        found = answer[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = float(np.corrcoef(found.ravel(), true.ravel())[0, 1])
    error = float(np.abs(found - true).mean())
    if not correlation > 0.5:
        what = "inverted" if correlation < -0.5 else "not that of the photo"
        return f"the lightness of its answer is {what} (correlation {correlation:.2f}): wrong output.kind or input"
    if error > MOST_LIGHTNESS_ERROR:
        return f"the lightness of its answer is off by {error:.0f} of 100: wrong output.scale or input.scale"
    return None
