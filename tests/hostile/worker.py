"""Colours every file of a folder by its path and by its bytes, and prints what happened as JSON lines."""

import json
import sys
import time
from pathlib import Path

import numpy as np

from tinct import photo
from tinct.errors import PhotoError


def outcome(source: Path | bytes, target: Path) -> str:
    try:
        opened = photo.read(source)
        small = photo.network_input(opened, 64, 32)
        ab = np.full((2, small.shape[0] // 4, small.shape[1] // 4), 9, np.float32)
        image = photo.join(opened, ab)
        if isinstance(source, bytes):
            photo.to_bytes(opened, image)
        else:
            photo.write(opened, image, target)
            back = photo.read(target)
            assert (back.width, back.height) == (opened.width, opened.height)
            assert np.isfinite(back.lightness.avg())
    except PhotoError as fault:
        return str(fault)
    return "coloured"


def main(folder: Path, out: Path) -> None:
    photo.disable_cache()  # as the command line does
    for path in sorted(folder.iterdir()):
        print(json.dumps({"begins": path.name}), flush=True)
        start = time.perf_counter()
        by_path = outcome(path, out / f"{path.stem}.png")
        of_bytes = outcome(path.read_bytes(), out)
        seconds = time.perf_counter() - start
        # Not ru_maxrss, which starts from the peak of the process that started this one.
        peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
        facts = {"name": path.name, "path": by_path, "bytes": of_bytes, "seconds": seconds, "megabytes": peak}
        print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
