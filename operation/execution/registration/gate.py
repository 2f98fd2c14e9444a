"""Decide whether a candidate is registered, and whether it becomes champion. Pure, so a test can break its input."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from operation.errors import OperationError
from operation.execution.configuration.sections import Gate
from operation.execution.values import Decision


@dataclass(frozen=True)
class Comparison:
    """Candidate against champion on the same test rows: the difference in the gate's metric and its interval.

    All three are oriented so that positive means that the candidate is better.
    """

    difference: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Incomparable:
    """The reason why the champion cannot be evaluated on the candidate's test data."""

    reason: str


def decide(metrics: Mapping[str, float], champion: Comparison | Incomparable | None, rule: Gate) -> Decision:
    """Reach the verdict on a candidate with these test metrics; `champion` is None while there is none.

    Two equally good models are promoted only when chance alone lifts the whole interval above zero: in at most
    (1 - confidence) / 2 of all comparisons.

    Raises:
        KeyError: the rule names a metric that `metrics` lacks.
    """
    misses = _misses(metrics, rule)
    if misses:
        return Decision("refuse", "misses a bound: " + "; ".join(misses))
    if champion is None:
        return Decision("promote", "the first model, and above every floor")
    if isinstance(champion, Incomparable):
        return Decision("register", f"cannot be compared: {champion.reason}")
    evidence = (
        f"{rule.metric} {champion.difference:+.4f} against the champion, "
        f"{rule.confidence:.0%} interval {champion.lower:+.4f} to {champion.upper:+.4f}"
    )
    if champion.lower > 0:
        return Decision("promote", f"better: {evidence}")
    if champion.upper < 0:
        return Decision("refuse", f"worse: {evidence}")
    return Decision("register", f"not better: {evidence}")


def judge(evaluation: Mapping[str, Any], rule: Gate) -> Decision:
    """Reach the verdict on what `src/evaluate.py` wrote into its `metrics.json`.

    Raises:
        OperationError: the comparison was made for another metric or confidence than the rule's.
    """
    return decide(evaluation["metrics"], _comparison(evaluation["comparison"], rule), rule)


def _comparison(found: Mapping[str, Any] | None, rule: Gate) -> Comparison | Incomparable | None:
    if found is None:
        return None
    if "impossible" in found:
        return Incomparable(found["impossible"])
    if (found["metric"], found["confidence"]) != (rule.metric, rule.confidence):
        raise OperationError(
            f"The champion was compared by {found['metric']} at {found['confidence']:.0%}, and the gate asks for "
            f"{rule.metric} at {rule.confidence:.0%}. Evaluate the run again: invoke evaluate --run RUN"
        )
    return Comparison(found["difference"], found["lower"], found["upper"])


def _misses(metrics: Mapping[str, float], rule: Gate) -> list[str]:
    # Written as `not >=` so that a NaN misses every bound.
    low = [(name, "below", floor) for name, floor in rule.at_least.items() if not metrics[name] >= floor]
    high = [(name, "above", roof) for name, roof in rule.at_most.items() if not metrics[name] <= roof]
    return [f"{name} {metrics[name]:.4f} is {side} {bound}" for name, side, bound in low + high]
