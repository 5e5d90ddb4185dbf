"""A self-contained HTML report: figures of models and photos."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

from tinct import photo
from tinct.evaluation.evaluate import ColorizePixels, Evaluation, to_grey
from tinct.evaluation.metrics import Pixels
from tinct.evaluation.sheet import select_photos
from tinct.evaluation.table import Summary, lines, rows
from tinct.photo.drawing import picture
from tinct.photo.writing import atomic_write
from tinct.version import __version__

GREY = "grey"
SIDE = 320
QUALITY = 80
HEADINGS = {"best": "Best", "median": "Median", "worst": "Worst"}
BEST = "Green: the best of a row."
STYLE = """
:root { color-scheme: light dark; --ink: #222; --soft: #666; --line: #ddd; --best: #0a6b3d; --paper: #fff }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6e6; --soft: #a0a0a0; --line: #444; --best: #6fd6a0; --paper: #1b1b1b } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 76rem; margin: 2rem auto; padding: 0 1.5rem }
h1, h2 { font-weight: 600; line-height: 1.2 }
p, figcaption, td.about { color: var(--soft) }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .35rem 1rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
th { font-weight: 600; white-space: nowrap } td.value { font-variant-numeric: tabular-nums; white-space: nowrap }
td.value small { color: var(--soft) } td.best { color: var(--best); font-weight: 600 }
td.about { font-size: .85rem; min-width: 16rem }
.row { display: grid; grid-auto-flow: column; grid-auto-columns: minmax(9rem, 20rem); gap: .75rem; margin: 0 0 1.25rem;
  overflow-x: auto }
figure { margin: 0 } img { width: 100%; height: auto; display: block }
figcaption { font-size: .85rem; overflow-wrap: anywhere }
"""


def write_report(
    evaluations: Sequence[Evaluation],
    colours: Sequence[ColorizePixels],
    photos: Sequence[tuple[str, bytes]],
    target: Path,
) -> None:
    """Write `target`, HTML: a table with 95 % intervals, and the best, median and worst photos of the first
    model.

    evaluations and colours: of the same models, in the same order. PhotoError if the file cannot be written.
    """
    page = report(evaluations, colours, photos)
    with atomic_write(target, overwrite=True) as part:
        part.write_text(page, encoding="utf-8")


def report(
    evaluations: Sequence[Evaluation], colours: Sequence[ColorizePixels], photos: Sequence[tuple[str, bytes]]
) -> str:
    """The page that `write_report` writes."""
    summaries = [each.summary() for each in evaluations]
    names = " and ".join(each.model for each in evaluations)
    first = evaluations[0]
    groups = [
        f"<h2>{HEADINGS[group]}</h2>"
        + "".join(_photo(evaluations, colours, index, photos[index][1]) for index in indices)
        for group, indices in select_photos(first).items()
        if indices
    ]
    notes = "".join(f"<li>{escape(line)}</li>" for each in summaries for line in lines(each))
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{escape(names)} on {len(first.photos)} photos</title><style>{STYLE}</style></head><body>
<h1>Evaluation of {escape(names)}</h1>
<p>{len(first.photos)} photos were reduced to their lightness, coloured from it alone and compared with the originals.
Many colours can be right for a grey photo, so no single figure is a score: read similarity (PSNR, CIEDE2000) and
colourfulness together, beside a baseline that adds no colour, and look at the photos. In brackets: the 95 % confidence
interval of the mean. {BEST if len(summaries) > 1 else ""}</p>
<div class="scroll">{_table(summaries)}</div>
<p>The photos below are selected by the CIEDE2000 of {escape(first.model)}.</p>
{"".join(groups)}
<h2>Method</h2><ul>{notes}</ul>
<p>tinct {escape(__version__)}, <code>tinct evaluate</code>.</p>
</body></html>
"""


def _table(summaries: Sequence[Summary]) -> str:
    head = "".join(f'<th scope="col">{escape(str(each["model"]))}</th>' for each in summaries)
    body = []
    for row in rows(summaries):
        cells = "".join(_cell(cell, best) for cell, best in zip(row.cells, row.best, strict=True))
        body.append(
            f'<tr><th scope="row">{escape(row.label)}</th>{cells}<td class="about">{escape(row.about)}</td></tr>'
        )
    return f"<table><thead><tr><th></th>{head}<th></th></tr></thead><tbody>{''.join(body)}</tbody></table>"


def _cell(cell: str, best: bool) -> str:
    value, _, edges = cell.partition(" (")
    small = f" <small>({escape(edges)}</small>" if edges else ""
    return f'<td class="value{" best" if best else ""}">{escape(value)}{small}</td>'


def _photo(
    evaluations: Sequence[Evaluation], colours: Sequence[ColorizePixels], index: int, data: bytes
) -> str:
    name = evaluations[0].names[index]
    truth = photo.decode_srgb(data, name=name)
    lightness = to_grey(truth)
    plain = [] if GREY in {each.model for each in evaluations} else [_figure(lightness, "grey")]
    shown = [
        _figure(colour(lightness), f"{evaluation.model}, CIEDE2000 {evaluation.photos[index].ciede2000:.1f}")
        for evaluation, colour in zip(evaluations, colours, strict=True)
    ]
    return f'<div class="row">{"".join([*plain, *shown, _figure(truth, f"original, {name}")])}</div>'


def _figure(pixels: Pixels, caption: str) -> str:
    data = base64.b64encode(picture(pixels).thumbnail_image(SIDE, size="down").jpegsave_buffer(Q=QUALITY))
    source = f"data:image/jpeg;base64,{data.decode()}"
    return f'<figure><img alt="{escape(caption)}" src="{source}"><figcaption>{escape(caption)}</figcaption></figure>'
