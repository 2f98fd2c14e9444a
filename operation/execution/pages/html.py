"""Write the parts of a page: headings, tables, charts side by side, and pictures of other files within it."""

import base64
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from operation.execution.json_files import write_whole

STYLE = """
:root { --ink: #1c1e21; --faint: #5b616b; --line: #dfe2e7; --accent: #0072b2; --warm: #a84300; }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: #fff; margin: 0 auto; padding: 1.2rem;
  max-width: 72rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: .4rem 0; } h2 { font-size: 1.25rem; margin: 2.2rem 0 .5rem;
  border-top: 1px solid var(--line); padding-top: 1rem; } h3 { font-size: 1.02rem; margin: 1.2rem 0 .3rem; }
p, li { max-width: 50rem; } .faint { color: var(--faint); } .lead { font-size: 1.1rem; }
.badge { display: inline-block; padding: .1rem .6rem; border-radius: .8rem; background: var(--accent); color: #fff; }
.wide { overflow-x: auto; } table { border-collapse: collapse; margin: .4rem 0; }
th, td { text-align: left; padding: .3rem 1rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
tr.chosen td { font-weight: 600; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: 1.2rem;
  align-items: start; }
.charts svg, .charts img { width: 100%; border: 1px solid var(--line); border-radius: .3rem; }
figure { margin: 0; } figcaption { color: var(--faint); font-size: .9rem; }
pre { background: #f5f6f8; padding: .7rem 1rem; overflow-x: auto; } code { font: .92em ui-monospace, monospace; }
@media print { body { max-width: none; } h2 { break-after: avoid; } svg, img, tr { break-inside: avoid; } }
"""


def write_page(file: Path, title: str, parts: Iterable[str]) -> None:
    """Write the page, whole or not at all."""
    text = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>{''.join(parts)}</html>\n"
    )
    write_whole(file, lambda part: part.write_text(text, encoding="utf-8"))


def text(words: str) -> str:
    """Return plain text as it stands in a page."""
    return escape(words)


def section(title: str, *parts: str) -> str:
    """Return a heading and what is below it; nothing where there is nothing."""
    return f"<h2>{escape(title)}</h2>{''.join(parts)}" if any(parts) else ""


def heading(text: str) -> str:
    """Return a heading within a section."""
    return f"<h3>{escape(text)}</h3>"


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph of plain text; `kind` is a class of STYLE."""
    return f'<p class="{kind}">{escape(text)}</p>' if text else ""


def bullets(lines: Iterable[str]) -> str:
    """Return a list of plain texts."""
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def code(text: str) -> str:
    """Return lines of code."""
    return f"<pre><code>{escape(text)}</code></pre>"


def charts(*drawn: str) -> str:
    """Put charts and pictures side by side, as many as there is room for."""
    return f'<div class="charts">{"".join(drawn)}</div>' if drawn else ""


def table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], words: Sequence[int] = (0,), chosen: int | None = None
) -> str:
    """Return a table of plain texts; columns are numbers, to the right, but those whose places are in `words`."""
    kinds = ["" if place in words else ' class="n"' for place in range(len(columns))]
    head = "".join(f"<th{kind}>{escape(name)}</th>" for kind, name in zip(kinds, columns, strict=True))
    lines = [
        f"<tr{' class=chosen' if number == chosen else ''}>"
        + "".join(f"<td{kind}>{escape(cell)}</td>" for kind, cell in zip(kinds, row, strict=True))
        + "</tr>"
        for number, row in enumerate(rows)
    ]
    return f'<div class="wide"><table><tr>{head}</tr>{"".join(lines)}</table></div>'


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Return a table of two columns without a head."""
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in pairs)
    return f'<div class="wide"><table>{rows}</table></div>' if rows else ""


def picture(file: Path, words: str) -> str:
    """Return a PNG file as part of the page, with words for those who cannot see it."""
    data = base64.b64encode(file.read_bytes()).decode("ascii")
    return f'<img alt="{escape(words)}" src="data:image/png;base64,{data}">'
