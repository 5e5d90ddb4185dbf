"""What exiftool says of photos and writes into them, for the tests of metadata."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from skimage import data

from tinct import photo

needed = pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")

PICTURE = data.camera()[100:200, 100:260]
PROVENANCE = {"model": "tiny 1.0", "seed": 3, "vividness": 1.5, "saying": 'a "quoted" <word> & more'}
IPTC = {"IPTC:By-line": "Anna", "IPTC:Caption-Abstract": "Caption", "IPTC:City": "Wien"}


def exiftool(*words: str) -> str:
    return subprocess.run(["exiftool", *words], check=True, capture_output=True, text=True).stdout


def facts(path: Path) -> dict[str, object]:
    """All that exiftool finds, by group and name."""
    return json.loads(exiftool("-json", "-a", "-G1", "-s", "-struct", str(path)))[0]


def told(path: Path, words: dict[str, str]) -> Path:
    exiftool(
        "-q", "-m", "-overwrite_original", *(f"-{name}={value}" for name, value in words.items()), str(path)
    )
    return path


def coloured(source: Path, target: Path) -> Path:
    opened = photo.read(source)
    ab = np.full((2, 8, 8), 6, np.float32)
    photo.write(opened, photo.join(opened, ab), target, provenance=PROVENANCE)
    return target
