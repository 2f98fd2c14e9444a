"""Write the card that goes with every registered version: what it is made of, how good it is, and its limits.

After Mitchell et al., "Model Cards for Model Reporting" (FAT* 2019).
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from operation.execution.json_files import write_json
from operation.execution.registration.card_document import describe_card
from operation.execution.registration.card_page import write_card_page
from operation.execution.registration.card_words import comparison, ends_of, flatten
from operation.execution.values import Command, Evidence

CARD_JSON, CARD_PAGE = "model_card.json", "model_card.html"
TOO_FEW = "too few rows"


def write_model_card(
    package: Path,
    evidence: Evidence,
    tags: Mapping[str, str],
    notes: Mapping[str, str],
    command: Command = "invoke {}".format,
) -> None:
    """Write the card into the package, beside the model and the folder `evaluation` with its plots: three files.

    `model_card.html` is for people and opens offline, `model_card.md` for hosts of repositories, `model_card.json` for
    programs. `notes` are what the gate has to say beside its verdict, each with its label; `command` writes commands.
    """
    card = describe_card(evidence, tags, notes, command)
    write_json(package / CARD_JSON, card)
    write_card_page(package / CARD_PAGE, card, sorted((package / "evaluation").glob("*.png")))
    (package / "model_card.md").write_text(_markdown(package, evidence, tags, card), encoding="utf-8")


def _markdown(package: Path, evidence: Evidence, tags: Mapping[str, str], card: Mapping[str, Any]) -> str:
    configuration, evaluation = evidence.configuration, evidence.evaluation
    sections = [
        f"# {configuration['model']}, run {evidence.run.id}",
        f"**{tags['verdict']}**: {tags['reason']}",
        f"* Intended use: {card['intended_use']}\n* Owner: {card['owner']}",
        *_prediction(evaluation),
        "## Data",
        _table(["", ""], _data(configuration, evidence.prepared, tags)),
        *(f"* Data validation gave a {warning}" for warning in evidence.warnings),
        "## Features",
        f"{len(evidence.features)}: {', '.join(evidence.features)}",
        "## Metrics on the test part",
        _metrics(evaluation),
        *_confusion(evaluation),
        "## Comparison with the champion",
        comparison(evaluation["comparison"]),
        *(f"{name}: {text}." for name, text in card["notes"].items()),
        *_thresholds(card),
        *_slices(card),
        *_importance(card),
        "## Plots",
        *(f"![{plot.stem}](evaluation/{plot.name})" for plot in sorted((package / "evaluation").glob("*.png"))),
        "## Training",
        _table(["parameter", "value"], [[*map(str, pair)] for pair in configuration["training"].items()]),
        "## Lineage",
        _table(["", ""], [[name, f"`{value}`"] for name, value in card["lineage"].items()]),
        "## How to use it",
        *_how_to(card["how_to"]),
        "## Limits",
        "\n".join(f"* {limit}" for limit in configuration["limits"]),
    ]
    return "\n\n".join(sections) + "\n"


def _data(configuration: Mapping[str, Any], prepared: Mapping[str, Any], tags: Mapping[str, str]) -> list[list[str]]:
    facts = {"source": configuration["data"]["source"], "sha256": f"`{tags['data_sha256']}`"}
    return [[name, _text(value)] for name, value in {**facts, **flatten(prepared)}.items()]


def _prediction(evaluation: Mapping[str, Any]) -> list[str]:
    """Say what is predicted, of what and when; an evaluation of before it was kept says nothing."""
    words = {"predicts": "event", "task": "task", "rows are": "rows_are", "predicted": "predicted_at"}
    rows = [[label, str(evaluation[name])] for label, name in words.items() if name in evaluation]
    return ["## Prediction", _table(["", ""], rows)] if "predicted_at" in evaluation else []


def _metrics(evaluation: Mapping[str, Any]) -> str:
    """Write each metric beside the champion's and those of the baselines, which any model should beat."""
    beside = {"champion then": (evaluation["champion"] or {}).get("metrics", {})}
    beside |= {f"{name} baseline": metrics for name, metrics in evaluation.get("baselines", {}).items()}
    intervals = evaluation.get("intervals", {})
    known = [f"{intervals['confidence']:.0%} interval"] if intervals else []
    rows = [
        [
            name,
            _text(value),
            *([_interval(intervals["metrics"].get(name))] if intervals else []),
            *(_text(metrics.get(name)) for metrics in beside.values()),
        ]
        for name, value in evaluation["metrics"].items()
    ]
    table = _table(["metric", "this model", *known, *beside], rows)
    return f"{evaluation['rows']:,} {evaluation.get('rows_are', 'rows')}{_outcomes(evaluation)}.\n\n{table}"


