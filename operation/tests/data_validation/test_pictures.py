"""What the Data Docs look like, compared with the picture that is kept: docs/media/data-docs.png."""

from pathlib import Path
from typing import Any

import pytest

from operation.execution.validation.pages import Table, index_page
from operation.tests.pictures import check_picture, needs_browser

pytestmark = needs_browser
OBSERVED: dict[str, tuple[str, dict[str, Any], bool, str]] = {
    "temp": ("expect_column_values_to_be_between", {"min_value": -60, "max_value": 60}, False, "critical"),
    "courier": ("expect_column_values_to_be_in_set", {"value_set": ["Ant", "Bee", "Cat"]}, False, "warning"),
    "sent_at": ("expect_column_values_to_not_be_null", {}, True, "critical"),
    "weight": ("expect_column_values_to_be_between", {"min_value": 0, "max_value": 70}, True, "critical"),
}


def result(column: str) -> dict[str, Any]:
    kind, kwargs, success, severity = OBSERVED[column]
    values = [999.5 if column == "temp" else "Dog"] * 5
    counted = {"element_count": 8000, "unexpected_count": 0 if success else 8, "partial_unexpected_list": values}
    config = {"type": kind, "kwargs": {"column": column, **kwargs}, "severity": severity}
    return {"success": success, "expectation_config": config, "result": counted, "exception_info": {}}


@pytest.fixture
def page() -> str:
    found = tuple(map(result, OBSERVED))
    weather = Table("weather", unreadable="weather.parquet is not a whole parquet file. Restore it from its source.")
    return index_page([weather, Table("parcels", found, page="validations/parcels.html", when="2013-12-31 08:00:00")])


def test_the_index_looks_as_it_is_kept_and_would_not_without_its_style(page: str, tmp_path: Path) -> None:
    check_picture(page, "data-docs.png", tmp_path)
