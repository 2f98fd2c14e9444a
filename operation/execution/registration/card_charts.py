"""Draw the charts of a model card."""

from collections.abc import Mapping, Sequence
from typing import Any

from operation.execution.pages import svg
from operation.execution.pages.svg import Axis, Line, Row
from operation.execution.registration.card_words import ends_of, number, percent

Card = Mapping[str, Any]
TOO_FEW = "too few rows"
MOST_FEATURES = 15  # of the chart of importances
MOST_LINES = 4  # classes that a curve shows, each with a colour and a dash of its own
IN_CHARTS = ("share of alarms", "recall", "false alarm rate", "accuracy", "mean error")  # of the measures of fairness
GAPS = IN_CHARTS[:-1]


def with_unit(name: str, unit: str) -> str:
    """Write the unit behind the name, where it is known."""
    return f"{name} ({unit})" if unit else name


def calibration(card: Card) -> list[str]:
    """Draw how often what was predicted happened, and below it how many rows each point stands for."""
    bins, event = card["calibration"], card["prediction"]["event"]
    classes = bool(card.get("classes"))
    across = Axis("probability of the likeliest class" if classes else "predicted probability", 0, 1, share=True)
    up = Axis("share where it is right" if classes else svg.shorten(f"observed share of {event}", 34), 0, 1, share=True)
    points = [(each["predicted"], each["observed"]) for each in bins]
    lines = [Line("this model", points, marks=True), Line("perfect calibration", [(0.0, 0.0), (1.0, 1.0)])]
    names = [f"{100 * each['predicted']:.0f} %" for each in bins]
    counts = [each["rows"] for each in bins]
    return [
        svg.line_chart("Calibration: does what is predicted happen so often?", lines, across, up),
        svg.bar_chart("Rows behind each point", "mean predicted probability", names, counts),
    ]


def thresholds(card: Card) -> list[str]:
    """Draw precision and recall, and with costs what each threshold costs, by the share of rows that are alarms."""
    found, rows = card["thresholds"], card["prediction"]["rows_are"] or "rows"
    curve, cheapest = found["curve"], found.get("cheapest")
    across = Axis(f"alarms, share of all {rows}", 0, 1, share=True)
    mark = (cheapest["alarms"], f"cheapest: {number(cheapest['threshold'])}") if cheapest else None
    lines = [
        Line("precision: alarms with the event", [*zip(curve["alarms"], curve["precision"], strict=True)]),
        Line("recall: events with an alarm", [*zip(curve["alarms"], curve["recall"], strict=True)]),
    ]
    drawn = [svg.line_chart("Precision and recall by number of alarms", lines, across, Axis("share", 0, 1, True), mark)]
    if cheapest:
        cost = [1000 * each for each in curve["cost"]]
        without = 1000 * found["cost_without_alarms"]
        costs = [
            Line("this model", [*zip(curve["alarms"], cost, strict=True)]),
            Line("no alarms at all", [(0.0, without), (1.0, without)]),
        ]
        up = Axis(f"cost of 1,000 {rows}", 0, max(*cost, without) * 1.08)
        drawn.append(svg.line_chart("What wrong answers cost, in the unit of the two costs", costs, across, up, mark))
    return drawn


def slices(card: Card, column: str) -> str:
    """Draw the compared metric of each slice with its interval, beside that of all rows."""
    metric = card["metric"]
    whole = next(each["value"] for each in card["metrics"] if each["name"] == metric)
    rows = [
        Row(f"{row['value']}", None, None, f"{TOO_FEW if row['too_few'] else 'not defined'} ({row['rows']:,})")
        if row["too_few"] or row.get(metric) is None
        else Row(f"{row['value']} ({row['rows']:,} rows)", row[metric], row["intervals"].get(metric))
        for row in card["slices"][column]
    ]
    better = next(each["better"] for each in card["metrics"] if each["name"] == metric)
    label = f"{metric} ({better} is better)" if better else metric
    return svg.row_chart(f"{metric} by {column}, with intervals", label, rows, (whole, f"all rows {number(whole)}"))


