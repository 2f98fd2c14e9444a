"""Data Docs that open without a network: an index of every check, with Great Expectations' own pages as its detail.

Great Expectations' pages ask seven hosts for styles, scripts and pictures, and are blank without them; beside each site
it puts 4 MB of fonts and pictures. Here their content stays, and one small style stands in them.
"""

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operation.execution.json_files import read_json
from operation.execution.validation.failures import (
    CRITICAL,
    Result,
    describe_expected,
    describe_observed,
    find_exception,
    list_columns,
    severity_of,
)

if TYPE_CHECKING:
    from great_expectations.data_context.data_context.file_data_context import FileDataContext

INDEX = "index.html"
VALIDATIONS = "validations"  # Great Expectations' folder of pages, which lie as the results do in their store
MOST_VALUES = 5
FORMER = ("static", "expectations")  # what earlier versions of this project left there
# The colours of operation/palette.py, darkened for text on white and lightened for text on black.
STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#24292f, #e4e6ea); --paper: light-dark(#fff, #16181c);
  --faint: light-dark(#5b616b, #9aa1ad); --line: light-dark(#dfe2e7, #32363d); --band: light-dark(#f3f4f6, #22262c);
  --bad: light-dark(#a84300, #ff9a52); --good: light-dark(#00684a, #4fd1a5); --link: light-dark(#0063a0, #7cc4f2); }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto;
  padding: 1rem 1.5rem 4rem; max-width: 78rem; overflow-wrap: break-word; }
h1 { font-size: 1.4rem; } h2, h4 { font-size: 1.15rem; margin: 1.8rem 0 .3rem; } h5 { font-size: 1.05rem; }
h4, h5, h6 { margin: 1rem 0 .3rem; } a[href] { color: var(--link); } .faint, .text-muted { color: var(--faint); }
table { border-collapse: collapse; width: 100%; } .wide { overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); }
.failed, .text-danger { color: var(--bad); font-weight: 600; }
.warning, .unchecked, .text-warning { color: var(--bad); }
.met, .text-success { color: var(--good); } .status { white-space: nowrap; }
"""
# What Bootstrap and Font Awesome would do for Great Expectations' pages, as far as anybody misses it.
DETAIL_STYLE = """
nav ol, nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1rem; }
.alert { background: var(--band); padding: .4rem .8rem; margin: 1.2rem 0 .4rem; }
.badge { background: var(--band); border: 1px solid var(--line); border-radius: .2rem; padding: 0 .3rem; }
.cooltip .top, [data-toggle=collapse], .btn-group-toggle input { display: none; }
.btn { border: 1px solid var(--line); padding: .1rem .6rem; cursor: pointer; }
.btn:has(:checked) { background: var(--band); font-weight: 600; }
.fa-check-circle::before { content: "\\2714\\fe0e"; } .fa-times::before { content: "\\2718\\fe0e"; }
.fa-exclamation-triangle::before { content: "\\26a0\\fe0e"; }
body:has(#option2:checked) :is(.hide-succeeded-validation-target, :has(> .hide-succeeded-validation-target-child),
  :has(> * > .hide-succeeded-validations-column-section-target-child)) { display: none; }
