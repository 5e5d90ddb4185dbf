"""The HTML of a report: a page that needs no script, font or file from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from tinct.version import __version__

_STYLE = """
:root { color-scheme: light dark; --ink: #222; --soft: #666; --line: #ddd; --paper: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e6e6; --soft: #a0a0a0; --line: #444; --paper: #1b1b1b } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 84rem;
  margin: 2rem auto; padding: 0 1.5rem }
h1 { font-weight: 600; line-height: 1.2 } a { color: inherit } nav { margin: 1rem 0 }
table { border-collapse: collapse } th, td { text-align: left; padding: .3rem 1.5rem .3rem 0; vertical-align: top;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere }
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(22rem, 1fr)); gap: 1.5rem }
figure { margin: 0 } .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 4px; align-items: start }
img { width: 100%; height: auto; display: block }
figcaption, footer, .none { color: var(--soft); font-size: .85rem; overflow-wrap: anywhere }
footer { margin-top: 2rem }
td.number { text-align: right; font-variant-numeric: tabular-nums }
.facts { display: flex; flex-wrap: wrap; gap: 1rem 4rem; align-items: start; margin: 1.5rem 0 2rem }
h2 { font-weight: 600; font-size: 1.2rem; margin: 2rem 0 1rem } ul { padding-left: 1.2rem }
"""


def page(
    title: str, body: str, names: Sequence[str] = (), number: int = 0, *, overview: str = "index.html"
) -> str:
    """A whole page. names: of all pages of its kind, of which it is the one at `number`. overview: none if empty."""
    links = [f'<a href="{overview}">overview</a>'] if overview else []
    links += [f'<a rel="prev" href="{names[number - 1]}">previous</a>'] if number > 0 else []
    links += [f'<a rel="next" href="{names[number + 1]}">next</a>'] if number + 1 < len(names) else []
    nav = f"<nav>{' · '.join(links)}</nav>" if links else ""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{escape(title)}</title><style>{_STYLE}</style></head><body>
<h1>{escape(title)}</h1>{nav}
{body}
{nav}<footer>tinct {escape(__version__)}, <code>tinct archive report</code></footer></body></html>
"""


def figures(rows: Iterable[tuple[str, str]]) -> str:
    """A table of names and figures, which are HTML."""
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td class="number">{figure}</td></tr>'
        for name, figure in rows
    )
    return f"<table><tbody>{body}</tbody></table>"


def in_bytes(number: int) -> str:
    """A size for people, in decimal units."""
    size = float(number)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are HTML."""
    first = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{first}</tr></thead><tbody>{body}</tbody></table>"
