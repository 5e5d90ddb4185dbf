"""LPIPS and FID with the user's own networks, whose weights cannot be distributed with tinct."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tinct.errors import ModelError, short_reason
from tinct.models.sessions import open_graph
from tinct.networks.lite2_features import square

Picture = NDArray[np.uint8]
Rows = NDArray[np.float32]

FID_SIDE = 299
SUFFIXES = (".pt", ".pth", ".ts", ".onnx")


def load_lpips(file: Path) -> Callable[[Picture, Picture], float]:
    """The distance of two sRGB pictures (h, w, 3) by the network in `file`, TorchScript or ONNX.

    It must take two float32 batches (1, 3, h, w) of RGB in -1..1 and answer with one number, as the lpips package's
    networks do (Zhang et al. 2018). ModelError, naming the file, if it cannot be opened or answers otherwise.
    """
    network = _open_network(file)

    def distance(one: Picture, other: Picture) -> float:
        shown = [
            torch.from_numpy(each.astype(np.float32)).permute(2, 0, 1)[None] / 127.5 - 1
            for each in (one, other)
        ]
        answer = network(*shown)
        if answer.size != 1:
            raise ModelError(
                f"{file}: answers two pictures with numbers of shape {answer.shape}, not with one distance; "
                "give a network for LPIPS"
            )
        return float(answer.reshape(()))

    return distance


def load_fid_features(file: Path) -> Callable[[Sequence[Picture]], Rows]:
    """The function from sRGB pictures (h, w, 3) to features (n, d) by the network in `file`, TorchScript or ONNX.

    It must take one float32 batch (n, 3, 299, 299) of RGB in 0..255 and answer with a row of features a picture; the
    TorchScript Inception that StyleGAN uses does, called with return_features. ModelError as for `load_lpips`.
    """
    network = _open_network(file, return_features=True)

    def features(pictures: Sequence[Picture]) -> Rows:
        answer = network(torch.cat([square(picture, FID_SIDE) for picture in pictures]))
        rows = answer.reshape(len(answer), -1)
        if len(rows) != len(pictures):
            raise ModelError(
                f"{file}: answers {len(pictures)} pictures with numbers of shape {answer.shape}, not with a row "
                "each; give a network for FID"
            )
        return rows

    return features


def _open_network(file: Path, **optional_arguments: bool) -> Callable[..., Rows]:
    """A network file as a function from tensors to an array; passes those of the arguments `optional_arguments` that it
    accepts.
    """
    if file.suffix.lower() not in SUFFIXES:
        raise ModelError(
            f"{file}: neither TorchScript nor ONNX by its name; give one of {', '.join(SUFFIXES)}"
        )
    if not file.is_file():
        raise ModelError(f"{file}: there is no such file; give the network's file")
    answer = _onnx(file) if file.suffix.lower() == ".onnx" else _torchscript(file, optional_arguments)

    def network(*shown: torch.Tensor) -> Rows:
        try:
            return answer(*shown)
        except Exception as error:  # torch and ONNX Runtime raise a dozen kinds that share no other parent
            raise ModelError(
                f"{file}: cannot be run on these pictures ({short_reason(error)}); give a network that takes RGB "
                "(n, 3, h, w)"
            ) from error

    return network


def _torchscript(file: Path, optional_arguments: dict[str, bool]) -> Callable[..., Rows]:
    try:
        module = torch.jit.load(str(file), map_location="cpu").eval()  # type: ignore[no-untyped-call]
    except Exception as error:  # as above
        raise ModelError(
            f"{file}: not a TorchScript file that can be read ({short_reason(error)}); save it with torch.jit.save"
        ) from error
    known = {argument.name for argument in module.forward.schema.arguments}
    chosen = {name: value for name, value in optional_arguments.items() if name in known}

    def answer(*shown: torch.Tensor) -> Rows:
        with torch.inference_mode():
            found: Any = module(*shown, **chosen)
        return np.asarray((found[0] if isinstance(found, list | tuple) else found).float().numpy())

    return answer


def _onnx(file: Path) -> Callable[..., Rows]:
    run = open_graph(file)
    return lambda *shown: np.asarray(run(*(each.numpy() for each in shown)), np.float32)
