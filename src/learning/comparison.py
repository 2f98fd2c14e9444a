"""Is the candidate better than the champion, or is it luck? A paired bootstrap on the same test rows answers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.errors import InputError
from learning.metrics import Metric
from learning.ranking import Clusters, Weights


@dataclass(frozen=True)
class Difference:
    """Candidate against champion in units of the metric: positive always means that the candidate is better.

    `champion_lower` and `champion_upper` are the interval of the champion's own metric, from the same draws.
    """

    difference: float
    lower: float
    upper: float
    champion_lower: float
    champion_upper: float


def paired_bootstrap(
    metric: Metric,
    outcomes: NDArray[Any],
    candidate: NDArray[Any],
    champion: NDArray[Any],
    clusters: Clusters,
    *,
    confidence: float,
    resamples: int,
    seed: int,
) -> Difference:
    """Return the difference on all rows and its central percentile interval (Efron & Tibshirani 1993, chapter 13).

    `outcomes` and both models' scores are those of learning.tasks. `clusters` (rows,) numbers what is drawn as a whole,
    from 0 without gaps: where rows share a cause, as those of one day share its weather, drawing single rows would
    understate the uncertainty (Field & Welsh 2007, "Bootstrapping clustered data"). Each draw weighs the rows of both
    models alike.
    Draws in which the metric is not defined, because only one class or value is left, do not count; raises InputError
    when that is every draw.
    """
    of_candidate = metric.prepare_clusters(outcomes, candidate, clusters)
    of_champion = metric.prepare_clusters(outcomes, champion, clusters)
    generator = np.random.default_rng(seed)
    cluster_count = int(clusters.max()) + 1

    def both(weights: Weights) -> tuple[float, float]:
        ours, theirs = of_candidate(weights), of_champion(weights)
        return (ours - theirs if metric.higher_is_better else theirs - ours), theirs

    def draw() -> Weights:
        chosen = generator.integers(0, cluster_count, cluster_count)
        return np.bincount(chosen, minlength=cluster_count).astype(np.float64)

    draws = np.array([both(draw()) for _ in range(resamples)])
    if np.isnan(draws[:, 0]).all():
        raise InputError("no draw of the bootstrap holds two different outcomes: ask for more --resamples")
    tail = (1 - confidence) / 2
    (lower, champion_lower), (upper, champion_upper) = np.nanquantile(draws, [tail, 1 - tail], axis=0).tolist()
    difference, _ = both(np.ones(cluster_count))
    return Difference(difference, lower, upper, champion_lower, champion_upper)
