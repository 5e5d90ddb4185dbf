"""What JPEG does to a picture, in memory: for networks that must learn to look past it."""

from __future__ import annotations

import numpy as np
import pyvips
from numpy.typing import NDArray


def jpeg_roundtrip(grey: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Grey values (h, w) as they come back from a JPEG of this quality, 1 to 100."""
    stored = pyvips.Image.new_from_array(np.ascontiguousarray(grey)).copy(interpretation="b-w")
    return np.asarray(pyvips.Image.new_from_buffer(stored.jpegsave_buffer(Q=quality), "").numpy(), np.uint8)
