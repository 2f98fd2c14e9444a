"""The real Evidently: one page that loads nothing from elsewhere, of columns of every kind, and nobody is told."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from operation.execution.json_files import write_json
from operation.execution.monitoring.evidently import PREDICTION, require_evidently

PAGE = "operation.execution.monitoring.evidently_page"
# Python imports this at its start: it writes down every host that is asked for.
WATCH = """
import os, sys

def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        with open(os.environ["STRAYED"], "a") as file:
            print(event, arguments, file=file)

sys.addaudithook(watch)
"""
COLUMNS = {"numbers": ["weight", "fragile", "empty", PREDICTION], "categories": ["courier", "overdue"]}


def write_sample(file: Path, shift: float) -> None:
    """Write rows with a number, a flag, a column without a value, a category with missing values and an outcome."""
    count = 200
    columns = {
        "weight": pa.array([shift + number % 17 for number in range(count)], pa.float32()),
        "fragile": pa.array([number % 3 == 0 for number in range(count)]),
        "empty": pa.nulls(count, pa.float64()),
        "courier": pa.array([("Ant", "Bee", None)[number % 3] for number in range(count)]),
        "overdue": pa.array([number % 2 for number in range(count)], pa.int8()),
        PREDICTION: pa.array([number / count for number in range(count)]),
    }
    pq.write_table(pa.table(columns), file)


def run(folder: Path, names: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run the script in the folder, with every look at the network written to `strayed.txt` there."""
    (folder / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    path = os.pathsep.join([str(folder), *filter(None, sys.path)])
    environment = {name: value for name, value in os.environ.items() if name != "DO_NOT_TRACK"}
    environment |= {"PYTHONPATH": path, "STRAYED": str(folder / "strayed.txt"), "HOME": str(folder)}
    command = [sys.executable, "-m", PAGE, *names]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a report of two samples."""
    folder = tmp_path_factory.mktemp("evidently")
    write_sample(folder / "reference.parquet", 0)
    write_sample(folder / "window.parquet", 30)
    write_json(folder / "columns.json", COLUMNS)
    done = run(folder, ["reference.parquet", "window.parquet", "columns.json", "evidently.html"])
    assert done.returncode == 0, done.stderr
    return folder


def test_evidently_is_installed_here() -> None:
    require_evidently()


def test_the_report_compares_every_column_that_has_values(folder: Path) -> None:
    text = (folder / "evidently.html").read_text(encoding="utf-8")
    assert all(name in text for name in ("weight", "fragile", "courier", "overdue"))
    assert '"empty"' not in text


def test_the_report_loads_nothing_from_elsewhere(folder: Path) -> None:
    text = (folder / "evidently.html").read_text(encoding="utf-8")
    assert not [word for word in ('src="http', "src='http", "<link", "url(http") if word in text]


def test_nobody_is_told_of_the_report(folder: Path) -> None:
    assert not (folder / "strayed.txt").exists()
    assert not list(folder.rglob("*telemetry*"))


def test_samples_without_a_common_column_are_refused(folder: Path) -> None:
    write_json(folder / "none.json", {"numbers": ["empty"], "categories": []})
    done = run(folder, ["reference.parquet", "window.parquet", "none.json", "none.html"])
    assert (done.returncode, done.stderr) == (1, "error: no column has values in both samples\n")