def fairness(column: str, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    """Draw some measures of each group with their intervals."""
    drawn = []
    for name in names:
        if name in IN_CHARTS:
            lines = [
                Row(f"{row['value']}", None, None, f"{TOO_FEW} ({row['rows']:,})")
                if not row["measures"] or row["measures"][name]["value"] is None
                else Row(f"{row['value']}", row["measures"][name]["value"], row["measures"][name]["interval"])
                for row in rows
            ]
            signed = name == "mean error"
            reference = (0.0, "no error") if signed else None
            drawn.append(svg.row_chart(f"{name} by {column}", name, lines, reference, share=not signed))
    return drawn


def gaps(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    """Say by how much the groups differ at the most, measure by measure."""
    said = []
    for name in (name for name in GAPS if name in names):
        known = {
            str(row["value"]): row["measures"][name]["value"]
            for row in rows
            if row["measures"] and row["measures"][name]["value"] is not None
        }
        if len(known) > 1:
            least, most = min(known, key=known.__getitem__), max(known, key=known.__getitem__)
            said.append(
                f"{name}: from {percent(known[least])} ({least}) to {percent(known[most])} ({most}), "
                f"{100 * (known[most] - known[least]):.1f} percentage points apart."
            )
    return said


def importance(card: Card) -> str:
    """Draw what each feature is worth, the most important first."""
    found = card["importance"]
    rows = [Row(each["feature"], each["difference"], ends_of(each)) for each in found["features"][:MOST_FEATURES]]
    count = len(found["features"])
    title = f"Importance of features{f': the first {len(rows)} of {count}' if count > len(rows) else ''}"
    return svg.row_chart(title, f"{found['metric']} lost when the feature is shuffled", rows, (0.0, "no loss"))


def dependence(card: Card, found: Mapping[str, Any]) -> str:
    """Draw the mean answer by the value of a feature; missing values stand last."""
    classes, task = card.get("classes"), card["prediction"]["task"]
    values, means = found["values"], found["means"]
    present = [place for place, value in enumerate(values) if value is not None or found["kind"] == "category"]
    series = {"": means} if not classes else {name: [each[i] for each in means] for i, name in enumerate(classes)}
    shown = dict(list(series.items())[:MOST_LINES])
    ends = [each for line in shown.values() for each in line]
    event = card["prediction"]["event"] or "prediction"
    unit = card["units"].get(card["prediction"]["target"] or "", "")
    label = with_unit(f"mean predicted {svg.shorten(event, 18)}", unit) if task == "regression" else "mean probability"
    feature = with_unit(found["feature"], card["units"].get(found["feature"], ""))
    up = svg.axis_for(label, ends, share=task != "regression")
    if found["kind"] == "category":
        names = ["missing" if value is None else str(value) for value in values]
        if not classes:
            rows = [Row(name, mean) for name, mean in zip(names, means, strict=True)]
            return svg.row_chart(f"Answer by {found['feature']}", label, rows, share=task != "regression")
        across = Axis(found["feature"], -0.5, len(values) - 0.5, names=names)
        lines = [Line(name, [*enumerate(line)], marks=True) for name, line in shown.items()]
    else:
        across = svg.axis_for(feature, [float(values[place]) for place in present] or [0.0, 1.0], margin=0.02)
        lines = [
            Line(name, [(float(values[place]), line[place]) for place in present], marks=True)
            for name, line in shown.items()
        ]
    missing = next((mean for value, mean in zip(values, means, strict=True) if value is None), None)
    absent = isinstance(missing, float) and found["kind"] == "number"
    aside = f" (missing: {number(missing) if task == 'regression' else percent(missing)})" if absent else ""
    return svg.line_chart(f"Answer by {found['feature']}{aside}", lines, across, up)
