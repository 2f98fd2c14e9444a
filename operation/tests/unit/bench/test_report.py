"""The table that the benchmark writes, on given figures."""

from operation.tests.bench.measuring import Measurement
from operation.tests.bench.report import Comparison, step_table, table

NAN = float("nan")


def taken(wall: float, tree: float = 2000) -> Measurement:
    return Measurement(wall, cpu=wall / 2, largest=1000, tree=tree, output="")


def test_a_comparison_shows_both_medians_and_the_median_of_the_ratios_of_its_pairs() -> None:
    comparison = Comparison("train", "script", [taken(40), taken(10), taken(30)], [taken(10), taken(10), taken(5)])
    lines = table([comparison], {}).splitlines()
    assert lines[2] == "| train | 30.00 | 15.00 | 1,000 | 2,000 | 3 |"
    assert lines[3] == "| script | 10.00 | 5.00 | 1,000 | 2,000 | 3 |"
    assert lines[4] == "| ratio, the median of the pairs | **4.00** | **4.00** | **1.00** | **1.00** | 3 |"


def test_a_command_alone_follows_the_comparisons() -> None:
    lines = table([Comparison("a", "b", [taken(1)], [taken(1)])], {"validate": [taken(7), taken(8)]}).splitlines()
    assert lines[-1] == "| validate | 7.50 | 3.75 | 1,000 | 2,000 | 2 |"
    assert {line.count("|") for line in lines} == {7}


def test_what_the_system_does_not_tell_is_a_dash() -> None:
    lines = table([Comparison("a", "b", [taken(1, NAN)], [taken(1, NAN)])], {}).splitlines()
    assert [line.split(" | ")[4] for line in lines[2:]] == ["-", "-", "-"]


def test_steps_of_one_name_stay_apart_and_in_order() -> None:
    runs = [
        [("validate", 9.0), ("train", 5.0), ("validate", 3.0)],
        [("validate", 11.0), ("train", 7.0), ("validate", 5.0)],
    ]
    assert step_table(runs).splitlines()[2:] == ["| validate | 10.0 |", "| train | 6.0 |", "| validate | 4.0 |"]
