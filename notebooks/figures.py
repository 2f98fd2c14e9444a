"""How the notebooks draw: one style, colours that the colour-blind can tell apart, axes with their units."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from learning.use_cases import UseCase

# Okabe & Ito 2008, "Color universal design": told apart with any kind of colour vision, and in print.
BLUE, ORANGE, GREEN, PURPLE, SKY, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#767676"
STYLE: Mapping[str, Any] = {
    "figure.figsize": (8, 4),
    "figure.dpi": 110,
    "figure.constrained_layout.use": True,
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "figure.titlesize": 12,
    "figure.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "legend.frameon": False,
}


def use_style() -> None:
    """Draw everything from now on in the style of the notebooks."""
    import matplotlib as mpl
    from cycler import cycler

    colours = cycler(color=[BLUE, ORANGE, GREEN, PURPLE, SKY, GREY])
    mpl.rcParams.update(dict[Any, Any](STYLE, **{"axes.prop_cycle": colours}))


def label_of(units: Mapping[str, str], column: str) -> str:
    """Return the title of an axis: the column with its unit, where `card.units` of the configuration has one."""
    words = column.replace("_", " ")
    return f"{words} ({units[column]})" if column in units else words


def measure_of(use_case: "UseCase", rows: "pd.DataFrame", units: Mapping[str, str]) -> tuple["NDArray[Any]", str]:
    """Return what to average over rows to see the outcome (rows,), and the title of its axis.

    That is the event in percent, what regression predicts, or of classes the most frequent one in percent.
    """
    target = rows[use_case.target]
    if use_case.task == "regression":
        unit = f" ({units[use_case.target]})" if use_case.target in units else ""
        return target.to_numpy(dtype=float), f"mean {use_case.event}{unit}"
    if use_case.task == "binary":
        return 100.0 * target.to_numpy(dtype=float), f"{use_case.event} (% of {use_case.rows})"
    most = target.mode().iloc[0]
    return 100.0 * (target == most).to_numpy(dtype=float), f"{use_case.event} {most} (% of {use_case.rows})"


def group_rows(values: "pd.Series[Any]", most: int = 10) -> "pd.Series[Any]":
    """Put the values of a column into groups to compare: numbers by size, categories by name, rare ones as the rest."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(values) and values.nunique() > most:
        parts = pd.qcut(values, most, duplicates="drop")
        middles = parts.cat.rename_categories([f"{part.mid:.4g}" for part in parts.cat.categories])
        return middles.astype(object).where(values.notna(), "missing")
    texts = values.astype(object).where(values.notna(), "missing").map(str)
    common = texts.value_counts().index[:most]
    return texts.where(texts.isin(common), "all others")


def edges_of(values: "pd.Series[Any]", most: int = 20) -> "NDArray[Any]":
    """Return the edges of a histogram without the outermost half percent: whole numbers that are few get a bin each."""
    import numpy as np

    low, high = (float(each) for each in values.quantile([0.005, 0.995]))
    if high - low <= 2 * most and bool((values % 1 == 0).all()):
        return np.arange(np.floor(low) - 0.5, np.ceil(high) + 1.0)
    return np.linspace(low, max(high, low + 1e-9), most + 1)


def in_order(groups: "pd.Index[Any]") -> list[str]:
    """Sort the names of groups: numbers by size, then words; what is missing and all others come last."""

    def key(name: str) -> tuple[int, float, str]:
        if name in ("missing", "all others"):
            return 2, 0.0, name
        try:
            return 0, float(name), name
        except ValueError:
            return 1, 0.0, name

    return sorted(map(str, groups), key=key)