def _outcomes(evaluation: Mapping[str, Any]) -> str:
    """Say how the outcomes of the test part are distributed."""
    if "positive_share" in evaluation:
        return f", {evaluation['positive_share']:.1%} of them {evaluation['event']}"
    if "class_shares" in evaluation:
        return ": " + ", ".join(f"{share:.1%} {name}" for name, share in evaluation["class_shares"].items())
    if "standard_deviation" in evaluation:
        return (
            f" with mean {_text(evaluation['mean'])} and standard deviation {_text(evaluation['standard_deviation'])}"
        )
    return ""


def _confusion(evaluation: Mapping[str, Any]) -> list[str]:
    if "confusion" not in evaluation:
        return []
    classes = evaluation["classes"]
    rows = [[name, *map(_text, counts)] for name, counts in zip(classes, evaluation["confusion"], strict=True)]
    return ["## Actual class by likeliest class", _table(["actual", *classes], rows)]


def _slices(card: Mapping[str, Any]) -> list[str]:
    sections = []
    for column, rows in card["slices"].items():
        names = max((list(row) for row in rows), key=len)  # of a row that has them all
        shown = [name for name in names if name not in ("too_few", "intervals")]
        lines = [
            [_in_slice(row, name) if not row["too_few"] or name in row else TOO_FEW for name in shown] for row in rows
        ]
        sections += [f"## By {column}", _table(shown, lines)]
    return sections


def _in_slice(row: Mapping[str, Any], name: str) -> str:
    ends = row.get("intervals", {}).get(name)
    return f"{_text(row[name])} ({_interval(ends)})" if ends else _text(row[name])


def _thresholds(card: Mapping[str, Any]) -> list[str]:
    found = card["thresholds"]
    if not found:
        return []
    names = [name for name in found["table"][0] if not name.endswith("_interval")]
    lines = [[_in_line(line, name) for name in names] for line in found["table"]]
    return ["## Thresholds", _table([name.replace("_", " ") for name in names], lines)]


def _in_line(line: Mapping[str, Any], name: str) -> str:
    ends = line.get(f"{name}_interval")
    return f"{_text(line[name])} ({_interval(ends)})" if ends else _text(line[name])


def _importance(card: Mapping[str, Any]) -> list[str]:
    found = card["importance"]
    if not found:
        return []
    lines = [[each["feature"], f"{each['difference']:+.4f} ({_interval(ends_of(each))})"] for each in found["features"]]
    return ["## Importance of features", _table(["feature", f"{found['metric']} lost when it is shuffled"], lines)]


def _how_to(commands: Mapping[str, str]) -> list[str]:
    code = [f"```python\n{commands['load']}\n```"]
    words = {"score": "Score", "explain": "Explain", "roll_back": "Roll back", "roll_back_without_service": "... or"}
    return [*code, "\n".join(f"* {word}: `{commands[name]}`" for name, word in words.items())]


def _interval(ends: Sequence[float] | None) -> str:
    return f"{_text(float(ends[0]))} to {_text(float(ends[1]))}" if ends else "-"


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(each.replace('|', '&#124;') for each in line)} |" for line in lines)
