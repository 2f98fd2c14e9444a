"""Made-up windows whose tables hold the outcomes, by courier: what the report on raw tables is made of."""

from dataclasses import replace
from typing import Any

import numpy as np

from operation.monitoring.profiles import Profile
from operation.tests.unit.monitoring.conftest import make

COURIERS = ("Ant", "Bee", "10", "rare & <small>")  # with the most rows first, as profile_data.py writes them
SHARES = (0.5, 0.3, 0.195, 0.005)


def sliced(task: str = "binary", blocks: int = 4, days: int = 7, shares: tuple[float, ...] = SHARES) -> Profile:
    """Divide the outcomes of a window among couriers; errors are 0.2 on average, and 0.3 from it."""
    window = make(2, blocks)
    rows = window.sums["rows"]
    outcomes = np.stack([window.sums["outcomes"] * share for share in shares], axis=1)
    errors = np.stack([rows, 0.2 * rows, 0.13 * rows], axis=1)
    if task == "multiclass":
        errors = np.stack([rows, 0.2 * rows, 0.2 * rows], axis=1)
    by_courier = np.stack([errors * share for share in shares], axis=1)
    sums = {"errors": errors, "outcomes/courier": outcomes, "errors/courier": by_courier}
    values: Any = COURIERS[: len(shares)]
    dated = tuple({**block, "days": days} for block in window.blocks)
    return replace(window, task=task, blocks=dated, sums={**window.sums, **sums}, slices={"courier": values})
