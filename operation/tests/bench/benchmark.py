"""Measure a cold `invoke train` against a plain script with the same work, and write docs/benchmarks.md.

`nox -s bench` runs five pairs, which takes about seven minutes; `nox -s bench -- --pairs 1` gives a first idea.
"""

import argparse
import os
import platform
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from operation.tests.bench.measuring import Measurement, measure
from operation.tests.bench.report import Comparison, step_table, table

ROOT = Path(__file__).resolve().parents[3]
RAW_SCRIPT = Path(__file__).with_name("raw_script.py")
PACKAGES = ("duckdb", "great-expectations", "invoke", "lightgbm", "mlflow", "numpy", "onnxruntime", "pandas", "pyarrow")
INVOKE = (sys.executable, "-m", "invoke")
STEP = re.compile(r"^(\w+) +done +([\d.]+) s", re.MULTILINE)  # a line of the progress display
COMMAND = "python noxfile.py -s bench"
LISTINGS = 5  # in a pair's place: they take a fraction of a second
FIRST_DATABASE = "from mlflow import MlflowClient; MlflowClient('sqlite:///new.db').search_experiments(max_results=1)"
PARTS = {
    "the import of Great Expectations alone": "import great_expectations",
    "the import of MLflow alone": "from mlflow import MlflowClient",
    "... and its first SQLite database": FIRST_DATABASE,
}
Result = TypeVar("Result")
PAGE = """# Benchmarks

What `invoke train` costs more than a plain script that does the same work by itself, on an empty outputs folder: no
snapshot of the raw data, no MLflow database, no champion. `{command}` writes this page; it is no test.

{table}
Medians. CPU time counts every child process; memory is resident, and pages that processes share count for each of them.
[The plain script](../operation/tests/bench/raw_script.py) reads the same files with pandas and uses the same SQL,
features, settings of LightGBM, metrics and plots, in one process; that its model is the same, byte for byte, is checked
with every pair. Both train with one thread.

## Where the time goes

{steps}
* `prepare`, `train` and `evaluate` are the plain script's work, in a process each, which pays for its own imports;
  `train` also converts the model to ONNX and compares both.
* The first `validate` imports Great Expectations. The rest of it, and the second one, are the checks themselves and the
  data docs: they grow with the data.
* `record` imports MLflow and creates its database, which runs every migration that MLflow ever had; later runs only
  open it. It is cheaper here than alone, because Great Expectations has imported some of the same packages.
* The two imports and the database cost the same for any number of rows, the database once for an outputs folder; the
  checks and the comparison with ONNX grow with the rows.

## Measured on

{date}: {cores} cores, {memory:.0f} GB of memory, {system}, Python {python};
load average {load_before} before and {load_after} after.

{versions}
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and write the page."""
    arguments = parser().parse_args(argv)
    load = [load_average()]
    trainings, scripts = zip(*repeat(arguments.pairs, train_pair), strict=True)
    listings, empties = zip(*repeat(arguments.pairs * LISTINGS, list_pair), strict=True)
    others = {"`invoke validate`": repeat(arguments.pairs, validate)}
    for name, code in PARTS.items():
        others[name] = repeat(arguments.pairs, partial(measure, [sys.executable, "-c", code]))
    load.append(load_average())
    comparisons = [
        Comparison("`invoke train`, cold", "the plain script", trainings, scripts),
        Comparison("`invoke --list`", "`invoke --list`, empty `tasks.py`", listings, empties),
    ]
    page = PAGE.format(
        command=COMMAND, table=table(comparisons, others), steps=step_table(map(steps, trainings)), **machine(load)
    )
    arguments.output.write_text(page, encoding="utf-8")
    print(page)
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(prog="nox -s bench --", description=__doc__, allow_abbrev=False)
    result.add_argument("--pairs", type=int, default=5, help="runs of each command (%(default)s)")
    result.add_argument("--output", type=Path, default=ROOT / "docs" / "benchmarks.md", help="the page to write")
    return result


def repeat(times: int, work: Callable[[Path], Result]) -> list[Result]:
    """What the work gives each time, in an empty folder of its own."""
    results = []
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder:
            results.append(work(Path(folder)))
    return results


def train_pair(folder: Path) -> tuple[Measurement, Measurement]:
    """A cold `invoke train`, then the plain script; raises RuntimeError unless both made the same model."""
    training = measure([*INVOKE, "train", "--set", f"backend.outputs={folder / 'outputs'}"], ROOT)
    script = measure([sys.executable, RAW_SCRIPT, folder], ROOT, {"PYTHONPATH": str(ROOT / "src")})
    (trained,) = folder.glob("outputs/runs/*/model/model.txt")
    if trained.read_bytes() != (folder / "model.txt").read_bytes():
        raise RuntimeError(f"{RAW_SCRIPT.name} makes another model than invoke train: give both the same settings")
    return training, script


def list_pair(folder: Path) -> tuple[Measurement, Measurement]:
    """`invoke --list` here and with an empty tasks.py, about which Invoke complains."""
    (folder / "tasks.py").touch()
    return measure([*INVOKE, "--list"], ROOT), measure([*INVOKE, "--list"], folder, exit_code=1)


def validate(folder: Path) -> Measurement:
    """`invoke validate` of the configured source."""
    return measure([*INVOKE, "validate", "--set", f"backend.outputs={folder}"], ROOT)


def steps(training: Measurement) -> list[tuple[str, float]]:
    """Name and seconds of each step, as `invoke train` printed them."""
    return [(name, float(seconds)) for name, seconds in STEP.findall(training.output)]


def load_average() -> str:
    """Of the last minute, where the system tells."""
    return f"{os.getloadavg()[0]:.1f}"


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


if __name__ == "__main__":
    raise SystemExit(main())
