"""Parcels, a small model of them, and their scores on this machine: what Spark's are compared with."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from operation.execution.json_files import read_json, write_json
from operation.execution.scoring.spark import variables
from operation.tests.parcels import own_scripts, write_tables

WEIGHT = "weight.kg"  # a name with a dot, which to Spark is a field of a column
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def run() -> Run:
    """Runs a core script as a process of its own."""

    def start(script: str, **options: object) -> subprocess.CompletedProcess[str]:
        words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
        command = [sys.executable, str(own_scripts() / f"{script}.py"), *words]
        environment = {**os.environ, **variables(processes=2)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)

    return start


@pytest.fixture(scope="session")
def folder(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders `model`, `data`, whose rows are of two files and one of them cannot be scored, and `here`."""
    folder = tmp_path_factory.mktemp("parcels")
    write_tables(folder / "raw")
    steps: dict[str, dict[str, object]] = {
        "prepare": {"data": folder / "raw", "output": folder / "prepared"},
        "train": {"data": folder / "prepared", "output": folder / "model", "trees": 20, "threads": 1},
    }
    for script, options in steps.items():
        assert run(script, **options).returncode == 0
    rename_weight(folder / "model")
    (folder / "data").mkdir()
    shutil.copy(folder / "prepared" / "metrics.json", folder / "data")  # as beside the rows of raw tables
    rows = pq.read_table(folder / "prepared" / "test.parquet").to_pandas()
    rows.loc[7, "weight"] = 1e39
    for number, part in enumerate((rows[:500], rows[500:])):
        features = part.drop(columns="overdue").rename(columns={"weight": WEIGHT})
        features.to_parquet(folder / "data" / f"{number}.parquet", index=False)
    done = run("batch_score", data=folder / "data", model=folder / "model", output=folder / "here", model_version=3)
    assert done.returncode == 0, done.stderr
    return folder


def rename_weight(model: Path) -> None:
    """Give the model's feature another name, as if it had been trained so."""
    (model / "sha256.json").unlink()
    features = read_json(model / "features.json")
    for each in features["features"]:
        each["name"] = WEIGHT if each["name"] == "weight" else each["name"]
    write_json(model / "features.json", features)
