"""Measure performance by slices: the rows in which a column, such as the region, has the same value."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from operation.monitoring.performance import LEAST_ROWS

LEAST_OUTCOMES = 5  # of each of two outcomes, as in a model card
MISSING = "None"  # the slice of rows without a value, as in a model card


@dataclass(frozen=True)
class Slices:
    """The slice of each row by a column: `codes` (rows,) index into `values`, which are texts."""

    codes: NDArray[np.intp]
    values: Sequence[str]

    def choose(self, rows: NDArray[np.bool_]) -> "Slices":
        """Return those of some rows, with all values."""
        return Slices(self.codes[rows], self.values)


def divide(column: NDArray[Any]) -> Slices:
    """Divide rows by the texts of a column (rows,); those that are numbers come first, in their order."""
    values, codes = np.unique(column.astype(str), return_inverse=True)
    order = sorted(range(len(values)), key=lambda place: place_of(str(values[place])))
    places = np.argsort(order)  # the new place of each old one
    return Slices(places[codes], [str(values[place]) for place in order])


def place_of(value: str) -> tuple[bool, float, str]:
    """Return what sorts slices: numbers first, in their order."""
    try:
        return False, float(value), value
    except ValueError:
        return True, 0.0, value


def describe_slices(
    slices: Slices, task: str, events: NDArray[np.intp], describe: Callable[[NDArray[np.bool_]], Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Describe each slice that has rows, by what `describe` says of these; one with too few has `too_few` instead."""
    found = []
    for code in np.unique(slices.codes):
        rows = slices.codes == code
        line: dict[str, Any] = {"value": slices.values[code], "rows": int(rows.sum())}
        few = is_too_few(task, events[rows])
        found.append({**line, "too_few": True} if few else {**describe(rows), **line, "too_few": False})
    return found


def is_too_few(task: str, events: NDArray[np.intp]) -> bool:
    """Say whether the rows with these events are too few to say anything; of two outcomes, each must occur."""
    return are_too_few(task, len(events), int(events.sum()))


def are_too_few(task: str, rows: float, happened: float) -> bool:
    """Say the same of so many rows, of which in so many the event happened."""
    least = min(happened, rows - happened) if task == "binary" else LEAST_OUTCOMES
    return bool(rows < LEAST_ROWS or least < LEAST_OUTCOMES)
