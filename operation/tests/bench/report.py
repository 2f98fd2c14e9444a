"""The page that the benchmark writes: pure functions from measurements to Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from statistics import median

from operation.tests.bench.measuring import Measurement

FIGURES = ("wall", "cpu", "largest", "tree")
HEADER = "| | wall, s | CPU, s | largest process, MB | all processes, MB | runs |\n|---|--:|--:|--:|--:|--:|\n"


@dataclass(frozen=True)
class Comparison:
    """Two commands that were run in turn, A B A B; a pair is a run of each."""

    name: str
    baseline_name: str
    runs: Sequence[Measurement]
    baselines: Sequence[Measurement]


def table(comparisons: Sequence[Comparison], others: Mapping[str, Sequence[Measurement]]) -> str:
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
    pairs = list(zip(comparison.runs, comparison.baselines, strict=True))
    cells = []
    for figure in FIGURES:
        ratio = median(getattr(run, figure) / getattr(baseline, figure) for run, baseline in pairs)
        cells.append("-" if isnan(ratio) else f"**{ratio:.2f}**")
    return _line("ratio, the median of the pairs", cells, len(pairs))


def step_table(runs: Iterable[Sequence[tuple[str, float]]]) -> str:
    """Median seconds of every step, in order, given each run's (step, seconds); a name may come twice."""
    lines = [
        f"| {steps[0][0]} | {median(seconds for _, seconds in steps):.1f} |\n" for steps in zip(*runs, strict=True)
    ]
    return "| step | wall, s |\n|---|--:|\n" + "".join(lines)


def _number(values: Sequence[float], figure: str) -> str:
    middle = median(values)
    if isnan(middle):
        return "-"
    return f"{middle:.2f}" if figure in ("wall", "cpu") else f"{middle:,.0f}"


def _line(name: str, cells: Sequence[str], runs: int) -> str:
    return f"| {' | '.join([name, *cells, str(runs)])} |\n"
