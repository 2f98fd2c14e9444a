"""What scoring of whole tables takes beside ONNX Runtime alone, and what a second process and Spark gain; start apart.

The rows are the flights over and over. What a scoring takes to start is what it takes for a row in each of its parts.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from operation.execution.scoring.here import KEPT_MEMORY
from operation.execution.scoring.spark import variables
from operation.tests.bench.measuring import Measurement, measure
from operation.tests.bench.serving import SCRIPTS, one_thread
from operation.tests.bench.trainings import ROOT, SOURCES, Pair, latest, outputs_in, warm_up

ALONE = Path(__file__).with_name("alone.py")
PROCESSES = 2
GROUP = 122_880  # rows of a row group, as prepare.py writes them
GROUPS = 8  # which are four parts of equal size
NOTHING: Mapping[str, str] = MappingProxyType({})
ON_ONE_CORE = (
    "import os, sys; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); os.execv(sys.argv[1], sys.argv[1:])"
)


@dataclass(frozen=True)
class Table:
    """A model, a folder of rows for it, and one whose files have a single row each, as many as PROCESSES."""

    model: Path
    rows: Path
    single: Path
    output: Path


def alone(folder: Path) -> Iterator[Pair]:
    """`batch_score.py` in one process, and ONNX Runtime with the same rows, encoded before."""
    table = prepare(folder)
    while True:
        baseline = measure([sys.executable, ALONE, table.model, table.rows], ROOT, SOURCES | one_thread())
        wall, cpu = (float(word) for word in baseline.output.split())
        yield scored(table), replace(baseline, wall=wall, cpu=cpu)


def processes(folder: Path) -> Iterator[Pair]:
    """`batch_score.py` in PROCESSES processes, and in one."""
    table = prepare(folder)
    while True:
        yield scored(table, PROCESSES), scored(table)


def spark(folder: Path) -> Iterator[Pair]:
    """`spark_score.py`, and `batch_score.py` in one process, each on the same core with all that it starts."""
    table = prepare(folder)
    pinned = [sys.executable, "-c", ON_ONE_CORE]
    while True:
        there = start_apart(table, [*pinned, sys.executable, SCRIPTS / "spark_score.py"], variables(1))
        yield there, start_apart(table, [*pinned, sys.executable, SCRIPTS / "batch_score.py"])


def scored(table: Table, processes: int = 1) -> Measurement:
    """Score in so many processes."""
    return start_apart(table, [sys.executable, SCRIPTS / "batch_score.py", "--processes", str(processes)])


def start_apart(table: Table, command: list[str | Path], more: Mapping[str, str] = NOTHING) -> Measurement:
    """Measure the command with the rows, and take away what it takes for a row in each part."""
    whole, start = (_score(table, rows, command, more) for rows in (table.rows, table.single))
    return replace(whole, wall=whole.wall - start.wall, cpu=whole.cpu - start.cpu)


def _score(table: Table, rows: Path, command: list[str | Path], more: Mapping[str, str]) -> Measurement:
    output = table.output / str(len(list(table.output.iterdir())))
    words: list[str | Path] = ["--data", rows, "--model", table.model, "--output", output]
    return measure([*command, *words], ROOT, {**one_thread(), **KEPT_MEMORY, **more})


def prepare(folder: Path) -> Table:
    """Train, and prepare all flights to be scored."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    warm_up(folder, 1)
    raw, prepared = outputs_in(folder) / "flights" / "data" / "raw", folder / "prepared"
    words: list[str | Path] = ["--use-case", "flights", "--purpose", "scoring", "--data", raw, "--output", prepared]
    measure([sys.executable, SCRIPTS / "prepare.py", *words], ROOT)
    table = Table(latest(folder, "model"), folder / "rows", folder / "single", folder / "scores")
    for place in (table.rows, table.single, table.output):
        place.mkdir()
    once = pq.read_table(prepared / "rows.parquet")
    rows = pa.concat_tables([once] * (GROUP * GROUPS // len(once) + 1)).slice(0, GROUP * GROUPS)
    pq.write_table(rows, table.rows / "rows.parquet", compression="zstd", row_group_size=GROUP)
    for number in range(PROCESSES):
        pq.write_table(once.slice(number, 1), table.single / f"{number}.parquet", compression="zstd")
    return table
