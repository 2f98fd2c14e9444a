"""The report: one file that needs nothing else."""

import re
from html.parser import HTMLParser
from typing import Any

from operation.monitoring.outcomes import describe_window
from operation.monitoring.profiles import Profile
from operation.monitoring.report import page
from operation.monitoring.thresholds import Finding
from operation.tests.unit.monitoring.windows import sliced

DECISION: dict[str, Any] = {
    "decision": "investigate",
    "reasons": ["<b> is missing"],
    "window": {"first": "2013-11-01", "last": "2013-11-30", "rows": 1234},
    "version": 3,
}
FINDINGS = [Finding("missing/a", 0.3, 0.05), Finding("shape/b", 0.1, 0.2)]


def test_the_report_says_the_decision_and_draws_every_feature(reference: Profile) -> None:
    text = page(DECISION, FINDINGS, reference, reference, None)
    assert '<span class="investigate">investigate</span>' in text
    assert "1,234 rows, 2013-11-01 to 2013-11-30" in text
    assert text.count("<figure>") == 1 + len(reference.features)
    assert "<figcaption class='over'>a</figcaption>" in text


def test_the_report_says_which_limits_are_not_those_of_the_reference(reference: Profile) -> None:
    assert "2 of 2; the limits come from the reference's own windows." in page(
        DECISION, FINDINGS, reference, reference, None
    )
    with_log = page(DECISION, [*FINDINGS, Finding("errors/requests", 0.0, 0.01)], reference, reference, None)
    assert "reference's own windows, those of the layer health are fixed." in with_log


def test_the_report_needs_no_network_and_runs_nothing(reference: Profile) -> None:
    text = page(DECISION, FINDINGS, reference, reference, None)
    assert not re.search(r"https?:|<script|<link|src=|url\(", text)
    assert len(text) < 500_000


def test_text_is_no_markup(reference: Profile) -> None:
    assert "&lt;b&gt; is missing" in page(DECISION, FINDINGS, reference, reference, None)


def test_every_tag_is_closed(reference: Profile) -> None:
    class Checker(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.opened: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag not in ("meta", "br"):
                self.opened.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.opened.pop() == tag

    text = page(DECISION, FINDINGS, reference, reference, describe_window(sliced()))
    checker = Checker()
    checker.feed(text)
    assert checker.opened == []
