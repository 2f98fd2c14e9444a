"""The picture of the page: how far every figure is from its target. Drawn with matplotlib's Figure and not pyplot."""

from collections.abc import Sequence
from io import StringIO
from math import isnan
from pathlib import Path
from textwrap import fill

from operation.palette import BLUE, INK, VERMILLION
from operation.tests.bench.report import Row

REACHED, MISSED = BLUE, VERMILLION  # a missed one says so beside its bar, too
WIDTH, HEIGHT_OF_A_BAR = 9.0, 0.52  # inches
SHARE_OF_BARS = 0.55  # of the width; the rest is for labels
MOST = 2.0  # times the target; a longer bar would hide the others, so it is cut, and its label says the figure


def draw(rows: Sequence[Row], file: Path) -> None:
    """Write a bar for every row, its figure divided by its target; equal rows give equal bytes."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "benchmarks", "text.color": INK, "axes.labelcolor": INK}):
        figure = Figure(figsize=(WIDTH, 1.2 + HEIGHT_OF_A_BAR * len(rows)), layout="constrained", facecolor="white")
        axes = figure.add_subplot()
        lengths = [length(row) for row in rows]
        axes.barh(range(len(rows)), lengths, height=0.62, color=[REACHED if row.reached else MISSED for row in rows])
        for place, (row, end) in enumerate(zip(rows, lengths, strict=True)):
            axes.text(max(end, 1) + 0.04, place, label(row), va="center")
        axes.axvline(1, color=INK, linewidth=1.2, linestyle=(0, (4, 3)))
        axes.text(1, -0.75, "target", ha="center", va="bottom")
        axes.set_yticks(range(len(rows)), [fill(name(row), 44) for row in rows])
        axes.set(xlim=(0, max(1, *lengths) / SHARE_OF_BARS), ylim=(len(rows) - 0.5, -0.8))
        axes.set_xlabel("figure, as a multiple of its target: shorter is better")
        axes.tick_params(left=False, colors=INK)
        axes.spines[["top", "right", "left"]].set_visible(False)
        file.parent.mkdir(parents=True, exist_ok=True)
        picture = StringIO()
        figure.savefig(picture, format="svg", metadata={"Date": None, "Creator": None})
        # As the hooks of the commit want it: matplotlib leaves a space at the end of most lines.
        lines = [line.rstrip() for line in picture.getvalue().splitlines()]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def length(row: Row) -> float:
    """Of the row's bar, in targets, or what it is a part of the figure where more is better; none if not measured."""
    if isnan(row.figure):
        return 0.0
    return min(row.target / row.figure if row.at_least else row.figure / row.target, MOST)


def name(row: Row) -> str:
    """The row in plain text."""
    return f"{row.measured} ({row.kind})".replace("`", "")


def label(row: Row) -> str:
    """The figure beside its bar."""
    verdict = "" if row.reached else ", missed"
    return f"{row.amount(row.figure)}  ({row.bound}{verdict})"
