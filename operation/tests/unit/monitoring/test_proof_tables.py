"""What is published about how well monitoring works is what was measured."""

from pathlib import Path

from operation.tests.monitoring.injections import INJECTIONS, KEPT_BACK, QUICK
from operation.tests.monitoring.tables import (
    BEGIN,
    END,
    Months,
    Seen,
    count_found,
    describe_estimates,
    table_of_false_alarms,
    table_of_faults,
    write_page,
)


def months(alarms: str, auc: float, key: str = "shape/temp", blind: str = "") -> Months:
    """A month a letter: y for an alarm, n for none."""
    return {
        month: Seen(letter == "y", (blind or alarms)[month] == "y", key, auc, 0.75)
        for month, letter in enumerate(alarms)
    }


CLEAN = months("nnny", 0.7)


def test_only_costly_months_must_be_found() -> None:
    found = count_found(CLEAN, {"a": months("yyyn", 0.65, blind="ynnn"), "b": months("nnnn", 0.695)})
    assert (found.costly, found.alarms, found.without_outcomes, found.is_enough) == (4, 3, 1, False)
    assert str(found).startswith("Of 4 months with a fault that costs more than 0.01 of ROC AUC, 3 were found (75.0%)")


def test_faults_stand_in_the_order_of_their_cost() -> None:
    lines = table_of_faults(
        CLEAN, {"cheap": months("nnnn", 0.699), "dear": months("yyyy", 0.6, "time-lost/1")}
    ).splitlines()
    assert lines[2] == "| dear | 4 of 4 | 4 | 4 / 4 | +0.100 | time-lost of the joined features |"
    assert lines[3] == "| cheap | 0 of 4 | 0 | 0 / 0 | +0.001 | shape of temp |"


def test_false_alarms_are_counted_for_each_kind_of_window() -> None:
    assert table_of_false_alarms(CLEAN, {"a week": (2, 48)}).splitlines()[2:] == [
        "| a month | 1 of 4 |",
        "| a week | 2 of 48 |",
    ]


def test_estimates_are_compared_with_outcomes() -> None:
    assert describe_estimates(CLEAN).startswith(
        "The ROC AUC estimated from the scores of a month was too high in 4 of 4"
    )


def test_the_page_keeps_all_but_what_was_measured(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before {BEGIN}\nold\n{END} after", encoding="utf-8")
    write_page(page, "new")
    assert page.read_text(encoding="utf-8") == f"before {BEGIN}\nnew\n{END} after"


def test_no_fault_is_kept_back_and_known() -> None:
    assert not {*INJECTIONS} & {*KEPT_BACK}
    assert {*QUICK} <= {*INJECTIONS}
