"""Times of schedules."""

import pytest
from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.model.cron import check_time


@pytest.mark.parametrize(
    "cron",
    [
        *("0 3 * * 1", "0 0 1 1 *", "*/15 * * * *", "0-30/10 9-17 1,15 * 1-5", "0 3 * * Mon", "0 3 * * mon-FRI"),
        *("0 3 * january-Mar Sunday,Wed", "5/20 * * * *"),
    ],
)
def test_a_time_passes(cron: str) -> None:
    check_time(Scalar(cron, Place("p.yml")))


@pytest.mark.parametrize(
    ("cron", "message"),
    [
        ("0 3 * * Mnday", "the day of the week of '0 3 * * Mnday' is 'mnday'; 0 to 6 or Sun, … is expected"),
        ("0 9-5 * * *", "the hour of '0 9-5 * * *' is '9-5'; 0 to 23 is expected, the lower end of a range first."),
        ("0 3 * Fri *", "the month of '0 3 * Fri *' is 'Fri'; 1 to 12 or Jan, … is expected"),
        ("0 3 Mon * *", "the day of the month"),
        ("60 3 * * *", "the minute of"),
        ("*/0 3 * * *", "the minute of"),
        ("0, 3 * * *", "the minute of '0, 3 * * *' is '0,'"),
        ("*-5 3 * * *", "the minute of"),
        ("0 3 * * 7", "the day of the week of"),
        ("0 3 * *", "has 4 fields; cron has 5"),
    ],
)
def test_what_is_no_time_is_refused(cron: str, message: str) -> None:
    with pytest.raises(PipelineError) as raised:
        check_time(Scalar(cron, Place("p.yml", 2, 9)))
    assert str(raised.value).startswith("p.yml:2:9: ")
    assert message.lower() in str(raised.value).lower()
