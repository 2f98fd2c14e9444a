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
    """Candidate against champion in units of the metric: positive always means that the candidate is better."""

    difference: float
    lower: float
    upper: float


def paired_bootstrap(
    metric: Metric,
    labels: NDArray[Any],
    candidate: NDArray[Any],
    champion: NDArray[Any],
    clusters: Clusters,
    *,
    confidence: float,
    resamples: int,
    seed: int,
) -> Difference:
    """Return the difference on all rows and its central percentile interval (Efron & Tibshirani 1993, chapter 13).

    `labels` and both models' scores are (rows,). `clusters` (rows,) numbers what is drawn as a whole, from 0 without
    gaps: where rows share a cause, as those of one day share its weather, drawing single rows would understate the
    uncertainty (Field & Welsh 2007, "Bootstrapping clustered data"). Each draw weighs the rows of both models alike.
    Draws in which the metric is not defined, because only one class is left, do not count; raises InputError when
    that is every draw.
    """
    minuend, subtrahend = (candidate, champion) if metric.higher_is_better else (champion, candidate)
    first = metric.prepare_clusters(labels, minuend, clusters)
    second = metric.prepare_clusters(labels, subtrahend, clusters)
    generator = np.random.default_rng(seed)
    cluster_count = int(clusters.max()) + 1

    def difference(weights: Weights) -> float:
        return first(weights) - second(weights)

    def draw() -> Weights:
        chosen = generator.integers(0, cluster_count, cluster_count)
        return np.bincount(chosen, minlength=cluster_count).astype(np.float64)

    differences = np.array([difference(draw()) for _ in range(resamples)])
    if np.isnan(differences).all():
        raise InputError("no draw of the bootstrap holds both classes: ask for more --resamples")
    tail = (1 - confidence) / 2
    lower, upper = np.nanquantile(differences, [tail, 1 - tail])
    return Difference(difference(np.ones(cluster_count)), float(lower), float(upper))
