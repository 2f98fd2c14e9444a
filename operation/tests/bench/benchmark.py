"""Measure what this project costs more than the raw work; write docs/benchmarks.md and its plot.

`nox -s bench` runs five pairs of everything, which takes about twenty minutes; `--pairs 1` gives a first idea, and
`--only checks` measures one thing and prints it.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from operation.errors import OperationError
from operation.execution.scoring.spark import require_spark
from operation.tests.bench import deployments, larger, monitored, offline, own_data, scoring, serving, trainings
from operation.tests.bench.measuring import measure
from operation.tests.bench.page import Results, target_rows, write
from operation.tests.bench.replica import COPIES, replicate
from operation.tests.bench.report import Comparison, table, targets_table
from operation.tests.bench.trainings import ROOT, Pair

SHORT = 5  # times as many pairs of what takes a second or less
UNSTEADY = 3  # ... and of what takes a few, and differs from pair to pair
PAGE = ROOT / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class Measured:
    """Two names and how to get pairs of measurements, without end, given an empty folder.

    There are `times` as many of them as are asked for, and at least one: of what takes minutes, 0 times as many.
    `require` raises OperationError, with what to install, where it cannot be measured.
    """

    name: str
    against: str
    pairs: Callable[[Path], Iterator[Pair]]
    times: int = 1
    require: Callable[[], None] = lambda: None


def afresh(pair: Callable[[Path], Pair]) -> Callable[[Path], Iterator[Pair]]:
    """Each pair in an empty folder of its own."""

    def pairs(folder: Path) -> Iterator[Pair]:
        while True:
            with tempfile.TemporaryDirectory(dir=folder) as empty:
                yield pair(Path(empty))

    return pairs


def unchanged(folder: Path) -> Iterator[Pair]:
    """After two trainings, the second of which compared the same model with itself as champion."""
    trainings.warm_up(folder, 2)
    while True:
        yield trainings.unchanged(folder)


def changed(folder: Path) -> Iterator[Pair]:
    """After a training, which made the champion."""
    trainings.warm_up(folder, 1)
    yield from trainings.changed(folder)


def checks(folder: Path) -> Iterator[Pair]:
    """On the replica."""
    replica = make_replica(folder)
    while True:
        yield larger.checks_pair(replica)


MEASURED = {
    "list": Measured("`invoke --list`", "`invoke --list`, empty `tasks.py`", afresh(trainings.listing), SHORT),
    "unchanged": Measured("`invoke train`, nothing changed", "`python -c pass`", unchanged, SHORT),
    "changed": Measured("`invoke train`, another learning rate", "the raw script from prepared data", changed),
    "cold": Measured("`invoke train`, cold", "the raw script", afresh(trainings.cold)),
    "emulator": Measured(
        "`invoke train --environment emulator`, cold", "local `invoke train`, cold", afresh(trainings.emulator)
    ),
    "deploy": Measured("`invoke train --deploy`, cold", "`invoke train`, cold", afresh(deployments.cold)),
    "new": Measured("`invoke new` to a champion", "a plain script of pandas and LightGBM", afresh(own_data.pair)),
    "checks": Measured("the checks of 6.7 million flights", "the same by hand in pandas", checks),
    "serve": Measured("`invoke serve --fast`, 1 row", "uvicorn that answers nothing", serving.fast),
    "guarded": Measured(
        "`invoke serve --fast` with log, key, limits, 100 rows", "the bare application", serving.guarded
    ),
    "run": Measured("`run()` of `score.py`, 100 rows", "ONNX Runtime alone", serving.run),
    "official": Measured(
        "Azure ML's inference server, 1 row", "the same with a `run` that does nothing", serving.azure
    ),
    "official-model": Measured(
        "Azure ML's inference server, 1 row", "the same with a `run` that only calls ONNX Runtime", serving.azure_model
    ),
    "mlflow": Measured("`invoke serve --fast`, 1 row", "`mlflow models serve`, a pipeline of pandas", serving.mlflow),
    "score": Measured("`invoke score`, one process", "ONNX Runtime alone", scoring.alone),
    "processes": Measured(f"`invoke score`, {scoring.PROCESSES} processes", "one process", scoring.processes, UNSTEADY),
    "shared": Measured(
        f"`invoke score`, {scoring.PROCESSES} processes",
        f"{scoring.PROCESSES} commands of one process at once",
        scoring.shared,
    ),
    "months": Measured("twelve months monitored, apart from imports", "with imports", monitored.months),
    "backtest": Measured("`invoke backtest` of 8 months", "its trainings alone", afresh(monitored.backtest), times=0),
    "spark": Measured(
        "`invoke score --engine spark`, one core", "one process on that core", scoring.spark, require=require_spark
    ),
}
MEMORY = "memory"  # of steps with a bound: one run, no pairs
OFFLINE = "offline"  # workspaces: each start is measured on its own
ROLLBACK = "rollback"  # under load: each is measured on its own
ALL = [*MEASURED, MEMORY, OFFLINE, ROLLBACK]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and write the page, unless only some is to be measured: then 1 if that cannot be measured here."""
    arguments = parser().parse_args(argv)
    load = [load_average()]
    results = run(arguments.only or ALL, arguments.pairs)
    load.append(load_average())
    if arguments.only:
        print(targets_table(target_rows(results)))
        print(table(results.comparisons.values(), {step.name: [step.taken] for step in results.bounded}))
        print("".join(f"Left out: {each}\n" for each in results.left_out), end="")
        return 1 if results.left_out else 0
    write(results, arguments.output, load, COPIES)
    print(arguments.output.read_text(encoding="utf-8"))
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(prog="nox -s bench --", description=__doc__, allow_abbrev=False)
    result.add_argument("--pairs", type=int, default=5, help="runs of each command (%(default)s)")
    result.add_argument("--only", nargs="+", choices=ALL, help="measure these, and print instead of writing the page")
    result.add_argument("--output", type=Path, default=PAGE, help="the page to write; the plot goes to media beside it")
    return result


