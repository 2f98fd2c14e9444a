"""Write explanations as a page with a plot for each row, and each plot as a file of its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from operation.execution.configuration.declared import target_of, words_of
from operation.execution.configuration.sections import Configuration
from operation.execution.pages import html, svg
from operation.execution.pages.svg import Row

PLOTTED = 10  # features of a plot; the others are one bar
PAGE = "index.html"


def write_explanations(configuration: Configuration, folder: Path, name: str, document: Mapping[str, Any]) -> None:
    """Write `index.html` and a `row-N.svg` for each row into the folder."""
    words = words_of(configuration.use_case, configuration.scripts)
    units, is_share = configuration.card.units, document["task"] != "regression"
    target = target_of(configuration.use_case, configuration.scripts)
    event = words.event if is_share or target not in units else f"{words.event} ({units[target]})"
    parts = [_head(name, document["background_rows"])]
    for place, row in enumerate(document["rows"], start=1):
        drawn = draw_row(row, place, event, units, is_share)
        (folder / f"row-{place}.svg").write_text(drawn, encoding="utf-8")
        keys = describe_row(row)[0]
        title = f"Row {place}{f': {keys}' if keys else ''}"
        parts.append(html.section(title, _said(row, words.event), html.charts(drawn), _table(row)))
    html.write_page(folder / PAGE, f"Explanations: {name}", parts)


def _head(name: str, rows: int) -> str:
    words = (
        f"A bar says how far a feature's value moves the prediction from the average of {rows} test rows; all bars add "
        "up to the difference. Values that go together share what they do. It explains the model, not the world: a bar "
        "does not name a cause."
    )
    return f"<h1>Why these predictions</h1>{html.paragraph(name, 'lead')}{html.paragraph(words, 'faint')}"


def draw_row(row: Mapping[str, Any], place: int, event: str, units: Mapping[str, str], is_share: bool) -> str:
    """Draw how each feature moves the prediction, those that move it most first."""
    found = row["contributions"]
    shown = [Row(_named(each, units), each["contribution"]) for each in found[:PLOTTED]]
    rest = found[PLOTTED:]
    if rest:
        shown.append(Row(f"{len(rest)} other features", sum(each["contribution"] for each in rest)))
    what = f"probability of {row.get('class', event)} by percentage points" if is_share else event
    title = f"Row {place}: {number(row['prediction'], is_share)}, average {number(row['average'], is_share)}"
    return svg.effect_chart(title, f"moves the {svg.shorten(what, 58)}", shown, is_share)


def describe_row(row: Mapping[str, Any]) -> list[str]:
    """Return the row's keys, its prediction and the average, as text."""
    keys = ", ".join(f"{name} {_short(value)}" for name, value in row["keys"].items())
    what = f" ({row['class']})" if "class" in row else ""
    return [keys, f"{row['prediction']:.4g}{what}", f"{row['average']:.4g}"]


def _short(value: str | None) -> str:
    """Shorten a moment on the hour."""
    return "missing" if value is None else value.removesuffix(".000000").removesuffix("T00:00:00")


def main_reasons(row: Mapping[str, Any], count: int) -> str:
    """Name the features that move the prediction most, with their values."""
    return ", ".join(
        f"{each['feature']} {_value(each)} ({each['contribution']:+.3g})" for each in row["contributions"][:count]
    )


def number(value: float, is_share: bool) -> str:
    """Write a prediction; a probability in per cent."""
    return f"{100 * value:.1f} %" if is_share else f"{value:,.4g}"


def _said(row: Mapping[str, Any], event: str) -> str:
    more = row["prediction"] > row["average"]
    pushing = [each for each in row["contributions"] if (each["contribution"] > 0) == more][:3]
    names = ", ".join(f"{each['feature']} {_value(each)}" for each in pushing)
    side = "above" if more else "below"
    subject = f"The probability of {row['class']}" if "class" in row else f"The prediction ({event})"
    return html.paragraph(
        f"{subject} is {row['prediction']:.4g}, {side} the average of {row['average']:.4g}, mostly for {names}."
    )


def _table(row: Mapping[str, Any]) -> str:
    lines = [
        [each["feature"], _value(each), f"{each['contribution']:+.4g}", f"{each['error']:.2g}"]
        for each in row["contributions"]
    ]
    table = html.table(["feature", "value", "moves it by", "chance error"], lines, (0,))
    return f"<details><summary>All features</summary>{table}</details>"


def _named(each: Mapping[str, Any], units: Mapping[str, str]) -> str:
    unit = units.get(each["feature"], "")
    short = f" {unit}" if unit and len(unit) <= 7 else ""
    return f"{each['feature']} = {_value(each)}{short}"


def _value(each: Mapping[str, Any]) -> str:
    """Shorten a number that has many digits; a value that is not known is missing."""
    if each["value"] is None:
        return "missing"
    try:
        return f"{float(each['value']):,.4g}" if len(each["value"]) > 6 else str(each["value"])
    except ValueError:
        return svg.shorten(str(each["value"]), 20)
