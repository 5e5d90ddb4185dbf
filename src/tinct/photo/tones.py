"""Contrast of faded photos, stretched on request."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tinct.photo.reading import Photo

# Of the picture, in percent, that may become all black or all white.
_CLIPPED = 0.5
# Places at the edge of a border's picture that may be of both.
_SEAM = 2
# In L: a picture of less contrast than this is meant so, or is none.
_LEAST_SPAN = 10.0


def auto_contrast(photo: Photo) -> Photo:
    """The photo with L drawn out in a straight line, so that the picture inside its border spans 0 to 100.

    Half a percent of the picture at either end is clipped; one that spans less than 10 is left as it is.
    """
    rows, columns = photo.content_box.slices(*photo.thumbnail.shape)
    picture = photo.thumbnail[rows, columns]
    if not photo.content_box.whole:
        picture = picture[_SEAM:-_SEAM, _SEAM:-_SEAM]
    low, high = np.percentile(picture, [_CLIPPED, 100 - _CLIPPED])
    if high - low < _LEAST_SPAN or (low <= 0 and high >= 100):
        return photo
    return replace(photo, tones=(float(low), float(high)))
