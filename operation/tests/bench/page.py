"""docs/benchmarks.md and its plot, from the results of one run. Every figure of the page is computed here."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from operation.tests.bench.larger import BESIDES, Bounded
from operation.tests.bench.measuring import LOST
from operation.tests.bench.offline import REQUESTS, Start
from operation.tests.bench.plot import draw
from operation.tests.bench.report import Comparison, Row, step_table, table, targets_table
from operation.tests.bench.scoring import PROCESSES
from operation.tests.bench.template import TEXT
from operation.tests.bench.trainings import steps

PLOT = Path("media", "benchmarks.svg")
PACKAGES = ("duckdb", "great-expectations", "invoke", "lightgbm", "mlflow", "numpy", "onnxruntime", "pandas", "pyarrow")
TARGETS = (  # comparison, what is named, field of Measurement, target; with a unit it is no ratio
    ("list", "CPU", "cpu", 1.3, ""),
    ("unchanged", "wall", "wall", 1.0, "s"),
    ("changed", "wall", "wall", 1.3, ""),
    ("cold", "wall", "wall", 1.6, ""),
    ("emulator", "wall", "wall", 2.0, ""),
    ("deploy", "wall", "wall", 1.3, ""),
    ("new", "CPU", "cpu", 3.0, ""),
    ("checks", "wall", "wall", 1.5, ""),
    ("cold", "memory", "tree", 1.3, ""),
    ("serve", "CPU", "cpu", 2.5, ""),
    ("guarded", "CPU", "cpu", 1.3, ""),
    ("run", "CPU", "cpu", 2.0, ""),
    ("months", "CPU", "cpu", 1.5, "s"),
    ("backtest", "CPU", "cpu", 1.5, ""),
    ("official", "CPU", "cpu", 1.1, ""),
)
FASTER = (  # comparison, what is named, field of Measurement, how many times as fast as the baseline it must be
    ("score", "rows a CPU second", "cpu", 0.88),
    ("processes", "rows a second", "wall", 0.9 * PROCESSES),
    ("shared", "rows a second", "wall", 0.9),
    ("mlflow", "requests a CPU second", "cpu", 20.0),
    ("spark", "rows a second", "wall", 0.6),
)
OFFLINE = (  # what is measured of an offline workspace, against what, its kind, field of Start, target, unit
    ("an offline workspace until it is ready", "its start", "wall", "ready", 2.0, "s"),
    ("an offline workspace, for one answer", "its client's request", "wall", "answer", 10.0, "ms"),
    (f"an offline workspace after {REQUESTS} requests", "its bound", "memory", "memory", 80.0, "MB"),
)


@dataclass(frozen=True)
class Results:
    """Comparisons by the names of the command line, what `invoke train` imports without a change, and what has no pair:
    bounded steps, starts of an offline workspace, and seconds of rollbacks. `left_out` says what could not be measured
    here, and why."""

    comparisons: Mapping[str, Comparison]
    imported: Sequence[str]
    bounded: Sequence[Bounded]
    starts: Sequence[Start]
    rollbacks: Sequence[float] = ()
    left_out: Sequence[str] = ()


def write(results: Results, page: Path, load: Sequence[str], copies: int) -> None:
    """Write the page and, beside it, the plot; needs every result."""
    rows = target_rows(results)
    draw(rows, page.parent / PLOT)
    others = {f"{step.name}, 6.7 million flights": [step.taken] for step in results.bounded}
    text = TEXT.format(
        targets=targets_table(rows),
        plot=PLOT.as_posix(),
        imported=", ".join(results.imported),
        copies=copies,
        lost=LOST,
        starts=len(results.starts),
        requests=REQUESTS,
        left_out="".join(f"* Left out: {each}\n" for each in results.left_out),
        commands=table(results.comparisons.values(), others),
        besides=" and ".join(f"{besides} MB for {kind}" for kind, besides in BESIDES.items()),
        **times("cold", results.comparisons["cold"]),
        **times("changed", results.comparisons["changed"]),
        **machine(load),
    )
    page.write_text(text, encoding="utf-8")


def target_rows(results: Results) -> list[Row]:
    """The lines of the table of targets, as far as they were measured."""
    found = results.comparisons
    rows = []
    for name, kind, figure, target, unit in TARGETS:
        if name in found:
            values = [getattr(run, figure) for run in found[name].runs] if unit else found[name].ratios(figure)
            rows.append(Row(found[name].name, found[name].baseline_name, kind, values, target, unit))
    return [
        *rows,
        *_faster_rows(found),
        *map(_bounded_row, results.bounded),
        *_offline_rows(results.starts),
        *_rollback_rows(results.rollbacks),
    ]


def _faster_rows(found: Mapping[str, Comparison]) -> list[Row]:
    return [
        Row(
            found[name].name,
            found[name].baseline_name,
            kind,
            [1 / ratio for ratio in found[name].ratios(figure)],
            target,
            at_least=True,
        )
        for name, kind, figure, target in FASTER
        if name in found
    ]


def _bounded_row(step: Bounded) -> Row:
    measured = f"{step.name} of 6.7 million flights"
    return Row(measured, "its bound", "memory", [step.taken.tree], step.bound, "MB")


def _offline_rows(starts: Sequence[Start]) -> list[Row]:
    return [
        Row(measured, against, kind, [getattr(start, field) for start in starts], target, unit)
        for measured, against, kind, field, target, unit in OFFLINE
        if starts
    ]


def _rollback_rows(seconds: Sequence[float]) -> list[Row]:
    measured, against = "`invoke rollback`, decided to serving", "its start, while 4 clients ask"
    return [Row(measured, against, "wall", seconds, 5.0, "s")] if seconds else []


def times(name: str, comparison: Comparison) -> dict[str, object]:
    """Of `invoke train`: the table of its steps, their sum and the wall time, both in seconds."""
    runs = [steps(run) for run in comparison.runs]
    sums = [sum(seconds for _, seconds in run.values()) for run in runs]
    wall = median(run.wall for run in comparison.runs)
    return {name: step_table(runs), f"{name}_steps": median(sums), f"{name}_wall": wall}


def machine(load: Sequence[str]) -> dict[str, object]:
    """What a reader must know of where this ran, and no more."""
    return {
        "load_before": load[0],
        "load_after": load[1],
        "date": datetime.now(UTC).date(),
        "cores": os.cpu_count(),
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": "\n".join(f"* {name} {version(name)}" for name in PACKAGES),
    }
