"""Networks as data: how long describing (without torch) and building takes, and the forward pass of each.

    python benchmarks/networks.py [--size 256]

Describing is timed as a user meets it, a fresh process from the command to its end, beside an empty
Python process; building in one warm process.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from statistics import median
from time import perf_counter

from tinct.networks.arithmetic import measure
from tinct.networks.parse import catalog_names, find_network

RUNS = 7


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=256)
    size = parser.parse_args().size
    empty = process("pass")
    largest = max(catalog_names(), key=lambda name: measure(find_network(name)).parameters)
    described = process(f"from tinct.cli.app import main; main(['networks', 'describe', {largest!r}])")
    print(f"python -c pass                     {empty:6.3f} s")
    print(
        f"tinct networks describe {largest:10} {described:6.3f} s (bar 0.3), {described / empty:.1f} times that"
    )
    from tinct.networks.build import build
    from tinct.networks.inspection import seconds_per_photo

    print(f"\n{'network':22} {'parameters':>10} {'build':>9} {'one photo of ' + str(size):>20}")
    for name in catalog_names():
        network = find_network(name)
        start = perf_counter()
        module = build(network).eval()
        built = perf_counter() - start
        forward = seconds_per_photo(module, size, size, runs=3)
        print(f"{name:22} {measure(network).parameters:10,} {built:7.3f} s {1000 * forward:17.1f} ms")
    print("\nbar for building: 2 s")


def process(code: str) -> float:
    """The median time of a fresh Python process running `code`, in seconds."""
    times = []
    for _ in range(RUNS):
        start = perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
        times.append(perf_counter() - start)
    return median(times)


if __name__ == "__main__":
    main()
