"""The plots of an evaluation. Drawn with matplotlib's Figure and not pyplot: no display, no state, a faster import."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from learning.metrics import METRICS, calibration_table

DOTS_PER_INCH = 100
AXES = (0.11, 0.10, 0.86, 0.83)  # left, bottom, width, height: every plot has the same labels, whatever the model, and
# a layout engine would draw each of them twice to find that out
CURVE_POINTS = 1000  # more than the plot has pixels
STYLES = ("-", "--")  # of the first and the second model: both stay visible where they agree

Draw = Callable[[Axes, NDArray[Any], Mapping[str, NDArray[Any]], str], None]


def curve_counts(labels: NDArray[Any], scores: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return hits and alarms (points,) as the threshold falls: one point per distinct score, thinned for drawing."""
    descending = np.argsort(-scores)
    last_of_ties = np.flatnonzero(np.append(np.diff(scores[descending]) != 0, True))
    thinned = last_of_ties[np.linspace(0, len(last_of_ties) - 1, min(CURVE_POINTS, len(last_of_ties))).astype(int)]
    return np.cumsum(labels[descending], dtype=np.float64)[thinned], thinned + 1.0


def _draw_roc(axes: Axes, labels: NDArray[Any], models: Mapping[str, NDArray[Any]], _event: str) -> None:
    positive = labels.sum()
    for style, (name, scores) in zip(STYLES, models.items(), strict=False):
        hits, alarms = curve_counts(labels, scores)
        false_positive_rate, true_positive_rate = (alarms - hits) / (len(labels) - positive), hits / positive
        label = f"{name}, area {METRICS['roc_auc'](labels, scores):.3f}"
        axes.plot(np.append(0, false_positive_rate), np.append(0, true_positive_rate), linestyle=style, label=label)
    axes.plot([0, 1], [0, 1], color="gray", linestyle=":", label="chance, area 0.500")
    axes.set(title="ROC curve", xlabel="false positive rate", ylabel="true positive rate", xlim=(0, 1), ylim=(0, 1))


def _draw_precision_recall(axes: Axes, labels: NDArray[Any], models: Mapping[str, NDArray[Any]], event: str) -> None:
    for style, (name, scores) in zip(STYLES, models.items(), strict=False):
        hits, alarms = curve_counts(labels, scores)
        label = f"{name}, average precision {METRICS['average_precision'](labels, scores):.3f}"
        axes.step(hits / labels.sum(), hits / alarms, where="pre", linestyle=style, label=label)
    share = labels.mean()
    axes.axhline(share, color="gray", linestyle=":", label=f"chance, {event} share {share:.3f}")
    axes.set(title="Precision and recall", xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1))


def _draw_calibration(axes: Axes, labels: NDArray[Any], models: Mapping[str, NDArray[Any]], event: str) -> None:
    for style, (name, scores) in zip(STYLES, models.items(), strict=False):
        bins = calibration_table(labels, scores)
        label = f"{name}, calibration error {METRICS['calibration_error'](labels, scores):.3f}"
        axes.plot(
            [row["predicted"] for row in bins],
            [row["observed"] for row in bins],
            marker="o",
            linestyle=style,
            label=label,
        )
    axes.plot([0, 1], [0, 1], color="gray", linestyle=":", label="perfect calibration")
    axes.set(
        title="Calibration", xlabel="predicted probability", ylabel=f"observed {event} share", xlim=(0, 1), ylim=(0, 1)
    )


PLOTS: Mapping[str, Draw] = {
    "roc.png": _draw_roc,
    "precision_recall.png": _draw_precision_recall,
    "calibration.png": _draw_calibration,
}


def save_plots(folder: Path, labels: NDArray[Any], models: Mapping[str, NDArray[Any]], event: str) -> None:
    """Write every plot into the folder; `labels`, 1 for the `event`, and each named model's scores are (rows,)."""
    for name, draw in PLOTS.items():
        figure = Figure(figsize=(6, 5))
        axes = figure.add_axes(AXES)
        draw(axes, labels, models, event)
        axes.grid(alpha=0.3)
        axes.legend()
        # Without the version of matplotlib in the file, equal results give equal bytes.
        figure.savefig(folder / name, dpi=DOTS_PER_INCH, metadata={"Software": None})
