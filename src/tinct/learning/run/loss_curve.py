"""The loss curve of a run as an SVG."""

from __future__ import annotations

from pathlib import Path

from tinct.atomic import atomic_write_text
from tinct.learning.run.records import read_log

WIDTH, HEIGHT, MARGIN = 640, 360, 48
COLOURS = {"loss": "#8a8a8a", "val_loss": "#c2541b"}


def draw_curve(log: Path, target: Path) -> None:
    """Plot the training and validation losses of a run's log.csv against the number of samples."""
    rows = read_log(log)
    if not rows:
        return
    photos = [row["photos"] for row in rows]
    lines = {name: [row[name] for row in rows] for name in COLOURS}
    low, high = (pick(value for values in lines.values() for value in values) for pick in (min, max))
    across, up = max(photos) or 1.0, (high - low) or 1.0

    def place(seen: float, loss: float) -> str:
        x = MARGIN + (WIDTH - 2 * MARGIN) * seen / across
        return f"{x:.1f},{HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (loss - low) / up:.1f}"

    drawn = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-size="12">']
    drawn.append(f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>')
    for number, (name, values) in enumerate(lines.items()):
        points = " ".join(place(seen, loss) for seen, loss in zip(photos, values, strict=True))
        drawn.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>')
        drawn.append(f'<text x="{MARGIN + 120 * number}" y="24" fill="{COLOURS[name]}">{name}</text>')
    for value in (low, high):
        height = float(place(0, value).split(",")[1])
        drawn.append(f'<text x="4" y="{height + 4:.1f}">{value:.3g}</text>')
    drawn.append(
        f'<text x="{WIDTH - MARGIN}" y="{HEIGHT - 16}" text-anchor="end">{across:,.0f} samples</text></svg>'
    )
    atomic_write_text(target, "\n".join(drawn) + "\n")
