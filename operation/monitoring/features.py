"""Measure how far features are from the nearest window of the reference, so that a season it has seen is not drift.

Some damage leaves every single column as it was: shuffled rows, another unit, another time zone, an old join. So the
relations of the columns to one another, to the clock, to their own values a moment before, to those of other places at
the time, and to categories count, too.
"""

import numpy as np

from operation.monitoring.performance import LEAST_ROWS
from operation.monitoring.profiles import WITHIN, Array, Compared, Profile, nearest, share

SMALL = 0.02  # of a standard deviation: steps below it are those of a number that hardly ever changes


def measure_features(compared: Compared) -> dict[str, float]:
    """Return distances by "measure/feature".

    * shape: Hellinger's distance of the distributions, 0 to 1; level: the mean difference of the cumulative ones;
    * relation: the logarithm of the error, against the worst of the reference, of predicting a number from the others;
    * correlation: that of a number with the others inside of blocks, root mean square; clock: with the hour of day;
    * step: the logarithm of the mean change from moment to moment;
    * place: of joined numbers, the difference in how far the groups at a time, such as airports, are from their mean,
      the largest one;
    * group: the difference in how far the numbers of each category, such as a carrier, are from those of all rows, root
      mean square, that of the category with the largest.
    """
    distances = _shapes(compared) | _relations(compared) | _correlations(compared)
    return distances | _steps(compared) | _places(compared) | _groups(compared)


def find_nearest(reference: Profile, window: Profile, length: int) -> int:
    """Return the first block of those windows of `length` blocks whose distributions are the nearest on average."""
    now, windows = window.whole(), reference.windows(length)
    keys = [f"bins/{name}" for name in reference.features]
    return int(np.argmin(np.mean([hellinger(now[key], windows[key]) for key in keys], axis=0)))


def hellinger(first: Array, second: Array) -> Array:
    """Return Hellinger's distance of counts (bins,) from others (windows, bins): 0 equal, 1 without overlap."""
    one, others = first / max(first.sum(), 1), share(second, second.sum(axis=1, keepdims=True))
    found: Array = np.sqrt(np.maximum(0, 1 - np.sqrt(one * others).sum(axis=1)))
    return found


def cumulative(first: Array, second: Array) -> Array:
    """Return the mean absolute difference of cumulative shares of counts (bins,) from others (windows, bins)."""
    one, others = first / max(first.sum(), 1), share(second, second.sum(axis=1, keepdims=True))
    found: Array = np.abs(np.cumsum(one - others, axis=1)).mean(axis=1)
    return found


def _shapes(compared: Compared) -> dict[str, float]:
    found = {}
    for name in compared.reference.features:
        known, before = compared.window[f"bins/{name}"][:-1], compared.windows[f"bins/{name}"][:, :-1]
        if known.sum():
            found[f"shape/{name}"] = nearest(hellinger(known, before))
    for name in compared.reference.numbers:
        known, before = compared.window[f"bins/{name}"][:-1], compared.windows[f"bins/{name}"][:, :-1]
        if known.sum():
            found[f"level/{name}"] = nearest(cumulative(known, before))
    return found


def _relations(compared: Compared) -> dict[str, float]:
    """Compare the mean squared error of predicting each number from the others with the reference's worst."""
    slopes = compared.slopes
    products = compared.window["products"] / np.maximum(compared.window["rows"], 1)
    before = compared.windows["products"] / np.maximum(compared.windows["rows"], 1)[:, None, None]
    now = np.einsum("fi,ij,fj->f", slopes, products, slopes)
    then = np.einsum("fi,wij,fj->wf", slopes, before, slopes).max(axis=0)
    ratios = np.log((np.maximum(now, 0) + 1e-6) / (np.maximum(then, 0) + 1e-6))
    return {f"relation/{name}": float(ratios[place]) for place, name in enumerate(compared.reference.numbers)}


def _correlations(compared: Compared) -> dict[str, float]:
    difference = compared.windows[WITHIN] - compared.window[WITHIN]
    numbers, found = compared.reference.numbers, {}
    clock = difference.shape[1] - len(numbers)
    for place, name in enumerate(numbers):
        others = np.delete(difference[:, place, : len(numbers)], place, axis=1)
        if others.shape[1]:
            found[f"correlation/{name}"] = nearest(np.sqrt((others**2).mean(axis=1)))
        if clock:
            found[f"clock/{name}"] = nearest(np.sqrt((difference[:, place, len(numbers) :] ** 2).mean(axis=1)))
    return found


def _places(compared: Compared) -> dict[str, float]:
    found: dict[str, float] = {}
    for number, series in enumerate(compared.reference.plan["series"]):
        key = f"offsets/{number}"
        if key not in compared.window or key not in compared.windows:
            continue  # no groups, or many, or a reference that is older than this measure
        now, then = (share(sums[key][..., 0], sums[key][..., 1]) for sums in (compared.window, compared.windows))
        known = compared.window[key][..., 1].min(axis=0) > 0  # (names,)
        distances = np.abs(then - now).max(axis=1)  # (windows, names)
        # Rows themselves may shift among places, as orders do among shops: that says nothing of what was joined.
        names = {name: at for at, name in enumerate(series["names"]) if known[at] and name in series["joined"]}
        found |= {f"place/{name}": nearest(distances[:, at]) for name, at in names.items()}
    return found


def _groups(compared: Compared) -> dict[str, float]:
    found = {}
    for name in compared.reference.categories:
        key = f"groups/{name}"
        if key in compared.window and key in compared.windows:
            (now, rows), (then, rows_before) = _away(compared.window[key]), _away(compared.windows[key])
            common = (rows >= LEAST_ROWS) & (rows_before >= LEAST_ROWS)  # (windows, categories)
            distances = np.sqrt(((then - now) ** 2).mean(axis=-1)) * common
            found[f"group/{name}"] = nearest(distances.max(axis=-1))
    return found


def _away(sums: Array) -> tuple[Array, Array]:
    """Return how far each category's numbers are from those of all, (..., categories, numbers), and its rows."""
    rows, whole = sums[..., -1], sums.sum(axis=-2, keepdims=True)
    return share(sums[..., :-1], sums[..., -1:]) - share(whole[..., :-1], whole[..., -1:]), rows


def _steps(compared: Compared) -> dict[str, float]:
    found = {}
    for number, series in enumerate(compared.reference.plan["series"]):
        now, then = compared.window[f"steps/{number}"], compared.windows[f"steps/{number}"]
        for place, name in enumerate(series["names"]):
            if now[place, 1]:
                mean = now[place, 0] / now[place, 1]
                before = share(then[:, place, 0], then[:, place, 1])
                found[f"step/{name}"] = nearest(np.abs(np.log((mean + SMALL) / (before + SMALL))))
    return found
