"""The page on outcomes that came later: performance by week and by slice, in one file that needs nothing else."""

import re
from typing import Any

import pytest

from operation.monitoring.intervals_chart import Point, Scale, draw, find_scale
from operation.monitoring.labels_report import labels_page
from operation.monitoring.performance_report import MOST_SLICES
from operation.tests.unit.monitoring.labelled import FINDINGS, decide, describe, outcomes_of, registered

REQUESTS: dict[str, Any] = {
    "requests": 1234,
    "broken_lines": 1,
    "rows": 2468,
    "first": "2014-01-01T00:00:00+00:00",
    "last": "2014-01-28T00:00:00+00:00",
    "p50_ms": 1.25,
    "p99_ms": None,
    "versions": {"3": 1234},
    "missing": {"<temp>": 0.25},
}


def page_of(task: str, known: bool = True, **chosen: Any) -> str:
    labelled = outcomes_of(task, **chosen)
    return labels_page(decide(labelled), FINDINGS, task, describe(labelled), registered(task) if known else None)


@pytest.mark.parametrize(
    ("task", "name"),
    [("binary", "ROC AUC"), ("multiclass", "Share of wrong classes"), ("regression", "Mean absolute error")],
)
def test_performance_stands_beside_the_registered_one_by_week_and_by_slice(task: str, name: str) -> None:
    text = page_of(task)
    assert f"{name} ({'higher' if task == 'binary' else 'lower'} is better)" in text
    assert re.search(r"Registered, on the test part: \d+\.\d{3} \[", text)
    assert text.count("<tr><td><span>2014-") == 4
    drawn = re.findall(r'class="dot" d="([^"]*)"', text)
    assert [each.count("M") for each in drawn] == [4, 4, 4, 4, 0]
    assert re.findall(r"<figcaption><b>(.*?)</b>", text) == ["Ant", "Bee", "Cat", "rare &amp; &lt;small&gt;"]


def test_a_slice_with_too_few_rows_says_so_and_has_no_number() -> None:
    (caption,) = re.findall(r"<figcaption><b>rare.*?</figcaption>", page_of("binary"))
    assert "too few rows" in caption
    assert not re.search(r"\d\.\d", caption)


def test_a_column_that_nobody_has_is_named() -> None:
    assert "Not known by month: neither the labels nor the predictions have such a column." in page_of("binary")


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({"weeks": 4}, "Enough to judge a loss: 7 days with 100 predictions or more are needed, and there are 28."),
        ({"dated": False}, "Enough to judge a loss: where rows have no day, 100 predictions are needed."),
    ],
    ids=["days", "no days"],
)
def test_the_page_says_how_many_days_are_needed(chosen: dict[str, Any], says: str) -> None:
    assert says in page_of("binary", **chosen)


def test_too_few_days_are_shown_and_decide_nothing() -> None:
    labelled = outcomes_of("binary")
    few = labelled.choose(labelled.day < labelled.day.min() + 3)
    text = labels_page(decide(few), [], "binary", describe(few), None)
    assert "Too few to judge a loss, so they decide nothing: outcomes are known of 3 days with " in text
    assert "No registered value is known." in text


def test_without_days_slices_are_a_table_of_one_window() -> None:
    text = page_of("binary", dated=False)
    assert "4,200 rows, scoring 3f2a9c1d." in text
    assert re.search(r"<tr><td>Ant</td><td class=n>0\.\d{3} \[", text)
    assert "<svg" not in text


def test_many_slices_and_weeks_stay_a_small_file_that_needs_no_network() -> None:
    text = page_of("binary", weeks=70, couriers=tuple(f"courier {number}" for number in range(40)))
    assert len(text) < 500_000
    assert not re.search(r"https?:|<script|<link|src=|url\(", text)
    assert text.count("<figure>") == MOST_SLICES
    assert "The 24 largest of 40 are shown." in text
    assert "10 earlier weeks are in metrics.json alone." in text


@pytest.mark.parametrize(("weeks", "folded"), [(13, False), (14, True)])
def test_the_table_of_many_weeks_is_folded(weeks: int, folded: bool) -> None:
    text = page_of("binary", weeks=weeks)
    assert ("<details>" in text) == folded
    assert (f"<summary>All {weeks} weeks</summary>" in text) == folded


def test_the_log_of_the_service_is_a_part_of_the_page() -> None:
    labelled = outcomes_of("binary", weeks=1)
    text = labels_page(decide(labelled), [], "binary", describe(labelled), None, REQUESTS)
    for name, fact in (("Requests", "1,234"), ("Median time", "1.25 ms"), ("Missing values of &lt;temp&gt;", "25.0%")):
        assert f"<tr><td>{name}</td><td class=n>{fact}</td></tr>" in text


def test_what_is_beyond_the_scale_is_drawn_at_its_edge() -> None:
    drawn = draw([Point(0.5, 0.5, -9.0, 9.0)], Scale(0.0, 1.0), None, "<name>")
    assert 'd="M50.0 40.0V0.0"' in drawn
    assert 'aria-label="&lt;name&gt;: 0.500"' in drawn


@pytest.mark.parametrize(
    ("task", "ends", "scale"),
    [("binary", (0.5, 0.98), (0.476, 1.0)), ("regression", (0.5, 10.5), (0.0, 11.0)), ("binary", (), (0.0, 1.0))],
)
def test_a_scale_holds_every_interval_as_far_as_there_are_such_values(
    task: str, ends: tuple[float, ...], scale: tuple[float, float]
) -> None:
    measured = {"value": ends[0], "low": ends[0], "high": ends[1]} if ends else None
    found = find_scale(task, [measured, None])
    assert (found.low, found.high) == pytest.approx(scale)
