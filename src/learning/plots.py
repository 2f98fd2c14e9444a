"""The plots of an evaluation. Drawn with matplotlib's Figure and not pyplot: no display, no state, a faster import."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from learning.metrics import METRICS, calibration_table, confusion_table
from learning.tasks import BINARY, MULTICLASS, REGRESSION

DOTS_PER_INCH = 100
AXES = (0.11, 0.10, 0.86, 0.83)  # left, bottom, width, height: every plot has the same labels, whatever the model, and
# a layout engine would draw each of them twice to find that out
CURVE_POINTS = 1000  # more than the plot has pixels
STYLES = ("-", "--")  # of the first and the second model: both stay visible where they agree

MOST_DOTS = 3000  # of a cloud, evenly spread over the rows
MOST_LABELS = 12  # classes whose counts and names there is room for
COLOURS = ("C0", "C1")


@dataclass(frozen=True)
class Picture:
    """What there is to draw: outcomes and each model's scores, as in learning.outcomes, and the words."""

    outcomes: NDArray[Any]
    models: Mapping[str, NDArray[Any]]
    event: str
    classes: Sequence[str] = ()


Draw = Callable[[Axes, Picture], None]


def curve_counts(labels: NDArray[Any], scores: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return hits and alarms (points,) as the threshold falls: one point per distinct score, thinned for drawing."""
    descending = np.argsort(-scores)
    last_of_ties = np.flatnonzero(np.append(np.diff(scores[descending]) != 0, True))
    thinned = last_of_ties[np.linspace(0, len(last_of_ties) - 1, min(CURVE_POINTS, len(last_of_ties))).astype(int)]
    return np.cumsum(labels[descending], dtype=np.float64)[thinned], thinned + 1.0


def _draw_roc(axes: Axes, picture: Picture) -> None:
    labels = picture.outcomes
    positive = labels.sum()
    for style, (name, scores) in zip(STYLES, picture.models.items(), strict=False):
        hits, alarms = curve_counts(labels, scores)
        false_positive_rate, true_positive_rate = (alarms - hits) / (len(labels) - positive), hits / positive
        label = f"{name}, area {METRICS['roc_auc'](labels, scores):.3f}"
        axes.plot(np.append(0, false_positive_rate), np.append(0, true_positive_rate), linestyle=style, label=label)
    axes.plot([0, 1], [0, 1], color="gray", linestyle=":", label="chance, area 0.500")
    axes.set(title="ROC curve", xlabel="false positive rate", ylabel="true positive rate", xlim=(0, 1), ylim=(0, 1))


def _draw_precision_recall(axes: Axes, picture: Picture) -> None:
    labels = picture.outcomes
    for style, (name, scores) in zip(STYLES, picture.models.items(), strict=False):
        hits, alarms = curve_counts(labels, scores)
        label = f"{name}, average precision {METRICS['average_precision'](labels, scores):.3f}"
        axes.step(hits / labels.sum(), hits / alarms, where="pre", linestyle=style, label=label)
    share = labels.mean()
    axes.axhline(share, color="gray", linestyle=":", label=f"chance, {picture.event} share {share:.3f}")
    axes.set(title="Precision and recall", xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1))


def _draw_calibration(axes: Axes, picture: Picture) -> None:
    observed = "share of rows where it is right" if picture.classes else f"observed {picture.event} share"
    predicted = "probability of the likeliest class" if picture.classes else "predicted probability"
    for style, (name, scores) in zip(STYLES, picture.models.items(), strict=False):
        bins = calibration_table(picture.outcomes, scores)
        label = f"{name}, calibration error {METRICS['calibration_error'](picture.outcomes, scores):.3f}"
        axes.plot(
            [row["predicted"] for row in bins],
            [row["observed"] for row in bins],
            marker="o",
            linestyle=style,
            label=label,
        )
    axes.plot([0, 1], [0, 1], color="gray", linestyle=":", label="perfect calibration")
    axes.set(title="Calibration", xlabel=predicted, ylabel=observed, xlim=(0, 1), ylim=(0, 1))


def _draw_confusion(axes: Axes, picture: Picture) -> None:
    """Draw the candidate's: a row for each class, whose cells are shares of its rows."""
    counts = np.array(confusion_table(picture.outcomes, next(iter(picture.models.values()))))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if len(picture.classes) <= MOST_LABELS:
        for (row, column), count in np.ndenumerate(counts):
            colour = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, f"{count:,}", ha="center", va="center", color=colour)
        names = [name if len(name) <= MOST_LABELS else f"{name[: MOST_LABELS - 1]}…" for name in picture.classes]
        axes.set_xticks(range(len(names)), names)
        axes.set_yticks(range(len(names)), names, rotation=90, va="center")
    axes.set(title="Rows by actual and likeliest class", xlabel="likeliest", ylabel=f"actual {picture.event}")
    axes.grid(visible=False)


