"""The outcomes that each task can learn from, read from the column of the target.

An outcome is a boolean for `binary` (did the event happen?), the number of a class for `multiclass`, and a number for
`regression`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.errors import InputError
from learning.features import as_text
from learning.tasks import BINARY, MULTICLASS, REGRESSION

Outcomes = NDArray[Any]  # (rows,): bool, the number of the class, or float64
FEW = 5  # values that a message lists


def find_classes(task: str, target: NDArray[Any]) -> tuple[str, ...]:
    """Return the classes of a `multiclass` target as text, sorted; other tasks have none."""
    return tuple(sorted({text for text in as_text(target) if text is not None})) if task == MULTICLASS else ()


def read_outcomes(task: str, target: NDArray[Any], classes: Sequence[str], name: str, file: Path) -> Outcomes:
    """Return the outcomes (rows,) of the column `name` of `file`.

    Raises InputError for values that are none of the task's, and where all rows have the same outcome: nothing can be
    learned from such rows, and few metrics are defined on them.
    """
    place = f"column {name} of {file}"
    if task == BINARY:
        return _events(target, place)
    outcomes = _numbers(target, place) if task == REGRESSION else _class_numbers(target, classes, place)
    if len(np.unique(outcomes[:])) < 2:
        wanted = "two different numbers" if task == REGRESSION else "two classes"
        raise InputError(f"{place} must hold at least {wanted}, and holds {_list(target)}: prepare more rows")
    return outcomes


def summarize(task: str, outcomes: Outcomes, classes: Sequence[str]) -> dict[str, Any]:
    """Say how the outcomes are distributed: the share of the event, of each class, or mean and spread."""
    if task == BINARY:
        return {"positive_share": float(outcomes.mean())}
    if task == MULTICLASS:
        shares = np.bincount(outcomes, minlength=len(classes)) / len(outcomes)
        return {"class_shares": dict(zip(classes, shares.tolist(), strict=True))}
    return {"mean": float(outcomes.mean()), "standard_deviation": float(outcomes.std())}


def constant_scores(task: str, outcomes: Outcomes, class_count: int) -> list[float]:
    """Return what a model that knows no feature answers to every row: the share of the event or class, or the mean."""
    if task == MULTICLASS:
        shares: list[float] = (np.bincount(outcomes, minlength=class_count) / len(outcomes)).tolist()
        return shares
    return [float(outcomes.mean())]


def _events(target: NDArray[Any], place: str) -> Outcomes:
    values = set(np.unique(target).tolist()) if target.dtype.kind in "biuf" else set()
    if values != {0, 1}:
        raise InputError(f"{place} must hold 0 and 1, and nothing else, and holds {_list(target)}: prepare more rows")
    return target.astype(np.bool_)


def _numbers(target: NDArray[Any], place: str) -> Outcomes:
    if target.dtype.kind not in "iuf" or not np.isfinite(target).all():
        raise InputError(f"{place} must hold a finite number in every row, and holds {_list(target)}")
    return target.astype(np.float64)


def _class_numbers(target: NDArray[Any], classes: Sequence[str], place: str) -> Outcomes:
    numbers = {name: number for number, name in enumerate(classes)}
    found = as_text(target)
    unknown = sorted({str(text) for text in found if text not in numbers})
    if unknown:
        raise InputError(
            f"{place} holds {', '.join(unknown[:FEW])}, which the training part does not: leave out or merge rare "
            "classes, or split the rows otherwise"
        )
    return np.array([numbers[str(text)] for text in found], dtype=np.intp)


def _list(target: NDArray[Any]) -> str:
    """List a few of the values for a message: those that cannot be an outcome first."""
    if target.dtype.kind == "f" and not np.isfinite(target).all():
        return "missing or infinite ones"
    values = sorted({str(text) for text in as_text(target)})
    return ", ".join(values[:FEW]) + (", ..." if len(values) > FEW else "") or "no row"
