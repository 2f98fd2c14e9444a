"""Orders of three weeks and more: a table with columns of every kind, a day, and a column that follows from another."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from duckdb import DuckDBPyConnection

from operation.execution.expectations.facts import Expectation, Facts
from operation.execution.expectations.learning import Accepted
from operation.execution.expectations.measuring import measure_table
from operation.execution.expectations.suites import Suite, names_of

ORDERS = """
SELECT range AS id, DATE '2026-01-01' + (range // 24)::INTEGER AS day,
    ['Aachen', 'Bonn', 'Celle', 'Dresden'][range % 4 + 1] AS city, ['NW', 'NW', 'NI', 'SN'][range % 4 + 1] AS land,
    CASE WHEN range % 10 > 0 THEN 20 + range % 7 + {shift} END AS amount, range % 3 AS pieces, range % 2 = 0 AS paid
FROM range(600)
"""
Describe = Callable[..., Facts]


def expect(kind: str, severity: str = "critical", **kwargs: Any) -> dict[str, Any]:
    return {"type": f"expect_{kind}", "kwargs": kwargs, "severity": severity, "meta": {}}


def suite_of(expectations: list[dict[str, Any]], file: Path = Path("orders.json"), days: bool = True) -> Suite:
    meta = {"days": "SELECT day AS day FROM {batch}"} if days else {}
    content = {"expectations": expectations, "meta": meta, "name": "shop.orders"}
    return Suite("orders", file, content, names_of("orders", expectations))


@pytest.fixture(scope="session")
def describe(database: DuckDBPyConnection) -> Describe:
    """Return the facts of the orders, with amounts that are higher by a shift, and what expectations measure."""

    def find(*expectations: Expectation, shift: float = 0, rows: str = "", days: bool = True) -> Facts:
        select = ORDERS.format(shift=shift)
        given = f"SELECT * REPLACE ({rows}) FROM ({select})" if rows else select  # noqa: S608
        database.execute(f"CREATE OR REPLACE TABLE orders AS {given}")
        return measure_table(database, suite_of([dict(each) for each in expectations], days=days), "")

    return find


@pytest.fixture(scope="session")
def accepted(describe: Describe) -> Callable[..., list[Accepted]]:
    """Return data sets whose amounts are higher by these shifts, oldest first."""

    plain = cache(lambda shift: Accepted(describe(shift=shift)))

    def make(*shifts: float, expectations: tuple[Expectation, ...] = ()) -> list[Accepted]:
        if not expectations:
            return [plain(shift) for shift in shifts]
        return [Accepted(describe(*expectations, shift=shift)) for shift in shifts]

    return make
