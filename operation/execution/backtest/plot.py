"""Draw a back-test with matplotlib's Figure and not pyplot."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from operation.execution.backtest.results import Result, by_policy, mean_gain
from operation.execution.backtest.walk import FROZEN
from operation.palette import INK, SERIES

DOTS_PER_INCH = 120
MARKERS = "os^Dv*"  # one a series, in the order of the colours


def draw(results: Sequence[Result], metric: str, file: Path) -> None:
    """Write two panels: the metric by month, and what each policy gains over the frozen model with its interval."""
    grouped = by_policy(results)
    figure = Figure(figsize=(10, 4.8), layout="constrained", facecolor="white")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    first = next(iter(grouped.values()))
    months = [each.cell.month for each in first]
    left.plot(months, [each.frozen for each in first], color=INK, linestyle="--", marker="x", label=FROZEN)
    for place, (colour, marker, (name, each)) in enumerate(zip(SERIES, MARKERS, grouped.items(), strict=False)):
        left.plot(months, [result.metric for result in each], color=colour, marker=marker, label=name)
        gain = mean_gain(each)
        ends = [[gain.difference - gain.lower], [gain.upper - gain.difference]]
        right.errorbar([gain.difference], [place], xerr=ends, color=colour, fmt=marker, capsize=4)
    left.set(title=f"{metric} of each month", xlabel="month tested", ylabel=metric)
    left.tick_params(axis="x", rotation=45)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    right.axvline(0, color=INK, linestyle="--", linewidth=1)
    right.set_yticks(range(len(grouped)), list(grouped))
    right.set_ylim(len(grouped) - 0.5, -0.5)
    right.set(title="Mean gain, with its interval", xlabel=f"{metric} over {FROZEN} (+ is better)")
    right.set_ylabel("policy")
    right.xaxis.set_major_locator(MaxNLocator(4))
    for axes in (left, right):
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    # Without the version of matplotlib in the file, equal results give equal bytes.
    figure.savefig(file, dpi=DOTS_PER_INCH, metadata={"Software": None})
