"""Dates, as .NET writes them in the invariant culture. Source: Microsoft's custom date and time format strings."""

from datetime import UTC, datetime

import pytest
from azure_pipelines_local.expressions.conditions import variable
from azure_pipelines_local.expressions.dates import format_date

MOMENT = datetime(2026, 3, 5, 15, 4, 9, 120_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyyMMdd", "20260305"),
        ("yy.M.d", "26.3.5"),
        ("HH:mm:ss.fff", "15:04:09.120"),
        ("h 'o''clock' tt", "3 oclock PM"),
        ("ddd dddd MMM MMMM", "Thu Thursday Mar March"),
        ("s", "2026-03-05T15:04:09"),
        ("", "03/05/2026 15:04:09"),
        (r"\yyy", "y26"),
        ("zzz", "+00:00"),
    ],
)
def test_a_date_is_written_by_its_pattern(pattern: str, text: str) -> None:
    assert format_date(MOMENT, pattern) == text


def test_the_start_of_a_pipeline_is_a_date() -> None:
    assert variable("$[format('{0:yyyyMMdd}-{1}', pipeline.startTime, 'a')]", {"pipeline": {"startTime": MOMENT}}) == (
        "20260305-a"
    )
