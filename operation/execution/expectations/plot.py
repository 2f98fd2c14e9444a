"""Draw the history of a column with matplotlib's Figure and not pyplot."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from operation.execution.expectations.panels import Numbers, Panel

COLOURS = ("#2a7f9e", "#d1603d", "#6a994e", "#7d5ba6", "#c9a227", "#7fb7c9", "#888888")
INK, CRITICAL, WARNING = "#24292f", "#b3261e", "#d99a00"
MOST_LABELS = 16  # below an axis
FAR = 3  # a bound farther off than so many times what is shown would make that a flat line: it is named instead


def plot(title: str, names: Sequence[str], panels: Sequence[Panel], file: Path) -> None:
    """Write panels below one another, a point for each data set; equal data give equal bytes."""
    figure = Figure(figsize=(10, 1 + 2.6 * len(panels)), layout="constrained", facecolor="white")
    figure.suptitle(title, color=INK)
    for axes, panel in zip(figure.subplots(len(panels), squeeze=False)[:, 0], panels, strict=True):
        _draw(axes, panel, names)
    with mpl.rc_context({"svg.hashsalt": title}):
        figure.savefig(file, metadata={"Date": None})


def _draw(axes: Any, panel: Panel, names: Sequence[str]) -> None:
    places = range(len(names))
    if panel.band:
        axes.fill_between(places, *map(_gaps, panel.band), color=COLOURS[0], alpha=0.15, linewidth=0)
    for colour, (label, values) in zip(COLOURS, panel.lines.items(), strict=False):
        axes.plot(places, _gaps(values), color=colour, marker="o", markersize=4, label=label)
    for label, values in panel.dots.items():
        axes.plot(places, _gaps(values), color=INK, marker="_", linestyle="", label=label)
    outside = _draw_bounds(axes, panel)
    axes.set_title(panel.title + outside, fontsize="medium", loc="left")
    every = math.ceil(len(names) / MOST_LABELS)
    axes.set_xticks(list(places)[::every], list(names)[::every], rotation=30, ha="right", fontsize="small")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))


def _draw_bounds(axes: Any, panel: Panel) -> str:
    """Draw the bounds as lines; return, in words, those too far off to be drawn."""
    low, high = axes.get_ylim()
    middle, reach = (low + high) / 2, FAR * max(high - low, abs(low) / 2, abs(high) / 2)
    far, labelled = [], set[str]()
    for bound in panel.bounds:
        said = f"{bound.label}, {'learned' if bound.learned else 'committed'}"
        if abs(bound.value - middle) > reach:
            far.append(f"{bound.value:.6g} ({said})")
            continue
        colour, style = CRITICAL if bound.critical else WARNING, ":" if bound.learned else "--"
        label = said if said not in labelled else None
        axes.axhline(bound.value, color=colour, linestyle=style, linewidth=1.2, label=label)
        labelled.add(said)
    return f"; bounds beyond: {', '.join(far)}" if far else ""


def _gaps(values: Numbers) -> list[float]:
    return [math.nan if value is None else value for value in values]
