"""Write `docs/data/NAME.md`: what the data are, what becomes of each column, and two plots."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from operation.console import counted
from operation.execution.new.asked import Plan
from operation.execution.new.naming import digits, words_of
from operation.execution.new.profile import Column, Table
from operation.execution.new.python_code import headline
from operation.execution.pages import svg
from operation.execution.pages.svg import Axis, Line, Row

if TYPE_CHECKING:
    import pandas as pd

PANELS = 12  # features in the second plot
BINS = 10
MOST_BARS = 8  # classes, beside one another
SHORT = timedelta(days=100)  # in which a day says more than its year


def page(plan: Plan, tables: Mapping[str, Table], prepared: Table) -> str:
    """Return the page."""
    left_out = "".join(f"| {_code(name)} | {_cell(reason)} |\n" for name, reason in plan.left_out.items())
    sections = [_table(plan, tables[name]) for name in plan.raw]
    return f"""# The data of {plan.name}

{_capital(headline(plan))}, {_moment(plan)}.
`invoke new` has written this page from {tables[plan.main].rows:,} rows; from here on it is yours to change.

## Target and split
{_target(plan, tables[plan.main].columns[plan.target])}

{_split(plan, prepared)}

![The target]({plan.name}.svg)

## Features
![The target by feature]({plan.name}-features.svg)

{"".join(sections)}## Left out
| column or table | because it |
|---|---|
{left_out or "| nothing | |" + chr(10)}"""


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _moment(plan: Plan) -> str:
    features = counted(len(plan.features), "feature")
    return f"from {features}" + (f" of {len(plan.raw)} tables" if len(plan.raw) > 1 else "")


def _target(plan: Plan, column: Column) -> str:
    name, rows = (
        _code(plan.target),
        f"{column.filled:,} rows have an outcome, {column.nulls:,} have none and are left out.",
    )
    if plan.task == "binary":
        share = dict(column.top)[plan.positive] / column.filled
        return f"{name} is {_cell(str(plan.positive))} in {share:.1%} of the rows: that is the event. {rows}"
    if plan.task == "multiclass":
        counts = ", ".join(f"{_cell(_shown(value))} ({count / column.filled:.1%})" for value, count in column.top)
        return f"{name} is one of {counts}. {rows}"
    return (
        f"{name} is from {digits(column.least)} to {digits(column.greatest)}, {digits(column.mean)} on average. {rows}"
    )


def _split(plan: Plan, prepared: Table) -> str:
    if plan.time:
        time = prepared.columns[plan.time]
        span = f"{_code(plan.time)} is from {time.least} to {time.greatest}"
        return f"{span}. The last fifth of the rows is for testing, what is before it for training."
    if plan.group:
        groups = prepared.columns[plan.group].distinct
        return f"A fifth of the {groups:,} values of {_code(plan.group)}, with all of their rows, is for testing."
    return "A fifth of the rows, drawn at random, is for testing."


def _table(plan: Plan, table: Table) -> str:
    sampled = f" The numbers are those of an even sample of {table.read:,} rows." if table.sampled else ""
    rows = "".join(_row(plan, column) for column in table.columns.values())
    return f"""### {table.name}
{table.rows:,} rows.{sampled}

