"""The page that the benchmark writes: pure functions from measurements to Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from statistics import median

from operation.tests.bench.measuring import Measurement

FIGURES = ("wall", "cpu", "tree")
HEADER = "| | wall, s | CPU, s | memory, MB | runs |\n|---|--:|--:|--:|--:|\n"
TARGETS = "| measured | against | | figure | from least to most | to reach | reached |\n|---|---|---|--:|--:|--:|---|\n"


@dataclass(frozen=True)
class Comparison:
    """Two commands that were run in turn, A B A B; a pair is a run of each."""

    name: str
    baseline_name: str
    runs: Sequence[Measurement]
    baselines: Sequence[Measurement]

    def ratios(self, figure: str) -> list[float]:
        """Of each pair, for a field of Measurement; NaN where the system does not tell."""
        pairs = zip(self.runs, self.baselines, strict=True)
        return [getattr(run, figure) / getattr(baseline, figure) for run, baseline in pairs]


@dataclass(frozen=True)
class Row:
    """A line of the table of targets: the values are ratios, or of the `unit`, and what counts is their median.

    The figure must be at most the target, or at least, where `at_least` says so: of how many times as fast it is.
    """

    measured: str
    against: str
    kind: str  # "wall", "CPU" or "memory"
    values: Sequence[float]
    target: float
    unit: str = ""
    at_least: bool = False

    @property
    def figure(self) -> float:
        """The median of the values."""
        return median(self.values)

    @property
    def reached(self) -> bool:
        """Whether the figure is on the right side of the target; what was not measured does not reach it."""
        return self.figure >= self.target if self.at_least else self.figure <= self.target

    @property
    def bound(self) -> str:
        """The target, with the side on which the figure must be."""
        return f"{'≥' if self.at_least else '≤'} {self.amount(self.target)}"

    def amount(self, value: float) -> str:
        """A value with its unit: three digits, and MB in whole ones."""
        if isnan(value):
            return "-"
        return f"{value:,.0f} {self.unit}" if self.unit == "MB" else f"{value:.2f} {self.unit}".rstrip()


def targets_table(rows: Iterable[Row]) -> str:
    """What was to be reached, and whether it was."""
    return TARGETS + "".join(map(_target_line, rows))


def _target_line(row: Row) -> str:
    several = len(row.values) > 1
    spread = f"{row.amount(min(row.values))} to {row.amount(max(row.values))}" if several else "one run"
    reached = "yes" if row.reached else "**missed**"
    cells = [row.measured, row.against, row.kind, f"**{row.amount(row.figure)}**", spread]
    return f"| {' | '.join([*cells, row.bound, reached])} |\n"


def table(comparisons: Iterable[Comparison], others: Mapping[str, Sequence[Measurement]]) -> str:
    """The medians of every command, and of every comparison the median of its pairs' ratios."""
    lines = []
    for each in comparisons:
        lines += [medians(each.name, each.runs), medians(each.baseline_name, each.baselines), ratios(each)]
    lines += [medians(name, runs) for name, runs in others.items()]
    return HEADER + "".join(lines)


def medians(name: str, runs: Sequence[Measurement]) -> str:
    """The table's line of one command."""
    cells = [_number([getattr(run, figure) for run in runs], figure) for figure in FIGURES]
    return _line(name, cells, len(runs))


def ratios(comparison: Comparison) -> str:
    """The table's line under the two that it compares."""
    middles = [median(comparison.ratios(figure)) for figure in FIGURES]
    cells = ["-" if isnan(ratio) else f"**{ratio:.2f}**" for ratio in middles]
    return _line("ratio, the median of the pairs", cells, len(comparison.runs))


def step_table(runs: Sequence[Mapping[str, tuple[str, float]]]) -> str:
    """Every step's result and median seconds, in the order of the first run, given each run's {step: (result, s)}."""
    lines = []
    for name in runs[0]:
        results = sorted({run[name][0] for run in runs})
        lines.append(f"| {name} | {', '.join(results)} | {median(run[name][1] for run in runs):.1f} |\n")
    return "| step | | wall, s |\n|---|---|--:|\n" + "".join(lines)


def _number(values: Sequence[float], figure: str) -> str:
    middle = median(values)
    if isnan(middle):
        return "-"
    return f"{middle:.2f}" if figure in ("wall", "cpu") else f"{middle:,.0f}"


def _line(name: str, cells: Sequence[str], runs: int) -> str:
    return f"| {' | '.join([name, *cells, str(runs)])} |\n"
