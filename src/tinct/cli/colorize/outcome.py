"""What became of each photo of a run, and how that is counted and printed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COLOURED, KEPT, COPIED, SKIPPED, FAILED, PLANNED = (
    "coloured", "already there", "copied", "skipped", "failed", "to be coloured",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a photo; `reason` says why it was skipped or failed, in the words of the summary or an error."""

    source: Path
    status: str
    result: Path | None = None
    reason: str = ""
    seconds: float = 0.0


def json_line(outcome: Outcome, options: Mapping[str, Any]) -> str:
    """The outcome as a JSON object on one line."""
    done = outcome.status in (COLOURED, KEPT, COPIED, PLANNED)
    return json.dumps({
        "source": str(outcome.source),
        "status": outcome.status,
        "result": str(outcome.result) if done and outcome.result else None,
        ("error" if outcome.status == FAILED else "reason"): outcome.reason or None,
        "seconds": round(outcome.seconds, 3),
        "options": options,
    })  # fmt: skip


def summary(outcomes: Sequence[Outcome], seconds: float, *, dry_run: bool = False) -> str:
    """The last line of a run: what was coloured, kept, copied, skipped and why, and what failed."""
    counts = Counter(each.status for each in outcomes)
    made = counts[PLANNED] if dry_run else counts[COLOURED]
    parts = [f"{made} photo{'s' * (made != 1)} {PLANNED if dry_run else COLOURED}"]
    parts += [f"{counts[status]} {status}" for status in (KEPT, COPIED) if counts[status]]
    if counts[SKIPPED]:
        reasons = Counter(each.reason for each in outcomes if each.status == SKIPPED)
        parts.append(f"{counts[SKIPPED]} skipped: {', '.join(f'{n} {why}' for why, n in reasons.items())}")
    if counts[FAILED]:
        parts.append(f"{counts[FAILED]} failed")
    made_one = [each for each in outcomes if each.status == COLOURED]
    where = f": {made_one[0].result}" if len(outcomes) == len(made_one) == 1 else ""
    return f"{', '.join(parts)} in {seconds:.1f} s{where}"


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """1 if a photo failed, or if all were skipped; else 0."""
    statuses = {each.status for each in outcomes}
    return int(FAILED in statuses or statuses == {SKIPPED})
