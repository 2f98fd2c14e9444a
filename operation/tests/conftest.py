"""What every test shares."""

import atexit
import gc
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from operation.tools import TOOLS, is_installed, missing

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Nothing that the tests start may phone home or open a window; subprocesses inherit this.
os.environ.update(GX_ANALYTICS_ENABLED="false", MLFLOW_DISABLE_TELEMETRY="true", MPLBACKEND="Agg")
os.environ.pop("BROWSER", None)
# A shell that starts the tests in the background has interrupts ignored, by what the tests start and interrupt, too.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Python then releases all it has: DuckDB prints what is left, such as what the core scripts freeze. Not sooner: pytest
# first looks for garbage, and would read every module.
atexit.register(gc.unfreeze)
NOT_INSTALLED = [tool for tool in TOOLS if not is_installed(tool)]


class NeedsTool(pytest.Module):
    """A file of tests that imports a tool which is not there: skipped as a whole, so that the others are collected."""

    def collect(self) -> Iterator[pytest.Item]:
        tools = needed(self.path, NOT_INSTALLED)
        pytest.skip(missing(tools[0]), allow_module_level=True)


def needed(path: Path, tools: list[str]) -> list[str]:
    """Those of the tools that the file imports."""
    code = path.read_text(encoding="utf-8")
    return [tool for tool in tools if re.search(rf"^\s*(from|import) {tool.replace('-', '_')}\b", code, re.MULTILINE)]


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Collect as usual what imports no missing tool."""
    return NeedsTool.from_parent(parent, path=module_path) if needed(module_path, NOT_INSTALLED) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In one of several processes, put files with slow tests first: a slow one at the end would keep one waiting."""
    if hasattr(config, "workerinput"):
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this clone."""
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year of parcels and its weather, with the recording error that the configuration of parcels knows of."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from operation.tests.parcels import DEFECT, write_tables

    folder = tmp_path_factory.mktemp("sample")
    write_tables(folder)
    weather = pq.read_table(folder / "weather.parquet")
    temp = weather["temp"].to_numpy().copy()
    temp[DEFECT.hour] = DEFECT.value
    place = weather.column_names.index("temp")
    pq.write_table(weather.set_column(place, "temp", pa.array(temp)), folder / "weather.parquet")
    return folder


@pytest.fixture(scope="session")
def database() -> "Iterator[DuckDBPyConnection]":
    """One database for all tests of a process: to open one takes longer than most tests that want one."""
    import duckdb

    with duckdb.connect(config={"threads": 1}) as connection:
        yield connection


@pytest.fixture
def connection(database: "DuckDBPyConnection") -> "Iterator[DuckDBPyConnection]":
    """A connection with settings of its own, and with a schema of its own, without tables."""
    with database.cursor() as opened:
        opened.execute("CREATE SCHEMA test; SET schema = 'test'")
        yield opened
        opened.execute("DROP SCHEMA test CASCADE")
