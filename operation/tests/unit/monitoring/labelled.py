"""Made-up outcomes of some weeks, by courier: what pages and pictures of performance are made of."""

from typing import Any

import numpy as np

from operation.monitoring.labels import Labelled, describe_labels
from operation.monitoring.slices import divide
from operation.monitoring.thresholds import Finding

FIRST = 16071  # 2014-01-01
A_DAY = 150
COURIERS = ("Ant", "Bee", "Cat", "rare & <small>")
REGISTERED: dict[str, dict[str, Any]] = {
    "binary": {"value": 0.80, "low": 0.78, "high": 0.82},
    "multiclass": {"value": 0.2, "low": 0.18, "high": 0.22},
    "regression": {"value": 9.8, "low": 9.1, "high": 10.5},
}
FINDINGS = [Finding("performance/roc_auc", 0.02, 0.06), Finding("errors/requests", 0.0, 0.01)]


def outcomes_of(task: str, weeks: int = 4, couriers: tuple[str, ...] = COURIERS, dated: bool = True) -> Labelled:
    """Draw outcomes that follow the scores; those of the third courier no longer do in the second half."""
    generator = np.random.default_rng(3)
    rows = weeks * 7 * A_DAY
    day = np.sort(generator.integers(FIRST, FIRST + weeks * 7, rows)) if dated else np.full(rows, -1)
    share = np.array([0.002 if "small" in courier else 1.0 for courier in couriers])
    courier = generator.choice(np.array(couriers), rows, p=share / share.sum())
    strength = generator.normal(0, 1, rows)
    works = ~((courier == couriers[2]) & (day > FIRST + weeks * 3.5))
    event = (generator.random(rows) < 1 / (1 + np.exp(-1.6 * strength * works))).astype(np.intp)
    score = 1 / (1 + np.exp(-strength))
    error = {"binary": (score - event) ** 2, "regression": np.abs(generator.normal(0, 12, rows))}
    if task == "multiclass":
        event, score = event & 1, event.astype(float)
    slices = {"courier": divide(courier)}
    return Labelled(task, day, score, event, error.get(task, 1.0 - event), slices, "" if dated else "scoring 3f2a9c1d")


def describe(labelled: Labelled) -> dict[str, Any]:
    """Return what metrics.json has under `labels`."""
    counts = {"predictions": labelled.rows + 90, "labels": labelled.rows + 12, "matched": labelled.rows}
    return {**counts, "of_the_version": labelled.rows, **describe_labels(labelled), "slices_lacking": ["month"]}


def decide(labelled: Labelled) -> dict[str, Any]:
    """Return a decision on them."""
    window = {"first": labelled.span[0], "last": labelled.span[1], "rows": labelled.rows}
    return {"decision": "wait", "reasons": ["everything is as in the reference"], "window": window, "version": 3}


def registered(task: str) -> dict[str, Any]:
    """Return what a version was registered with, by some of the couriers."""
    return {**REGISTERED[task], "slices": {"courier": dict.fromkeys(COURIERS[:2], REGISTERED[task])}, "clustering": {}}
