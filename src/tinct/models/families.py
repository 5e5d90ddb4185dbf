"""Published families of colourisation networks: what their exports take and answer.

Read from the programs that use them: DDColor (Kang et al. 2023), DeOldify (Antic 2019), siggraph17 (Zhang et al. 2017)
and eccv16 (Zhang et al. 2016).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_L = {"kind": "l", "scale": 1.0, "short_side": 256, "multiple": 8}
_AB = {"kind": "ab", "scale": 1.0}

# For each family the parts of a manifest that its graph does not tell; short_side and multiple only of dynamic sizes.
FAMILIES: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "ddcolor": {
        "input": {"kind": "grey_rgb", "scale": 1.0, "short_side": 512, "multiple": 32},
        "output": _AB,
    },
    "deoldify": {
        "input": {"kind": "grey_rgb", "scale": 255.0, "short_side": 512, "multiple": 32},
        "output": {"kind": "rgb", "scale": 1 / 255},
    },
    "siggraph17": {"input": _L, "output": _AB},
    "eccv16": {"input": _L, "output": _AB},
}

# The family whose numbers of channels, in and out, a graph has: a first guess that the trial then confirms.
BY_CHANNELS = {(3, 2): "ddcolor", (3, 3): "deoldify", (1, 2): "siggraph17"}
