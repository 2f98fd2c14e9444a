"""Draw charts as SVG text: no library, so a command that writes a page imports nothing slow.

Colours are those of Okabe & Ito 2008, which colour-blind people tell apart; lines differ in their dashes as well.
Text is large enough to be read when a chart is shown at half its size.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

BLUE, ORANGE, GREEN, PURPLE, INK, FAINT = "#0072b2", "#d55e00", "#007a5a", "#9b4f84", "#1c1e21", "#6b7280"
COLOURS = (BLUE, ORANGE, GREEN, PURPLE)
DASHES = ("", "9 5", "2 4", "12 4 2 4")
WIDTH, HEIGHT, LETTER = 600, 400, 17
LEFT, RIGHT, TOP, BOTTOM = 88, 36, 44, 66
ROW = 32  # height of a line of a chart with names
LONGEST_NAME = 24  # characters


@dataclass(frozen=True)
class Line:
    """Points to join, from left to right; `marks` draws a dot at each, and `band` the ends of its interval."""

    label: str
    points: Sequence[tuple[float, float]]
    marks: bool = False
    band: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class Row:
    """A named value, with the ends of its interval if they are known; `note` takes the place of a missing value."""

    name: str
    value: float | None
    interval: Sequence[float] | None = None
    note: str = ""


@dataclass(frozen=True)
class Axis:
    """What an axis says, and where it begins and ends; a `share` is shown in per cent."""

    label: str
    first: float
    last: float
    share: bool = False
    names: Sequence[str] = field(default=())  # in place of numbers: at 0, 1, 2 ...

    def ticks(self) -> list[tuple[float, str]]:
        """Return where the axis is marked, and the words there."""
        if self.names:
            return [(place, shorten(name, 9)) for place, name in enumerate(self.names)]
        step = _step(self.last - self.first)
        first = math.ceil(self.first / step - 1e-9)
        places = [number * step for number in range(first, math.floor(self.last / step + 1e-9) + 1)]
        return [(place, _tick(place, step, self.share)) for place in places]

    def place(self, value: float, begin: float, end: float) -> float:
        """Return where the value is between two pixels."""
        return begin + (end - begin) * (value - self.first) / ((self.last - self.first) or 1)


def axis_for(label: str, values: Sequence[float], share: bool = False, margin: float = 0.06) -> Axis:
    """Make an axis that shows all values, with a little room at both ends."""
    low, high = min(values), max(values)
    room = (high - low) * margin or abs(high) * 0.1 or 1.0
    return Axis(label, low - room, high + room, share)


def line_chart(title: str, lines: Sequence[Line], across: Axis, up: Axis, mark: tuple[float, str] | None = None) -> str:
    """Draw lines, with a legend above them if there are several; `mark` is a vertical line with words."""
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = [_frame(across, up, right, bottom)]
    for number, line in enumerate(lines):
        places = [(across.place(x, LEFT, right), up.place(y, bottom, TOP)) for x, y in line.points]
        parts += _error_bars(line, places, up, bottom, COLOURS[number % 4])
        parts.append(_join(places, COLOURS[number % 4], DASHES[number % 4]))
        parts += [_dot(x, y, COLOURS[number % 4]) for x, y in places] if line.marks else []
    if mark:
        x = across.place(mark[0], LEFT, right)
        parts.append(_stroke(x, TOP, x, bottom, INK, "3 4"))
        side, shift = ("end", -6) if x > WIDTH / 2 else ("start", 6)
        parts.append(_text(x + shift, bottom - 12, mark[1], side))
    legend = [_legend(number, line.label) for number, line in enumerate(lines)] if len(lines) > 1 else []
    return _svg(title, HEIGHT + 26 * len(legend), [*parts, *legend])


def bar_chart(title: str, label: str, names: Sequence[str], counts: Sequence[int]) -> str:
    """Draw a bar for each name, with its count above it."""
    right, bottom, height = WIDTH - RIGHT, 190 - BOTTOM + 30, 220
    across = Axis("", -0.5, len(names) - 0.5, names=names)
    up = Axis("rows", 0, max([*counts, 1]) * 1.2)
    parts = [_stroke(LEFT, bottom, right, bottom, FAINT)]
    width = (right - LEFT) / len(names)
    for place, count in enumerate(counts):
        x, y = across.place(place, LEFT, right), up.place(count, bottom, TOP)
        bar = f'x="{x - width * 0.4:.1f}" y="{y:.1f}" width="{width * 0.8:.1f}" height="{bottom - y:.1f}"'
        parts.append(f'<rect {bar} fill="{BLUE}"/>')
        parts.append(_text(x, y - 5, _count(count), "middle", 14))
    parts += [
        _text(across.place(place, LEFT, right), bottom + LETTER + 3, text, "middle", 14)
        for place, text in across.ticks()
    ]
    parts.append(_text((LEFT + right) / 2, height - 14, label, "middle"))
    return _svg(title, height, parts)


def row_chart(
    title: str, label: str, rows: Sequence[Row], reference: tuple[float, str] | None = None, share: bool = False
) -> str:
    """Draw a dot for each row with its interval, one below the other; the reference is a vertical line with words."""
    ends = [end for row in rows if row.value is not None for end in (row.value, *(row.interval or ()))]
    across = axis_for(label, [*ends, *([reference[0]] if reference else [])] or [0.0, 1.0], share)
    left, right, top = 236, WIDTH - RIGHT, TOP + (24 if reference else 0)
    bottom = top + ROW * len(rows)
    parts = _across(across, left, right, top, bottom)
    if reference:
        x = across.place(reference[0], left, right)
        parts += [
            _stroke(x, top, x, bottom, INK, "3 4"),
            _text(min(max(x, left + 60), right - 60), top - 8, reference[1], "middle"),
        ]
    for place, row in enumerate(rows):
        y = top + ROW * (place + 0.5)
        parts.append(_text(left - 12, y + 6, shorten(row.name, LONGEST_NAME), "end"))
        if row.value is None:
            parts.append(_text(left + 10, y + 6, row.note, colour=FAINT))
            continue
        if row.interval:
            begin, end = (across.place(each, left, right) for each in row.interval)
            parts.append(_stroke(begin, y, end, y, BLUE, width=3))
        parts.append(_dot(across.place(row.value, left, right), y, BLUE, 6))
    return _svg(title, bottom + BOTTOM, parts)


def effect_chart(title: str, label: str, rows: Sequence[Row], share: bool = False) -> str:
    """Draw a bar to the right for each positive value and one to the left for each negative one, with its number."""
    values = [row.value or 0.0 for row in rows]
    reach = max([abs(value) for value in values], default=0.0) * 1.45 or 1.0
    across = Axis(label, -reach, reach, share)
    left, right, top = 270, WIDTH - RIGHT, TOP
    bottom = top + ROW * len(rows)
    parts = _across(across, left, right, top, bottom)
    middle = across.place(0, left, right)
    for place, row in enumerate(rows):
        y, value = top + ROW * (place + 0.5), row.value or 0.0
        parts.append(_text(left - 12, y + 6, shorten(row.name, 30), "end", 16))
        end = across.place(value, left, right)
        colour = ORANGE if value > 0 else BLUE
        box = f'x="{min(middle, end):.1f}" y="{y - 10:.1f}" width="{abs(end - middle):.1f}" height="20"'
        parts.append(f'<rect {box} fill="{colour}"/>')
        side, shift = ("start", 5) if value > 0 else ("end", -5)
        parts.append(_text(end + shift, y + 5, signed(value, share), side, 15))
    parts.append(_stroke(middle, top, middle, bottom, INK))
    return _svg(title, bottom + BOTTOM, parts)


def grid(charts: Sequence[str], across: int = 3) -> str:
    """Draw charts beside and below one another; on a page each is half as wide as it is alone."""
    across = min(across, len(charts))
    size = f'width="{WIDTH}" height="{HEIGHT}" preserveAspectRatio="xMinYMin"'  # so that titles stand on one line
    placed = [
        chart.replace("<svg ", f'<svg x="{WIDTH * (place % across)}" y="{HEIGHT * (place // across)}" {size} ', 1)
        for place, chart in enumerate(charts)
    ]
    width, height = WIDTH * across, HEIGHT * -(-len(charts) // across)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width // 2}" viewBox="0 0 {width} {height}">'
    return "\n".join([head, *placed, "</svg>"])


def signed(value: float, share: bool = False) -> str:
    """Write a difference with its sign; of shares, in percentage points."""
    return f"{100 * value:+.1f}" if share else f"{value:+.3g}"


def shorten(text: str, most: int) -> str:
    """Cut a text that has no room."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _frame(across: Axis, up: Axis, right: float, bottom: float) -> str:
    parts = _across(across, LEFT, right, TOP, bottom)
    for value, text in up.ticks():
        y = up.place(value, bottom, TOP)
        parts += [_stroke(LEFT, y, right, y, "#e3e5e9"), _text(LEFT - 8, y + 6, text, "end")]
    middle = (TOP + bottom) / 2
    turned = f'transform="rotate(-90 20 {middle:.0f})"'
    return "".join([*parts, _text(20, middle, up.label, "middle", more=turned)])


