"""Write `docs/data/NAME.md`: what the data are, what becomes of each column, and two plots."""

import re
from collections.abc import Mapping
from io import StringIO
from typing import TYPE_CHECKING, Any

from operation.execution.new.asked import Plan
from operation.execution.new.naming import digits, words_of
from operation.execution.new.profile import Column, Table
from operation.execution.new.python_code import headline

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

PANELS = 12  # features in the second plot
ACROSS = 4
BINS = 10
SETTINGS: Any = {"svg.hashsalt": "data", "font.size": 8, "axes.spines.top": False, "axes.spines.right": False}


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
    return f"from {len(plan.features)} features" + (f" of {len(plan.raw)} tables" if len(plan.raw) > 1 else "")


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
        span = f"{_code(plan.time)} ({time.least} to {time.greatest})"
        return f"The last fifth by {span} is for testing, what is before it for training."
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
    import matplotlib as mpl

    mpl.use("Agg")
    with mpl.rc_context(SETTINGS):
        return {
            f"{plan.name}.svg": _target_plot(plan, frame),
            f"{plan.name}-features.svg": _features_plot(plan, frame),
        }


def _times(values: "pd.Series") -> "pd.Series":
    """Return days or moments as moments without a zone, which is UTC."""
    import pandas as pd

    return pd.to_datetime(values, utc=True).dt.tz_localize(None)


def _target_plot(plan: Plan, frame: "pd.DataFrame") -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 2.5), layout="constrained")
    axes = figure.subplots()
    if plan.task == "regression":
        axes.hist(frame[plan.target], bins=30, color="C0")
        axes.set_ylabel(plan.rows_are)
    elif plan.time:
        by_time = _outcome(plan, frame).groupby(_bins(_times(frame[plan.time]), 20), observed=True).mean()
        axes.plot([interval.mid for interval in by_time.index], by_time.to_numpy(), marker="o")
        axes.set_ylim(bottom=0)
        axes.set_ylabel(_label(plan))
    else:
        counts = frame[plan.target].value_counts().sort_index()
        axes.barh([str(value) for value in counts.index], counts.to_numpy(), color="C0")
        axes.set_xlabel(plan.rows_are)
    axes.set_title(words_of(plan.target), loc="left")
    return _svg(figure)


def _features_plot(plan: Plan, frame: "pd.DataFrame") -> str:
    from matplotlib.figure import Figure

    names = list(plan.features)[:PANELS]
    down = -(-len(names) // ACROSS)
    figure = Figure(figsize=(10, 2 * down), layout="constrained")
    panels = figure.subplots(down, ACROSS, squeeze=False).ravel()
    outcome = _outcome(plan, frame)
    for axes, name in zip(panels, names, strict=False):
        _panel(axes, frame[name], outcome, plan.features[name])
        axes.set_title(words_of(name)[:30], loc="left")
    for axes in panels[len(names) :]:
        axes.set_axis_off()
    figure.supylabel(_label(plan))
    return _svg(figure)


def _panel(axes: "Axes", values: "pd.Series", outcome: "pd.Series", kind: str) -> None:
    """Draw the mean outcome by the most frequent categories, or by bins of equal counts."""
    if kind == "category":
        named = values.astype("string").fillna("(empty)").str.slice(0, 12)
        kept = named.value_counts().index[:8]
        means = outcome.groupby(named).mean().reindex(kept)
        axes.bar([str(value) for value in means.index], means.to_numpy(), color="C0")
        axes.tick_params(axis="x", rotation=45)
        return
    bins = _bins(values.astype(float), BINS)
    means = outcome.groupby(bins, observed=True).mean()
    axes.plot([interval.mid for interval in means.index], means.to_numpy(), marker=".")


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


def _svg(figure: Any) -> str:
    buffer = StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"
