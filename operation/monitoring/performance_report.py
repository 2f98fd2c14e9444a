"""Write performance by week and by slice as parts of a page, beside the registered one."""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

from operation.monitoring.intervals_chart import Point, draw, find_scale

MOST_SLICES, MOST_WEEKS = 24, 60  # of a column, the largest; and the latest: the file stays small
QUARTER = 13  # weeks that are listed at once
NAMES = {"binary": "ROC AUC", "multiclass": "Share of wrong classes", "regression": "Mean absolute error"}
FEW = "too few rows"
UNDATED = "<p class='faint'>No day of an outcome is known: all of them are one window, and nothing is by week.</p>"
Part = Mapping[str, Any]


def performance(task: str, described: Part, registered: Part | None, says: str) -> str:
    """Return performance in all and by week as a part of a page; `says` is what there is to say of its rows."""
    weeks = described["weeks"][-MOST_WEEKS:]
    known = f"Registered, on the test part: {_value(registered)}." if registered else "No registered value is known."
    better = "higher" if task == "binary" else "lower"
    return (
        f"<h2>Performance by outcomes</h2><p>{NAMES[task]} ({better} is better): "
        f"<b>{_value(_measured(described))}</b>, of {described.get('rows', 0):,.0f} predictions. {known}</p>"
        f"<p>{says}</p>"
        f"{_over_weeks(task, described, weeks, registered) if weeks else UNDATED}"
    )


def _over_weeks(task: str, described: Part, weeks: Sequence[Part], registered: Part | None) -> str:
    scale, points = find_scale(task, [*map(_measured, weeks), registered]), _points(weeks, weeks)
    left = len(described["weeks"]) - len(weeks)
    more, each = f" {left} earlier weeks are in metrics.json alone." if left else "", _each(weeks)
    rows = "".join(
        f"<tr><td><span>{week['first']}</span> to <span>{week['last']}</span></td>"
        f"<td class=n>{_value(_measured(week))}</td><td class=n>{week['rows']:,.0f}</td>"
        f"<td class=n>{week['days']}</td></tr>"
        for week in weeks
    )
    head = (
        f"<tr><th>{each.capitalize()}</th><th class=n>{NAMES[task]}</th><th class=n>Rows</th><th class=n>Days</th></tr>"
    )
    return (
        f"<div class='chart'><div class='ends'><span>{scale.high:.3g}</span><span>{scale.low:.3g}</span></div>"
        f"<div>{draw(points, scale, registered, f'{NAMES[task]} by {each}')}"
        f"<div class='days'><span>{weeks[0]['first']}</span><span>{weeks[-1]['last']}</span></div></div></div>"
        f"<p class='faint'>A dot is a {each} of the outcomes' days, with its interval of 95 %, if it has enough "
        f"predictions; the line and the band are the registered value with its interval.{more}</p>"
        f"{_fold(f'<table>{head}{rows}</table>', len(weeks), each)}"
    )


def _fold(table: str, count: int, each: str) -> str:
    """Return the table, closed if it would push all else from the page."""
    wide = f"<div class='wide'>{table}</div>"
    return wide if count <= QUARTER else f"<details><summary>All {count} {each}s</summary>{wide}</details>"


def _each(weeks: Sequence[Part]) -> str:
    """Name the parts, which are longer than weeks in a window of more than a year."""
    ends = ([date.fromisoformat(week[end]) for end in ("first", "last")] for week in weeks)
    return "week" if all((last - first).days < 7 for first, last in ends) else "period"


def slices(task: str, described: Part, registered: Part | None) -> str:
    """Return performance by slice, over the weeks if there are any, as a part of a page."""
    weeks = described["weeks"][-MOST_WEEKS:]
    found = [
        _column(task, column, lines, weeks, (registered or {}).get("slices", {}).get(column, {}))
        for column, lines in described["slices"].items()
    ]
    if described["slices_lacking"]:
        names = ", ".join(map(escape, described["slices_lacking"]))
        found.append(
            f"<p class='faint'>Not known by {names}: neither the labels nor the predictions have such a column.</p>"
        )
    return "".join(["<h2>Performance by slice</h2>", *found]) if found else ""


