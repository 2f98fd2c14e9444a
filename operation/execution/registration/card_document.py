"""Collect what a model card says, as one JSON object that pages are written from and programs read.

After Mitchell et al., "Model Cards for Model Reporting" (FAT* 2019).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from operation.execution.configuration.declared import higher_is_better
from operation.execution.registration.comparability import BY_TIME
from operation.execution.values import Command, Evidence

FORM = 1  # of the object; another number where a name in it changes its meaning
NOT_STATED = "not stated"
METRICS = {  # what each says, for those who do not know its name
    "roc_auc": "how often a row with the event is ranked above one without; 0.5 is chance",
    "average_precision": "mean precision over all thresholds; the share of the event is chance",
    "log_loss": "mean surprise at what happened; a wrong certainty costs most",
    "brier_score": "mean squared distance of probability and outcome",
    "calibration_error": "mean gap between what is predicted and what happens",
    "accuracy": "share of rows whose likeliest class is right",
    "balanced_accuracy": "the same, each class counting alike",
    "macro_f1": "balance of precision and recall, each class counting alike",
    "mae": "mean distance of prediction and outcome, in the unit of the target",
    "rmse": "the same, large errors counting more",
    "r2": "share of the outcome's variance that is explained; 0 is what the mean explains",
    "median_absolute_error": "distance that half of the rows stay below",
}


def describe_card(
    evidence: Evidence, tags: Mapping[str, str], notes: Mapping[str, str], command: Command
) -> dict[str, Any]:
    """Return the card; `notes` are what the gate has to say beside its verdict, each with its label.

    What an evaluation of before it was measured does not know is missing, or null.
    """
    configuration, evaluation = evidence.configuration, evidence.evaluation
    stated = configuration.get("card", {})
    compared = evaluation.get("importance", {}).get("metric") or configuration.get("gate", {}).get("metric")
    return {
        "form": FORM,
        "model": configuration["model"],
        "use_case": configuration.get("use_case", ""),
        "run": evidence.run.id,
        "verdict": {"verdict": tags["verdict"], "reason": tags["reason"]},
        "owner": stated.get("owner") or NOT_STATED,
        "intended_use": stated.get("intended_use") or NOT_STATED,
        "limits": list(configuration["limits"]),
        "units": dict(stated.get("units", {})),
        "prediction": {name: evaluation.get(name) for name in ("task", "event", "target", "rows_are", "predicted_at")},
        "tested_on": _tested_on(evidence),
        "metric": compared or next(iter(evaluation["metrics"])),
        "metrics": _metrics(evaluation),
        "gain_over_baselines": evaluation.get("intervals", {}).get("over_baselines", {}),
        "comparison": evaluation["comparison"],
        "notes": dict(notes),
        **{name: evaluation[name] for name in ("calibration", "classes", "confusion") if name in evaluation},
        "thresholds": _thresholds(evidence),
        "slices": _slices(evaluation),
        "fairness": evaluation.get("fairness"),
        "importance": evaluation.get("importance"),
        "partial_dependence": evaluation.get("partial_dependence", []),
        "data": _data(evidence, tags["data_sha256"]),
        "features": list(evidence.features),
        "training": dict(configuration["training"]),
        "lineage": {name: value for name, value in tags.items() if not name.startswith("metric.")},
        "how_to": _how_to(configuration, evidence.run.id, command),
    }


def _data(evidence: Evidence, sha256: str) -> dict[str, Any]:
    source = evidence.configuration["data"]["source"]
    return {"source": source, "sha256": sha256, "prepared": evidence.prepared, "warnings": list(evidence.warnings)}


def _tested_on(evidence: Evidence) -> dict[str, Any]:
    """Say which rows the model was tested on, and how their outcomes are distributed."""
    test = evidence.prepared.get("test", {})
    names = ("positive_share", "class_shares", "mean", "standard_deviation")
    return {
        "rows": evidence.evaluation["rows"],
        **{name: evidence.evaluation[name] for name in names if name in evidence.evaluation},
        **{name: test[name] for name in ("first_date", "last_date") if name in test},
        "rows_a_day": _rows_a_day(evidence.prepared),
    }


def _rows_a_day(prepared: Mapping[str, Any]) -> float | None:
    """Return how many rows a day has of which the test part is a sample; None where rows have no days.

    Divided by time, the test part has all rows of its days. Divided otherwise, both parts together have.
    """
    split = prepared.get("split", {})
    by_time = not split or str(split.get("by", BY_TIME)).partition(" ")[0] == BY_TIME
    parts = [prepared.get(name, {}) for name in (("test",) if by_time else ("train", "test"))]
    try:
        first, last = min(part["first_date"] for part in parts), max(part["last_date"] for part in parts)
        days = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
        return float(sum(part["rows"] for part in parts) / days)
    except (KeyError, TypeError, ValueError):
        return None


def _metrics(evaluation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Describe each metric with its interval, beside the champion's and the baselines'."""
    intervals = evaluation.get("intervals", {})
    champion = (evaluation["champion"] or {}).get("metrics", {})
    return [
        {
            "name": name,
            "says": METRICS.get(name, ""),
            "better": _better(name),
            "value": value,
            "interval": intervals.get("metrics", {}).get(name),
            "confidence": intervals.get("confidence"),
            "champion": champion.get(name),
            "baselines": {other: found.get(name) for other, found in evaluation.get("baselines", {}).items()},
        }
        for name, value in evaluation["metrics"].items()
    ]


def _better(name: str) -> str:
    try:
        return "higher" if higher_is_better(name) else "lower"
    except KeyError:  # of a run of another branch
        return ""


def _thresholds(evidence: Evidence) -> dict[str, Any] | None:
    """Add to what thresholds do how many alarms a day that is, where rows have days."""
    found, a_day = evidence.evaluation.get("thresholds"), _rows_a_day(evidence.prepared)
    if found is None or a_day is None:
        return dict(found) if found else None
    table = [{**line, "alarms_a_day": line["alarm_share"] * a_day} for line in found["table"]]
    return {**found, "table": table}


def _slices(evaluation: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Describe each slice with its intervals; one with too few rows has its rows and `too_few` alone."""
    known = evaluation.get("intervals", {}).get("slices", {})
    return {
        column: [_slice(row, known[column][place] if column in known else {}) for place, row in enumerate(rows)]
        for column, rows in evaluation["slices"].items()
    }


def _slice(row: Mapping[str, Any], intervals: Mapping[str, Any] | None) -> dict[str, Any]:
    if intervals is None:
        return {"value": row["value"], "rows": row["rows"], "too_few": True}
    return {**row, "too_few": False, "intervals": dict(intervals)}


def _how_to(configuration: Mapping[str, Any], run: str, command: Command) -> dict[str, str]:
    name, use_case = configuration["model"], configuration.get("use_case", "NAME")
    address = f"sqlite:///outputs/{use_case}/mlflow/mlflow.db"
    return {
        "load": (
            f'import mlflow\n\nmlflow.set_tracking_uri("{address}")\n'
            f'model = mlflow.pyfunc.load_model("models:/{name}@champion")'
        ),
        "score": command("score --data FOLDER --output FOLDER"),
        "explain": command(f"explain --run {run}"),
        "roll_back": command("rollback --reason TEXT"),
        "roll_back_without_service": command("promote --version N"),
    }
