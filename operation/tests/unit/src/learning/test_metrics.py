"""The metrics against scikit-learn's, on scores with many ties and rows with uneven weights.

scikit-learn takes seconds to import: only the tests that need it do so, for every process reads this file.
"""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from learning.metrics import FEW_CLUSTERS, METRICS, calibration_table, confusion_table, metrics_of, slice_table
from learning.tasks import TASKS

GENERATOR = np.random.default_rng(0)
ROWS = 3000
LABELS = (GENERATOR.random(ROWS) < 0.25).astype(np.int8)
SCORES = np.clip(0.25 + 0.1 * LABELS + 0.15 * GENERATOR.normal(size=ROWS), 0.001, 0.999)
CLASSES = GENERATOR.choice(3, ROWS, p=[0.6, 0.3, 0.1])
SHARES = GENERATOR.random((ROWS, 3)) + 0.5 * np.eye(3)[CLASSES]
SHARES /= SHARES.sum(axis=1, keepdims=True)
NUMBERS = 1000 + 50 * GENERATOR.normal(size=ROWS)
PREDICTIONS = NUMBERS + 30 * GENERATOR.normal(size=ROWS)
Table = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]  # outcomes, scores, and those of a model that knows the outcome
TABLES: dict[str, Table] = {
    "binary": (LABELS, SCORES, LABELS.astype(float)),
    "multiclass": (CLASSES, SHARES, np.eye(3)[CLASSES]),
    "regression": (NUMBERS, PREDICTIONS, NUMBERS),
}
WEIGHTS = GENERATOR.integers(0, 4, ROWS).astype(np.float64)
REFERENCES = {
    "roc_auc": "roc_auc_score",
    "average_precision": "average_precision_score",
    "log_loss": "log_loss",
    "brier_score": "brier_score_loss",
}
OF_CHOICE = {
    "accuracy": ("accuracy_score", {}),
    "balanced_accuracy": ("balanced_accuracy_score", {}),
    "macro_f1": ("f1_score", {"average": "macro"}),
}
OF_NUMBERS = {
    "mae": "mean_absolute_error",
    "rmse": "root_mean_squared_error",
    "r2": "r2_score",
    "median_absolute_error": "median_absolute_error",
}
every_metric = pytest.mark.parametrize(
    ("name", "task"), [(name, task) for name, metric in METRICS.items() for task in metric.tasks]
)


@pytest.mark.parametrize("scores", [SCORES, SCORES.round(1), np.full(ROWS, 0.3)], ids=["distinct", "ties", "constant"])
@pytest.mark.parametrize("name", REFERENCES)
def test_a_metric_equals_scikit_learns(name: str, scores: np.ndarray) -> None:
    from sklearn import metrics

    reference = getattr(metrics, REFERENCES[name])
    assert METRICS[name](LABELS, scores) == pytest.approx(reference(LABELS, scores), abs=1e-12)
    weighted = reference(LABELS, scores, sample_weight=WEIGHTS)
    assert METRICS[name](LABELS, scores, WEIGHTS) == pytest.approx(weighted, abs=1e-12)


@pytest.mark.parametrize("weights", [np.ones(ROWS), WEIGHTS], ids=["alike", "uneven"])
def test_a_metric_of_classes_equals_scikit_learns(weights: np.ndarray) -> None:
    from sklearn import metrics

    for name, (reference, more) in OF_CHOICE.items():
        expected = getattr(metrics, reference)(CLASSES, SHARES.argmax(axis=1), sample_weight=weights, **more)
        assert METRICS[name](CLASSES, SHARES, weights) == pytest.approx(expected)
    log_loss = metrics.log_loss(CLASSES, SHARES, sample_weight=weights)
    assert METRICS["log_loss"](CLASSES, SHARES, weights) == pytest.approx(log_loss)
    each = [metrics.roc_auc_score(number == CLASSES, SHARES[:, number], sample_weight=weights) for number in range(3)]
    assert METRICS["roc_auc"](CLASSES, SHARES, weights) == pytest.approx(np.mean(each))


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_a_metric_of_numbers_equals_scikit_learns(name: str) -> None:
    from sklearn import metrics

    reference = getattr(metrics, OF_NUMBERS[name])
    assert METRICS[name](NUMBERS, PREDICTIONS) == pytest.approx(reference(NUMBERS, PREDICTIONS))
    if name != "median_absolute_error":  # of which scikit-learn takes the lower of two middle rows
        weighted = reference(NUMBERS, PREDICTIONS, sample_weight=WEIGHTS)
        assert METRICS[name](NUMBERS, PREDICTIONS, WEIGHTS) == pytest.approx(weighted)


@every_metric
def test_a_whole_number_as_weight_repeats_the_row(name: str, task: str) -> None:
    repeats, (outcomes, scores, _) = WEIGHTS.astype(int), TABLES[task]
    repeated = METRICS[name](outcomes.repeat(repeats), scores.repeat(repeats, axis=0))
    assert METRICS[name](outcomes, scores, WEIGHTS) == pytest.approx(repeated, rel=1e-12, abs=1e-12)


@every_metric
def test_the_outcome_itself_is_the_best_score_in_the_direction_of_the_metric(name: str, task: str) -> None:
    metric, (outcomes, scores, perfect_scores) = METRICS[name], TABLES[task]
    perfect, actual = metric(outcomes, perfect_scores), metric(outcomes, scores)
    assert (perfect > actual) == metric.higher_is_better
    assert perfect == pytest.approx(float(metric.higher_is_better), abs=1e-12)


