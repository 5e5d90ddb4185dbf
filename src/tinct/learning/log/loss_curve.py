"""The loss curve of a run as an SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from tinct.atomic import atomic_write_text
from tinct.learning.log.records import read_log

WIDTH, HEIGHT, MARGIN = 640, 360, 48
COLOURS = {"loss": "#8a8a8a", "val_loss": "#c2541b"}
GREY = "#4a4a4a"
# Logarithmic axes have ticks at these multiples of powers of ten.
TICKS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)

Row = dict[str, float]


def draw_curve(log: Path, target: Path) -> None:
    """Plot training and validation losses of a run's log.csv against the number of samples, on a logarithmic scale
    unless one is negative; a dashed line is the loss of grey, a dot the lowest validation loss.
    """
    rows = read_log(log)
    if rows:
        atomic_write_text(target, curve(rows))


def curve(rows: Sequence[Row]) -> str:
    """The SVG of the rows of a log."""
    across = max(row["photos"] for row in rows) or 1.0
    grey = rows[-1]["grey_loss"]
    known = [row[name] for row in rows for name in COLOURS] + [grey]
    known = [value for value in known if math.isfinite(value)] or [1.0]
    logarithmic = min(known) > 0
    scaled: Callable[[float], float] = math.log if logarithmic else float
    low, high = scaled(min(known)), scaled(max(known))
    low, high = (low, high) if high - low > 1e-3 else (low - 0.05, high + 0.05)

    def x(samples: float) -> float:
        return MARGIN + (WIDTH - 2 * MARGIN) * samples / across

    def y(loss: float) -> float:
        return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (scaled(loss) - low) / (high - low)

    drawn = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-size="12">']
    drawn.append(f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>')
    ticks = [math.exp(low), *_ticks(low, high), math.exp(high)] if logarithmic else [low, high]
    for value in ticks:
        drawn.append(f'<text x="4" y="{y(value) + 4:.1f}">{value:.3g}</text>')
        drawn.append(f'<path d="M{MARGIN},{y(value):.1f}H{WIDTH - MARGIN}" stroke="#e4e4e4"/>')
    for number, (name, colour) in enumerate(COLOURS.items()):
        places = [(row["photos"], row[name]) for row in rows if math.isfinite(row[name])]
        points = " ".join(f"{x(samples):.1f},{y(loss):.1f}" for samples, loss in places)
        drawn.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn.append(f'<text x="{MARGIN + 90 * number}" y="24" fill="{colour}">{name}</text>')
    validated = [row for row in rows if math.isfinite(row["val_loss"])]
    if validated:
        best = min(validated, key=lambda row: row["val_loss"])
        drawn.append(
            f'<circle cx="{x(best["photos"]):.1f}" cy="{y(best["val_loss"]):.1f}" r="4" fill="{COLOURS["val_loss"]}">'
            f"<title>lowest validation loss {best['val_loss']:g}, kept as best.ckpt</title></circle>"
        )
    if math.isfinite(grey):
        drawn.append(
            f'<path d="M{MARGIN},{y(grey):.1f}H{WIDTH - MARGIN}" stroke="{GREY}" stroke-dasharray="6 4"/>'
        )
        drawn.append(f'<text x="{MARGIN + 180}" y="24" fill="{GREY}">grey (dashed)</text>')
    drawn.append(
        f'<text x="{WIDTH - MARGIN}" y="{HEIGHT - 16}" text-anchor="end">{across:,.0f} samples'
        + "; losses on a logarithmic scale" * logarithmic
        + "</text></svg>"
    )
    return "\n".join(drawn) + "\n"


def _ticks(low: float, high: float) -> list[float]:
    """Round values strictly between two logarithms, not too near to them or to one another."""
    found: list[float] = []
    for power in range(math.floor(low / math.log(10)), math.ceil(high / math.log(10)) + 1):
        for tick in TICKS:
            place = math.log(tick * 10.0**power)
            apart = 0.08 * (high - low)
            near = found and place - math.log(found[-1]) < apart
            if low + apart < place < high - apart and not near:
                found.append(tick * 10.0**power)
    return found
