"""What the gate says beside its verdict: how the champion does now, how often was compared, what was left out."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from operation import console
from operation.errors import OperationError
from operation.execution.backends import Registry
from operation.execution.configuration.sections import Configuration
from operation.execution.json_files import read_json, write_json
from operation.execution.registration.comparability import BY_TIME, SHARE, SPLIT, describe
from operation.execution.values import Evidence, ModelVersion

COMPARED_WITH = "compared_with"  # the tag with the version that was the champion then; the first model has none
LEDGER = "comparisons.json"  # in the outputs: by test part, the runs that were compared, those that were refused too
LARGEST_SHARE_OUTSIDE = 0.05  # of the rows: more are a warning


def write_notes(
    configuration: Configuration, registry: Registry, evidence: Evidence, champion: ModelVersion | None
) -> dict[str, str]:
    """Count the comparison, and return the notes on it, each with its label."""
    notes = {"Warning": describe_outside(evidence.prepared)}
    if champion and evidence.evaluation["comparison"]:
        count = _count(configuration, registry, evidence)
        notes["Champion"] = describe_change(evidence.evaluation["comparison"], champion)
        notes["Comparisons"] = describe_luck(count, _window(describe(evidence)), configuration.gate.confidence)
    return {label: text for label, text in notes.items() if text}


def describe_change(comparison: Mapping[str, Any], champion: ModelVersion) -> str:
    """Say that the champion's metric on these rows is not the one it was registered with, if it is not.

    It is beyond luck when the registered value lies outside the interval of the one here.
    """
    registered = _read_metric(champion, comparison["metric"])
    if math.isnan(registered) or "champion_lower" not in comparison:
        return ""
    lower, upper = comparison["champion_lower"], comparison["champion_upper"]
    if lower <= registered <= upper:
        return ""
    return (
        f"its {comparison['metric']} was {registered:.4f} when it was registered, and is {lower:.4f} to "
        f"{upper:.4f} on these rows: they are of another kind, or it has seen them"
    )


def _read_metric(model: ModelVersion, metric: str) -> float:
    """Read a metric from the tags of a version, which anybody may edit; NaN if it is not there, or not a number."""
    try:
        return float(model.tags.get(f"metric.{metric}", "nan"))
    except ValueError:
        return math.nan


def describe_luck(count: int, window: str, confidence: float) -> str:
    """Say how often a model was compared on this test part, and how likely luck alone promotes one of so many."""
    luck = 1 - (1 - (1 - confidence) / 2) ** count
    return (
        f"{count} so far on this test part ({window.removeprefix('of ')}); if none were better, chance alone would "
        f"promote one in {luck:.1%} of cases"
    )


def describe_outside(prepared: Mapping[str, Any]) -> str:
    """Warn of rows that come after the test part and are in neither, if they are many."""
    rows = prepared.get("rows", {})
    outside, used = (rows.get(name, 0) for name in ("in_no_part", "used")) if isinstance(rows, Mapping) else (0, 0)
    if outside <= LARGEST_SHARE_OUTSIDE * (outside + used):
        return ""
    return (
        f"{outside:,} rows, {outside / (outside + used):.0%}, come after the test part and were not used: move "
        'split.test, or let it move with the data, as "last 61 days" does'
    )


def _window(tags: Mapping[str, str]) -> str:
    if tags.get(SPLIT, BY_TIME).partition(" ")[0] != BY_TIME:
        return f"of {tags.get(SHARE, '?')} by {tags[SPLIT]}"
    return f"{tags['test_first_date']} to {tags['test_last_date']}" if "test_first_date" in tags else "of these data"


def _count(configuration: Configuration, registry: Registry, evidence: Evidence) -> int:
    """Count the runs that were compared on this test part: here, and by whoever else registered a version."""
    file, window = configuration.outputs / LEDGER, _window(describe(evidence))
    known = read_ledger(file)
    runs = {*known.get(window, []), evidence.run.id}
    write_json(file, {**known, window: sorted(runs)})
    elsewhere = {
        one.run
        for one in registry.versions(configuration.model)
        if COMPARED_WITH in one.tags and _window(one.tags) == window
    }
    return len(runs | elsewhere)


def read_ledger(file: Path) -> dict[str, list[str]]:
    """Read which runs were compared on each test part. A damaged ledger begins anew: it must stop no registration."""
    if not file.exists():
        return {}
    try:
        ledger = read_json(file)
        if all(isinstance(runs, list) and all(isinstance(run, str) for run in runs) for runs in ledger.values()):
            return ledger
        damage = f"{file} is damaged: it must have a list of runs for each test part."
    except OperationError as error:
        damage = str(error)
    console.say(f"Comparisons are counted anew: {damage}")
    return {}