@pytest.mark.parametrize("count", [7, FEW_CLUSTERS + 1], ids=["few", "many"])
@every_metric
def test_the_weight_of_a_cluster_is_that_of_each_of_its_rows(name: str, task: str, count: int) -> None:
    clusters = np.arange(ROWS) % count
    weights = GENERATOR.integers(0, 4, count).astype(np.float64)
    outcomes, scores, _ = TABLES[task]
    by_cluster = METRICS[name].prepare_clusters(outcomes, scores.round(2), clusters)
    assert by_cluster(weights) == METRICS[name](outcomes, scores.round(2), weights[clusters])


@pytest.mark.parametrize("task", TASKS)
def test_the_metrics_of_a_task_have_its_headline_and_those_of_its_slices(task: str) -> None:
    assert {TASKS[task].metric, *TASKS[task].slice_metrics} <= metrics_of(task).keys()
    assert {task_of for metric in metrics_of(task).values() for task_of in metric.tasks} >= {task}


def test_a_class_that_a_draw_leaves_out_does_not_count() -> None:
    weights = (CLASSES != 2).astype(float)
    two = [METRICS["roc_auc"](CLASSES[CLASSES != 2] == number, SHARES[CLASSES != 2, number]) for number in (0, 1)]
    assert METRICS["roc_auc"](CLASSES, SHARES, weights) == pytest.approx(np.mean(two))
    assert 0 < METRICS["balanced_accuracy"](CLASSES, SHARES, weights) < 1


def test_the_r2_of_large_numbers_that_differ_little_is_exact_and_that_of_equal_ones_not_defined() -> None:
    large = 1e9 + np.arange(4)
    assert METRICS["r2"](large, large + np.array([1, -1, 1, -1])) == pytest.approx(1 - 4 / 5)
    assert np.isnan(METRICS["r2"](np.ones(3), np.arange(3)))


def test_the_median_of_an_even_number_of_errors_is_between_the_middle_two() -> None:
    assert METRICS["median_absolute_error"](np.zeros(4), np.array([1.0, 2.0, 4.0, 9.0])) == 3.0


def test_the_confusion_table_has_a_row_for_each_actual_class() -> None:
    shares = np.array([[0.6, 0.4], [0.2, 0.8], [0.9, 0.1]])
    assert confusion_table(np.array([0, 1, 1]), shares) == [[1, 0], [1, 1]]


@pytest.mark.parametrize("count", [2, FEW_CLUSTERS + 1], ids=["few", "many"])
def test_the_ranking_of_clusters_is_not_defined_without_a_positive_row(count: int) -> None:
    clusters = np.arange(2 * count) % count
    labels = clusters == 0
    weights = (np.arange(count) > 0).astype(np.float64)
    assert np.isnan(METRICS["roc_auc"].prepare_clusters(labels, GENERATOR.random(2 * count), clusters)(weights))


@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
def test_a_ranking_metric_is_not_defined_without_a_positive_row(name: str) -> None:
    assert np.isnan(METRICS[name](np.zeros(3), np.array([0.1, 0.2, 0.3])))


@every_metric
def test_the_worst_and_the_best_scores_are_in_the_range_of_the_metric(name: str, task: str) -> None:
    outcomes, scores, best = TABLES[task]
    lowest, highest = METRICS[name].range
    for each in (scores, best, best[::-1], scores[::-1]):
        found = METRICS[name](outcomes, each)
        assert lowest is None or found >= lowest
        assert highest is None or found <= highest


@every_metric
def test_a_metric_of_scores_with_nan_is_not_defined(name: str, task: str) -> None:
    outcomes, scores = TABLES[task][0], TABLES[task][1].copy()
    scores[outcomes > 0] = np.nan  # which sorting puts last, as if they were the highest
    assert np.isnan(METRICS[name](outcomes, scores))
    assert np.isnan(METRICS[name].prepare_clusters(outcomes, scores, np.arange(ROWS) % 7)(np.ones(7)))


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
    codes = np.array([0, 0, 0, 1, 1])
    first, second = slice_table(codes, ["red", "blue"], "binary", labels, scores, ["brier_score"])
    assert second["brier_score"] == pytest.approx((0.09 + 0.16) / 2)
    assert (first["value"], first["rows"], first["positive_share"], first["roc_auc"]) == ("red", 3, 2 / 3, 1.0)
    assert (second["rows"], second["roc_auc"], second["average_precision"]) == (2, None, None)
    assert second["log_loss"] == pytest.approx(-np.log([0.7, 0.6]).mean())


def test_a_slice_of_numbers_has_their_mean_and_one_of_classes_no_share_of_each() -> None:
    (slice_,) = slice_table(np.zeros(3, dtype=int), ["all"], "regression", np.array([1.0, 2, 3]), np.array([1.0, 2, 6]))
    assert (slice_["mean"], slice_["mae"]) == (2.0, 1.0)
    (slice_,) = slice_table(np.zeros(ROWS, dtype=int), ["all"], "multiclass", CLASSES, SHARES, ["roc_auc"])
    assert list(slice_) == ["value", "rows", "log_loss", "accuracy", "roc_auc"]
