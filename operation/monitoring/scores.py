"""Measure the distribution of scores, and estimate performance without outcomes, which is shown and never decides."""

import numpy as np

from operation.monitoring.features import cumulative
from operation.monitoring.performance import area
from operation.monitoring.profiles import Array, Compared, Profile, nearest


def measure_scores(compared: Compared) -> dict[str, float]:
    """Return how far the scores are from the nearest window: the mean difference of cumulative shares."""
    return {"scores/all": nearest(cumulative(compared.window["scores"], compared.windows["scores"]))}


def estimate_performance(profile: Profile, window: Profile) -> float | None:
    """Estimate the area under the ROC curve as if the scores were calibrated; None if they are not probabilities.

    Where it was measured, it was too good in every month that the model had not learned from: never decide by it.
    """
    if profile.task != "binary":
        return None
    edges = np.array([0.0, *profile.plan["score_edges"], 1.0])
    middles = (edges[:-1] + edges[1:]) / 2
    scores: Array = window.sums["scores"].sum(axis=0)
    return area(scores * (1 - middles), scores * middles)
