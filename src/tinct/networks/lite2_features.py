"""EfficientNet-Lite2 features of whole pictures, for the Fréchet distance of `tinct evaluate`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from tinct.models.sessions import open_graph
from tinct.networks.backbones import imagenet_weights
from tinct.networks.lite_graph import pooled_graph

MODEL = "efficientnet-lite2"
SIDE = 224

Pictures = Sequence[NDArray[np.uint8]]


def lite2_features() -> Callable[[Pictures], NDArray[np.float32]]:
    """The function from sRGB pictures (h, w, 3), each of its own size, to features (n, 352).

    A picture is resampled to 224 x 224 and seen as ImageNet taught the network, (x - 127) / 128; its features are the
    last block's, averaged over the places. NetworkError, saying what to install, where the weights are missing.
    """
    weights = {name: value.numpy() for name, value in imagenet_weights(MODEL, 3).items()}
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "features.onnx"
        file.write_bytes(pooled_graph(MODEL, weights, SIDE).SerializeToString())
        network = open_graph(file)

    def features(pictures: Pictures) -> NDArray[np.float32]:
        shown = torch.cat([square(picture, SIDE) for picture in pictures])
        return network(((shown - 127) / 128).numpy())[..., 0, 0]

    return features


def square(picture: NDArray[np.uint8], side: int) -> torch.Tensor:
    """Resize a picture (h, w, 3) with antialiasing to float (1, 3, side, side), 0..255."""
    planes = torch.from_numpy(picture.astype(np.float32)).permute(2, 0, 1)[None]
    return F.interpolate(planes, (side, side), mode="bilinear", antialias=True, align_corners=False)
