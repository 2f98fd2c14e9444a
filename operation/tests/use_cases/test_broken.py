"""Every kind of expectation that `invoke new` writes can be broken, so that a generated test can show it is found."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from operation.execution.new.asked import Asked
from operation.execution.new.new import prepare, study, write_texts
from operation.tests.use_cases.broken import BREAKS, break_all

ROWS = 300


def frame() -> pd.DataFrame:
    """A table with columns of every kind, and one that follows from another."""
    rng = np.random.default_rng(5)
    city = rng.choice([f"city {n}" for n in range(8)], ROWS)
    days = [date(2024, 1, 1) + timedelta(days=n // 2) for n in range(ROWS)]
    return pd.DataFrame(
        {
            "customer_id": [f"c{n:03}" for n in range(ROWS)],
            "signup": days,
            "city": city,
            "land": [int(each[-1]) % 3 for each in city],
            "street": rng.choice([f"street {n}" for n in range(60)], ROWS),
            "age": rng.normal(40, 9, ROWS),
            "churned": rng.choice(["yes", "no"], ROWS),
        }
    )


@pytest.mark.parametrize("target", ["churned", "land", "age"])
def test_every_kind_that_is_written_can_be_broken(target: str, tmp_path: Path) -> None:
    frame().to_csv(tmp_path / "customers.csv", index=False)
    with study(Asked("churn", str(tmp_path / "customers.csv"), target)) as studied:
        files = write_texts(studied, prepare(studied))
    suites = [content for path, content in files.items() if path.endswith(".json")]
    kinds = {line.split('"')[3] for suite in suites for line in suite.splitlines() if '"type": "expect' in line}
    assert len(kinds) > 8
    assert kinds <= set(BREAKS)


def test_breaks_of_one_column_do_not_undo_one_another() -> None:
    wide, tight = ({"column": "age", "max_value": most} for most in (100, 50))
    forbidden = [{"type": "expect_column_values_to_be_between", "kwargs": kwargs} for kwargs in (wide, tight)]
    assert (break_all(frame(), forbidden)["age"] > 100).all()
