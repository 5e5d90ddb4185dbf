"""JPEG degradation in memory, for augmentation."""

from __future__ import annotations

import numpy as np
import pyvips
from numpy.typing import NDArray


def jpeg_roundtrip(grey: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Grey values (h, w) after compression as JPEG of this quality, 1 to 100."""
    stored = pyvips.Image.new_from_array(np.ascontiguousarray(grey)).copy(interpretation="b-w")
    return np.asarray(pyvips.Image.new_from_buffer(stored.jpegsave_buffer(Q=quality), "").numpy(), np.uint8)
