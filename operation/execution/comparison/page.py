"""Write a comparison of two runs as a page: what differs, metrics with paired intervals, slices, plots side by side."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from operation.execution.comparison.changes import Change, Compared
from operation.execution.pages import html, svg
from operation.execution.pages.svg import Row
from operation.execution.registration.card_words import number

PAGE = "index.html"
TOO_FEW = "too few rows"


def write_comparison(folder: Path, found: Compared) -> None:
    """Write `index.html`, which opens offline."""
    names = [found.first.id, found.second.id]
    parts = [
        f"<h1>{html.text(names[0])} and {html.text(names[1])}</h1>",
        html.section("Metrics", _metrics(found, names)),
        html.section("Slices", *_slices(found, names)),
        html.section("Configuration", _changes(found.configuration, names)),
        html.section("Data", _changes(found.data, names)),
        html.section("Code", html.code(found.code)),
        html.section("Packages, interpreter, seed", _changes(found.environment, names)),
        html.section("Plots side by side", *_plots(found)),
    ]
    html.write_page(folder / PAGE, f"{names[0]} and {names[1]}", parts)


def _changes(listed: Sequence[Change], names: Sequence[str]) -> str:
    if not listed:
        return html.paragraph("The same.")
    rows = [[each.name, each.first, each.second] for each in listed]
    return html.table(["", *names], rows, (0, 1, 2))


def _metrics(found: Compared, names: Sequence[str]) -> str:
    if "impossible" in found.paired:
        metrics = [each.evaluation["metrics"] for each in (found.first, found.second)]
        rows = [[name, number(value), number(metrics[1].get(name))] for name, value in metrics[0].items()]
        table = html.table(["metric", *names], rows)
        return html.paragraph(f"Each on its own test rows; no paired comparison: {found.paired['impossible']}.") + table
    pairs: Mapping[str, Mapping[str, float]] = found.paired["metrics"]
    rows = [
        [
            *(name, f"{each['first']:.4f}", f"{each['second']:.4f}", f"{each['difference']:+.4f}"),
            f"{each['lower']:+.4f} to {each['upper']:+.4f}",
        ]
        for name, each in pairs.items()
    ]
    words = (
        f"On the {found.paired['rows']:,} test rows that both runs have, each model on its own features. A positive "
        f"difference means that {names[1]} is better, whatever the metric; intervals are of "
        f"{found.paired['resamples']:,} paired resamples."
    )
    confidence = f"{found.paired['confidence']:.0%} interval"
    table = html.table(["metric", *names, "difference", confidence], rows)
    chart = svg.row_chart(
        "Difference in each metric",
        f"right of 0: {svg.shorten(names[1], 24)} is better",
        [Row(name, each["difference"], (each["lower"], each["upper"])) for name, each in pairs.items()],
        (0.0, "no difference"),
    )
    return html.paragraph(words) + table + html.charts(chart)


def _slices(found: Compared, names: Sequence[str]) -> list[str]:
    parts = []
    for column, rows in found.paired.get("slices", {}).items():
        lines = [[str(row["value"]), f"{row['rows']:,}", *_slice(row)] for row in rows]
        table = html.table([column, "rows", *names, "difference"], lines)
        chart = svg.row_chart(
            f"Difference by {column}",
            f"right of 0: {svg.shorten(names[1], 24)} is better",
            [
                Row(str(row["value"]), row["gain"]["difference"], (row["gain"]["lower"], row["gain"]["upper"]))
                if row["gain"]
                else Row(str(row["value"]), None, None, f"{TOO_FEW} ({row['rows']:,})")
                for row in rows
            ],
            (0.0, "no difference"),
        )
        parts += [html.heading(f"By {column}"), html.charts(chart), table]
    return parts


def _slice(row: Mapping[str, Any]) -> list[str]:
    gain = row["gain"]
    if not gain:
        return [TOO_FEW] * 3
    return [
        f"{row['first']:.4f}",
        f"{row['second']:.4f}",
        f"{gain['difference']:+.4f} ({gain['lower']:+.4f} to {gain['upper']:+.4f})",
    ]


def _plots(found: Compared) -> list[str]:
    """Put the plots of the same name beside one another, the first run's on the left."""
    parts = []
    folders = [each.folder / "evaluation" for each in (found.first, found.second)]
    for name in sorted({file.name for folder in folders for file in folder.glob("*.png")}):
        words = Path(name).stem.replace("_", " ")
        drawn = [
            f"<figure>{html.picture(kept.folder / 'evaluation' / name, words)}"
            f"<figcaption>{html.text(kept.id)}</figcaption></figure>"
            for kept in (found.first, found.second)
            if (kept.folder / "evaluation" / name).is_file()
        ]
        parts += [html.heading(words), html.charts(*drawn)]
    return parts
