"""Write the card that goes with every registered version: what it is made of, how good it is, and its limits.

After Mitchell et al., "Model Cards for Model Reporting" (FAT* 2019).
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from operation.execution.values import Evidence


def write_model_card(package: Path, evidence: Evidence, tags: Mapping[str, str], notes: Mapping[str, str]) -> None:
    """Write `model_card.md` into the package, beside the model and the folder `evaluation` with its plots.

    `notes` are what the gate has to say beside its verdict, each with its label.
    """
    configuration, evaluation = evidence.configuration, evidence.evaluation
    sections = [
        f"# {configuration['model']}, run {evidence.run.id}",
        f"**{tags['verdict']}**: {tags['reason']}",
        *_prediction(evaluation),
        "## Data",
        _table(["", ""], _data(configuration, evidence.prepared, tags)),
        *(f"* Data validation gave a {warning}" for warning in evidence.warnings),
        "## Features",
        f"{len(evidence.features)}: {', '.join(evidence.features)}",
        "## Metrics on the test part",
        _metrics(evaluation),
        *_confusion(evaluation),
        *_comparison(evaluation),
        *(f"{name}: {text}." for name, text in notes.items()),
        *_slices(evaluation),
        "## Plots",
        *(f"![{plot.stem}](evaluation/{plot.name})" for plot in sorted((package / "evaluation").glob("*.png"))),
        "## Training",
        _table(["parameter", "value"], [[*map(str, pair)] for pair in configuration["training"].items()]),
        "## Lineage",
        _table(["", ""], [[name, f"`{value}`"] for name, value in tags.items() if not name.startswith("metric.")]),
        "## Limits",
        "\n".join(f"* {limit}" for limit in configuration["limits"]),
    ]
    (package / "model_card.md").write_text("\n\n".join(sections) + "\n", encoding="utf-8")


def _data(configuration: Mapping[str, Any], prepared: Mapping[str, Any], tags: Mapping[str, str]) -> list[list[str]]:
    facts = {"source": configuration["data"]["source"], "sha256": f"`{tags['data_sha256']}`"}
    return [[name, _text(value)] for name, value in {**facts, **_flat(prepared)}.items()]


def _prediction(evaluation: Mapping[str, Any]) -> list[str]:
    """Say what is predicted, of what and when; an evaluation of before it was kept says nothing."""
    words = {"predicts": "event", "task": "task", "rows are": "rows_are", "predicted": "predicted_at"}
    rows = [[label, str(evaluation[name])] for label, name in words.items() if name in evaluation]
    return ["## Prediction", _table(["", ""], rows)] if "predicted_at" in evaluation else []


def _metrics(evaluation: Mapping[str, Any]) -> str:
    """Write each metric beside the champion's and those of the baselines, which any model should beat."""
    beside = {"champion then": (evaluation["champion"] or {}).get("metrics", {})}
    beside |= {f"{name} baseline": metrics for name, metrics in evaluation.get("baselines", {}).items()}
    rows = [
        [name, _text(value), *(_text(metrics.get(name)) for metrics in beside.values())]
        for name, value in evaluation["metrics"].items()
    ]
    table = _table(["metric", "this model", *beside], rows)
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


def _comparison(evaluation: Mapping[str, Any]) -> list[str]:
    found = evaluation["comparison"]
    if found is None:
        text = "There was no champion to compare with."
    elif "impossible" in found:
        text = f"Impossible: {found['impossible']}."
    else:
        text = (
            f"{found['metric']}: {found['difference']:+.4f} (positive is better), {found['confidence']:.0%} interval "
            f"{found['lower']:+.4f} to {found['upper']:+.4f}, by {found['resamples']:,} paired resamples of the same "
            "test rows."
        )
    return ["## Comparison with the champion", text]


def _slices(evaluation: Mapping[str, Any]) -> list[str]:
    sections = []
    for column, rows in evaluation["slices"].items():
        names = list(rows[0])
        sections += [f"## By {column}", _table(names, [[_text(row[name]) for name in names] for row in rows])]
    return sections


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}{key.replace('_', ' ')}"
        flat |= _flat(value, f"{name}: ") if isinstance(value, Mapping) else {name: value}
    return flat


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(each.replace('|', '&#124;') for each in line)} |" for line in lines)
