"""Opening files: which are refused, what is raised late, and that memory is bounded."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from gx_duckdb import GxDuckDBError, Resources, Rows, UnreadableError, open_rows

Check = Callable[..., dict[str, Any]]

TABLE = pa.table({"origin": ["EWR", "JFK", "LGA"] * 2000, "wind": [1.5, None, 30.0] * 2000})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "weather.parquet"
    pq.write_table(TABLE, path)
    return path


@pytest.fixture
def with_nan(tmp_path: Path) -> Path:
    """A file whose statistics leave NaN out, as pyarrow writes them."""
    path = tmp_path / "nan.parquet"
    pq.write_table(pa.table({"wind": pa.array([1.5, np.nan, 30.0] * 2000, from_pandas=False)}), path)
    return path


def test_nan_in_a_file_is_missing(check: Check, with_nan: Path) -> None:
    nulls = check([with_nan], "ExpectColumnValuesToNotBeNull", column="wind")
    assert (nulls["success"], nulls["result"]["unexpected_count"]) == (False, 2000)
    assert check([with_nan], "ExpectColumnValuesToBeBetween", column="wind", min_value=1, max_value=30)["success"]
    mean = check([with_nan], "ExpectColumnMeanToBeBetween", column="wind", min_value=15, max_value=16)
    assert mean["result"]["observed_value"] == 15.75
    with open_rows([with_nan]) as rows:
        assert rows.query("SELECT count_if(wind IS NULL) FROM {batch}") == 2000


def test_columns_that_differ_in_case_alone_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "alike.parquet"
    pq.write_table(pa.table({"wind": [1], "Wind": [2]}), file)
    with pytest.raises(UnreadableError, match=r"columns of one name, whatever the case: wind, Wind"), open_rows([file]):
        pytest.fail("It was opened.")


def spoil(file: Path, how: str) -> None:
    if how == "missing":
        file.unlink()
    elif how == "empty":
        file.write_bytes(b"")
    elif how == "truncated":
        file.write_bytes(file.read_bytes()[:-50])
    else:
        pq.write_table(TABLE.slice(0, 0), file)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("missing", "is missing"),
        ("empty", r"is empty \(0 bytes\)"),
        ("truncated", "is not a whole parquet file"),
        ("without rows", "holds no rows"),
    ],
)
def test_an_unreadable_file_is_refused_by_name(file: Path, how: str, reason: str) -> None:
    spoil(file, how)
    with pytest.raises(UnreadableError, match=rf"weather\.parquet {reason}.*Restore it"), open_rows([file]):
        pytest.fail("It was opened.")


@pytest.mark.parametrize("other", [{"wind": [1.0]}, {"origin": [1], "wind": [1.0]}], ids=["columns", "types"])
def test_files_that_differ_are_no_table(file: Path, other: dict[str, list[float]]) -> None:
    second = file.with_name("b.parquet")
    pq.write_table(pa.table(other), second)
    with (
        pytest.raises(UnreadableError, match=r"b\.parquet has other columns or types than .*weather\.parquet"),
        open_rows([file, second]),
    ):
        pytest.fail("They were opened.")


@pytest.mark.parametrize(
    ("expectation", "arguments"),
    [
        ("ExpectColumnValuesToBeBetween", {"max_value": 100}),
        ("ExpectColumnValuesToMatchStrftimeFormat", {"strftime_format": "%d"}),
    ],
    ids=["DuckDB", "pandas"],
)
def test_damage_inside_a_file_is_raised_by_the_first_metric_that_reads_it(
    check: Check, damage_column: Callable[[Path, int], None], file: Path, expectation: str, arguments: dict[str, Any]
) -> None:
    damage_column(file, 1)
    assert check([file], "ExpectColumnValuesToBeInSet", column="origin", value_set=["EWR", "JFK", "LGA"])["success"]
    with pytest.raises(UnreadableError, match=r"weather\.parquet is not a whole parquet file"):
        check([file], expectation, column="wind", **arguments)


def fail_after_trouble(rows: Rows) -> None:
    rows.trouble = GxDuckDBError("noted before")
    raise ZeroDivisionError


def test_an_exception_of_the_block_is_not_covered_by_an_earlier_one(file: Path) -> None:
    with pytest.raises(ZeroDivisionError), open_rows([file]) as rows:
        fail_after_trouble(rows)


def test_a_table_in_memory_is_checked_like_a_file(file: Path) -> None:
    with open_rows([file]) as stored, open_rows(TABLE) as loaded:
        assert loaded.frame.dtypes.to_dict() == stored.frame.dtypes.to_dict()
        assert loaded.value("sum(wind)") == stored.value("sum(wind)") == 63_000


def test_a_table_in_memory_is_read_where_duckdb_does_not_compute(check: Check) -> None:
    dates = pa.table({"date": ["2013-01-05", "5 January"], "hour": [1, None]})
    found = check(dates, "ExpectColumnValuesToMatchStrftimeFormat", column="date", strftime_format="%Y-%m-%d")
    assert found["result"]["partial_unexpected_list"] == ["5 January"]


def test_what_exceeds_the_memory_goes_to_disk(check: Check, tmp_path: Path) -> None:
    keys = np.random.default_rng(1).permutation(1_000_000)
    keys[-1] = keys[0]
    file = tmp_path / "many.parquet"
    pq.write_table(pa.table({"key": [f"a key of some length {key}" for key in keys]}), file, row_group_size=100_000)
    little = Resources(threads=1, memory_mb=48)
    result = check([file], "ExpectColumnValuesToBeUnique", resources=little, column="key")["result"]
    assert (result["unexpected_count"], result["partial_unexpected_index_list"]) == (2, [0, 999_999])


def test_too_little_memory_is_an_error_and_no_failure_of_the_data(check: Check, tmp_path: Path) -> None:
    file = tmp_path / "many.parquet"
    pq.write_table(pa.table({"key": [f"a key of some length {key}" for key in range(300_000)]}), file)
    with pytest.raises(GxDuckDBError, match=r"^There is too little memory to validate: .* Allow more of it\.$"):
        check([file], "ExpectColumnValuesToBeUnique", resources=Resources(threads=1, memory_mb=2), column="key")


def test_nothing_is_left_where_duckdb_spills(check: Check, file: Path, tmp_path: Path) -> None:
    (tmp_path / "spill").mkdir()
    resources = Resources(spill=tmp_path / "spill")
    check([file], "ExpectColumnValuesToBeUnique", resources=resources, column="origin")
    assert list((tmp_path / "spill").iterdir()) == []


def test_a_query_is_computed_once(file: Path) -> None:
    with open_rows([file]) as rows:
        rows.table.query("unused", "CREATE SEQUENCE counted")
        assert [rows.query("SELECT nextval('counted')") for _ in range(2)] == [1, 2]
