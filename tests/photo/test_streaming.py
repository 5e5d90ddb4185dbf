"""Large photos pass in strips: memory does not grow with them."""

import subprocess
import sys
from pathlib import Path

import pytest
import pyvips
from skimage import data

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "photo_streaming.py"


def peak(source: Path, target: Path) -> float:
    command = [sys.executable, str(BENCHMARK), "--work", "ours", str(source), str(target)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[1])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("suffix", "turned"), [("jpg", False), ("tif", False), ("png", False), ("jpg", True)]
)
def test_100_megapixels_need_less_than_300_megabytes(tmp_path: Path, suffix: str, turned: bool) -> None:
    tile = pyvips.Image.new_from_array(data.camera())
    large = tile.replicate(24, 16)
    if suffix != "jpg":
        large = (large.cast("ushort") * 257).cast("ushort").copy(interpretation="grey16")
    if turned:
        large = large.copy()
        large.set_type(pyvips.GValue.gint_type, "orientation", 6)
    large.write_to_file(f"{tmp_path}/in.{suffix}")
    assert peak(tmp_path / f"in.{suffix}", tmp_path / f"out.{suffix}") < 300
    written = pyvips.Image.new_from_file(f"{tmp_path}/out.{suffix}")
    size = (written.height, written.width) if turned else (written.width, written.height)
    assert (*size, written.bands) == (24 * 512, 16 * 512, 3)