def _column(task: str, column: str, lines: Sequence[Part], weeks: Sequence[Part], registered: Part) -> str:
    """Draw the largest slices of a column over the weeks, all on one scale; without weeks, list them."""
    shown = sorted(sorted(lines, key=lambda line: -line["rows"])[:MOST_SLICES], key=lines.index)
    left = f" The {len(shown)} largest of {len(lines)} are shown." if len(shown) < len(lines) else ""
    title = f"<h3>By {escape(column)}</h3>"
    if not weeks:
        return f"{title}<p class='faint'>{left}</p>{_table(task, shown, registered)}"
    over = {line["value"]: [_line_of(week, column, line["value"]) for week in weeks] for line in shown}
    known = [each for value, parts in over.items() for each in (*map(_measured, parts), registered.get(value))]
    scale = find_scale(task, [*known, *map(_measured, shown)])
    figures = "".join(
        f"<figure>{draw(_points(weeks, over[line['value']]), scale, registered.get(line['value']), line['value'])}"
        f"<figcaption>{_caption(line, registered.get(line['value']))}</figcaption></figure>"
        for line in shown
    )
    return (
        f"{title}<p class='faint'>Each from {scale.low:.3g} to {scale.high:.3g}, {weeks[0]['first']} to "
        f"{weeks[-1]['last']}. A {_each(weeks)} without a dot has {FEW}.{left}</p>"
        f"<div class='grid slices'>{figures}</div>"
    )


def _line_of(week: Part, column: str, value: str) -> Part:
    return next((line for line in week["slices"][column] if line["value"] == value), {})


def _caption(line: Part, registered: Part | None) -> str:
    known = f"<br>registered {_value(registered)}" if registered else ""
    rows = f"<span class='faint'>{line['rows']:,} rows</span>"
    return f"<b>{escape(line['value'])}</b> {rows}<br>{_value(_measured(line))}{known}"


def _table(task: str, lines: Sequence[Part], registered: Part) -> str:
    rows = "".join(
        f"<tr><td>{escape(line['value'])}</td><td class=n>{_value(_measured(line))}</td>"
        f"<td class=n>{_value(registered.get(line['value']), '')}</td><td class=n>{line['rows']:,}</td></tr>"
        for line in lines
    )
    head = f"<tr><th>Slice</th><th class=n>{NAMES[task]}</th><th class=n>Registered</th><th class=n>Rows</th></tr>"
    return f"<div class='wide'><table>{head}{rows}</table></div>"


def _measured(part: Part) -> dict[str, float] | None:
    """Return value and interval of what is described; None if it has too few rows."""
    if part.get("too_few", "rows" not in part) or ("roc_auc" not in part and "low" not in part):
        return None
    return {"value": part.get("roc_auc", part["mean_error"]), "low": part["low"], "high": part["high"]}


def _points(weeks: Sequence[Part], parts: Sequence[Part]) -> list[Point]:
    """Place what is known of the weeks from 0 to 1, in the order of time; weeks without outcomes leave a gap."""
    starts = [(date.fromisoformat(week["first"]) - date.fromisoformat(weeks[0]["first"])).days // 7 for week in weeks]
    found = []
    for start, part in zip(starts, parts, strict=True):
        if measured := _measured(part):
            found.append(Point((start + 0.5) / (starts[-1] + 1), **measured))
    return found


def _value(measured: Mapping[str, Any] | None, missing: str = FEW) -> str:
    if measured is None:
        return missing
    low, high = measured["low"], measured["high"]
    return _number(measured["value"]) + (f" [{_number(low)},&nbsp;{_number(high)}]" if low is not None else "")


def _number(value: float) -> str:
    """Write three decimals; of very small or large numbers, which errors may be, four digits or whole numbers."""
    size = abs(value)
    return f"{value:.3f}" if 0.01 <= size < 1000 or not size else f"{value:.4g}" if size < 1 else f"{value:,.0f}"
