"""The real data, loaded once; the suites are cheap on every 20th flight."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from operation.execution.configuration import Configuration, load
from operation.execution.data_sources import read_table
from operation.execution.expectations import checkpoints_by_table, open_project, run_checkpoint
from operation.execution.failures import Failure, describe
from operation.execution.snapshot import Snapshot, bring
from operation.execution.validation import read_features
from operation.tests.data_validation.corruptions import CORRUPTIONS

EVERY = 20


@pytest.fixture(scope="session")
def configuration() -> Configuration:
    return load()


@pytest.fixture(scope="session")
def snapshot(configuration: Configuration, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    data = configuration.data
    return bring(data.source, data.tables, data.known_defects, tmp_path_factory.mktemp("data") / "raw")


@pytest.fixture(scope="session")
def features(repository: Path, snapshot: Snapshot) -> pa.Table:
    prepared = snapshot.folder.with_name("prepared")
    script = [sys.executable, str(repository / "src" / "prepare.py")]
    subprocess.run([*script, "--data", str(snapshot.folder), "--output", str(prepared)], check=True)
    return read_features(prepared)


@pytest.fixture(scope="session")
def samples(snapshot: Snapshot, features: pa.Table) -> dict[str, pd.DataFrame]:
    """All of the weather, and every 20th row of the other tables."""
    flights, weather = (read_table(str(snapshot.folder), name).to_pandas() for name in ("flights", "weather"))
    dates = features["flight_date"].cast(pa.timestamp("us", tz="UTC"))
    frame = features.to_pandas().assign(flight_date=dates.to_pandas())
    return {
        "flights": flights[::EVERY].reset_index(drop=True),
        "weather": weather,
        "features": frame[::EVERY].reset_index(drop=True),
    }


@pytest.fixture(scope="session")
def find_failures(
    samples: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], tuple[Failure, ...]]]:
    """Break a sample in the named way and check it, once for all tests; Data Docs are left out, they take a second."""
    with open_project(tmp_path_factory.mktemp("reports")) as context:
        checkpoints = checkpoints_by_table(context)

        @cache
        def find(name: str) -> tuple[Failure, ...]:
            corruption = CORRUPTIONS[name]
            outcome = run_checkpoint(checkpoints[corruption.table], corruption.apply(samples[corruption.table]))
            return tuple(describe(outcome.suite, outcome.results))

        yield find
