"""Describe the performance of a window whose tables hold the outcomes: in all, by week and by slice, with intervals.

It is what `labels.py` says of outcomes that came later, of the sums of a profile: its blocks are the weeks.
"""

from collections.abc import Sequence
from typing import Any

from operation.monitoring.performance import UNKNOWN, Clustering, are_enough, clip, describe_outcomes
from operation.monitoring.profiles import Array, Profile
from operation.monitoring.slices import are_too_few, place_of


def describe_window(
    window: Profile, sliced_by: Sequence[str] = (), clustering: Clustering = UNKNOWN
) -> dict[str, Any] | None:
    """Describe the rows with an outcome, and below `weeks` those of each block of days; None if there are none.

    `slices_lacking` names the columns of `sliced_by` that the rows do not have.
    """
    if not window.rows or not window.sums["errors"][:, 0].sum():
        return None
    places = range(len(window.blocks))
    whole = _describe(window, places, clustering)
    dated = [place for place in places if window.blocks[place]["days"] and window.sums["errors"][place, 0]]
    return {
        **whole,
        "is_enough": are_enough(whole["rows"], window.scored),
        "slices_lacking": [name for name in sliced_by if name not in window.slices],
        "weeks": [_describe_week(window, place, clustering) for place in dated],
    }


def _describe_week(window: Profile, place: int, clustering: Clustering) -> dict[str, Any]:
    """Describe a block; one with too few rows has `too_few` in place of numbers."""
    block, found = window.blocks[place], _describe(window, [place], clustering)
    known = {"first": block["first"], "last": block["last"]}
    few = are_too_few(window.task, found["rows"], window.sums["outcomes"][place, 1].sum())
    kept = ("days", "rows", "slices") if few else tuple(found)
    return {**known, **{name: found[name] for name in kept}, "too_few": few}


def _describe(window: Profile, places: Sequence[int], clustering: Clustering) -> dict[str, Any]:
    """Describe some blocks, and below `slices` those rows of them that have the same value in a column."""
    outcomes, errors = (window.sums[name][list(places)].sum(axis=0) for name in ("outcomes", "errors"))
    days = sum(window.blocks[place]["days"] for place in places)
    found = clip(window.task, describe_outcomes(window.task, outcomes, errors, days, clustering) or {})
    slices = {name: _describe_slices(window, name, places, days, clustering) for name in window.slices}
    return {"days": days, **found, "slices": slices}


def _describe_slices(
    window: Profile, column: str, places: Sequence[int], days: int, clustering: Clustering
) -> list[dict[str, Any]]:
    outcomes, errors = (window.sums[f"{name}/{column}"][list(places)].sum(axis=0) for name in ("outcomes", "errors"))
    lines = zip(window.slices[column], outcomes, errors, strict=True)
    return [
        _describe_slice(window.task, *line, days, clustering)
        for line in sorted(lines, key=lambda each: place_of(each[0]))
        if line[2][0]
    ]


def _describe_slice(
    task: str, value: str, outcomes: Array, errors: Array, days: int, clustering: Clustering
) -> dict[str, Any]:
    rows, few = int(errors[0]), are_too_few(task, errors[0], outcomes[1].sum())
    found = {} if few else clip(task, describe_outcomes(task, outcomes, errors, days, clustering) or {})
    return {**found, "value": value, "rows": rows, "too_few": few}