def run(names: Sequence[str], pairs: int) -> Results:
    """Measure what is named, one after the other."""
    comparisons: dict[str, Comparison] = {}
    imported: list[str] = []
    bounded: list[larger.Bounded] = []
    starts: list[offline.Start] = []
    rollbacks: list[float] = []
    left_out: list[str] = []
    for name in names:
        if why := missing(name):
            left_out.append(f"{MEASURED[name].name}. {why}")
            continue
        print(f"measuring {name}", flush=True)
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            if name == MEMORY:
                bounded = [
                    *larger.bounded_steps(replica := make_replica(folder), folder),
                    larger.bounded_look(replica, folder),
                ]
                continue
            if name == OFFLINE:
                starts = [offline.start() for _ in range(pairs * SHORT)]
                continue
            if name == ROLLBACK:
                rollbacks = deployments.rollbacks(pairs)
                continue
            try:
                comparisons[name] = compare(MEASURED[name], folder, pairs)
            except OperationError as error:
                left_out.append(f"{MEASURED[name].name}. {error}")
            if name == "unchanged":
                imported = trainings.imported(folder)
    return Results(comparisons, imported, bounded, starts, rollbacks, left_out)


def missing(name: str) -> str:
    """Say what is missing to measure it; "" if nothing is."""
    try:
        if name in MEASURED:
            MEASURED[name].require()
    except OperationError as error:
        return str(error)
    return ""


def compare(measured: Measured, folder: Path, pairs: int) -> Comparison:
    """As many pairs as asked for."""
    found = list(islice(measured.pairs(folder), max(1, pairs * measured.times)))
    runs, baselines = zip(*found, strict=True)
    return Comparison(measured.name, measured.against, runs, baselines)


def make_replica(folder: Path) -> Path:
    """The folder with the replica of the configured data."""
    outputs = folder / "snapshot"
    measure([*trainings.INVOKE, "data", "--set", f"backend.outputs={outputs}"], ROOT)
    replicate(outputs / "flights" / "data" / "raw", folder / "replica")
    return folder / "replica"


def load_average() -> str:
    """Of the last minute, where the system tells."""
    return f"{os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    raise SystemExit(main())
