"""The page and its plot, from given results."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from operation.tests.bench.larger import Bounded, alone
from operation.tests.bench.measuring import Measurement
from operation.tests.bench.offline import Start
from operation.tests.bench.page import Results, target_rows, write
from operation.tests.bench.report import Comparison

pytestmark = pytest.mark.unmeasured

BASELINE = Measurement(wall=10, cpu=10, tree=900, output="")
STARTS = [Start(ready=0.5, answer=11, memory=60), Start(ready=0.3, answer=12, memory=70)]
TRAINING = Measurement(wall=15, cpu=20, tree=1350, output="prepare  done  1.0 s\ntrain  done  9.0 s\n")


def comparison(name: str, run: Measurement) -> Comparison:
    return Comparison(name, "the raw work", [run] * 3, [BASELINE] * 3)


@pytest.fixture
def results() -> Results:
    names = ("list", "unchanged", "changed", "cold", "emulator", "deploy", "checks", "score", "processes")
    bounded = [Bounded("preparation", replace(BASELINE, tree=1040), bound=1150)]
    comparisons = {name: comparison(name, TRAINING) for name in names}
    return Results(comparisons, ["invoke", "rich"], bounded, STARTS, [6.0, 2.0, 1.0], ["Spark. It needs Java."])


def test_every_target_has_a_figure_and_whether_it_is_reached(results: Results) -> None:
    assert [(row.measured, row.kind, round(row.figure, 2), row.reached) for row in target_rows(results)] == [
        ("list", "CPU", 2.0, False),
        ("unchanged", "wall", 15, False),
        ("changed", "wall", 1.5, False),
        ("cold", "wall", 1.5, True),
        ("emulator", "wall", 1.5, True),
        ("deploy", "wall", 1.5, False),
        ("checks", "wall", 1.5, True),
        ("cold", "memory", 1.5, False),
        ("score", "rows a CPU second", 0.5, False),
        ("processes", "rows a second", 0.67, False),
        ("preparation of 6.7 million flights", "memory", 1040, True),
        ("an offline workspace until it is ready", "wall", 0.4, True),
        ("an offline workspace, for one answer", "wall", 11.5, False),
        ("an offline workspace after 300 requests", "memory", 65, True),
        ("`invoke rollback`, decided to serving", "wall", 2.0, True),
    ]


def test_what_was_not_measured_has_no_row(results: Results) -> None:
    rows = target_rows(Results({"cold": results.comparisons["cold"]}, [], [], []))
    assert [(row.measured, row.kind) for row in rows] == [("cold", "wall"), ("cold", "memory")]


@pytest.mark.parametrize(("seconds", "reached"), [(9.0, True), (11.0, True), (12.0, False)])
def test_of_what_must_be_as_fast_the_figure_is_how_many_times_it_is(seconds: float, reached: bool) -> None:
    scoring = comparison("score", replace(TRAINING, cpu=seconds))
    (row,) = target_rows(Results({"score": scoring}, [], [], []))
    assert row.figure == pytest.approx(10 / seconds)
    assert (row.bound, row.reached) == ("≥ 0.88", reached)


def test_the_page_shows_its_plot_and_leaves_nothing_open(results: Results, tmp_path: Path) -> None:
    write(results, tmp_path / "benchmarks.md", ["0.1", "1.0"], copies=20)
    text = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[.*\]\((.*)\)", text)
    assert [(tmp_path / picture).is_file() for picture in pictures] == [True]
    assert not re.search(r"[{}]|\bnan\b", text)
    assert "this repository: invoke, rich." in text
    assert "an offline workspace at 2 starts" in text
    assert "\n* Left out: Spark. It needs Java.\n* " in text
    assert "A cold run takes 15.0 s and its steps 10.0 s together" in text


def test_the_time_of_checks_is_the_one_that_their_process_prints() -> None:
    measured = alone(replace(BASELINE, output="reading\n62 checks 3.141 s\n"))
    assert (measured.wall, measured.cpu) == (3.141, BASELINE.cpu)
