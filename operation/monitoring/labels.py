"""Measure performance by outcomes that came later than the predictions: by week of an outcome's day, and by slice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from operation.console import counted
from operation.monitoring.performance import (
    DAYS_NEEDED,
    LEAST_ROWS,
    UNKNOWN,
    Clustering,
    clip,
    describe_outcomes,
    measure_loss,
)
from operation.monitoring.profiles import WEEK, Array, Profile, Sums
from operation.monitoring.slices import LEAST_OUTCOMES, Slices, describe_slices, is_too_few
from operation.monitoring.thresholds import Finding, limit_of


@dataclass(frozen=True)
class Labelled:
    """Predictions with their outcomes, (rows,) each.

    `day` counts from 1970, and is -1 where none is known. `event` says whether it happened or, of several classes,
    whether the likeliest was right. `error` is of the square for events, 1 for a wrong class, and of numbers absolute.
    `slices` has the slice of each row by column. `window` names the window of a use case whose rows have no day.
    """

    task: str
    day: NDArray[np.int64]
    score: Array
    event: NDArray[np.intp]
    error: Array
    slices: Mapping[str, Slices] = field(default_factory=dict)
    window: str = ""

    @property
    def rows(self) -> int:
        """The number of predictions."""
        return len(self.day)

    @property
    def days(self) -> int:
        """The number of different days."""
        return len(np.unique(self.day[self.day >= 0]))

    @property
    def span(self) -> tuple[str, str]:
        """The first and the last day; where none is known, twice the name of the window."""
        known = self.day[self.day >= 0]
        return (_text(known.min()), _text(known.max())) if len(known) else (self.window, self.window)

    @property
    def is_enough(self) -> bool:
        """Say whether performance can be judged by these outcomes: see what they lack."""
        return not self.lacks

    @property
    def lacks(self) -> str:
        """Say what is missing to judge performance, "" if it can be; days of a use case without dates do not count."""
        if not self.days and not self.window:
            return (
                "the days of the outcomes are not known, and performance is judged by days: give the labels that column"
            )
        if self.rows < LEAST_ROWS or 0 < self.days < DAYS_NEEDED:
            known, needed = counted(self.rows, "prediction"), f"{LEAST_ROWS} are needed to judge performance"
            if self.days:
                known = f"{counted(self.days, 'day')} with {known}"
                needed = f"{DAYS_NEEDED} days with {LEAST_ROWS} or more are needed to judge performance"
            return f"outcomes are known of {known}, and {needed}"
        if is_too_few(self.task, self.event):
            happened = int(self.event.sum())
            return (
                f"the event has happened in {happened:,} of {self.rows:,} predictions, and {LEAST_OUTCOMES} of either "
                "outcome are needed to judge performance"
            )
        return ""

    def sums(self) -> dict[str, Array]:
        """Return what a window of profiles has: counts by outcome and score, rows, errors and squares of these."""
        values, codes = np.unique(self.score, return_inverse=True)
        counts = [np.bincount(codes[self.event == kind], minlength=len(values)) for kind in (0, 1)]
        return {
            "outcomes": np.stack(counts).astype(float),
            "errors": np.array([self.rows, self.error.sum(), (self.error**2).sum()]),
        }

    def choose(self, rows: NDArray[np.bool_]) -> "Labelled":
        """Return some of the rows."""
        slices = {column: each.choose(rows) for column, each in self.slices.items()}
        event, error = self.event[rows], self.error[rows]
        return Labelled(self.task, self.day[rows], self.score[rows], event, error, slices, self.window)


def _text(day: np.int64) -> str:
    return str(np.datetime64(int(day), "D"))


def describe_labels(labelled: Labelled, clustering: Clustering = UNKNOWN) -> dict[str, Any]:
    """Describe performance with its interval, of all rows and by week from the first day on, both also by slice."""
    known = labelled.day >= 0
    week = (labelled.day - (labelled.day[known].min() if known.any() else 0)) // WEEK
    parts = [labelled.choose(known & (week == number)) for number in np.unique(week[known])]
    weeks = [{"first": part.span[0], "last": part.span[1], **_describe_week(part, clustering)} for part in parts]
    days = {
        "days_needed": DAYS_NEEDED,
        "is_enough": labelled.is_enough,
        "lacks": labelled.lacks,
        "without_day": int((~known).sum()),
    }
    return {**_describe_both(labelled, clustering), **days, "weeks": weeks}


def _describe_week(labelled: Labelled, clustering: Clustering) -> dict[str, Any]:
    """Describe the week as `_describe_both` does; one with too few rows has `too_few` in place of numbers."""
    found = _describe_both(labelled, clustering)
    if not is_too_few(labelled.task, labelled.event):
        return {**found, "too_few": False}
    return {name: found[name] for name in ("days", "rows", "slices")} | {"too_few": True}


def _describe_both(labelled: Labelled, clustering: Clustering) -> dict[str, Any]:
    """Describe all rows, and below `slices` those of each slice by column."""
    # Only what is measured: a slice has no slices.
    bare = Labelled(labelled.task, labelled.day, labelled.score, labelled.event, labelled.error)
    slices = {
        column: describe_slices(
            each, labelled.task, labelled.event, lambda rows: _describe_within(bare.choose(rows), clustering)
        )
        for column, each in labelled.slices.items()
    }
    return {**_describe_within(labelled, clustering), "slices": slices}


def _describe_within(labelled: Labelled, clustering: Clustering) -> dict[str, Any]:
    """Describe the rows, with an interval that reaches no farther than there are such values."""
    return clip(labelled.task, _describe(labelled, clustering))


def _describe(labelled: Labelled, clustering: Clustering = UNKNOWN) -> dict[str, Any]:
    found = describe_outcomes(labelled.task, **labelled.sums(), days=labelled.days, clustering=clustering)
    return {"days": labelled.days, **(found or {})}


def compare_labels(labelled: Labelled, windows: Sums, reference: Profile, limits: Mapping[str, float]) -> list[Finding]:
    """Hold performance against the worst of the reference's windows; a loss must exceed what few rows have, too."""
    if not labelled.is_enough:
        return []
    findings, described = [], _describe(labelled)
    for key, value in measure_loss(reference.task, labelled.sums(), windows).items():
        unsure = (described["high"] - described["low"]) / 2
        if labelled.task != "binary":  # a loss is relative to the reference there, as `value` is
            unsure *= (1 + value) / max(described["mean_error"], 1e-12)
        findings.append(Finding(key, value, max(limits.get(key, limit_of(key, 0.0)), unsure)))
    return findings
