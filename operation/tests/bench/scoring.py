"""What scoring of whole tables takes beside ONNX Runtime alone, and what sharing it or Spark costs; start apart.

The rows are the flights over and over. What a scoring takes to start is what it takes for a row in each of its parts.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from operation.execution.scoring.here import KEPT_MEMORY
from operation.execution.scoring.spark import variables
from operation.tests.bench.measuring import Measurement, measure, undisturbed
from operation.tests.bench.serving import SCRIPTS, one_thread
from operation.tests.bench.trainings import ROOT, SOURCES, Pair, latest, outputs_in, warm_up

ALONE = Path(__file__).with_name("alone.py")
PROCESSES = 2
GROUP = 122_880  # rows of a row group, as prepare.py writes them
GROUPS = 8  # which are four parts of equal size
# Java compiles what it runs often while it runs, about 4 s of CPU: part of its start, which a row does not bring about.
GROUPS_ON_SPARK = 12 * GROUPS
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
    """`batch_score.py` in PROCESSES processes, and in one, while the host leaves this machine its cores."""
    table = prepare(folder)
    while True:
        yield undisturbed(lambda: (scored(table, PROCESSES), scored(table)))


def shared(folder: Path) -> Iterator[Pair]:
    """`batch_score.py` in PROCESSES processes, and as many commands at once that know nothing of each other.

    They have the same cores in the same minute, so the ratio says what sharing the work costs, however idle these are.
    """
    table = prepare(folder)
    with ThreadPoolExecutor(PROCESSES) as threads:
        while True:
            both = scored(table, PROCESSES)
            yield both, together(list(threads.map(lambda _: scored(table), range(PROCESSES))))


def together(runs: Sequence[Measurement]) -> Measurement:
    """Return what the rows of one run took of the clock and the CPU, on average of runs that went on at once."""
    wall = 1 / sum(1 / run.wall for run in runs)
    cpu, tree = sum(run.cpu for run in runs) / len(runs), sum(run.tree for run in runs)
    return replace(runs[0], wall=wall, cpu=cpu, tree=tree)


def spark(folder: Path) -> Iterator[Pair]:
    """`spark_score.py`, and `batch_score.py` in one process, each on the same core with all that it starts.

    The clock says what they take of it. The CPU time of Java is not known, since nobody waits for its end.
    """
    table = prepare(folder, GROUPS_ON_SPARK)
    pinned = [sys.executable, "-c", ON_ONE_CORE]
    while True:
        there = start_apart(table, [*pinned, sys.executable, SCRIPTS / "spark_score.py"], variables(1))
        here = start_apart(table, [*pinned, sys.executable, SCRIPTS / "batch_score.py"])
        yield replace(there, cpu=float("nan")), here


def scored(table: Table, processes: int = 1) -> Measurement:
    """Score in so many processes."""
    return start_apart(table, [sys.executable, SCRIPTS / "batch_score.py", "--processes", str(processes)])


def start_apart(table: Table, command: list[str | Path], more: Mapping[str, str] = NOTHING) -> Measurement:
    """Measure the command with the rows, and take away what it takes for a row in each part."""
    whole, start = (_score(table, rows, command, more) for rows in (table.rows, table.single))
    return replace(whole, wall=whole.wall - start.wall, cpu=whole.cpu - start.cpu)


def _score(table: Table, rows: Path, command: list[str | Path], more: Mapping[str, str]) -> Measurement:
    output = Path(tempfile.mkdtemp(dir=table.output)) / "scores"  # others may be writing theirs
    words: list[str | Path] = ["--data", rows, "--model", table.model, "--output", output]
    return measure([*command, *words], ROOT, {**one_thread(), **KEPT_MEMORY, **more})


def prepare(folder: Path, groups: int = GROUPS) -> Table:
    """Train, and prepare so many row groups of flights to be scored."""
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
    rows = pa.concat_tables([once] * (GROUP * groups // len(once) + 1)).slice(0, GROUP * groups)
    pq.write_table(rows, table.rows / "rows.parquet", compression="zstd", row_group_size=GROUP)
    for number in range(PROCESSES):
        pq.write_table(once.slice(number, 1), table.single / f"{number}.parquet", compression="zstd")
    return table
