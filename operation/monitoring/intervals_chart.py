"""Draw values with their intervals over time, as SVG that stretches with the page; words stand outside, in HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

HEIGHT = 40  # of the drawing, which is 100 wide; the page stretches both
SHARES = ("binary", "multiclass")  # tasks whose measure lies between 0 and 1


@dataclass(frozen=True)
class Point:
    """A value with the ends of its interval, at a place from 0 to 1."""

    place: float
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Scale:
    """The values at the bottom and at the top."""

    low: float
    high: float

    def y(self, value: float) -> float:
        """Return how far below the top the value is drawn, at the edge if it is beyond."""
        share = (value - self.low) / (self.high - self.low)
        return HEIGHT * (1 - min(max(share, 0), 1))


def find_scale(task: str, measured: Sequence[Mapping[str, Any] | None]) -> Scale:
    """Return a scale on which all values and their intervals are seen, as far as such values can be."""
    ends = [
        float(each[name])
        for each in measured
        if each
        for name in ("value", "low", "high")
        if each.get(name) is not None
    ] or [0.0, 1.0]
    room = (max(ends) - min(ends)) * 0.05 or abs(ends[0]) * 0.05 or 0.05
    low, high = max(min(ends) - room, 0.0), max(ends) + room
    return Scale(low, min(high, 1.0) if task in SHARES else high)


def draw(points: Sequence[Point], scale: Scale, registered: Mapping[str, Any] | None, name: str) -> str:
    """Draw dots with whiskers, before the band of the registered interval; a screen reader reads `name` and values."""
    whiskers = "".join(f"M{100 * p.place:.1f} {scale.y(p.low):.1f}V{scale.y(p.high):.1f}" for p in points)
    dots = "".join(f"M{100 * p.place:.1f} {scale.y(p.value):.1f}h.01" for p in points)
    said = escape(f"{name}: {', '.join(f'{p.value:.3f}' for p in points) or 'too few rows'}")
    return (
        f'<svg viewBox="0 0 100 {HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{said}">'
        f'{_band(scale, registered)}<path class="whisker" d="{whiskers}"/><path class="dot" d="{dots}"/></svg>'
    )


def _band(scale: Scale, registered: Mapping[str, Any] | None) -> str:
    if not registered:
        return ""
    line = f'<path class="was" d="M0 {scale.y(registered["value"]):.1f}h100"/>'
    if registered["low"] is None:
        return line
    top, bottom = scale.y(registered["high"]), scale.y(registered["low"])
    return f'<rect class="band" y="{top:.1f}" width="100" height="{bottom - top:.1f}"/>{line}'
