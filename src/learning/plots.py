"""The plots of an evaluation. Drawn with matplotlib's Figure and not pyplot: no display, no state, a faster import."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from learning.metrics import METRICS, calibration_table, confusion_table
from learning.tasks import BINARY, MULTICLASS, REGRESSION

DOTS_PER_INCH = 100
AXES = (
    0.155,
    0.125,
    0.815,
    0.795,
)  # left, bottom, width, height: every plot has the same labels, whatever the model, and
# a layout engine would draw each of them twice to find that out
CURVE_POINTS = 1000  # more than the plot has pixels
# Of the first and the second model: both stay visible where they agree, in any colour vision and without colours.
STYLES, MARKERS, HATCHES = ("-", "--"), ("o", "^"), ("", "///")
# M. Okabe and K. Ito, Color Universal Design (2008), https://jfly.uni-koeln.de/color/: blue and vermillion.
COLOURS = ("#0072b2", "#d55e00")
CHANCE = "#5f6670"  # what no model has drawn: chance, or perfection
# Readable at half size.
SIZES: dict[Any, Any] = {"font.size": 13, "axes.titlesize": 15, "legend.fontsize": 11.5, "lines.linewidth": 2.2}
MOST_DOTS = 3000  # of a cloud, evenly spread over the rows
MOST_LABELS = 12  # classes whose counts and names there is room for


@dataclass(frozen=True)
class Picture:
    """What there is to draw: outcomes and each model's scores, as in learning.outcomes, and the words."""

    outcomes: NDArray[Any]
    models: Mapping[str, NDArray[Any]]
    event: str
    classes: Sequence[str] = ()


Draw = Callable[[Axes, Picture], None]
LINES: Sequence[Mapping[str, Any]] = [
    {"linestyle": style, "color": colour} for style, colour in zip(STYLES, COLOURS, strict=True)
]


