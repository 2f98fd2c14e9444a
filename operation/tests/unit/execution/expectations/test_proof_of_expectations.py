"""What the walk through the months has measured, in the tables of docs/expectations.md."""

from pathlib import Path

import pytest

from operation.tests.expectations.proof import BEGIN, END, is_enough, page_text, write_page
from operation.tests.expectations.verdicts import Verdict
from operation.tests.expectations.walk import COMMITTED, GUESSED, KINDS, LEARNED

CRITICAL, WARNING = (("flights.rows", "critical"),), (("flights.distance.mean", "warning"),)


def verdicts(refused: int, found: int) -> list[Verdict]:
    """Twenty months of each kind: the learned suites refuse some wrongly, and find one corruption in some."""
    clean = [
        Verdict(month, kind, "", CRITICAL if kind == LEARNED and month <= refused else ())
        for kind in KINDS
        for month in range(1, 21)
    ]
    broken = [
        Verdict(month, kind, "times 60", WARNING if kind == LEARNED and month <= found else ())
        for kind in KINDS
        for month in range(1, 21)
    ]
    return clean + broken


@pytest.mark.parametrize(("refused", "found", "enough"), [(2, 16, True), (3, 16, False), (2, 15, False)])
def test_learned_suites_must_be_as_good_as_promised(refused: int, found: int, enough: bool) -> None:
    assert is_enough(verdicts(refused, found)) == enough


def test_the_tables_say_what_was_measured() -> None:
    text = page_text(verdicts(1, 15))
    assert f"| {LEARNED} | 1 of 20 | 0 of 20 | 0 | 15 of 20 (75.0%) | 0 (0.0%) |" in text
    assert f"| {COMMITTED} | 0 of 20 | 0 of 20 | 0 | 0 of 20 (0.0%) | 0 (0.0%) |" in text
    assert "| 2013-01 | 0 | refused | 0 | 0 of 1 | 1 of 1 | 0 of 1 |" in text
    assert "| times 60 | 20 | 0 | 15 | 0 |" in text
    assert "| 2013-01 | `flights.rows` | critical |" in text
    assert GUESSED in text


def test_only_what_was_measured_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    write_page(page, "new")
    assert page.read_text(encoding="utf-8") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
