"""Rows are divided by the value of a column, and a slice with too few rows has no number."""

import numpy as np
import pytest

from operation.monitoring.slices import describe_slices, divide, is_too_few


@pytest.mark.parametrize(
    ("column", "values"),
    [(["b", "10", "2", "None", "b"], ["2", "10", "None", "b"]), (["x"], ["x"]), ([], [])],
    ids=["numbers in their order", "one", "no row"],
)
def test_the_slice_of_each_row_is_its_text(column: list[str], values: list[str]) -> None:
    found = divide(np.array(column, dtype=object))
    assert list(found.values) == values
    assert [found.values[code] for code in found.codes] == column


@pytest.mark.parametrize(
    ("task", "rows", "events", "few"),
    [
        ("binary", 100, 5, False),
        ("binary", 99, 40, True),
        ("binary", 400, 4, True),
        ("binary", 400, 396, True),
        ("regression", 100, 0, False),
        ("multiclass", 100, 0, False),
        ("multiclass", 99, 50, True),
    ],
)
def test_a_slice_needs_rows_and_of_two_outcomes_some_of_each(task: str, rows: int, events: int, few: bool) -> None:
    assert is_too_few(task, (np.arange(rows) < events).astype(np.intp)) is few


def test_a_slice_with_too_few_rows_has_its_rows_and_no_number() -> None:
    slices = divide(np.array(["a"] * 150 + ["b"] * 9))
    found = describe_slices(slices, "regression", np.zeros(159, dtype=np.intp), lambda rows: {"mean": rows.sum()})
    assert found == [
        {"value": "a", "rows": 150, "too_few": False, "mean": 150},
        {"value": "b", "rows": 9, "too_few": True},
    ]


def test_a_slice_without_a_row_in_a_week_is_not_there() -> None:
    chosen = divide(np.array(["a", "b"])).choose(np.array([True, False]))
    assert [line["value"] for line in describe_slices(chosen, "binary", np.zeros(1, dtype=np.intp), lambda _: {})] == [
        "a"
    ]
