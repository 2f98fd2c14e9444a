"""Decide what a window of data asks for: wait, investigate or retrain. Pure, like the gate, and without NumPy."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from operation.monitoring.thresholds import Finding

Action = Literal["wait", "investigate", "retrain"]
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d\+00:00")  # of a request, as metrics.json has it


@dataclass(frozen=True)
class Decision:
    """What to do, why, and the findings that alarm, the farthest first."""

    action: Action
    reasons: tuple[str, ...]
    alarms: tuple["Finding", ...]


def decide(findings: "Sequence[Finding]", rows: int, before: Mapping[str, Any] | None) -> Decision:
    """Decide by the findings of a window, its rows, and the decision on the window before it, if there is one.

    One alarm a window, however many findings; what is only evidence stands behind its reasons. Damage must be repaired
    and not learned, so it is investigated. A model is trained again only if the world has changed for two windows in a
    row, and no damage explains it. A service that fails neither explains nor disproves that: it is a cause of its own.
    """
    if not rows:
        return Decision("investigate", ("silence: the window holds no row",), ())
    ordered = sorted((each for each in findings if each.excess > 1), key=lambda each: -each.excess)
    alarms = tuple(each for each in ordered if each.alarms)
    shown = {each.measure.shows for each in alarms}
    if not alarms:
        return Decision("wait", ("everything is as in the reference",), ())
    action: Action = "investigate"
    causes = ["something is wrong with the service"] if "service" in shown else []
    if "damage" in shown:
        causes.append("the data look damaged")
    elif "change" in shown and before and before.get("drift"):
        action = "retrain"
        causes.insert(0, "the data have changed for two windows in a row")
    elif "change" in shown:
        causes.append("the data have changed, for the first window")
    evidence = [each for each in ordered if not each.alarms]
    texts = [each.text for each in (*alarms[:5], *evidence[:2])]
    return Decision(action, (*causes, *texts), alarms)


def drifts(decision: Decision) -> bool:
    """Say whether the world has changed, and no damage of the data explains it."""
    shown = {each.measure.shows for each in decision.alarms}
    return "change" in shown and "damage" not in shown


def describe_decision(decision: Decision, span: tuple[str, str], rows: int) -> dict[str, Any]:
    """Describe the decision on a window of so many rows, from its first to its last day, as JSON."""
    return {
        "decision": decision.action,
        "reasons": list(decision.reasons),
        "alarms": [{"measure": one.key, "value": one.value, "limit": one.limit} for one in decision.alarms],
        "window": {"first": span[0], "last": span[1], "rows": rows},
        "drift": drifts(decision),
    }


def say_span(window: Mapping[str, Any]) -> str:
    """Write the ends of a window, or its name; "" if nothing is known of it."""
    return " to ".join(dict.fromkeys(say_end(window[end]) for end in ("first", "last") if window[end]))


def say_end(end: object) -> str:
    """Write a moment to the minute; a day, or the name of a window, as it is."""
    return MOMENT.sub(r"\1 \2 UTC", str(end))