"""
HEAD = re.compile(r"<head\b.*?</head>", re.DOTALL | re.IGNORECASE)
ACTIVE = re.compile(r"<(script|style|footer|iframe)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
LOADING = re.compile(r"<(?:img|link|base|meta|source|embed)\b[^>]*>", re.IGNORECASE)
# Addresses that leave the folder, or lead to pages that are not written: the suites stand in the repository.
LEADING_AWAY = re.compile(r"""\s(?:href|src)=(["'])(?:[a-z]+:|//|[^"']*/expectations/)[^"']*\1""", re.IGNORECASE)
FILTER = re.compile(r'\sonclick="[^"]*"', re.IGNORECASE)  # the style does it


@dataclass(frozen=True)
class Table:
    """What was found of a table: results as `to_json_dict` gives them, or why it is unreadable; `page` has more."""

    name: str
    results: tuple[Result, ...] = ()
    unreadable: str = ""
    page: str = ""
    when: str = ""


def write_pages(
    context: "FileDataContext", site: Mapping[str, Any], results: Path, folder: Path, unreadable: Mapping[str, str]
) -> Path:
    """Write the pages of all `results` into `folder`, by the settings of the site; return the index.

    `unreadable` are the tables without results, with the reason.
    """
    from great_expectations.render.renderer.site_builder import SiteBuilder

    builder = SiteBuilder(context, runtime_environment={"root_directory": context.root_directory}, **site)
    builder.site_section_builders[VALIDATIONS].build()  # and neither its index nor its fonts and pictures
    for page in (folder / VALIDATIONS).rglob("*.html"):
        page.write_text(offline(page.read_text(encoding="utf-8")), encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    for name in FORMER:
        shutil.rmtree(folder / name, ignore_errors=True)
    tables = [*(Table(name, unreadable=why) for name, why in unreadable.items()), *_read_tables(results, folder)]
    (folder / INDEX).write_text(index_page(tables), encoding="utf-8")
    return folder / INDEX


def offline(page: str) -> str:
    """Return a page of Great Expectations without anything that a browser would fetch or run."""
    head = f'<head><meta charset="utf-8"><title>Data Docs</title><style>{STYLE}{DETAIL_STYLE}</style></head>'
    body = HEAD.sub("", page)
    for unwanted in (ACTIVE, LOADING, LEADING_AWAY, FILTER):
        body = unwanted.sub("", body)
    return re.sub(r"<html\b[^>]*>", lambda found: f"{found.group()}\n{head}", body, count=1)


def _read_tables(results: Path, folder: Path) -> Iterator[Table]:
    """Yield the last result of each table, in the order of their names."""
    for file in sorted(results.rglob("*.json")):
        found, place = read_json(file), file.relative_to(results)
        page = Path(VALIDATIONS, place.with_suffix(".html"))
        shown = page.as_posix() if (folder / page).is_file() else ""
        run = found.get("meta", {}).get("run_id") or {}
        yield Table(
            place.parts[1],
            tuple(found["results"]),
            page=shown,
            when=str(run.get("run_time", ""))[:19].replace("T", " "),
        )


def index_page(tables: Sequence[Table]) -> str:
    """Return the page with every check of every table, those that are not met first."""
    counts = [status_of(result) for table in tables for result in table.results]
    failed, other = counts.count("failed") + sum(bool(table.unreadable) for table in tables), counts.count("warning")
    parts = [f"{failed} not met" if failed else "all critical checks met"]
    parts += [f"{other} with a warning"] if other else []
    parts += [f"{counts.count('unchecked')} could not be evaluated"] if "unchecked" in counts else []
    sections = "".join(map(_section, tables))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Data validation: {parts[0]}</title><style>{STYLE}</style></head><body><h1>Data validation: "
        f'<span class="{"failed" if failed else "met"}">{", ".join(parts)}</span></h1>{sections}</body></html>\n'
    )


def status_of(result: Result) -> str:
    """Say how a check went: met, failed, warning or unchecked."""
    if result["success"]:
        return "met"
    if find_exception(result):
        return "unchecked"
    return "failed" if severity_of(result) == CRITICAL else "warning"


ORDER = ("failed", "warning", "unchecked", "met")
WORDS = {"failed": "✘ not met", "warning": "⚠ warning", "unchecked": "? not evaluated", "met": "✔ met"}


def _section(table: Table) -> str:
    head = f"<h2>{escape(table.name)}</h2>"
    if table.unreadable:
        return f'{head}<p class="failed">✘ not readable: {escape(table.unreadable)}</p>'
    ordered = sorted(table.results, key=lambda result: (ORDER.index(status_of(result)), list_columns(result)))
    rows = "".join(map(_row, ordered))
    detail = f' <a href="{escape(table.page)}">Details by Great Expectations</a>' if table.page else ""
    return (
        f'{head}<p class="faint">{len(ordered)} checks{f", {table.when} UTC" if table.when else ""}.{detail}</p>'
        "<div class='wide'><table><tr><th>Status</th><th>Column</th><th>Check</th><th>Observed</th><th>Expected</th>"
        f"<th>Examples</th></tr>{rows}</table></div>"
    )


def _row(result: Result) -> str:
    status, kind = status_of(result), str(result["expectation_config"]["type"])
    values = result["result"].get("partial_unexpected_list", []) if status in ("failed", "warning") else []
    cells = (
        ", ".join(list_columns(result)) or "whole table",
        kind.removeprefix("expect_").replace("_", " "),
        _observed(result),
        describe_expected(result),
        ", ".join(map(str, values[:MOST_VALUES])),
    )
    shown = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr><td class="status {status}">{WORDS[status]}</td>{shown}</tr>'


def _observed(result: Result) -> str:
    details = result["result"]
    counted = details.get("unexpected_count") is not None and "partial_missing_list" not in details
    return describe_observed(result) + (" violate it" if counted and not find_exception(result) else "")
