"""Data Docs open without a network, and the index says how every check went."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import pytest

from operation.execution.validation.pages import STYLE, Table, index_page, offline, status_of

PAGE = """<!DOCTYPE html>
<html>
  <head><title>x</title><link rel="stylesheet" href="https://unpkg.com/a.css"><style>a { color: red }</style></head>
  <body>
    <script src="https://code.jquery.com/jquery.js"></script><script>
    function hide() { $(".x").fadeOut(); }</script>
    <a href="../../../../../index.html"><img
      src="https://assets.example.com/logo.png" alt="x"/></a>
    <a href="#section-2">temp</a> <a href="../../../../../expectations/parcels/weather.html">weather</a>
    <label onclick="hide()">Failed Only</label> <p>8,760 of 8,760 values</p>
    <footer><a href="https://example.com/newsletter">Subscribe</a></footer>
  </body>
</html>"""


class Addresses(HTMLParser):
    """Collects what a browser would fetch, follow or run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.found += [value or "" for name, value in attrs if name in ("href", "src") or name.startswith("on")]


def result(kind: str = "expect_column_values_to_be_between", success: bool = True, **changes: Any) -> dict[str, Any]:
    config = {"type": kind, "kwargs": {"column": "temp", "min_value": -60, "max_value": 60}, "severity": "critical"}
    details = {"element_count": 8760, "unexpected_count": 0 if success else 3, "partial_unexpected_list": [99, "<b>"]}
    found = {"success": success, "expectation_config": config, "result": details, "exception_info": {}}
    return {**found, **changes}


def test_a_page_of_great_expectations_loads_and_runs_nothing_and_keeps_its_text() -> None:
    page = offline(PAGE)
    addresses = Addresses(page)
    assert addresses.found == ["../../../../../index.html", "#section-2"]
    assert not addresses.tags & {"script", "link", "img", "footer"}
    assert "8,760 of 8,760 values" in page
    assert page.count("<style>") == 1
    assert STYLE in page


@pytest.mark.parametrize("address", ["http://a.example", "https://a.example", "//a.example/x.css", "data:text/html,x"])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_no_form_of_a_foreign_address_stays(address: str, quote: str) -> None:
    assert Addresses(offline(f"<html><body><a href={quote}{address}{quote}>x</a></body></html>")).found == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (result(), "met"),
        (result(success=False), "failed"),
        (
            result(success=False, exception_info={"raised_exception": True, "exception_message": "no column"}),
            "unchecked",
        ),
    ],
    ids=["met", "failed", "unchecked"],
)
def test_a_check_is_met_or_not_or_could_not_be_made(given: Mapping[str, Any], expected: str) -> None:
    assert status_of(given) == expected


def test_a_check_that_is_not_critical_only_warns() -> None:
    given = result(success=False)
    given["expectation_config"]["severity"] = "warning"
    assert status_of(given) == "warning"


def test_the_index_has_what_failed_first_with_words_beside_the_colours() -> None:
    page = index_page([Table("weather", (result(), result(success=False)), page="validations/weather.html")])
    rows = re.findall(r"<tr><td.*?</tr>", page)
    assert "✘ not met" in rows[0]
    assert "3 of 8,760 values violate it" in rows[0]
    assert "-60 to 60" in rows[0]
    assert "✔ met" in rows[1]
    assert "Data validation: 1 not met" in page
    assert Addresses(page).found == ["validations/weather.html"]


def test_the_index_escapes_what_comes_from_the_data() -> None:
    page = index_page([Table("a<b", (result(success=False),)), Table("c", unreadable="<i>")])
    assert "99, &lt;b&gt;" in page
    assert "a&lt;b" in page
    assert "not readable: &lt;i&gt;" in page
    assert "2 not met" in page


def test_an_index_of_met_checks_says_so() -> None:
    assert "all critical checks met" in index_page([Table("weather", (result(),))])