def _across(axis: Axis, left: float, right: float, top: float, bottom: float) -> list[str]:
    middle = min((left + right) / 2, WIDTH - 8 - len(axis.label) * LETTER * 0.27)  # a long one begins further left
    parts = [_text(middle, bottom + 52, axis.label, "middle")]
    for value, text in axis.ticks():
        x = axis.place(value, left, right)
        parts += [
            _stroke(x, top, x, bottom, "#e3e5e9"),
            _text(x, bottom + LETTER + 6, text, "middle", 16 if not axis.names else 14),
        ]
    return [*parts, _stroke(left, bottom, right, bottom, FAINT)]


def _error_bars(line: Line, places: Sequence[tuple[float, float]], up: Axis, bottom: float, colour: str) -> list[str]:
    ends = [(up.place(low, bottom, TOP), up.place(high, bottom, TOP)) for low, high in line.band]
    return [_stroke(x, low, x, high, colour, width=2) for (x, _), (low, high) in zip(places, ends, strict=False)]


def _legend(number: int, label: str) -> str:
    y = HEIGHT + 12 + 26 * number
    line = _stroke(LEFT, y - 6, LEFT + 46, y - 6, COLOURS[number % 4], DASHES[number % 4], 3)
    return line + _text(LEFT + 56, y, label)


