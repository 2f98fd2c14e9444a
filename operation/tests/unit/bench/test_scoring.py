"""What scorings that run at once are worth together."""

import pytest

from operation.tests.bench.measuring import Measurement
from operation.tests.bench.scoring import together

pytestmark = pytest.mark.unmeasured


def test_the_rows_of_runs_at_once_add_up() -> None:
    runs = [Measurement(wall=2.0, cpu=2.0, tree=100, output=""), Measurement(wall=6.0, cpu=3.0, tree=150, output="")]
    both = together(runs)
    assert both.wall == pytest.approx(1.5)  # 1/2 and 1/6 of the rows a second
    assert (both.cpu, both.tree) == (2.5, 250)
