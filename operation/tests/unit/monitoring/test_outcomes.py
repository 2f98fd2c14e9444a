"""Tables that hold their outcomes have performance by week and by slice, with intervals, as later outcomes have."""

import math
from dataclasses import replace

import numpy as np
import pytest

from operation.monitoring.outcomes import describe_window
from operation.monitoring.performance import describe_outcomes
from operation.monitoring.report import page
from operation.tests.unit.monitoring.conftest import BLOCKS, make
from operation.tests.unit.monitoring.labelled import registered
from operation.tests.unit.monitoring.test_report import DECISION
from operation.tests.unit.monitoring.windows import sliced


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_performance_has_an_interval_in_all_by_week_and_by_slice(task: str) -> None:
    found = describe_window(sliced(task))
    assert found is not None
    name = "roc_auc" if task == "binary" else "mean_error"
    known = [found, *found["weeks"], *(line for line in found["slices"]["courier"] if not line["too_few"])]
    assert len(known) == 1 + 4 + 3
    assert all(each["low"] < each[name] < each["high"] for each in known)


def test_of_a_sample_outcomes_are_enough_by_the_rows_that_were_scored() -> None:
    all_scored = sliced()
    window = replace(all_scored, sums={**all_scored.sums, "rows": 100 * all_scored.sums["rows"]})
    found = describe_window(window)
    assert found is not None
    assert found["is_enough"]
    assert "those of a sample, 1,600 of 160,000 rows" in page(DECISION, [], make(1, BLOCKS), window, found)
    assert "a sample" not in page(DECISION, [], make(1, BLOCKS), all_scored, found)


def test_fewer_rows_have_a_wider_interval() -> None:
    found = describe_window(sliced("regression"))
    assert found is not None
    ten, ant, bee, rare = found["slices"]["courier"]
    assert [ten["value"], ant["value"], bee["value"], rare["value"]] == ["10", "Ant", "Bee", "rare & <small>"]
    assert found["high"] - found["low"] < ant["high"] - ant["low"] < bee["high"] - bee["low"]
    assert rare == {"value": "rare & <small>", "rows": 8, "too_few": True}


def test_the_interval_of_a_mean_error_is_that_of_its_rows() -> None:
    errors = np.random.default_rng(1).gamma(2, 3, 500)
    sums = np.array([500, errors.sum(), (errors**2).sum()])
    found = describe_outcomes("regression", np.zeros((2, 3)), sums)
    assert found is not None
    assert found["high"] - found["low"] == pytest.approx(2 * 2 * 1.96 * errors.std() / math.sqrt(500))


def test_an_interval_ends_where_shares_do() -> None:
    window = sliced("multiclass", blocks=1)
    right = replace(window, sums={**window.sums, "errors": np.array([[400.0, 1.0, 1.0]])})
    found = describe_window(right)
    assert found is not None
    assert found["low"] == 0.0 < found["mean_error"] < found["high"]


def test_a_week_with_too_few_outcomes_has_no_number() -> None:
    window = sliced()
    sums = {**window.sums, "outcomes": window.sums["outcomes"].copy(), "errors": window.sums["errors"].copy()}
    sums["outcomes"][1] /= 10
    sums["errors"][1] /= 10
    found = describe_window(replace(window, sums=sums))
    assert found is not None
    assert [week["too_few"] for week in found["weeks"]] == [False, True, False, False]
    assert "roc_auc" not in found["weeks"][1]


def test_rows_without_days_are_one_window() -> None:
    found = describe_window(sliced(days=0))
    assert found is not None
    assert (found["weeks"], len(found["slices"]["courier"])) == ([], 4)


def test_columns_that_the_rows_lack_are_named() -> None:
    found = describe_window(sliced(), ("courier", "month"))
    assert found is not None
    assert found["slices_lacking"] == ["month"]


def test_without_an_outcome_there_is_nothing_to_describe() -> None:
    window = sliced()
    assert describe_window(replace(window, sums={**window.sums, "errors": np.zeros((4, 3))})) is None


@pytest.mark.parametrize("known", [True, False], ids=["registered", "no card"])
def test_the_report_on_tables_draws_weeks_and_slices(known: bool) -> None:
    window = sliced()
    text = page(DECISION, [], make(1, BLOCKS), window, describe_window(window), registered("binary") if known else None)
    assert text.count("<tr><td><span>2013-01-0") == 4
    assert "1,600 of 1,600 rows have an outcome." in text
    assert "<figcaption><b>rare &amp; &lt;small&gt;</b>" in text
    assert ("Registered, on the test part: 0.800" in text) is known


def test_too_few_outcomes_are_shown_and_said_to_decide_nothing() -> None:
    window = sliced()
    few = replace(window, sums={**window.sums, "rows": np.full(4, 9000.0), "scores": 22.5 * window.sums["scores"]})
    text = page(DECISION, [], make(1, BLOCKS), few, describe_window(few))
    assert "1,600 of 36,000 rows have an outcome: too few to judge a loss, which takes 100 of them and 10%" in text


def test_parts_of_a_window_of_years_are_not_called_weeks() -> None:
    window = sliced()
    blocks = tuple({"first": f"2013-0{n}-01", "last": f"2013-0{n}-28", "days": 28} for n in range(1, 5))
    text = page(
        DECISION, [], make(1, BLOCKS), replace(window, blocks=blocks), describe_window(replace(window, blocks=blocks))
    )
    assert "<th>Period</th>" in text
