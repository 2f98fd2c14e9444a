"""The engine gives the results of pandas, whoever computes a metric, and reads only the columns it needs."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

Check = Callable[..., dict[str, Any]]
ODD = 'a "quoted", 100 % [odd]? name; --'
FRAME = pd.DataFrame(
    {
        ODD: [1.0, math.nan, math.inf, -5.0, 7.0, 7.0] * 4,
        "number": pd.Series([1, 2, 3, 4, 5, 6] * 4, dtype="int64"),
        "some": pd.Series([1, 2, 3, 4, 5, None] * 4, dtype="float64"),
        "text": ["it's", "two", None, "2013-01-05", "größer", "x" * 9] * 4,
        "flag": [True, False, True, True, False, True] * 4,
        "time": pd.date_range("2013-01-01", periods=24, tz="UTC", unit="us"),
        "day": ["2013-01-05"] * 24,
    }
)
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "range of a column with NaN": ("ExpectColumnValuesToBeBetween", {"column": ODD, "min_value": 0, "max_value": 6.5}),
    "strict range": (
        "ExpectColumnValuesToBeBetween",
        {"column": "number", "min_value": 1, "max_value": 6, "strict_min": True, "strict_max": True},
    ),
    "one bound": ("ExpectColumnValuesToBeBetween", {"column": "some", "max_value": 3}),
    "bounds that are times": (
        "ExpectColumnValuesToBeBetween",
        {"column": "time", "min_value": "2013-01-03T00:00:00+00:00", "max_value": "2013-01-20T00:00:00+00:00"},
    ),
    "bounds without a zone": ("ExpectColumnValuesToBeBetween", {"column": "time", "min_value": "2013-01-03"}),
    "text between numbers": ("ExpectColumnValuesToBeBetween", {"column": "text", "min_value": 1, "max_value": 2}),
    "texts between texts": (
        "ExpectColumnValuesToBeBetween",
        {"column": "day", "min_value": "2013", "max_value": "2014"},
    ),
    "flags between numbers": ("ExpectColumnValuesToBeBetween", {"column": "flag", "min_value": 1, "max_value": 1}),
    "set of texts": ("ExpectColumnValuesToBeInSet", {"column": "text", "value_set": ["it's", "two"]}),
    "set of numbers": ("ExpectColumnValuesToBeInSet", {"column": ODD, "value_set": [1, 7.0]}),
    "set of another kind": ("ExpectColumnValuesToBeInSet", {"column": "text", "value_set": [1, 2]}),
    "empty set": ("ExpectColumnValuesToNotBeInSet", {"column": "number", "value_set": []}),
    "forbidden set": ("ExpectColumnValuesToNotBeInSet", {"column": "number", "value_set": [2, 3]}),
    "pattern": ("ExpectColumnValuesToMatchRegex", {"column": "text", "regex": "^[a-z']+$"}),
    "forbidden pattern": ("ExpectColumnValuesToNotMatchRegex", {"column": "text", "regex": "ö"}),
    "pattern that DuckDB refuses": ("ExpectColumnValuesToMatchRegex", {"column": "text", "regex": "^(?!two).*$"}),
    "lengths": ("ExpectColumnValueLengthsToBeBetween", {"column": "text", "min_value": 3, "max_value": 8}),
    "lengths of numbers": ("ExpectColumnValueLengthsToBeBetween", {"column": "number", "min_value": 1, "max_value": 1}),
    "no length at all": ("ExpectColumnValueLengthsToEqual", {"column": "text", "value": 3}),
    "nulls and NaN": ("ExpectColumnValuesToNotBeNull", {"column": ODD}),
    "only nulls": ("ExpectColumnValuesToBeNull", {"column": "some"}),
    "unique with nulls": ("ExpectColumnValuesToBeUnique", {"column": ODD}),
    "unique": ("ExpectColumnValuesToBeUnique", {"column": "time"}),
    "unique pairs": ("ExpectCompoundColumnsToBeUnique", {"column_list": [ODD, "text"]}),
    "unique pairs without nulls": (
        "ExpectCompoundColumnsToBeUnique",
        {"column_list": [ODD, "some"], "ignore_row_if": "any_value_is_missing"},
    ),
    "deviation": ("ExpectColumnStdevToBeBetween", {"column": "some", "min_value": 9}),
    "deviation with infinity": ("ExpectColumnStdevToBeBetween", {"column": ODD, "min_value": 9}),
    "mean": ("ExpectColumnMeanToBeBetween", {"column": "some", "min_value": 9}),
    "median": ("ExpectColumnMedianToBeBetween", {"column": "number", "min_value": 9}),
    "minimum": ("ExpectColumnMinToBeBetween", {"column": "number", "min_value": 9}),
    "maximum": ("ExpectColumnMaxToBeBetween", {"column": "some", "min_value": 9}),
    "maximum of texts": ("ExpectColumnMaxToBeBetween", {"column": "day", "min_value": "2014"}),
    "sum": ("ExpectColumnSumToBeBetween", {"column": "number", "min_value": 900}),
    "distinct values": ("ExpectColumnDistinctValuesToEqualSet", {"column": "text", "value_set": ["two", "three"]}),
    "number of distinct values": ("ExpectColumnUniqueValueCountToBeBetween", {"column": "text", "min_value": 9}),
    "dates": ("ExpectColumnValuesToMatchStrftimeFormat", {"column": "day", "strftime_format": "%d.%m.%Y"}),
    "pairs": ("ExpectColumnPairValuesAToBeGreaterThanB", {"column_A": "some", "column_B": "number"}),
    "missing column": ("ExpectColumnValuesToNotBeNull", {"column": "nowhere"}),
}


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    """The frame above in two files, whose names look like patterns."""
    table = pa.Table.from_pandas(FRAME, preserve_index=False)
    files = [tmp_path / name for name in ("[a]*.parquet", "b?.parquet")]
    for file, part in zip(files, (table.slice(0, 10), table.slice(10)), strict=True):
        pq.write_table(part, file, row_group_size=4)
    return files


def without_words(result: dict[str, Any]) -> dict[str, Any]:
    """Leave out what differs and says nothing: tracebacks, and the names of metrics that raised."""
    exceptions = result["exception_info"]
    messages = [exceptions] if "raised_exception" in exceptions else exceptions.values()
    details = {name: value for name, value in result["result"].items() if name != "observed_value"}
    observed = result["result"].get("observed_value")
    rounded = round(observed, 9) if isinstance(observed, float) and math.isfinite(observed) else str(observed)
    return {
        "success": result["success"],
        "result": details,
        "observed": rounded,
        "exceptions": {str(each["exception_message"]) for each in messages},
    }


@pytest.mark.parametrize("name", CASES)
def test_the_result_is_that_of_pandas(name: str, check: Check, parts: list[Path]) -> None:
    kind, kwargs = CASES[name]
    assert without_words(check(parts, kind, **kwargs)) == without_words(check(FRAME, kind, **kwargs))


def test_a_condition_on_rows_may_name_any_column(check: Check, parts: list[Path]) -> None:
    from great_expectations.expectations.row_conditions import Column

    arguments = {"column": "number", "max_value": 2, "row_condition": Column("text") == "two"}
    results = [check(data, "ExpectColumnValuesToBeBetween", **arguments) for data in (parts, FRAME)]
    assert without_words(results[0]) == without_words(results[1])
    assert results[0]["result"]["element_count"] == 4


def test_a_complete_result_is_that_of_pandas(check: Check, parts: list[Path]) -> None:
    complete = {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": ["number"],
        "include_unexpected_rows": True,
    }
    arguments = {"column": ODD, "min_value": 0, "max_value": 6.5}
    results = [check(data, "ExpectColumnValuesToBeBetween", complete, **arguments)["result"] for data in (parts, FRAME)]
    assert results[0]["unexpected_index_list"] == results[1]["unexpected_index_list"]
    assert results[0]["unexpected_list"] == results[1]["unexpected_list"]


def test_rows_are_counted_on_from_file_to_file(check: Check, parts: list[Path]) -> None:
    result = check(parts, "ExpectColumnValuesToBeBetween", column="time", max_value="2013-01-20T00:00:00+00:00")
    assert result["result"]["partial_unexpected_index_list"] == [20, 21, 22, 23]


@pytest.mark.parametrize("name", ["range of a column with NaN", "dates", "pairs", "distinct values", "unique pairs"])
def test_only_the_columns_of_the_expectation_are_read(
    name: str, check: Check, damage_column: Callable[[Path, int], None], tmp_path: Path
) -> None:
    file = tmp_path / "table.parquet"
    kind, kwargs = CASES[name]
    used = {*kwargs.get("column_list", []), *(kwargs.get(key) for key in ("column", "column_A", "column_B"))}
    table = pa.Table.from_pandas(FRAME, preserve_index=False)
    pq.write_table(table, file)
    for place, column in enumerate(table.column_names):
        if column not in used:
            damage_column(file, place)
    assert without_words(check([file], kind, **kwargs)) == without_words(check(FRAME, kind, **kwargs))
