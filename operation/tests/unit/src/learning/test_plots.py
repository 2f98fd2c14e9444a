"""The numbers behind the curves."""

from pathlib import Path

import numpy as np
import pytest

GENERATOR = np.random.default_rng(0)
LABELS = GENERATOR.random(5000) < 0.3
SCORES = GENERATOR.random(5000)


def test_hits_and_alarms_of_tied_scores_are_scikit_learns() -> None:
    from sklearn.metrics import roc_curve  # which takes seconds, and not every process that reads this file needs

    from learning.plots import curve_counts  # the same of matplotlib

    tied = SCORES.round(1)
    hits, alarms = curve_counts(LABELS, tied)
    false_positive_rate, true_positive_rate, _ = roc_curve(LABELS, tied, drop_intermediate=False)
    np.testing.assert_allclose(hits / LABELS.sum(), true_positive_rate[1:])
    np.testing.assert_allclose((alarms - hits) / (~LABELS).sum(), false_positive_rate[1:])


def test_a_long_curve_is_thinned_and_keeps_its_end() -> None:
    from learning.plots import CURVE_POINTS, curve_counts

    hits, alarms = curve_counts(LABELS, SCORES)
    assert len(hits) == len(alarms) == CURVE_POINTS
    assert (alarms[0], alarms[-1], hits[-1]) == (1, 5000, pytest.approx(LABELS.sum()))


@pytest.mark.parametrize(
    ("task", "count"),
    [("binary", 2), ("multiclass", 3), ("multiclass", 40), ("regression", 1)],
    ids=["binary", "few classes", "many classes", "regression"],
)
def test_every_plot_of_a_task_shows_two_models(task: str, count: int, tmp_path: Path) -> None:
    from learning.plots import PLOTS, Picture, save_plots

    classes = [f"class {number}" for number in range(count)] if task == "multiclass" else []
    outcomes = {"binary": LABELS, "multiclass": np.arange(5000) % count, "regression": 100 * SCORES}[task]
    scores = np.full((5000, count), 1 / count) if classes else SCORES
    save_plots(tmp_path, task, Picture(outcomes, dict.fromkeys(("candidate", "champion"), scores), "good", classes))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(PLOTS[task])


def test_a_plot_is_the_same_every_time(tmp_path: Path) -> None:
    from learning.plots import Picture, save_plots

    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
        save_plots(tmp_path / folder, "regression", Picture(100 * SCORES, {"candidate": SCORES}, "good"))
    for path in (tmp_path / "first").iterdir():
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes()
