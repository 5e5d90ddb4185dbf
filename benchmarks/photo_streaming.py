"""Large photos: peak memory and time of read + join + write, against pyvips' own way to Lab and back.

    python benchmarks/photo_streaming.py [--megapixels 200] [--deep-megapixels 100] [--gigapixel] [--whole]

The photos are scikit-image's samples, tiled with mirroring until they are large enough, in a temporary
folder. Each piece of work runs in a process of its own, whose peak memory the system reports. ab is the answer of the
default network, which another process computes: its cost is the same for every photo. `--whole` measures instead what
the formats that are decoded whole take for a pixel, from which the limits in `tinct.photo.formats.limits` come.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyvips


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--megapixels", type=float, default=200)
    parser.add_argument("--deep-megapixels", type=float, default=100)
    parser.add_argument("--gigapixel", action="store_true", help="also a pyramidal TIFF of 1000 megapixels")
    parser.add_argument("--whole", action="store_true", help="only the formats that are decoded whole")
    parser.add_argument("--work", nargs=3, metavar=("KIND", "SOURCE", "TARGET"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        work(*given.work)
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        if given.whole:
            decoded_whole(folder)
        else:
            table(folder, given)


def table(folder: Path, given: argparse.Namespace) -> None:
    print(f"{'work':58s} {'time':>8s} {'peak memory':>12s}")
    flat = folder / "flat.jpg"
    tiled(given.megapixels).jpegsave(str(flat), Q=90)
    plain = row(f"{given.megapixels:g} MP JPEG: decode, Lab, sRGB, encode", "plain", flat, folder / "p.jpg")
    ours = row(f"{given.megapixels:g} MP JPEG -> JPEG (bar 250 MB)", "ours", flat, folder / "o.jpg")
    print(f"{'ratio of the two times (bar 1.5)':58s} {ours / plain:8.2f}")
    upright = folder / "turned.jpg"
    image = tiled(given.megapixels).copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", 6)
    image.jpegsave(str(upright), Q=90)
    row(f"{given.megapixels:g} MP JPEG, to be turned (bar 300 MB)", "ours", upright, folder / "t.jpg")
    deep = folder / "deep.tif"
    image = (tiled(given.deep_megapixels).cast("ushort") * 257).cast("ushort").copy(interpretation="grey16")
    image.tiffsave(str(deep), compression="lzw", predictor="horizontal")
    row(f"{given.deep_megapixels:g} MP 16-bit TIFF -> TIFF (bar 300 MB)", "ours", deep, folder / "o.tif")
    if given.gigapixel:
        huge = folder / "huge.tif"
        tiled(1000).tiffsave(str(huge), compression="jpeg", tile=True, pyramid=True, bigtiff=True)
        row("1000 MP pyramidal TIFF -> pyramidal TIFF", "ours", huge, folder / "o2.tif")


def decoded_whole(folder: Path) -> None:
    grey = tiled(25)
    colour = grey.bandjoin([grey.rot180(), grey.fliphor()]).copy(interpretation="srgb")
    deep = (colour.cast("ushort") * 257).cast("ushort").copy(interpretation="rgb16")
    colour.jpegsave(str(folder / "progressive.jpg"), interlace=True, subsample_mode="off")
    deep.pngsave(str(folder / "interlaced.png"), interlace=True, compression=1)
    colour.webpsave(str(folder / "in.webp"), effort=0)
    colour.heifsave(str(folder / "in.avif"), effort=0, compression="av1")
    deep.heifsave(str(folder / "deep.avif"), effort=0, compression="av1", bitdepth=12)
    for path in sorted(folder.iterdir()):
        command = [sys.executable, __file__, "--work", "pass", str(path), "-"]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        print(f"25 MP, {path.name:20s} {float(said[1]):6.0f} MB, {float(said[2]) / 25:5.1f} bytes a pixel")


def row(words: str, kind: str, source: Path, target: Path) -> float:
    """Run one piece of work in a process of its own, print what it took, return the seconds."""
    if kind == "ours":
        answer(source)
    command = [sys.executable, __file__, "--work", kind, str(source), str(target)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    seconds, megabytes = float(said[0]), float(said[1])
    print(f"{words:58s} {seconds:6.1f} s {megabytes:9.0f} MB")
    target.unlink()
    return seconds


def work(kind: str, source: str, target: str) -> None:
    start = time.perf_counter()
    if kind == "plain":
        image = pyvips.Image.new_from_file(source, access="sequential")
        image.colourspace("lab").colourspace("srgb").jpegsave(target, Q=90, subsample_mode="off")
    else:
        from tinct import photo
        from tinct.photo import reading

        photo.disable_cache()  # as the command line does

        reading._KEPT_BYTES = 64 << 20 if kind == "ours" else 0
        before = peak_megabytes()
        opened = photo.read(source, max_megapixels=2000)
        if kind == "pass":
            opened.resized_to(512)
            print(time.perf_counter() - start, peak_megabytes(), peak_megabytes() - before)
            return
        photo.network_input(opened, 320, 32)
        ab = np.load(answer_file(source))
        photo.write(opened, photo.join(opened, ab), Path(target), quality=90)
    print(time.perf_counter() - start, peak_megabytes())


def answer(source: Path) -> None:
    """Write the default network's ab for a photo beside it."""
    from tinct import photo
    from tinct.inference import decoding_for, predict
    from tinct.models.runtime import Network
    from tinct.models.store import DEFAULT_MODEL, find_model
    from tinct.options import Options

    network = Network(find_model(DEFAULT_MODEL))
    prediction = predict(network, photo.read(source, max_megapixels=2000), Options())
    np.save(answer_file(source), prediction.colours(decoding_for(Options(), network.manifest)))


def answer_file(source: str | Path) -> Path:
    """Where `answer` writes."""
    return Path(source).with_suffix(".npy")


def peak_megabytes() -> float:
    # Not ru_maxrss, which starts from the peak of the process that started this one.
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024


def tiled(megapixels: float) -> pyvips.Image:
    """Real texture of that size, grey, 3:2: a sample photo mirrored and repeated."""
    from skimage import data

    pixels = np.ascontiguousarray(data.gravel())
    tile = pyvips.Image.new_from_array(np.block([[data.camera(), pixels], [data.moon(), data.brick()]]))
    width = round((megapixels * 1.5e6) ** 0.5)
    height = round(width / 1.5)
    across, down = -(-width // tile.width), -(-height // tile.height)
    return tile.replicate(across, down).crop(0, 0, width, height).copy(interpretation="b-w")


if __name__ == "__main__":
    main()
