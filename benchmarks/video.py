"""Films: consistency, shots, fidelity, speed and memory of `tinct video`, each against its bar.

    python benchmarks/video.py [--clips FOLDER] [--only WORD] [--seconds 4]

The clips are made by code from examples/: pans with known motion, cuts, dissolves, flashes, grain. --clips: a
folder with films in colour, for the rows that need real motion; their colour is dropped first. Every film is
coloured with the default network. Speeds are given as measured, and as they would be if two cores did nothing
else. --strips: a folder for frame strips of the results, to be looked at.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from film.bench import Bench
from film.color import direction, known_motion, real, residue
from film.cost import memory, speed, work
from film.fidelity import fidelity, shots

from tinct.models.runtime import Network
from tinct.models.store import DEFAULT_MODEL, find_model


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clips", type=Path, help="a folder of films in colour")
    parser.add_argument("--only", help="only the parts whose name holds this word")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of the films for speed and memory")
    parser.add_argument("--strips", type=Path, help="a folder for frame strips")
    parser.add_argument("--work", nargs=3, metavar=("SOURCE", "TARGET", "EVERY"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        work(*given.work)
        return
    parts: dict[str, Callable[[Bench], None]] = {
        "motion": known_motion,
        "dissolve": residue,
        "shots": shots,
        "direction": direction,
        "fidelity": fidelity,
        "real": lambda bench: real(bench, given.clips),
        "speed": lambda bench: speed(bench.folder, given.seconds),
        "memory": lambda bench: memory(bench.folder, given.seconds),
    }
    chosen = [part for name, part in parts.items() if given.only is None or given.only in name]
    if not chosen:
        parser.error(f"--only {given.only}: is in the name of no part; use one of {', '.join(parts)}")
    network = Network(find_model(DEFAULT_MODEL))
    print(f"{'measure':52s} {'result':>24s}   bar")
    with tempfile.TemporaryDirectory() as place:
        for part in chosen:
            part(Bench(Path(place), network, given.strips))


if __name__ == "__main__":
    main()
