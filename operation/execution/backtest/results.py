"""Sum up a back-test: each policy against the frozen model, over all months. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from operation.errors import OperationError
from operation.execution.backtest.walk import FROZEN, Cell


@dataclass(frozen=True)
class Difference:
    """A policy against the frozen model, in units of the metric: positive always means that the policy is better."""

    difference: float
    lower: float
    upper: float

    def __str__(self) -> str:
        """Read as "+0.0310 [+0.0240, +0.0400]"."""
        return f"{self.difference:+.4f} [{self.lower:+.4f}, {self.upper:+.4f}]"


@dataclass(frozen=True)
class Result:
    """What a cell found: `metric` of its model and of the frozen one, on the same `rows`, and their difference."""

    cell: Cell
    metric: float
    frozen: float
    gain: Difference
    rows: int
    run: str


def read_result(cell: Cell, metric: str, evaluation: Mapping[str, Any], run: str) -> Result:
    """Read the result from the metrics.json of `src/evaluate.py`.

    Raises:
        OperationError: the two models cannot be compared.
    """
    comparison = evaluation["comparison"]
    if "impossible" in comparison:
        raise OperationError(f"{cell.name}, {cell.month}, cannot be compared: {comparison['impossible']}.")
    gain = Difference(*(comparison[name] for name in ("difference", "lower", "upper")))
    frozen = evaluation["champion"]["metrics"][metric]
    return Result(cell, evaluation["metrics"][metric], frozen, gain, evaluation["rows"], run)


def by_policy(results: Sequence[Result]) -> dict[str, list[Result]]:
    """Group the results by policy and delay, each in the order of the months."""
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(result.cell.name, []).append(result)
    return {name: sorted(each, key=lambda result: result.cell.test) for name, each in found.items()}


def mean_gain(results: Sequence[Result]) -> Difference:
    """Average the months' differences, with an interval of the average.

    Months share no day, so their errors are independent, and the distances to the ends add up as squares (Zou & Donner
    2008, "Construction of confidence limits about effect measures"). Those of a month come from draws of whole days.
    """
    gains, count = [result.gain for result in results], len(results)
    mean = sum(each.difference for each in gains) / count
    below = sqrt(sum((each.difference - each.lower) ** 2 for each in gains)) / count
    above = sqrt(sum((each.upper - each.difference) ** 2 for each in gains)) / count
    return Difference(mean, mean - below, mean + above)


def best_policy(results: Sequence[Result]) -> str:
    """Choose the policy that gains most, among those with the delay; frozen if none surely gains."""
    delay = max(result.cell.delay_days for result in results)
    gains = {name: mean_gain(each) for name, each in by_policy(results).items() if each[0].cell.delay_days == delay}
    sure = {name: gain.difference for name, gain in gains.items() if gain.lower > 0}
    return max(sure, key=sure.__getitem__) if sure else FROZEN
