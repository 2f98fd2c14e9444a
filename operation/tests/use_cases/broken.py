"""Break data in every way that a suite forbids: what breaks follows from the kind of the expectation and its bounds."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from operation.execution.validation.checkpoints import PROJECT, SUITES

Expectation = Mapping[str, Any]
Break = Callable[[pd.DataFrame, Mapping[str, Any]], pd.DataFrame]


def expectations(use_case: str, table: str) -> list[Expectation]:
    """The expectations of one suite."""
    suite = PROJECT / SUITES / use_case / f"{table}.json"
    found: list[Expectation] = json.loads(suite.read_text(encoding="utf-8"))["expectations"]
    return found


def kinds(use_case: str) -> list[tuple[str, str]]:
    """Each table of a use case with each kind of expectation that its suite has."""
    tables = sorted(suite.stem for suite in (PROJECT / SUITES / use_case).glob("*.json"))
    return [
        (table, kind) for table in tables for kind in sorted({each["type"] for each in expectations(use_case, table)})
    ]


def break_all(frame: pd.DataFrame, forbidden: Sequence[Expectation]) -> pd.DataFrame:
    """The frame so changed that it meets none of these expectations, which are of one kind."""
    for each in forbidden:
        frame = BREAKS[each["type"]](frame, {**each["kwargs"], "meta": each.get("meta") or {}})
    return frame


def retype(frame: pd.DataFrame, kwargs: Mapping[str, Any]) -> pd.DataFrame:
    column, values = kwargs["column"], frame[kwargs["column"]]
    return frame.assign(**{column: range(len(frame)) if kwargs["type_"] == "str" else values.astype(str)})


def lose_values(frame: pd.DataFrame, kwargs: Mapping[str, Any]) -> pd.DataFrame:
    """All values but the first one that is there, so that the column keeps its type."""
    values = frame[kwargs["column"]]
    return frame.assign(**{kwargs["column"]: values.where(frame.index == values.first_valid_index())})


def leave_the_range(frame: pd.DataFrame, kwargs: Mapping[str, Any]) -> pd.DataFrame:
    column, most = kwargs["column"], kwargs["max_value"]
    if isinstance(most, str):
        return frame.assign(**{column: pd.Series(pd.Timestamp(most) + pd.Timedelta(days=1), frame.index)})
    beyond = np.ceil(most) + 1 + abs(most)
    whole = pd.api.types.is_integer_dtype(frame[column])
    # Several breaks of one column must not undo one another.
    highest = max(beyond, frame[column].max())
    return frame.assign(**{column: int(highest) if whole else float(highest)})


def bring_a_new_value(frame: pd.DataFrame, kwargs: Mapping[str, Any]) -> pd.DataFrame:
    numbers = [value for value in kwargs["value_set"] if not isinstance(value, str)]
    return frame.assign(**{kwargs["column"]: max(numbers) + 1 if numbers else "another value"})


def repeat_one_value(frame: pd.DataFrame, kwargs: Mapping[str, Any]) -> pd.DataFrame:
    column = kwargs["column"]
    return frame.assign(**{column: frame[column].dropna().iloc[0]})


def write_nonsense(frame: pd.DataFrame, kwargs: Mapping[str, Any]) -> pd.DataFrame:
    return frame.assign(**{kwargs["column"]: "~"})


def repeat_rows(frame: pd.DataFrame, kwargs: Mapping[str, Any]) -> pd.DataFrame:
    return pd.concat([frame, frame.head(10)], ignore_index=True)


def lose_rows(frame: pd.DataFrame, kwargs: Mapping[str, Any]) -> pd.DataFrame:
    return frame.head(kwargs["min_value"] - 1)


def change_columns(frame: pd.DataFrame, kwargs: Mapping[str, Any]) -> pd.DataFrame:
    return frame.drop(columns=kwargs["column_set"][-1], errors="ignore").assign(another_column=1)


def break_the_query(frame: pd.DataFrame, kwargs: Mapping[str, Any]) -> pd.DataFrame:
    """Lose all days but the first and the last; or, of two columns, give the second one values of its own accord."""
    columns = kwargs["column_list"]
    if len(columns) == 1:
        form = kwargs["meta"].get("date_format", "ISO8601")
        days = pd.to_datetime(frame[columns[0]].astype(str), format=form, errors="coerce", utc=True)
        return frame[(days == days.min()) | (days == days.max())].reset_index(drop=True)
    second = frame[columns[1]]
    common = second.value_counts().index[:2]
    return frame.assign(**{columns[1]: np.where(np.arange(len(frame)) % 2 == 0, common[0], common[1])})


BREAKS: dict[str, Break] = {
    "expect_column_values_to_be_of_type": retype,
    "expect_column_values_to_not_be_null": lose_values,
    "expect_column_values_to_be_between": leave_the_range,
    "expect_column_mean_to_be_between": leave_the_range,
    "expect_column_values_to_be_in_set": bring_a_new_value,
    "expect_column_distinct_values_to_equal_set": repeat_one_value,
    "expect_column_unique_value_count_to_be_between": repeat_one_value,
    "expect_column_values_to_match_regex": write_nonsense,
    "expect_column_values_to_be_unique": repeat_rows,
    "expect_compound_columns_to_be_unique": repeat_rows,
    "expect_table_row_count_to_be_between": lose_rows,
    "expect_table_columns_to_match_set": change_columns,
    "expect_query_value_to_be_between": break_the_query,
}
