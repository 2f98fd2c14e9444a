"""Draw a sweep, the metric against each parameter, with matplotlib's Figure and not pyplot."""

from collections.abc import Mapping, Sequence
from math import ceil
from pathlib import Path
from statistics import median
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from operation.execution.configuration.declared import higher_is_better
from operation.execution.configuration.sections import Configuration
from operation.execution.sweep.importance import importance_of
from operation.execution.sweep.ranking import Outcome, describe_selection
from operation.execution.sweep.space import space_of, varying
from operation.palette import BLUE, INK, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TRIAL, BEST = BLUE, VERMILLION
DOTS_PER_INCH = 120
MOST_COLUMNS = 3
WIDTH, HEIGHT, LEGEND, LINE = 3.4, 3.0, 0.55, 0.2  # inches of a panel, of the legend, of a line of the title
LETTERS = 12.0  # of the title that an inch has room for
SPREAD = 0.4  # of the distance between two values, over which the trials of one value stand side by side


def draw(configuration: Configuration, outcomes: Sequence[Outcome], file: Path) -> None:
    """Write a panel for each parameter that varies; `outcomes` are ranked, and those that failed are only counted."""
    shown = [outcome for outcome in outcomes if outcome.metrics]
    space, metric = space_of(configuration), configuration.gate.metric
    names = varying(space)
    rows = ceil(len(names) / MOST_COLUMNS)
    columns = ceil(len(names) / rows)
    with rc_context({"text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": INK}):
        width = max(WIDTH * columns, 2 * WIDTH)
        title = title_of(configuration, outcomes, int(width * LETTERS))
        size = (width, HEIGHT * rows + LEGEND + LINE * len(title))
        figure = Figure(figsize=size, layout="constrained", facecolor="white")
        panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
        shares = importance_of(space, shown, metric)
        for name, axes in zip(names, panels.flat, strict=False):
            _draw_panel(axes, name, space[name], [(each.trial.values[name], each.metrics[metric]) for each in shown])
            if (share := shares[name]) is not None:
                axes.set_xlabel(f"{name}  (importance {share:.2f})")
        for axes in panels.flat[len(names) :]:
            axes.set_visible(False)
        for axes in panels[:, 0]:
            axes.set_ylabel(f"{metric}, selection part")
        figure.suptitle("\n".join(title), fontsize="medium", x=0.02, ha="left")
        handles, labels = panels.flat[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
        # Without the version of matplotlib in the file, equal results give equal bytes.
        figure.savefig(file, dpi=DOTS_PER_INCH, metadata={"Software": None})


def _draw_panel(axes: "Axes", name: str, choices: Sequence[Any], found: Sequence[tuple[Any, float]]) -> None:
    """Draw values at equal distances in the order of the configuration; `found` has value and metric, best first."""
    places = _places(choices, found)
    for place, choice in enumerate(choices):
        if metrics := [metric for value, metric in found if value == choice]:
            label = "median of a value" if place == choices.index(found[0][0]) else ""
            ends = place - SPREAD / 1.4, place + SPREAD / 1.4
            axes.hlines(median(metrics), *ends, color=INK, linewidth=1.2, alpha=0.55, label=label)
    metrics = [metric for _, metric in found]
    axes.scatter(places[1:], metrics[1:], color=TRIAL, s=34, alpha=0.85, linewidth=0, zorder=3, label="trial")
    axes.scatter(
        places[:1], metrics[:1], color=BEST, s=190, marker="*", edgecolor="white", zorder=4, label="best trial"
    )
    axes.set_xticks(range(len(choices)), [str(choice) for choice in choices])
    axes.set(xlabel=name, xlim=(-0.6, len(choices) - 0.4))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.ticklabel_format(axis="y", useOffset=False)
    axes.grid(axis="y", alpha=0.25)
    axes.tick_params(colors=INK, length=0)
    axes.spines[["top", "right"]].set_visible(False)


def _places(choices: Sequence[Any], found: Sequence[tuple[Any, float]]) -> list[float]:
    """Place each trial at its value, beside the others of that value, so that none hides another."""
    beside: Mapping[Any, list[int]] = {
        choice: [place for place, (value, _) in enumerate(found) if value == choice] for choice in choices
    }
    places = []
    for place, (value, _) in enumerate(found):
        group = beside[value]
        shift = (group.index(place) - (len(group) - 1) / 2) / max(len(group), 4)
        places.append(choices.index(value) + SPREAD * shift)
    return places


def title_of(configuration: Configuration, outcomes: Sequence[Outcome], width: int) -> list[str]:
    """Return the lines of the title, none of them longer than so many letters; `outcomes` are ranked."""
    metric, best = configuration.gate.metric, outcomes[0]
    better = "higher" if higher_is_better(metric) else "lower"
    values = ", ".join(f"{name}\N{NO-BREAK SPACE}{value}" for name, value in best.trial.values.items())
    failed = sum(outcome.result == "failed" for outcome in outcomes)
    aside = f", of which {failed} failed" if failed else ""
    sentences = (
        f"{len(outcomes)} trials{aside}, compared on {describe_selection(configuration, best.tested)}",
        f"{metric}: {better} is better; best {best.metrics[metric]:.4f} with {values}",
    )
    return [line for sentence in sentences for line in wrap(sentence, width)]
