"""Write a model card as a page for those who decide: what it is for, how good it is, how sure that is, the costs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from operation.execution.pages import html
from operation.execution.registration import card_charts
from operation.execution.registration.card_words import (
    SPACE,
    comparison,
    flatten,
    gain_over,
    interval,
    number,
    outcomes,
    percent,
)

Card = Mapping[str, Any]
TOO_FEW = "too few rows"
HOW_TO = {
    "load": "Load it in Python, in the project's environment:",
    "score": "Score tables with the champion (--version N takes another version):",
    "explain": "Explain predictions of this very model:",
    "roll_back": "Roll back a service to the version before:",
    "roll_back_without_service": "... or, where nothing serves, make an earlier version the champion:",
}


def write_card_page(file: Path, card: Card, plots: Sequence[Path]) -> None:
    """Write the card as one HTML file that opens offline; `plots` are PNG files that become part of it."""
    sections = [
        html.section("What it is for", _purpose(card)),
        html.section("How good it is", _metrics(card), _comparison(card)),
        html.section("Are its probabilities true?", _calibration(card)),
        html.section("Which threshold?", _thresholds(card)),
        html.section("Where it is better and worse", *_slices(card)),
        html.section("Are groups treated alike?", *_fairness(card)),
        html.section("Which features count", _features(card)),
        html.section("Plots", html.charts(*(html.picture(plot, plot.stem.replace("_", " ")) for plot in plots))),
        html.section("Actual class by likeliest class", _confusion(card)),
        html.section("Data", _data(card)),
        html.section("How to use it", *_how_to(card["how_to"])),
        html.section("Training and lineage", _training(card)),
    ]
    html.write_page(file, f"Model card: {card['model']}", [_head(card), *sections])


def _head(card: Card) -> str:
    verdict, tested = card["verdict"], card["tested_on"]
    days = f" of {tested['first_date']} to {tested['last_date']}" if "first_date" in tested else ""
    rows = card["prediction"]["rows_are"] or "rows"
    first = next(each for each in card["metrics"] if each["name"] == card["metric"])
    sure = f" ({first['confidence']:.0%} interval {interval(first['interval'])})" if first["interval"] else ""
    beside = [f"{other} baseline {number(value)}" for other, value in first["baselines"].items() if value is not None]
    against = f"; {', '.join(beside)}" if beside else ""
    return (
        f"<h1>{html.text(card['model'])}</h1>"
        f'<p><span class="badge">{html.text(verdict["verdict"])}</span> {html.text(verdict["reason"])}</p>'
        + html.paragraph(
            f"On {tested['rows']:,} {rows}{days}{outcomes(card)}, {first['name']} is {number(first['value'])}{sure}"
            f"{against}.",
            "lead",
        )
        + html.paragraph(f"Run {card['run']}. The same for programs: model_card.json.", "faint")
    )


def _purpose(card: Card) -> str:
    said = card["prediction"]
    pairs = {
        "Intended use": card["intended_use"],
        "Owner": card["owner"],
        "Predicts": f"{said['event']} (column {said['target']})" if said["event"] else "",
        "Kind": {"binary": "an event: yes or no", "multiclass": "one of several classes", "regression": "a number"}.get(
            said["task"] or "", ""
        ),
        "Of": said["rows_are"] or "",
        "Moment of prediction": said["predicted_at"] or "",
    }
    shown = html.facts((name, text) for name, text in pairs.items() if text)
    return shown + html.heading("Limits") + html.bullets(card["limits"])


def _metrics(card: Card) -> str:
    others = list(dict.fromkeys(name for each in card["metrics"] for name in each["baselines"]))
    known = next((each["confidence"] for each in card["metrics"] if each["confidence"]), None)
    head = ["metric", "says", "better", "this model", *([f"{known:.0%} interval"] if known else []), "champion then"]
    rows = [
        [
            *(each["name"], each["says"], each["better"], number(each["value"])),
            *([interval(each["interval"])] if known else []),
            number(each["champion"]),
            *(number(each["baselines"].get(name)) for name in others),
        ]
        for each in card["metrics"]
    ]
    table = html.table([*head, *(f"{name} baseline" for name in others)], rows, (0, 1, 2))
    gains = [gain_over(card["metric"], name, gain) for name, gain in card["gain_over_baselines"].items() if gain]
    words = (
        "The constant baseline answers every row alike, with what training rows had on average; the linear one is a "
        "linear model of the same features. Intervals come from leaving out one group of rows at a time; rows that "
        "share a cause, such as a day, stay together."
    )
    return table + html.bullets(gains) + (html.paragraph(words, "faint") if others else "")


def _comparison(card: Card) -> str:
    notes = html.bullets(f"{name}: {text}." for name, text in card["notes"].items()) if card["notes"] else ""
    return html.heading("Against the champion") + html.paragraph(comparison(card["comparison"])) + notes


def _calibration(card: Card) -> str:
    bins = card.get("calibration")
    if not bins:
        return ""
    what = "the likeliest class is right" if card.get("classes") else f"{card['prediction']['event']} happened"
    rows = [[percent(each["predicted"]), percent(each["observed"]), f"{each['rows']:,}"] for each in bins]
    table = html.table(["predicted", f"how often {what}", "rows"], rows, ())
    return html.charts(*card_charts.calibration(card)) + table


def _thresholds(card: Card) -> str:
    found = card["thresholds"]
    if not found:
        return ""
    table, costs = found["table"], found.get("costs")
    a_day = "alarms_a_day" in table[0]
    head = ["threshold", "alarms", "of all rows", *(["alarms a day"] if a_day else []), "precision", "recall"]
    lines = [
        [
            *(number(line["threshold"]), f"{line['alarms']:,}", percent(line["alarm_share"])),
            *([f"{line['alarms_a_day']:,.1f}"] if a_day else []),
            *(_rate(line, name) for name in ("precision", "recall")),
            *([f"{1000 * line['cost']:,.0f}"] if costs else []),
        ]
        for line in table
    ]
    chosen = None
    words = (
        "An alarm is a row whose score is at least the threshold. Precision is the share of alarms with the event, "
        "recall the share of events with an alarm. "
    )
    if costs:
        cheapest, head = found["cheapest"], [*head, "cost of 1,000 rows"]
        chosen = next(place for place, line in enumerate(table) if line["threshold"] == cheapest["threshold"])
        words += (
            f"A false alarm costs {costs['false_alarm']:g} and a missed event {costs['missed']:g} (evaluation."
            f"false_alarm_cost and missed_cost). The cheapest threshold on these rows is "
            f"{number(cheapest['threshold'])}, with {1000 * cheapest['cost']:,.0f} for 1,000 rows; "
            f"no alarm at all costs {1000 * found['cost_without_alarms']:,.0f}, an alarm for every row "
            f"{1000 * found['cost_of_alarms_only']:,.0f}."
        )
    else:
        words += "Set evaluation.false_alarm_cost and evaluation.missed_cost to see what each threshold costs."
    return (
        html.charts(*card_charts.thresholds(card))
        + html.table(head, lines, (), chosen)
        + html.paragraph(words, "faint")
    )


def _rate(line: Mapping[str, Any], name: str) -> str:
    ends = line[f"{name}_interval"]
    return (
        f"{percent(line[name])} ({percent(ends[0])}{SPACE}to{SPACE}{percent(ends[1])})" if ends else percent(line[name])
    )


def _slices(card: Card) -> list[str]:
    parts = []
    for column, rows in card["slices"].items():
        most = max((list(row) for row in rows), key=len)  # of a slice with enough rows
        names = [name for name in most if name not in ("value", "rows", "too_few", "intervals")]
        lines = [[str(row["value"]), f"{row['rows']:,}", *(_in_slice(row, name) for name in names)] for row in rows]
        shown = [f"share of {card['prediction']['event']}" if name == "positive_share" else name for name in names]
        table = html.table([column, "rows", *shown], lines)
        parts += [html.heading(f"By {column}"), html.charts(card_charts.slices(card, column)), table]
    return parts


def _in_slice(row: Mapping[str, Any], name: str) -> str:
    if row["too_few"]:
        return TOO_FEW
    ends = row["intervals"].get(name)
    return f"{number(row[name])} ({interval(ends)})" if ends else number(row[name])


def _fairness(card: Card) -> list[str]:
    found = card["fairness"]
    if not found:
        return []
    threshold = f" Alarms are scores of at least {number(found['threshold'])}." if "threshold" in found else ""
    parts = [html.paragraph(f"Groups of the columns in evaluation.fairness.{threshold}", "faint")]
    for column, rows in found["columns"].items():
        names = list(next((row["measures"] for row in rows if row["measures"]), {}))
        lines = [[str(row["value"]), f"{row['rows']:,}", *(_measured(row, name) for name in names)] for row in rows]
        gaps = html.bullets(card_charts.gaps(rows, names))
        parts += [html.heading(f"By {column}"), html.table([column, "rows", *names], lines), gaps]
        parts += [html.charts(*card_charts.fairness(column, rows, names))]
    return parts


def _measured(row: Mapping[str, Any], name: str) -> str:
    if not row["measures"]:
        return TOO_FEW
    found = row["measures"][name]
    return f"{number(found['value'])} ({interval(found['interval'])})" if found["interval"] else number(found["value"])


def _features(card: Card) -> str:
    found = card["importance"]
    if not found:
        return html.paragraph(f"{len(card['features'])}: {', '.join(card['features'])}")
    words = (
        f"Importance is how much {found['metric']} loses when the values of one feature are shuffled among "
        f"{found['rows']:,} test rows. Features that say the same stand in for one another, so each of them looks less "
        "important than they are together. A curve shows the mean answer if every row had that value: what the model "
        "does, not what causes the outcome."
    )
    drawn = [card_charts.importance(card), *(card_charts.dependence(card, each) for each in card["partial_dependence"])]
    listed = html.paragraph(f"All {len(card['features'])}: {', '.join(card['features'])}", "faint")
    return html.charts(*drawn) + html.paragraph(words, "faint") + listed


def _confusion(card: Card) -> str:
    if "confusion" not in card:
        return ""
    rows = [[name, *map(number, counts)] for name, counts in zip(card["classes"], card["confusion"], strict=True)]
    return html.table(["actual", *card["classes"]], rows)


def _data(card: Card) -> str:
    data = card["data"]
    flat = {"source": data["source"], "sha256": data["sha256"], **flatten(data["prepared"])}
    warnings = html.bullets(f"Data validation gave a {warning}" for warning in data["warnings"])
    return html.facts((name, number(value)) for name, value in flat.items()) + (warnings if data["warnings"] else "")


def _how_to(commands: Mapping[str, str]) -> list[str]:
    return [html.paragraph(text) + html.code(commands[name]) for name, text in HOW_TO.items()]


def _training(card: Card) -> str:
    parameters = html.table(["parameter", "value"], [[*map(str, pair)] for pair in card["training"].items()], (0, 1))
    return parameters + html.table(["tag", "value"], [[*pair] for pair in card["lineage"].items()], (0, 1))
