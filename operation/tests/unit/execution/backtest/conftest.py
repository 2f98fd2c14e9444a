"""Results of a back-test without runs behind them."""

from datetime import date

import pytest

from operation.execution.backtest.results import Difference, Result
from operation.execution.backtest.walk import Cell

MONTHS = [(date(2013, 11, 1), date(2013, 11, 30)), (date(2013, 12, 1), date(2013, 12, 31))]
TRAIN = (date(2013, 1, 1), date(2013, 10, 31))


def found(policy: str, delay: int, *gains: float) -> list[Result]:
    """Make a result for each month: the frozen model has .7, and the gain is known to within .02 below, .04 above."""
    return [
        Result(
            Cell(policy, delay, month, TRAIN), 0.7 + gain, 0.7, Difference(gain, gain - 0.02, gain + 0.04), 9, "a-run"
        )
        for month, gain in zip(MONTHS, gains, strict=True)
    ]


@pytest.fixture
def results() -> list[Result]:
    """Two policies, one of them also with a delay."""
    return [*found("monthly", 0, 0.05, 0.03), *found("monthly", 30, 0.03, 0.01), *found("rolling", 0, 0.0, 0.01)]
