"""The metrics against scikit-learn's, on scores with many ties and rows with uneven weights.

scikit-learn takes seconds to import: only the tests that need it do so, for every process reads this file.
"""

import numpy as np
import pytest

from learning.metrics import FEW_CLUSTERS, METRICS, calibration_table, slice_table

GENERATOR = np.random.default_rng(0)
ROWS = 3000
LABELS = (GENERATOR.random(ROWS) < 0.25).astype(np.int8)
SCORES = np.clip(0.25 + 0.1 * LABELS + 0.15 * GENERATOR.normal(size=ROWS), 0.001, 0.999)
WEIGHTS = GENERATOR.integers(0, 4, ROWS).astype(np.float64)
REFERENCES = {
    "roc_auc": "roc_auc_score",
    "average_precision": "average_precision_score",
    "log_loss": "log_loss",
    "brier_score": "brier_score_loss",
}


@pytest.mark.parametrize("scores", [SCORES, SCORES.round(1), np.full(ROWS, 0.3)], ids=["distinct", "ties", "constant"])
@pytest.mark.parametrize("name", REFERENCES)
def test_a_metric_equals_scikit_learns(name: str, scores: np.ndarray) -> None:
    from sklearn import metrics

    reference = getattr(metrics, REFERENCES[name])
    assert METRICS[name](LABELS, scores) == pytest.approx(reference(LABELS, scores), abs=1e-12)
    weighted = reference(LABELS, scores, sample_weight=WEIGHTS)
    assert METRICS[name](LABELS, scores, WEIGHTS) == pytest.approx(weighted, abs=1e-12)


@pytest.mark.parametrize("name", METRICS)
def test_a_whole_number_as_weight_repeats_the_row(name: str) -> None:
    repeats = WEIGHTS.astype(int)
    repeated = METRICS[name](LABELS.repeat(repeats), SCORES.repeat(repeats))
    assert METRICS[name](LABELS, SCORES, WEIGHTS) == pytest.approx(repeated, abs=1e-12)


@pytest.mark.parametrize("name", METRICS)
def test_the_outcome_itself_is_the_best_score_in_the_direction_of_the_metric(name: str) -> None:
    metric = METRICS[name]
    perfect, actual = metric(LABELS, LABELS.astype(float)), metric(LABELS, SCORES)
    assert (perfect > actual) == metric.higher_is_better
    assert perfect == pytest.approx(float(metric.higher_is_better), abs=1e-12)


@pytest.mark.parametrize("count", [7, FEW_CLUSTERS + 1], ids=["few", "many"])
@pytest.mark.parametrize("name", METRICS)
def test_the_weight_of_a_cluster_is_that_of_each_of_its_rows(name: str, count: int) -> None:
    clusters = np.arange(ROWS) % count
    weights = GENERATOR.integers(0, 4, count).astype(np.float64)
    by_cluster = METRICS[name].prepare_clusters(LABELS, SCORES.round(2), clusters)
    assert by_cluster(weights) == METRICS[name](LABELS, SCORES.round(2), weights[clusters])


@pytest.mark.parametrize("count", [2, FEW_CLUSTERS + 1], ids=["few", "many"])
def test_the_ranking_of_clusters_is_not_defined_without_a_positive_row(count: int) -> None:
    clusters = np.arange(2 * count) % count
    labels = clusters == 0
    weights = (np.arange(count) > 0).astype(np.float64)
    assert np.isnan(METRICS["roc_auc"].prepare_clusters(labels, GENERATOR.random(2 * count), clusters)(weights))


@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
def test_a_ranking_metric_is_not_defined_without_a_positive_row(name: str) -> None:
    assert np.isnan(METRICS[name](np.zeros(3), np.array([0.1, 0.2, 0.3])))


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_of_scores_with_nan_is_not_defined(name: str) -> None:
    scores = SCORES.copy()
    scores[LABELS == 1] = np.nan  # which sorting puts last, as if they were the highest
    assert np.isnan(METRICS[name](LABELS, scores))
    assert np.isnan(METRICS[name].prepare_clusters(LABELS, scores, np.arange(ROWS) % 7)(np.ones(7)))


def test_the_log_loss_of_a_wrong_certainty_is_finite() -> None:
    assert METRICS["log_loss"](np.array([1]), np.array([0.0])) == pytest.approx(36.04, abs=0.01)


def test_the_calibration_error_of_a_worked_example() -> None:
    labels, scores = np.array([0, 1, 1, 1]), np.array([0.12, 0.18, 0.85, 0.85])
    # Two rows in the bin to 0.2: predicted 0.15, observed 0.5; two in the bin to 0.9: predicted 0.85, observed 1.
    assert METRICS["calibration_error"](labels, scores) == pytest.approx((2 * 0.35 + 2 * 0.15) / 4)


def test_the_calibration_table_equals_scikit_learns_and_counts_every_row() -> None:
    table = calibration_table(LABELS, SCORES)
    from sklearn.calibration import calibration_curve

    observed, predicted = calibration_curve(LABELS, SCORES, n_bins=10)
    np.testing.assert_allclose([row["observed"] for row in table], observed)
    np.testing.assert_allclose([row["predicted"] for row in table], predicted)
    assert sum(row["rows"] for row in table) == ROWS


def test_the_calibration_table_leaves_out_bins_without_rows() -> None:
    assert calibration_table(np.array([0, 1]), np.array([0.05, 1.0])) == [
        {"predicted": 0.05, "observed": 0.0, "rows": 1},
        {"predicted": 1.0, "observed": 1.0, "rows": 1},
    ]


def test_a_slice_has_the_metrics_of_its_own_rows_and_null_where_they_are_not_defined() -> None:
    labels, scores = np.array([0, 1, 1, 0, 0]), np.array([0.1, 0.9, 0.2, 0.3, 0.4])
    first, second = slice_table(np.array([0, 0, 0, 1, 1]), ["red", "blue"], labels, scores, ["brier_score"])
    assert second["brier_score"] == pytest.approx((0.09 + 0.16) / 2)
    assert (first["value"], first["rows"], first["positive_share"], first["roc_auc"]) == ("red", 3, 2 / 3, 1.0)
    assert (second["rows"], second["roc_auc"], second["average_precision"]) == (2, None, None)
    assert second["log_loss"] == pytest.approx(-np.log([0.7, 0.6]).mean())
