"""The expectation on the value of a query: on files, in memory by pandas, with another table and without."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from gx_duckdb import QueryError, Resources, open_rows, query_value

Check = Callable[..., dict[str, Any]]

FRAME = pd.DataFrame({"day": [1, 1, 2, 4], "wind": [1.5, None, 30.0, 2.0]})
DAYS = "SELECT max(day) - min(day) + 1 - count(DISTINCT day) FROM {batch}"


def arguments(query: str, **bounds: float) -> dict[str, Any]:
    return {"query": query, "measure": "a number", "column_list": ["day"], **bounds}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "weather.parquet"
    FRAME.to_parquet(path, index=False)
    return path


@pytest.mark.parametrize(
    ("query", "bounds", "success", "observed"),
    [
        (DAYS, {"max_value": 1}, True, 1),
        (DAYS, {"max_value": 0}, False, 1),
        ("SELECT avg(wind) FROM {batch}", {"min_value": 11, "max_value": 12}, True, 33.5 / 3),
        ("SELECT avg(wind) FROM {batch} WHERE day > 9", {"min_value": 0}, False, None),
    ],
    ids=["met", "not met", "two bounds", "no rows"],
)
def test_the_value_is_compared_with_the_bounds(
    check: Check, file: Path, query: str, bounds: dict[str, float], success: bool, observed: float | None
) -> None:
    for data in ([file], FRAME):
        found = check(data, "ExpectQueryValueToBeBetween", **arguments(query, **bounds))
        assert (found["success"], found["result"]["observed_value"]) == (success, observed)


def test_a_query_that_cannot_be_computed_is_an_exception_of_its_expectation(check: Check, file: Path) -> None:
    found = check([file], "ExpectQueryValueToBeBetween", **arguments("SELECT max(gust) FROM {batch}", max_value=1))
    assert not found["success"]
    assert "gust" in str(found["exception_info"])


def test_another_table_is_compared_where_it_was_opened(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "parcels.parquet"
    pq.write_table(pa.table({"day": [1, 2, 3]}), other)
    query = "SELECT count(*) FROM {parcels} AS parcels ANTI JOIN {batch} USING (day)"
    with open_rows([file], Resources(), {"parcels": [other]}) as rows:
        assert rows.query(query) == rows.query(query) == 1
    for related in ({}, {"parcels": [tmp_path / "missing.parquet"]}):
        with open_rows([file], Resources(), related) as rows:
            assert rows.query(query) == "not compared, for want of parcels"


def test_a_query_returns_one_value(file: Path) -> None:
    with open_rows([file]) as rows, pytest.raises(QueryError, match="must return one value: SELECT"):
        rows.query("SELECT day, wind FROM {batch}")


def test_a_value_can_be_had_of_a_frame_whether_it_holds_its_rows_or_carries_them(file: Path) -> None:
    query = "SELECT [min(day), max(day)] FROM {batch}"
    with open_rows([file]) as rows:
        assert query_value(rows.frame, query) == query_value(FRAME, query) == [1, 4]
