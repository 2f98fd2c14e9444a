"""Measure damage of data: missing values, unknown categories, values out of range, broken keys and dependencies."""

from collections.abc import Sequence

from operation.monitoring.profiles import Array, Compared, nearest, share


def measure_quality(compared: Compared) -> dict[str, float]:
    """Return shares, each above the worst of the reference's windows, by "measure/feature".

    * missing: of missing values; outside: of numbers that the reference never had;
    * unknown: of categories that the model does not know, or that are missing;
    * broken: of moments whose rows disagree, such as two pressures at a place in an hour;
    * still: of moments at which a number is what it was a moment before;
    * apart: of rows whose day and moment are another number of days apart than in the nearest window;
    * repeated: of rows whose key stood before.
    """
    found: dict[str, float] = {}
    window, windows = compared.window, compared.windows
    for name in compared.reference.numbers:
        bins, others = window[f"bins/{name}"], windows[f"bins/{name}"]
        found[f"missing/{name}"] = _above(bins[-1], bins.sum(), others[:, -1], others.sum(axis=1))
        outside, outside_before = bins[0] + bins[-2], others[:, 0] + others[:, -2]
        found[f"outside/{name}"] = _above(outside, bins.sum(), outside_before, others.sum(axis=1))
    for name in compared.reference.categories:
        bins, others = window[f"bins/{name}"], windows[f"bins/{name}"]
        found[f"unknown/{name}"] = _above(bins[-1], bins.sum(), others[:, -1], others.sum(axis=1))
    for number, series in enumerate(compared.reference.plan["series"]):
        broken, before = window[f"broken/{number}"], windows[f"broken/{number}"]
        for place, name in enumerate(series["names"]):
            now = broken[place]
            found[f"broken/{name}"] = _above(now[0], now[1], before[:, place, 0], before[:, place, 1])
        found |= _still(series["names"], window[f"steps/{number}"], windows[f"steps/{number}"])
    if "apart" in window and "apart" in windows:  # an older reference has none
        now, before = window["apart"], windows["apart"]
        shares = share(now, now.sum()), share(before, before.sum(axis=1, keepdims=True))
        found["apart/days"] = nearest(abs(shares[0] - shares[1]).sum(axis=1) / 2)
    if "repeated" in window:
        found["repeated/rows"] = _above(window["repeated"], window["rows"], windows["repeated"], windows["rows"])
    return found


def _still(names: Sequence[str], now: Array, before: Array) -> dict[str, float]:
    """Return the shares of steps of 0; none if the reference, or the window, is older than this measure."""
    if now.shape[-1] < 3 or before.shape[-1] < 3:
        return {}
    return {
        f"still/{name}": _above(now[place, 2], now[place, 1], before[:, place, 2], before[:, place, 1])
        for place, name in enumerate(names)
        if now[place, 1]
    }


def _above(part: Array, total: Array, parts: Array, totals: Array) -> float:
    """Return how far the share lies above the greatest of the others."""
    return float(share(part, total) - share(parts, totals).max())