def curve_counts(labels: NDArray[Any], scores: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return hits and alarms (points,) as the threshold falls: one point per distinct score, thinned for drawing."""
    descending = np.argsort(-scores)
    last_of_ties = np.flatnonzero(np.append(np.diff(scores[descending]) != 0, True))
    thinned = last_of_ties[np.linspace(0, len(last_of_ties) - 1, min(CURVE_POINTS, len(last_of_ties))).astype(int)]
    return np.cumsum(labels[descending], dtype=np.float64)[thinned], thinned + 1.0


def _draw_roc(axes: Axes, picture: Picture) -> None:
    labels = picture.outcomes
    positive = labels.sum()
    for look, (name, scores) in zip(LINES, picture.models.items(), strict=False):
        hits, alarms = curve_counts(labels, scores)
        false_positive_rate, true_positive_rate = (alarms - hits) / (len(labels) - positive), hits / positive
        label = f"{name}, area {METRICS['roc_auc'](labels, scores):.3f}"
        axes.plot(np.append(0, false_positive_rate), np.append(0, true_positive_rate), **look, label=label)
    axes.plot([0, 1], [0, 1], color=CHANCE, linestyle=":", label="chance, area 0.500")
    found, alarmed = f"true positive rate (share of {picture.event})", "false positive rate (share of the others)"
    axes.set(title="ROC curve", xlabel=alarmed, ylabel=found, xlim=(0, 1), ylim=(0, 1))


def _draw_precision_recall(axes: Axes, picture: Picture) -> None:
    labels = picture.outcomes
    for look, (name, scores) in zip(LINES, picture.models.items(), strict=False):
        hits, alarms = curve_counts(labels, scores)
        label = f"{name}, average precision {METRICS['average_precision'](labels, scores):.3f}"
        axes.step(hits / labels.sum(), hits / alarms, where="pre", **look, label=label)
    share = labels.mean()
    axes.axhline(share, color=CHANCE, linestyle=":", label=f"chance, {picture.event} share {share:.3f}")
    found, right = f"recall (share of {picture.event} found)", "precision (share of alarms that are right)"
    axes.set(title="Precision and recall", xlabel=found, ylabel=right, xlim=(0, 1), ylim=(0, 1))


def _draw_calibration(axes: Axes, picture: Picture) -> None:
    observed = "share of rows where it is right" if picture.classes else f"observed {picture.event} share"
    predicted = "probability of the likeliest class" if picture.classes else f"predicted probability of {picture.event}"
    for marker, look, (name, scores) in zip(MARKERS, LINES, picture.models.items(), strict=False):
        bins = calibration_table(picture.outcomes, scores)
        label = f"{name}, calibration error {METRICS['calibration_error'](picture.outcomes, scores):.3f}"
        axes.plot(
            [row["predicted"] for row in bins],
            [row["observed"] for row in bins],
            marker=marker,
            clip_on=False,  # else half of a marker at 0 or 1 is missing
            **look,
            label=label,
        )
    axes.plot([0, 1], [0, 1], color=CHANCE, linestyle=":", label="perfect calibration")
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
        names = _shorten(picture.classes)
        axes.set_xticks(range(len(names)), names)
        axes.set_yticks(range(len(names)), names, rotation=90, va="center")
    likeliest = f"likeliest {picture.event}"
    axes.set(title="Rows by actual and likeliest class", xlabel=likeliest, ylabel=f"actual {picture.event}")
    axes.grid(visible=False)


def _shorten(classes: Sequence[str]) -> list[str]:
    return [name if len(name) <= MOST_LABELS else f"{name[: MOST_LABELS - 1]}…" for name in classes]


def _draw_recall(axes: Axes, picture: Picture) -> None:
    """Draw for each class the share of its rows that each model finds."""
    places = np.arange(len(picture.classes))
    height = 0.8 / len(picture.models)
    for number, (name, scores) in enumerate(picture.models.items()):
        counts = np.array(confusion_table(picture.outcomes, scores))
        recall = counts.diagonal() / np.maximum(counts.sum(axis=1), 1)
        look: dict[str, Any] = {"color": COLOURS[number], "hatch": HATCHES[number], "edgecolor": "white"}
        axes.barh(places + number * height, recall, height, label=name, **look)
    labels = _shorten(picture.classes) if len(picture.classes) <= MOST_LABELS else ["" for _ in picture.classes]
    axes.set_yticks(places, labels, rotation=90, va="center")
    axes.set(title="Share of each class that is found", xlabel="recall (share of its rows)", xlim=(0, 1))
    axes.set_ylabel(f"actual {picture.event}")


def _draw_predicted(axes: Axes, picture: Picture) -> None:
    chosen = _spread_evenly(len(picture.outcomes))
    for marker, colour, (name, scores) in zip(MARKERS, COLOURS, picture.models.items(), strict=False):
        label = f"{name}, mae {METRICS['mae'](picture.outcomes, scores):.4g}"
        look: dict[str, Any] = {"s": 14, "alpha": 0.45, "color": colour, "marker": marker, "linewidth": 0}
        axes.scatter(scores[chosen], picture.outcomes[chosen], **look, label=label)
    ends = [picture.outcomes.min(), picture.outcomes.max()]
    axes.plot(ends, ends, color=CHANCE, linestyle=":", label="perfect prediction")
    axes.set(title="Prediction and outcome", xlabel=f"predicted {picture.event}", ylabel=f"actual {picture.event}")


def _draw_residuals(axes: Axes, picture: Picture) -> None:
    for look, (name, scores) in zip(LINES, picture.models.items(), strict=False):
        label = f"{name}, rmse {METRICS['rmse'](picture.outcomes, scores):.4g}"
        axes.hist(picture.outcomes - scores, bins=50, histtype="step", linewidth=1.8, **look, label=label)
    axes.axvline(0, color=CHANCE, linestyle=":")
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
        with rc_context(SIZES):
            # Without the version of matplotlib in the file, equal results give equal bytes.
            make_figure(draw, picture).savefig(folder / name, dpi=DOTS_PER_INCH, metadata={"Software": None})


def make_figure(draw: Draw, picture: Picture) -> Figure:
    """Return the figure of one plot, with a legend if it has anything to name."""
    figure = Figure(figsize=(6, 5))
    axes = figure.add_axes(AXES)
    axes.set_axisbelow(True)
    axes.grid(alpha=0.3)
    draw(axes, picture)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(framealpha=0.9, markerscale=1.4)
    return figure
