"""The tables that the benchmark writes, on given figures."""

import pytest

from operation.tests.bench.measuring import Measurement
from operation.tests.bench.report import Comparison, Row, step_table, table, targets_table

NAN = float("nan")


def taken(wall: float, tree: float = 2000) -> Measurement:
    return Measurement(wall, cpu=wall / 2, tree=tree, output="")


def test_a_comparison_shows_both_medians_and_the_median_of_the_ratios_of_its_pairs() -> None:
    comparison = Comparison("train", "script", [taken(40), taken(10), taken(30)], [taken(10), taken(10), taken(5)])
    lines = table([comparison], {}).splitlines()
    assert lines[2] == "| train | 30.00 | 15.00 | 2,000 | 3 |"
    assert lines[3] == "| script | 10.00 | 5.00 | 2,000 | 3 |"
    assert lines[4] == "| ratio, the median of the pairs | **4.00** | **4.00** | **1.00** | 3 |"


def test_a_command_alone_follows_the_comparisons() -> None:
    lines = table([Comparison("a", "b", [taken(1)], [taken(1)])], {"validate": [taken(7), taken(8)]}).splitlines()
    assert lines[-1] == "| validate | 7.50 | 3.75 | 2,000 | 2 |"
    assert {line.count("|") for line in lines} == {6}


def test_what_the_system_does_not_tell_is_a_dash() -> None:
    lines = table([Comparison("a", "b", [taken(1, NAN)], [taken(1, NAN)])], {}).splitlines()
    assert [line.split(" | ")[3] for line in lines[2:]] == ["-", "-", "-"]


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (Row("a", "b", "wall", [1.7, 1.5, 1.4], 1.5), "| a | b | wall | **1.50** | 1.40 to 1.70 | ≤ 1.50 | yes |"),
        (
            Row("a", "b", "CPU", [1.6, 1.5, 1.51], 1.5),
            "| a | b | CPU | **1.51** | 1.50 to 1.60 | ≤ 1.50 | **missed** |",
        ),
        (Row("a", "b", "wall", [0.62], 1, "s"), "| a | b | wall | **0.62 s** | one run | ≤ 1.00 s | yes |"),
        (
            Row("a", "b", "memory", [1234.5], 1062, "MB"),
            "| a | b | memory | **1,234 MB** | one run | ≤ 1,062 MB | **missed** |",
        ),
        (Row("a", "b", "memory", [NAN], 1.3), "| a | b | memory | **-** | one run | ≤ 1.30 | **missed** |"),
        (
            Row("a", "b", "speed", [0.87], 0.88, at_least=True),
            "| a | b | speed | **0.87** | one run | ≥ 0.88 | **missed** |",
        ),
    ],
    ids=["at-the-target", "above-it", "seconds", "memory", "not-measured", "too-slow"],
)
def test_the_median_against_the_target_says_whether_it_is_reached(row: Row, line: str) -> None:
    assert targets_table([row]).splitlines()[2] == line


def test_a_step_has_its_median_and_every_result_that_it_had() -> None:
    runs = [
        {"prepare": ("reused", 0.0), "train": ("done", 5.0)},
        {"prepare": ("done", 2.0), "train": ("done", 7.0)},
    ]
    assert step_table(runs).splitlines()[2:] == ["| prepare | done, reused | 1.0 |", "| train | done | 6.0 |"]
