"""Memory of this machine and of its processes, where the system tells it (Linux)."""

from __future__ import annotations

from pathlib import Path

_PAGE = 4096


def resident_mb(pid: int) -> float:
    """Resident memory of a process in MB; 0 if it is not known."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE / 1e6
    except (OSError, IndexError, ValueError):
        return 0.0


def available_mb() -> float:
    """Memory that new work could take, in MB: the least of machine and control group; infinite if not known."""
    found = [_machine(), _control_group()]
    return min(found)


def _machine() -> float:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration, ValueError):
        return float("inf")


def _control_group() -> float:
    root = Path("/sys/fs/cgroup")
    try:
        limit = (root / "memory.max").read_text().strip()
        if limit == "max":
            return float("inf")
        used = int((root / "memory.current").read_text())
        facts = dict(line.split() for line in (root / "memory.stat").read_text().splitlines())
        return (int(limit) - used + int(facts.get("inactive_file", 0))) / 1e6
    except (OSError, ValueError):
        return float("inf")
