"""Decide what a window of data asks for: wait, investigate or retrain. Pure, like the gate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from operation.monitoring.thresholds import Finding

Action = Literal["wait", "investigate", "retrain"]


@dataclass(frozen=True)
class Decision:
    """What to do, why, and the findings that alarm, the farthest first."""

    action: Action
    reasons: tuple[str, ...]
    alarms: tuple[Finding, ...]


def decide(findings: Sequence[Finding], rows: int, before: Mapping[str, Any] | None) -> Decision:
    """Decide by the findings of a window, its rows, and the decision on the window before it, if there is one.

    One alarm a window, however many findings; what is only evidence stands behind its reasons. Damage must be repaired
    and not learned, so it is investigated. A model is trained again only if the world has changed for two windows in a
    row, and no damage explains it.
    """
    if not rows:
        return Decision("investigate", ("silence: the window holds no row",), ())
    ordered = sorted((each for each in findings if each.excess > 1), key=lambda each: -each.excess)
    alarms = tuple(each for each in ordered if each.alarms)
    evidence = [each for each in ordered if not each.alarms]
    damage = [each for each in alarms if each.measure.damage]
    if damage:
        return Decision("investigate", ("the data look damaged", *_texts(damage, evidence)), alarms)
    if not alarms:
        return Decision("wait", ("everything is as in the reference",), ())
    if before and before.get("drift"):
        return Decision(
            "retrain", ("the data have changed for two windows in a row", *_texts(alarms, evidence)), alarms
        )
    return Decision("investigate", ("the data have changed, for the first window", *_texts(alarms, evidence)), alarms)


def drifts(decision: Decision) -> bool:
    """Say whether the alarms are all of a world that has changed."""
    return bool(decision.alarms) and not any(each.measure.damage for each in decision.alarms)


def describe_decision(decision: Decision, span: tuple[str, str], rows: int) -> dict[str, Any]:
    """Describe the decision on a window of so many rows, from its first to its last day, as JSON."""
    return {
        "decision": decision.action,
        "reasons": list(decision.reasons),
        "alarms": [{"measure": one.key, "value": one.value, "limit": one.limit} for one in decision.alarms],
        "window": {"first": span[0], "last": span[1], "rows": rows},
        "drift": drifts(decision),
    }


def _texts(alarms: Sequence[Finding], evidence: Sequence[Finding]) -> list[str]:
    return [each.text for each in (*alarms[:5], *evidence[:2])]
