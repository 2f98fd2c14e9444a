"""Say whether a comparison with the champion means anything: has it seen the test days, does it predict the same event?

Both are in the tags of a version. Pure.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from operation.execution.values import Evidence, ModelVersion

DAYS = {f"{part}_{edge}": (part, edge) for part in ("train", "test") for edge in ("first_date", "last_date")}
DEFINITION = {"event": "event", "target": "target", "preparation": "rows prepared with"}  # tags, and what they say


def describe(evidence: Evidence) -> dict[str, str]:
    """Collect the tags that say what a model learned from: its days, if it has any, and what it predicts.

    The parameters of preparation define the event and the features, all but the days that divide the rows.
    """
    parts = {name: part for name, part in evidence.prepared.items() if isinstance(part, Mapping)}  # else only counts
    days = {tag: parts.get(part, {}).get(edge) for tag, (part, edge) in DAYS.items()}
    words = {name: evidence.evaluation.get(name) for name in ("event", "target")}
    preparation = evidence.configuration.get("preparation", {})
    rules = [f"{name}={value}" for name, value in sorted(preparation.items()) if not _is_day(value)]
    tags = {**days, **words, "preparation": " ".join(rules)}
    return {name: str(value) for name, value in tags.items() if value}


def explain_incomparable(evidence: Evidence, champion: ModelVersion) -> str:
    """Return the reason why the comparison says nothing; empty if it is a fair one."""
    candidate = describe(evidence)
    return _explain_seen(candidate, champion) or _explain_other_event(candidate, champion.tags)


def _explain_seen(candidate: Mapping[str, str], champion: ModelVersion) -> str:
    if not candidate.keys() >= DAYS.keys():
        return ""  # data without days: the use case does not divide them by time
    if not champion.tags.keys() >= DAYS.keys():
        return f"version {champion.version} does not say on which days it was trained"
    first = max(candidate["test_first_date"], champion.tags["train_first_date"])
    last = min(candidate["test_last_date"], champion.tags["train_last_date"])  # ISO 8601 sorts as it is
    return f"the champion has seen the test days {first} to {last}: it was trained on them" if first <= last else ""


def _explain_other_event(candidate: Mapping[str, str], champion: Mapping[str, str]) -> str:
    for tag, words in DEFINITION.items():
        ours, theirs = candidate.get(tag, ""), champion.get(tag, "")
        if ours and ours != theirs:
            return f"the champion's {words} {theirs or 'is not known'}, this model's {ours}"
    return ""


def _is_day(value: Any) -> bool:
    try:
        return bool(date.fromisoformat(value))
    except (TypeError, ValueError):
        return False
