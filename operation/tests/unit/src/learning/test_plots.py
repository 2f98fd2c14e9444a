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


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_every_plot_has_a_title_names_both_axes_and_takes_the_colours_of_all_eyes(task: str) -> None:
    from matplotlib.colors import to_hex

    from learning.plots import CHANCE, COLOURS, PLOTS, Picture, make_figure

    classes = ["a", "b", "c"] if task == "multiclass" else []
    outcomes = {"binary": LABELS, "multiclass": np.arange(5000) % 3, "regression": 100 * SCORES}[task]
    scores = np.full((5000, 3), 1 / 3) if classes else SCORES
    picture = Picture(outcomes, dict.fromkeys(("candidate", "champion"), scores), "good", classes)
    for draw in PLOTS[task].values():
        (axes,) = make_figure(draw, picture).axes
        assert axes.get_title()
        assert axes.get_xlabel()
        assert axes.get_ylabel()
        assert {to_hex(line.get_color()) for line in axes.lines} <= {CHANCE, *COLOURS}


def test_the_colours_are_those_of_the_pictures_of_operation() -> None:
    from learning.plots import COLOURS
    from operation.palette import SERIES

    assert SERIES[: len(COLOURS)] == COLOURS


@pytest.mark.parametrize("loss", ["protanopia", "deuteranopia"])
def test_neighbouring_colours_stay_apart_without_red_or_without_green(loss: str) -> None:
    """By the matrices of Machado, Oliveira and Fernandes (2009) at full severity, in linear light."""
    from operation.palette import SERIES

    matrices = {
        "protanopia": [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
        "deuteranopia": [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.01182, 0.04294, 0.968881],
        ],
    }
    light = np.array([[int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)] for colour in SERIES]) ** 2.2
    seen = np.clip(light @ np.array(matrices[loss]).T, 0, 1) ** (1 / 2.2)
    distances = np.linalg.norm(seen[:-1] - seen[1:], axis=1)
    assert distances.min() > 0.25