def _draw_recall(axes: Axes, picture: Picture) -> None:
    """Draw for each class the share of its rows that each model finds."""
    places = np.arange(len(picture.classes))
    height = 0.8 / len(picture.models)
    for number, (name, scores) in enumerate(picture.models.items()):
        counts = np.array(confusion_table(picture.outcomes, scores))
        recall = counts.diagonal() / np.maximum(counts.sum(axis=1), 1)
        axes.barh(places + number * height, recall, height, color=COLOURS[number], label=name)
    labels = picture.classes if len(picture.classes) <= MOST_LABELS else ["" for _ in picture.classes]
    axes.set_yticks(places, labels, rotation=90, va="center")
    axes.set(title="Share of each class that is found", xlabel="recall", xlim=(0, 1))


def _draw_predicted(axes: Axes, picture: Picture) -> None:
    chosen = _spread_evenly(len(picture.outcomes))
    for colour, (name, scores) in zip(COLOURS, picture.models.items(), strict=False):
        label = f"{name}, mae {METRICS['mae'](picture.outcomes, scores):.4g}"
        axes.scatter(scores[chosen], picture.outcomes[chosen], s=6, alpha=0.4, color=colour, linewidth=0, label=label)
    ends = [picture.outcomes.min(), picture.outcomes.max()]
    axes.plot(ends, ends, color="gray", linestyle=":", label="perfect prediction")
    axes.set(title="Prediction and outcome", xlabel=f"predicted {picture.event}", ylabel=f"actual {picture.event}")


def _draw_residuals(axes: Axes, picture: Picture) -> None:
    for style, (name, scores) in zip(STYLES, picture.models.items(), strict=False):
        label = f"{name}, rmse {METRICS['rmse'](picture.outcomes, scores):.4g}"
        axes.hist(picture.outcomes - scores, bins=50, histtype="step", linestyle=style, label=label)
    axes.axvline(0, color="gray", linestyle=":")
    axes.set(title="Residuals", xlabel=f"actual minus predicted {picture.event}", ylabel="rows")


def _spread_evenly(count: int) -> NDArray[np.intp]:
    return np.linspace(0, count - 1, min(MOST_DOTS, count)).astype(np.intp)


PLOTS: Mapping[str, Mapping[str, Draw]] = {
    BINARY: {
        "roc.png": _draw_roc,
        "precision_recall.png": _draw_precision_recall,
        "calibration.png": _draw_calibration,
    },
    MULTICLASS: {
        "confusion.png": _draw_confusion,
        "recall.png": _draw_recall,
        "calibration.png": _draw_calibration,
    },
    REGRESSION: {
        "predicted.png": _draw_predicted,
        "residuals.png": _draw_residuals,
    },
}


def save_plots(folder: Path, task: str, picture: Picture) -> None:
    """Write every plot of the task into the folder."""
    for name, draw in PLOTS[task].items():
        figure = Figure(figsize=(6, 5))
        axes = figure.add_axes(AXES)
        axes.grid(alpha=0.3)
        draw(axes, picture)
        if axes.get_legend_handles_labels()[0]:
            axes.legend()
        # Without the version of matplotlib in the file, equal results give equal bytes.
        figure.savefig(folder / name, dpi=DOTS_PER_INCH, metadata={"Software": None})
