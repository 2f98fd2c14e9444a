"""What larger data take: the checks alone beside the same by hand, and the memory of the steps that have a bound."""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from operation.execution.configuration.loading import load
from operation.tests.bench import monitored
from operation.tests.bench.measuring import Measurement, measure
from operation.tests.bench.replica import COPIES
from operation.tests.bench.trainings import ROOT, SOURCES, Pair

CHECKS = re.compile(r"^(\d+) checks ([\d.]+) s$", re.MULTILINE)
VALIDATION = "operation.execution.validation"
FEATURES = "features=train.parquet,test.parquet"
# MB that a step may take besides DuckDB's memory: Python, its libraries, and what DuckDB does not count. Of monitoring
# also the verb itself, with the libraries that read tables.
BESIDES = {"preparation": 200, "validation": 400, "monitoring": 1000}


@dataclass(frozen=True)
class Bounded:
    """A step on larger data, measured once, and the MB that it may take."""

    name: str
    taken: Measurement
    bound: float


def checks_pair(replica: Path) -> Pair:
    """The checks of the step and those by hand; `wall` is of the checks alone, all else of the whole process.

    Raises RuntimeError unless both did the same number of checks.
    """
    step = measure([sys.executable, "-m", "operation.tests.bench.checks", replica, str(COPIES)], ROOT)
    hand = measure([sys.executable, Path(__file__).with_name("by_hand.py"), replica, str(COPIES)], ROOT)
    numbers = [CHECKS.findall(each.output)[-1][0] for each in (step, hand)]
    if len(set(numbers)) > 1:
        raise RuntimeError(f"{' and '.join(numbers)} checks are not the same work")
    return alone(step), alone(hand)


def alone(script: Measurement) -> Measurement:
    """The same with the seconds that the script printed in place of its wall time."""
    return replace(script, wall=float(CHECKS.findall(script.output)[-1][1]))


def bounded_steps(replica: Path, folder: Path) -> list[Bounded]:
    """Validation of the raw replica, its preparation, and validation of what that gave, with the configured bound."""
    configuration = load()
    bound = ["--threads", str(configuration.threads), "--memory-mb", str(configuration.memory_mb)]
    tables = [f"{table}={table}.parquet" for table in configuration.data.tables]
    prepared = folder / "prepared"
    commands: dict[str, list[str | Path]] = {
        "validation of the raw data": validation(tables, replica, folder / "raw-report"),
        "preparation": [sys.executable, ROOT / "src" / "prepare.py", "--data", replica, "--output", prepared],
        "validation of the prepared data": validation([FEATURES], prepared, folder / "prepared-report"),
    }
    return [
        Bounded(name, measure([*command, *bound], ROOT, SOURCES), configuration.memory_mb + BESIDES[name.split()[0]])
        for name, command in commands.items()
    ]


def bounded_look(replica: Path, folder: Path) -> Bounded:
    """`invoke monitor` of the raw replica, all its processes together, after the reference was made."""
    outputs, _ = monitored.make_reference(folder)
    taken = measure(monitored.monitor(outputs, "--data", replica), ROOT)
    return Bounded("monitoring", taken, load().memory_mb + BESIDES["monitoring"])


def validation(tables: Sequence[str], data: Path, output: Path) -> list[str | Path]:
    """The command of a step that validates."""
    options: list[str | Path] = ["--data", data, "--share", str(COPIES), "--output", output]
    return [sys.executable, "-m", VALIDATION, "--use-case", "flights", "--tables", *tables, *options]
