"""The real data, loaded once; the suites are cheap on a month of flights and every 20th of the features."""

import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from gx_duckdb import Resources, open_rows

from operation.execution.configuration.loading import load
from operation.execution.configuration.sections import Configuration
from operation.execution.tables.reading import read_table
from operation.execution.tables.snapshot import Snapshot, bring
from operation.execution.validation.checkpoints import make_checkpoints, open_project, run_checkpoint
from operation.execution.validation.failures import Failure, describe
from operation.tests.data_validation.flights.corruptions import CORRUPTIONS, FindFailures

if TYPE_CHECKING:
    from great_expectations import Checkpoint

EVERY = 20
SHARES = {"features": 1 / EVERY}

pytest.register_assert_rewrite("operation.tests.data_validation.flights.corrupted")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the tests of `corrupted` the cases of the table that their file names."""
    from operation.tests.data_validation.flights.corrupted import compared_names_of, expectations_of, names_of

    table = getattr(metafunc.module, "TABLE", None)
    if table and "name" in metafunc.fixturenames:
        metafunc.parametrize("name", names_of(table))
    if table and "compared" in metafunc.fixturenames:
        metafunc.parametrize("compared", compared_names_of(table))
    if table and "expectation" in metafunc.fixturenames:
        expectations = expectations_of(table)
        metafunc.parametrize("expectation", expectations, ids=[f"{each.type} {each.column}" for each in expectations])


@pytest.fixture(scope="session")
def configuration() -> Configuration:
    return load(use_case="flights")


@pytest.fixture(scope="session")
def snapshot(configuration: Configuration, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    data = configuration.data
    return bring(data.source, data.tables, data.known_defects, tmp_path_factory.mktemp("data") / "raw", "flights")


@pytest.fixture(scope="session")
def prepared(repository: Path, snapshot: Snapshot) -> Path:
    """The folder of the prepared parts."""
    prepared = snapshot.folder.with_name("prepared")
    script = [sys.executable, str(repository / "src" / "prepare.py"), "--use-case", "flights"]
    subprocess.run([*script, "--data", str(snapshot.folder), "--output", str(prepared)], check=True)
    return prepared


@pytest.fixture(scope="session")
def samples(snapshot: Snapshot, prepared: Path) -> dict[str, pd.DataFrame]:
    """The flights of January, all of the weather, and every 20th row of the features."""
    features = pa.concat_tables(pq.read_table(prepared / f"{part}.parquet") for part in ("train", "test"))
    flights, weather = (
        read_table(str(snapshot.folder), name, "flights").to_pandas() for name in ("flights", "weather")
    )
    dates = features["flight_date"].cast(pa.timestamp("us", tz="UTC"))
    frame = features.to_pandas().assign(flight_date=dates.to_pandas())
    return {
        "flights": flights[flights["month"] == 1].reset_index(drop=True),
        "weather": weather,
        "features": frame[::EVERY].reset_index(drop=True),
    }


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, "Checkpoint"]]:
    """The checkpoints by table, made once for all tests, which make no Data Docs: those take a second."""
    with open_project(tmp_path_factory.mktemp("reports"), "flights") as context:
        yield make_checkpoints(context)


def check(checkpoint: "Checkpoint", frame: pd.DataFrame, share: float) -> tuple[Failure, ...]:
    with warnings.catch_warnings():  # pytest has turned on again what the project turns off
        warnings.simplefilter("ignore")
        outcome = run_checkpoint(checkpoint, frame, share)
    return tuple(describe(outcome.suite, outcome.results))


@pytest.fixture(scope="session")
def find_failures(
    checkpoints: Mapping[str, "Checkpoint"],
    samples: dict[str, pd.DataFrame],
    snapshot: Snapshot,
    tmp_path_factory: pytest.TempPathFactory,
) -> FindFailures:
    """Break a sample in the named way and check it as a file, once for all tests."""
    related = {"weather": [snapshot.folder / "weather.parquet"]}
    file = tmp_path_factory.mktemp("broken") / "table.parquet"

    @cache
    def find(name: str) -> tuple[Failure, ...]:
        corruption = CORRUPTIONS[name]
        table = pa.Table.from_pandas(corruption.apply(samples[corruption.table]), preserve_index=False)
        pq.write_table(table, file, row_group_size=5000)
        # A file without rows is refused before any expectation.
        with open_rows([file] if table.num_rows else table, Resources(), related) as rows:
            return check(checkpoints[corruption.table], rows.frame, SHARES.get(corruption.table, 1.0))

    return find


@pytest.fixture(scope="session")
def find_failures_by_pandas(
    samples: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FindFailures]:
    """Break a sample in the named way and check it with nothing but Great Expectations and its engine for pandas."""
    with open_project(tmp_path_factory.mktemp("plain"), "flights", by_duckdb=False) as context:
        by_pandas = make_checkpoints(context)

        def find(name: str) -> tuple[Failure, ...]:
            corruption = CORRUPTIONS[name]
            share = SHARES.get(corruption.table, 1.0)
            return check(by_pandas[corruption.table], corruption.apply(samples[corruption.table]), share)

        yield find
