"""Estimate how much each parameter of a sweep matters, from its trials alone."""

from collections.abc import Hashable, Mapping, Sequence
from statistics import fmean
from typing import Any

from operation.execution.sweep.ranking import Outcome


def importance_of(
    space: Mapping[str, Sequence[Any]], outcomes: Sequence[Outcome], metric: str
) -> dict[str, float | None]:
    """Return the share of the differences between trials that each parameter explains by itself, from 0 to 1.

    None where the trials are too few to say, or the parameter had a single value. The most important comes first.
    """
    found = [outcome for outcome in outcomes if outcome.metrics]
    values = [outcome.metrics[metric] for outcome in found]
    shares = {name: explained([outcome.trial.values[name] for outcome in found], values) for name in space}
    return dict(sorted(shares.items(), key=lambda item: -1.0 if item[1] is None else item[1], reverse=True))


def explained(groups: Sequence[Hashable], values: Sequence[float]) -> float | None:
    """Compute epsilon squared: the share of the variance of `values` that lies between the groups, less chance's part.

    Groups of random numbers explain something, too, and the more the more groups there are; without that correction a
    parameter with many values would always seem important. Negative estimates are 0.

    Source: T. L. Kelley, An unbiased correlation ratio measure, PNAS 21 (1935), 554-559.
    """
    members: dict[Hashable, list[float]] = {}
    for group, value in zip(groups, values, strict=True):
        members.setdefault(group, []).append(value)
    free = len(values) - len(members)
    if len(members) < 2 or free < 1:
        return None
    total = _spread(values)
    within = sum(map(_spread, members.values()))
    if total == 0:
        return 0.0
    return max(0.0, (total - within - (len(members) - 1) * within / free) / total)


def _spread(values: Sequence[float]) -> float:
    """Sum the squared distances from the mean."""
    mean = fmean(values)
    return sum((value - mean) ** 2 for value in values)


def describe_importance(shares: Mapping[str, float | None]) -> str:
    """Write the shares for people; those that nobody can tell are left out."""
    return ", ".join(f"{name} {share:.2f}" for name, share in shares.items() if share is not None)
