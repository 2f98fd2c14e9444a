"""Choose what a suite says of single rows, for tables that are to be scored.

A suite describes a delivery that trains: how many rows, which share is null, what their mean is, from when they are. A
table to be scored may have one row, of tomorrow, without an outcome. So what remains is what must hold for every row,
in the columns that scoring reads.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

COLUMNS = "expect_table_columns_to_match_set"
OF_ROWS = (
    "expect_column_values_",
    "expect_column_value_lengths_",
    "expect_column_pair_values_",
    "expect_compound_columns_to_be_unique",
    "expect_select_column_values_",
)
PARAMETER = "$PARAMETER"  # of the delivery: its share of all rows, its days
Expectation = Mapping[str, Any]


def choose(expectations: Iterable[Expectation], needed: Collection[str]) -> list[Expectation]:
    """Return the expectations on every row of the `needed` columns, and that these are there."""
    kept = (_narrow(each, needed) if each["type"] == COLUMNS else each for each in expectations if _is_chosen(each))
    return [each for each in kept if {*_columns(each)} <= {*needed}]


def _is_chosen(expectation: Expectation) -> bool:
    kwargs = expectation["kwargs"]
    if expectation["type"] == COLUMNS:
        return kwargs.get("exact_match") is False  # otherwise it is about columns that nobody reads
    about_rows = expectation["type"].startswith(OF_ROWS) and kwargs.get("mostly", 1) == 1
    return about_rows and PARAMETER not in json.dumps(kwargs)


def _narrow(expectation: Expectation, needed: Collection[str]) -> Expectation:
    kwargs = expectation["kwargs"]
    columns = [name for name in kwargs["column_set"] if name in needed]
    return {**expectation, "kwargs": {**kwargs, "column_set": columns}}


def _columns(expectation: Expectation) -> list[str]:
    kwargs = expectation["kwargs"]
    single = [kwargs[name] for name in ("column", "column_A", "column_B") if name in kwargs]
    return [*single, *kwargs.get("column_list", ()), *kwargs.get("column_set", ())]