| column | role | type | empty | different | values |
|---|---|---|---|---|---|
{rows}
"""


def _row(plan: Plan, column: Column) -> str:
    """Return a line of the table; values of which each row has its own may be about people, and are not shown."""
    kind = f"text, {column.date_format}" if column.date_format else column.kind
    empty = f"{column.nulls / column.rows:.1%}" if column.nulls else "0"
    cells = [_code(column.name), _role(plan, column.name), kind, empty, f"{column.distinct:,}", _values(plan, column)]
    return f"| {' | '.join(cells)} |\n"


def _role(plan: Plan, name: str) -> str:
    roles = {plan.time: "time", plan.group: "group", plan.target: "target", **dict.fromkeys(plan.keys, "key")}
    return plan.features.get(name) or roles.get(name) or "left out"


def _values(plan: Plan, column: Column) -> str:
    if column.quantiles and column.distinct > 2:
        return f"{digits(column.least)} to {digits(column.greatest)}, median {digits(column.quantiles[3])}"
    if column.least is not None and not column.quantiles:
        return f"{column.least} to {column.greatest}"
    if column.distinct > column.filled / 2 or column.name in plan.identity or column.words > 3:
        return "not shown"
    shown = ", ".join(_cell(_shown(value)) for value, _ in column.top[:5])
    return shown + (", ..." if column.distinct > 5 else "")


def _shown(value: Any) -> str:
    written = digits(value) if isinstance(value, float) else str(value)
    return written if len(written) <= 40 else f"{written[:37]}..."


def _cell(written: str) -> str:
    """Write text for a cell of a table, where bars and what looks like markup would do harm."""
    return re.sub(r"([\\|`*_<>\[\]])", r"\\\1", " ".join(written.split()))


def _code(name: str) -> str:
    return f"`{name}`" if re.fullmatch(r"\w+", name) else _cell(name)


def plots(plan: Plan, frame: "pd.DataFrame") -> dict[str, str]:
    """Return two plots as SVG, by the names of their files: the target, and what it does by feature."""
    outcome = _outcome(plan, frame)
    names = list(plan.features)[:PANELS]
    panels = [_panel(plan, name, frame[name], outcome) for name in names]
    drawn = {
        f"{plan.name}.svg": svg.grid([_target_plot(plan, frame, outcome)]),
        f"{plan.name}-features.svg": svg.grid(panels),
    }
    return {name: f"{plot}\n" for name, plot in drawn.items()}


def _target_plot(plan: Plan, frame: "pd.DataFrame", outcome: "pd.Series") -> str:
    title = words_of(plan.target)
    if plan.task == "regression":
        counts, edges = np.histogram(outcome.dropna(), bins=30)
        points = [*zip((edges[:-1] + edges[1:]) / 2, counts.tolist(), strict=True)]
        up = Axis(plan.rows_are, 0, counts.max() * 1.06)
        return svg.line_chart(title, [Line("", points)], svg.axis_for(_label(plan), edges.tolist()), up)
    if plan.time:
        by_time = outcome.groupby(_bins(_times(frame[plan.time]), 20), observed=True).mean()
        days = [interval.mid for interval in by_time.index]
        form = "%b %Y" if days[-1] - days[0] > SHORT else "%b %d"
        named = [f"{day:{form}}" if place % 4 == 0 else "" for place, day in enumerate(days)]
        across = Axis(words_of(plan.time), -0.5, len(days) - 0.5, names=named)
        up = Axis(_label(plan), 0, max(by_time) * 1.06 or 1, _is_share(plan))
        return svg.line_chart(title, [Line("", [*enumerate(by_time)], marks=True)], across, up)
    counted = frame[plan.target].value_counts().sort_index()
    classes, rows = [str(value) for value in counted.index], counted.tolist()
    if len(rows) > MOST_BARS:
        return svg.row_chart(title, plan.rows_are, [*map(Row, classes, rows)])
    return svg.bar_chart(title, plan.rows_are, classes, rows)


def _panel(plan: Plan, name: str, values: "pd.Series", outcome: "pd.Series") -> str:
    """Draw the mean outcome by the most frequent categories, or by bins of equal counts."""
    title, share = words_of(name), _is_share(plan)
    if plan.features[name] == "category":
        named = values.astype("string").fillna("(empty)")
        means = outcome.groupby(named).mean().reindex(named.value_counts().index[:8])
        rows = [Row(str(value), mean) for value, mean in means.items()]
        whole = outcome.mean()
        return svg.row_chart(title, _label(plan), rows, (whole, f"all {plan.rows_are}"), share)
    means = outcome.groupby(_bins(values.astype(float), BINS), observed=True).mean()
    points = [(interval.mid, mean) for interval, mean in means.items()]
    if not points:
        return svg.row_chart(title, _label(plan), [Row("(empty)", outcome.mean())], share=share)
    across = svg.axis_for(title, [place for place, _ in points])
    up = svg.axis_for(_label(plan), [mean for _, mean in points], share)
    return svg.line_chart(title, [Line("", points, marks=True)], across, up)


def _times(values: "pd.Series") -> "pd.Series":
    """Return days or moments as moments without a zone, which is UTC."""
    import pandas as pd

    return pd.to_datetime(values, utc=True).dt.tz_localize(None)


def _bins(values: "pd.Series", count: int) -> "pd.Series":
    import pandas as pd

    return (
        pd.qcut(values, count, duplicates="drop")
        if values.nunique() > count
        else pd.cut(values, max(1, values.nunique()))
    )


def _outcome(plan: Plan, frame: "pd.DataFrame") -> "pd.Series":
    """Return a number for each row: the target, or whether it is the most frequent class."""
    target = frame[plan.target]
    return (
        (target == target.value_counts().index[0]).astype(float) if plan.task == "multiclass" else target.astype(float)
    )


def _label(plan: Plan) -> str:
    if plan.task == "multiclass":
        return "share of the largest class"
    return f"share {plan.event}" if plan.task == "binary" else f"mean {plan.event}"


def _is_share(plan: Plan) -> bool:
    return plan.task != "regression"
