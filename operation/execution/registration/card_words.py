"""Write the numbers of a model card as people read them."""

from collections.abc import Mapping, Sequence
from typing import Any

SPACE = "\N{NO-BREAK SPACE}"


def number(value: Any) -> str:
    """Write a number with three decimals, a large one with fewer; "-" for none, and text as it is."""
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.3f}" if abs(value) < 100 else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def interval(ends: Sequence[float] | None) -> str:
    """Write the ends of an interval; "-" for none."""
    return f"{number(float(ends[0]))}{SPACE}to{SPACE}{number(float(ends[1]))}" if ends else "-"


def ends_of(found: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the interval of a difference, if it is known."""
    return None if found["lower"] is None else (found["lower"], found["upper"])


def percent(share: float | None) -> str:
    """Write a share in per cent."""
    return "-" if share is None else f"{100 * share:.1f}{SPACE}%"


def outcomes(card: Mapping[str, Any]) -> str:
    """Say how the outcomes of the test part are distributed."""
    tested = card["tested_on"]
    if "positive_share" in tested:
        return f", {percent(tested['positive_share'])} of them {card['prediction']['event']}"
    if "class_shares" in tested:
        return " (" + ", ".join(f"{percent(share)} {name}" for name, share in tested["class_shares"].items()) + ")"
    if "standard_deviation" in tested:
        return f" with mean {number(tested['mean'])} and standard deviation {number(tested['standard_deviation'])}"
    return ""


def comparison(found: Mapping[str, Any] | None) -> str:
    """Say how the model compares with the champion on the test part."""
    if found is None:
        return "There was no champion to compare with."
    if "impossible" in found:
        return f"A comparison with the champion is impossible: {found['impossible']}."
    return (
        f"Against the champion, {found['metric']} differs by {found['difference']:+.4f} (positive is better), "
        f"{found['confidence']:.0%} interval {found['lower']:+.4f} to {found['upper']:+.4f}, from "
        f"{found['resamples']:,} paired resamples of the same test rows."
    )


def gain_over(metric: str, baseline: str, gain: Mapping[str, float]) -> str:
    """Say by how much the metric is better than the baseline's, or worse."""
    difference, ends = gain["difference"], (gain["lower"], gain["upper"])
    if difference >= 0:
        return f"{metric} is better than the {baseline} baseline's by {difference:+.3f} ({interval(ends)})."
    turned = interval((-ends[1], -ends[0]))
    return f"{metric} is worse than the {baseline} baseline's by {-difference:.3f} ({turned})."


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Name each value by the words on the way to it; a seed is a name rather than a number."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}{key.replace('_', ' ')}"
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{name}: ")
        else:
            flat[name] = str(value) if key == "seed" else value
    return flat
