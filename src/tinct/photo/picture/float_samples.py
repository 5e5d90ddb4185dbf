"""Float samples: replaces values that are not finite, and finds the value of white."""

from __future__ import annotations

import pyvips

from tinct.errors import PhotoError

_LARGEST = 3.4e38
_WHITES = (1.0, 255.0, 65535.0)
# A rounding error above white is no highlight; samples below the blackest of 8 bits tell nothing of the scale.
_ABOVE, _FAR_ABOVE, _BLACK = 1.01, 8.0, 1 / 256
_MANY, _SOME = 0.5, 0.001


def finite(image: pyvips.Image) -> pyvips.Image:
    """A float image with NaN replaced by 0 and infinity by the largest float; lazy."""
    image = image.cast("float")
    # A comparison with NaN is false, and so takes the second.
    return (image == image).ifthenelse(image, 0.0).clamp(min=-_LARGEST, max=_LARGEST)


def white_of(name: str, image: pyvips.Image) -> float:
    """The value of white in float samples of colour: 1, 255 or 65535; takes a pass.

    The least of them that half of the samples do not exceed, or hardly any by far, black ones left out: sparks
    and highlights above white change nothing. PhotoError where none is a number or most are larger than 65535.
    """
    limits = [limit for white in _WHITES for limit in (white * _ABOVE, white * _FAR_ABOVE)]
    above = (image == image).bandjoin([image > limit for limit in (_BLACK, *limits)])
    shares = above.stats().numpy()[1:, 4].reshape(2 + len(limits), image.bands).mean(axis=1)
    numbers, lit = shares[:2]
    if numbers == 0:
        raise PhotoError(f"{name}: none of its float samples is a number; save it anew from where it came")
    for white, share, far in zip(_WHITES, shares[2::2], shares[3::2], strict=True):
        if share <= _MANY * lit or far <= _SOME * lit:
            return white
    raise PhotoError(f"{name}: most of its float samples are above 65535; scale it so that white is 1")
