"""The plot of given figures."""

from pathlib import Path

import pytest

from operation.tests.bench.plot import MISSED, REACHED, draw, label, length
from operation.tests.bench.report import Row

pytestmark = pytest.mark.unmeasured

ROWS = [Row("`invoke --list`", "b", "CPU", [1.04], 1.3), Row("`invoke train`", "b", "wall", [2.4], 1.6)]


def test_equal_figures_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("first.svg", "second.svg"):
        draw(ROWS, tmp_path / name)
    assert (tmp_path / "first.svg").read_bytes() == (tmp_path / "second.svg").read_bytes()


@pytest.mark.parametrize("row", ROWS, ids=["reached", "missed"])
def test_the_colour_of_a_bar_says_whether_its_target_is_reached(row: Row, tmp_path: Path) -> None:
    draw([row], tmp_path / "plot.svg")
    content = (tmp_path / "plot.svg").read_text(encoding="utf-8")
    assert (REACHED in content, MISSED in content) == (row.reached, not row.reached)


@pytest.mark.parametrize(
    ("figure", "expected"),
    [(0.65, 0.5), (1.95, 1.5), (130, 2), (float("nan"), 0)],
    ids=["half", "above", "far", "none"],
)
def test_a_bar_is_as_long_as_its_figure_in_targets_until_it_would_hide_the_others(
    figure: float, expected: float
) -> None:
    assert length(Row("a", "b", "wall", [figure], 1.3)) == pytest.approx(expected)


def test_a_bar_of_what_should_be_more_is_longer_than_its_target_when_it_is_less() -> None:
    lengths = [length(Row("a", "b", "speed", [figure], 0.88, at_least=True)) for figure in (1.76, 0.44)]
    assert lengths == pytest.approx([0.5, 2])


def test_a_label_says_figure_target_and_a_miss() -> None:
    assert [label(row) for row in ROWS] == ["1.04  (≤ 1.30)", "2.40  (≤ 1.60, missed)"]
