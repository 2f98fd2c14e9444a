"""Decide whether a candidate is registered, and whether it becomes champion. Pure, so a test can break its input."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from operation.errors import OperationError
from operation.execution.configuration.declared import higher_is_better, range_of
from operation.execution.configuration.sections import Gate
from operation.execution.values import Decision

Directions = Callable[[str], bool]  # whether a higher value of the metric is better
COMPARED = ("metric", "confidence", "difference", "lower", "upper")
ROUNDING = 1e-6  # by which sums of many rows may differ with the order of the rows


@dataclass(frozen=True)
class Comparison:
    """Candidate against champion on the same test rows: the difference in the gate's metric and its interval.

    These three are oriented so that positive means that the candidate is better. `losses` says by how much the
    candidate is worse than the champion: in the metrics of the rule, and in the gate's metric in each slice
    with enough rows.
    """

    difference: float
    lower: float
    upper: float
    losses: Mapping[str, float] = field(default_factory=dict)
    slice_losses: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Incomparable:
    """The reason why a comparison with the champion says nothing."""

    reason: str


def decide(
    metrics: Mapping[str, float],
    champion: Comparison | Incomparable | None,
    rule: Gate,
    is_higher_better: Directions = higher_is_better,
) -> Decision:
    """Reach the verdict on a candidate with these test metrics; `champion` is None while there is none.

    Two equally good models are promoted only when chance alone lifts the whole interval above zero: in at most
    (1 - confidence) / 2 of all comparisons. A value on a bound passes, whichever bound of the rule it is.

    A metric that is not a finite number, or a comparison that contradicts itself, is refused.

    Raises:
        KeyError: the rule names a metric that `metrics` lacks.
    """
    metrics = {name: _number(value) for name, value in metrics.items()}
    misses = list(_misses(metrics, rule))
    if misses:
        return Decision("refuse", "misses a bound: " + "; ".join(misses))
    doubts = "; ".join(_doubts(metrics, champion, rule, is_higher_better))
    if doubts:
        return Decision("refuse", f"too good to be true: {doubts}; look for a feature that knows the outcome")
    if champion is None:
        return Decision("promote", "the first model, and above every floor")
    if isinstance(champion, Incomparable):
        return Decision("register", f"cannot be compared: {champion.reason}")
    return _compare(champion, rule)


def _compare(champion: Comparison, rule: Gate) -> Decision:
    evidence = (
        f"{rule.metric} {champion.difference:+.4f} against the champion, "
        f"{rule.confidence:.0%} interval {champion.lower:+.4f} to {champion.upper:+.4f}"
    )
    numbers = champion.difference, champion.lower, champion.upper
    if not all(map(math.isfinite, numbers)) or champion.lower > champion.upper:
        return Decision("refuse", f"the comparison contradicts itself: {evidence}")
    if champion.upper < 0:
        return Decision("refuse", f"worse: {evidence}")
    if not champion.lower > 0:
        return Decision("register", f"not better: {evidence}")
    if not champion.lower <= champion.difference <= champion.upper:  # which few draws of a bootstrap can do
        return Decision("register", f"outside of its own interval, so give more evaluation.resamples: {evidence}")
    if not champion.difference >= rule.least_gain:
        return Decision("register", f"better by less than gate.least_gain {rule.least_gain}: {evidence}")
    losses = list(_losses(champion, rule))
    if losses:
        return Decision("register", f"better, and yet worse in {'; '.join(losses)}: {evidence}")
    return Decision("promote", f"better: {evidence}")


def judge(evaluation: Mapping[str, Any], rule: Gate, again: str, unfit: str = "") -> Decision:
    """Reach the verdict on what `src/evaluate.py` wrote into its `metrics.json`.

    `again` is the command that evaluates the run again. `unfit` is the reason why a comparison that could be computed
    says nothing, for instance because the champion has seen the test data; empty if there is none.

    Raises:
        OperationError: the comparison was made for another metric or confidence than the rule's, or the evaluation
            lacks a metric that the rule names, or is of another form.
    """
    if wrong := ", ".join(_malformed(evaluation)):
        raise OperationError(f"The run's evaluation is damaged: it has no {wrong}. Evaluate the run again: {again}")
    lacking = {rule.metric, *rule.at_least, *rule.at_most, *rule.too_good, *rule.not_worse} - {*evaluation["metrics"]}
    if lacking:
        raise OperationError(
            f"The run was evaluated without {', '.join(sorted(lacking))}, which the gate asks for. "
            f"Evaluate it again: {again}"
        )
    comparison = _comparison(evaluation, rule, again)
    impossible = "; ".join(_impossible(evaluation, comparison, rule))
    if impossible:
        return Decision("refuse", f"the evaluation is damaged: {impossible}. Evaluate the run again: {again}")
    return decide(evaluation["metrics"], Incomparable(unfit) if comparison and unfit else comparison, rule)


def _malformed(evaluation: Mapping[str, Any]) -> Iterator[str]:
    """Yield the parts that are not of the form in which `src/evaluate.py` writes them."""
    comparison, champion = evaluation.get("comparison"), evaluation.get("champion")
    tables = {"metrics": evaluation.get("metrics"), "slices": evaluation.get("slices")}
    if comparison is not None:
        tables["comparison"] = comparison
    if champion is not None or (isinstance(comparison, Mapping) and "impossible" not in comparison):
        found = champion if isinstance(champion, Mapping) else {}
        tables |= {f"champion.{name}": found.get(name) for name in ("metrics", "slices")}
    yield from (name for name, table in tables.items() if not isinstance(table, Mapping))
    if isinstance(comparison, Mapping) and "impossible" not in comparison:
        yield from (f"comparison.{name}" for name in COMPARED if name not in comparison)


def _comparison(evaluation: Mapping[str, Any], rule: Gate, again: str) -> Comparison | Incomparable | None:
    found = evaluation["comparison"]
    if found is None:
        return None
    if "impossible" in found:
        return Incomparable(found["impossible"])
    if (found["metric"], found["confidence"]) != (rule.metric, rule.confidence):
        raise OperationError(
            f"The champion was compared by {found['metric']} at {found['confidence']:.0%}, and the gate asks for "
            f"{rule.metric} at {rule.confidence:.0%}. Evaluate the run again: {again}"
        )
    champion, ours = evaluation["champion"], evaluation["metrics"]
    losses = {name: _loss(name, ours[name], champion["metrics"].get(name)) for name in (rule.metric, *rule.not_worse)}
    slices = dict(_slice_losses(evaluation["slices"], champion["slices"], rule))
    difference, lower, upper = (_number(found[name]) for name in ("difference", "lower", "upper"))
    return Comparison(difference, lower, upper, losses, slices)


def _slice_losses(ours: Mapping[str, Any], theirs: Mapping[str, Any], rule: Gate) -> Iterator[tuple[str, float]]:
    """Yield each slice that has enough rows and in which the metric is defined, with what is lost there."""
    for column, rows in ours.items():
        for mine, other in zip(rows, theirs[column], strict=True):
            values = mine[rule.metric], other[rule.metric]
            if mine["rows"] >= rule.slices.least_rows and None not in values:
                yield f"{column} {mine['value']}", _loss(rule.metric, *values)


def _number(value: Any) -> float:
    """Return NaN, which passes no bound, for what JSON holds in place of a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    try:
        return float(value)
    except OverflowError:  # an integer of hundreds of digits
        return math.inf if value > 0 else -math.inf