def _join(places: Sequence[tuple[float, float]], colour: str, dash: str) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="3" stroke-dasharray="{dash}"/>'


def _dot(x: float, y: float, colour: str, size: float = 5) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" fill="{colour}" stroke="#fff" stroke-width="1.5"/>'


def _stroke(x: float, y: float, to_x: float, to_y: float, colour: str, dash: str = "", width: float = 1.5) -> str:
    place = f'x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"'
    return f'<line {place} stroke="{colour}" stroke-width="{width}" stroke-dasharray="{dash}"/>'


def _text(
    x: float, y: float, text: str, anchor: str = "start", size: int = LETTER, more: str = "", colour: str = INK
) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}" {more}'
    return f"<text {place}>{escape(text)}</text>"


def _svg(title: str, height: float, parts: Sequence[str]) -> str:
    head = _text(12, 24, shorten(title, 66), more='font-weight="600"')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
        f'aria-label="{escape(title)}" font-family="system-ui, sans-serif">'
        f'<rect width="100%" height="100%" fill="#fff"/>{head}{"".join(parts)}</svg>'
    )


def _step(span: float) -> float:
    """Return the distance of ticks: 1, 2 or 5 times a power of ten, so that there are four to seven."""
    rough = max(span, 1e-12) / 6
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough * 0.999)


def _tick(value: float, step: float, share: bool) -> str:
    if share:
        return f"{100 * value:.{max(0, -math.floor(math.log10(step * 100) + 1e-9))}f} %"
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{value + 0.0:,.{digits}f}" if abs(value) < 1e15 else f"{value:.3g}"


def _count(count: int) -> str:
    return f"{count:,}" if count < 10_000 else f"{count / 1000:.0f}k"