def _loss(metric: str, candidate: Any, champion: Any) -> float:
    loss = _number(champion) - _number(candidate)
    return loss if higher_is_better(metric) else -loss


def _impossible(
    evaluation: Mapping[str, Any], comparison: Comparison | Incomparable | None, rule: Gate
) -> Iterator[str]:
    """Yield what no predictions whatever reach: the numbers were damaged, or written by hand."""
    if isinstance(comparison, Comparison):
        said, gain = comparison.difference, -comparison.losses[rule.metric]
        if abs(said - gain) > ROUNDING * max(1.0, abs(_number(evaluation["metrics"][rule.metric]))):
            yield f"{rule.metric} is better by {gain:+.4f}, and the comparison says {said:+.4f}"
    for owner, found in (("", evaluation), ("the champion's ", evaluation["champion"] or {})):
        yield from (f"{owner}{complaint}" for complaint in _outside(found.get("metrics", {})))
        for column, rows in found.get("slices", {}).items():
            for row in rows:
                complaints = _outside({rule.metric: row.get(rule.metric)})
                yield from (f"in {column} {row.get('value', '')}, {owner}{complaint}" for complaint in complaints)


def _outside(metrics: Mapping[str, Any]) -> Iterator[str]:
    for name, value in metrics.items():
        (lowest, highest), number = range_of(name), _number(value)
        # What is not defined is NaN, which is outside of nothing; it passes no bound either.
        if math.isinf(number):
            yield f"{name} must be a number, not {number}"
        elif number < lowest - ROUNDING or number > highest + ROUNDING:
            yield f"{name} must be {_describe_range(lowest, highest)}, not {number:.4f}"


def _describe_range(lowest: float, highest: float) -> str:
    if math.isinf(highest):
        return f"at least {lowest:g}"
    return f"at most {highest:g}" if math.isinf(lowest) else f"from {lowest:g} to {highest:g}"


def _misses(metrics: Mapping[str, float], rule: Gate) -> Iterator[str]:
    # Written as `not >=` so that a NaN misses every bound.
    low = [(name, "below", floor) for name, floor in rule.at_least.items() if not metrics[name] >= floor]
    high = [(name, "above", roof) for name, roof in rule.at_most.items() if not metrics[name] <= roof]
    yield from (f"{name} {metrics[name]:.4f} is {side} {bound}" for name, side, bound in low + high)
    others = metrics.keys() - {name for name, _, _ in low + high}
    yield from (f"{name} is not a number" for name in sorted(others) if not math.isfinite(metrics[name]))


def _doubts(
    metrics: Mapping[str, float], champion: Comparison | Incomparable | None, rule: Gate, is_higher_better: Directions
) -> Iterator[str]:
    """Yield what no honest model is known to reach: more likely a feature gives the outcome away."""
    for name, bound in rule.too_good.items():
        side, passes = (
            ("above", metrics[name] <= bound) if is_higher_better(name) else ("below", metrics[name] >= bound)
        )
        if not passes:
            yield f"{name} {metrics[name]:.4f} is {side} gate.too_good {bound}"
    if isinstance(champion, Comparison) and champion.difference > rule.largest_gain:
        gain = f"{rule.metric} {champion.difference:+.4f} against the champion"
        yield f"{gain} is more than gate.largest_gain {rule.largest_gain}"


def _losses(champion: Comparison, rule: Gate) -> Iterator[str]:
    for name, tolerance in rule.not_worse.items():
        if not champion.losses[name] <= tolerance:
            yield f"{name} by {champion.losses[name]:.4f}, more than gate.not_worse {tolerance}"
    for name, loss in champion.slice_losses.items():
        if not loss <= rule.slices.not_worse:
            yield f"{name} by {loss:.4f} {rule.metric}, more than gate.slices.not_worse {rule.slices.not_worse}"
