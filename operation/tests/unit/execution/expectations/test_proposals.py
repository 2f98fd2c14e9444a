"""What a reviewer sees of a bound, and what an accepted one leaves in the suite and the changelog."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.expectations import acceptance
from operation.execution.expectations.learning import Accepted
from operation.execution.expectations.proposals import LEARNED, Proposal, propose
from operation.execution.expectations.suites import Suite, names_of
from operation.execution.expectations.wording import bounds, changed_bounds
from operation.tests.unit.execution.expectations.conftest import expect, suite_of

Make = Callable[..., list[Accepted]]
MEAN = expect("column_mean_to_be_between", column="amount", min_value=22.9, max_value=23.1)
LAND = expect("column_values_to_be_in_set", "warning", column="land", value_set=["NI", "NW"])
TODAY = "2026-11-30"
CHANGES = "# Changelog\n\nNotes.\n\n## [Unreleased]\n\n### Added\n* Something.\n\n## 1.0.0\n\n### Changed\n* Old.\n"


def proposals_of(suite: Suite, known: list[Accepted]) -> dict[str, Proposal]:
    return {each.name: each for each in propose(suite, known, {})}


def test_a_proposal_counts_what_either_bound_would_have_refused(accepted: Make) -> None:
    proposal = proposals_of(suite_of([MEAN]), accepted(0, 5))["orders.amount.mean"]
    assert (proposal.refused, proposal.judged, proposal.change, proposal.place) == ((1, 0), 2, "looser", 0)


def test_a_proposal_counts_the_corruptions_that_either_bound_finds(accepted: Make) -> None:
    known = accepted(0, 5)
    clean = known[0].facts
    column = {**clean["columns"]["amount"], "mean": 23.3}
    shifted = {"column": "amount", "name": "shifted", "changed": {"columns": {"amount": column}}}
    gone = {"column": "amount", "name": "sixtyfold", "changed": {"columns": {"amount": {**column, "mean": 1380}}}}
    other = {"column": "city", "name": "of another column", "changed": {}}
    broken = {"clean": clean, "share": 1.0, "broken": [shifted, gone, other]}
    (proposal,) = propose(suite_of([MEAN]), known, broken)
    assert (proposal.found, proposal.tried) == ((2, 1), 2)


def test_a_tighter_bound_must_find_a_corruption_more(accepted: Make) -> None:
    known, wide = accepted(0, 1, 2), expect("column_mean_to_be_between", column="amount", min_value=-900, max_value=900)
    clean, suite = known[-1].facts, suite_of([wide])
    moved = {"columns": {"amount": {**clean["columns"]["amount"], "mean": 500}}}
    found = {"clean": clean, "share": 1.0, "broken": [{"column": "amount", "name": "moved", "changed": moved}]}
    (proposal,) = [each for each in propose(suite, known, found) if each.old]
    assert (proposal.change, proposal.found) == ("tighter", (0, 1))
    assert [each for each in propose(suite, known, {**found, "broken": []}) if each.old] == []


def test_a_new_expectation_must_find_what_nothing_else_finds(accepted: Make) -> None:
    known = accepted(0, 1, 2)
    clean = known[-1].facts
    empty = {
        "column": "city",
        "name": "empty",
        "changed": {"columns": {"city": {**clean["columns"]["city"], "nulls": 90}}},
    }
    broken = {"clean": clean, "share": 1.0, "broken": [empty]}
    (proposal,) = propose(suite_of([]), known, broken)
    assert (proposal.name, proposal.change, proposal.old) == ("orders.city.filled", "new", None)
    assert propose(suite_of([expect("column_values_to_not_be_null", column="city")]), known, broken) == []


@pytest.mark.parametrize(
    ("before", "looser"),
    [(["looser"], 2), ([], 1), (["looser", "tighter"], 0), (["looser", "looser"], 3)],
    ids=["twice", "once", "tightened since", "three times"],
)
def test_a_bound_that_only_ever_grows_looser_is_told(accepted: Make, before: list[str], looser: int) -> None:
    changed = {**MEAN, "meta": {LEARNED: [{"change": change} for change in before]}}
    proposal = proposals_of(suite_of([changed]), accepted(0, 5))["orders.amount.mean"]
    assert proposal.looser == looser
    assert proposal.only_grows_looser == (looser >= 2)


def test_expectations_that_are_alike_have_names_of_their_own() -> None:
    critical, warning = (
        expect("column_values_to_be_between", severity, column="a") for severity in ("critical", "warning")
    )
    query = expect("query_value_to_be_between", measure="days without a row")
    rows = expect("table_row_count_to_be_between")
    assert names_of("t", [critical, warning, warning, query, rows]) == (
        "t.a.range.critical", "t.a.range.warning", "t.a.range.warning.2", "t.days-without-a-row", "t.rows"
    )  # fmt: skip


def test_bounds_are_said_in_words() -> None:
    assert bounds(MEAN) == "22.9 to 23.1"
    assert bounds(expect("column_values_to_not_be_null", column="a", mostly=0.975)) == "97.5 % filled"
    assert bounds(expect("x", max_value={"$PARAMETER": "5 * share"})) == "at most 5 * share"
    assert changed_bounds(LAND, expect("x", value_set=["NI", "SN"])) == "with SN, without NW"


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """A suite in a file, with an expectation that nothing is proposed for, and what people wrote into it."""
    noted = {**MEAN, "id": "1", "notes": "In euros: ä."}
    content = suite_of(
        [noted, LAND, expect("column_values_to_be_unique", column="id")], tmp_path / "orders.json"
    ).content
    (tmp_path / "orders.json").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text(CHANGES, encoding="utf-8")
    return Suite("orders", tmp_path / "orders.json", content, names_of("orders", content["expectations"]))


def accept(suite: Suite, known: list[Accepted], names: str) -> dict[str, str]:
    """Accept; return the lines that are in the suite now and were not before, and those of the changelog."""
    before = {file: file.read_text(encoding="utf-8") for file in suite.file.parent.iterdir()}
    chosen = acceptance.choose(propose(suite, known, {}), names, "invoke expectations --diff")
    acceptance.accept({"orders": suite}, chosen, len(known), TODAY, suite.file.parent)
    after = {file: file.read_text(encoding="utf-8") for file in suite.file.parent.iterdir()}
    return {
        file.name: "\n".join(line for line in after[file].splitlines() if line not in before[file].splitlines())
        for file in after
    }


def test_an_accepted_bound_is_all_that_changes_in_a_suite(suite: Suite, accepted: Make) -> None:
    before = json.loads(suite.file.read_text(encoding="utf-8"))
    accept(suite, accepted(0, 5), "orders.amount.mean")
    after = json.loads(suite.file.read_text(encoding="utf-8"))
    changed = after["expectations"].pop(0)
    kept = before["expectations"].pop(0)
    assert after == before
    assert {name: changed[name] for name in ("id", "notes", "type", "severity")} == {
        name: kept[name] for name in ("id", "notes", "type", "severity")
    }
    assert changed["kwargs"]["max_value"] > 28
    (step,) = changed["meta"][LEARNED]
    assert (step["on"], step["data_sets"], step["change"]) == (TODAY, 2, "looser")
    assert step["before"] == {"min_value": 22.9, "max_value": 23.1}


def test_the_changelog_gets_one_line(suite: Suite, accepted: Make) -> None:
    line = accept(suite, accepted(0, 5), "orders.*")["CHANGELOG.md"]
    assert line.startswith("* Data of `orders` are checked by bounds learned from 2 accepted data sets: ")
    assert "`orders.amount.mean` 22.9 to 23.1 → " in line
    assert line.count("\n") == 0
    assert "`orders.land.values` NI, NW → NI, NW, SN" in line


def test_a_new_expectation_is_added_with_an_id_and_a_note(suite: Suite, accepted: Make) -> None:
    accept(suite, accepted(0, 1, 2), "orders.city.values")
    *_, last = json.loads(suite.file.read_text(encoding="utf-8"))["expectations"]
    assert (last["type"], last["severity"]) == ("expect_column_values_to_be_in_set", "warning")
    assert last["notes"] == "Learned from 3 accepted data sets."
    assert len(last["id"]) == 36


def test_a_changelog_that_cannot_be_written_leaves_the_suite_as_it_was(suite: Suite, accepted: Make) -> None:
    (suite.file.parent / "CHANGELOG.md").unlink()
    (suite.file.parent / "CHANGELOG.md").mkdir()
    before = suite.file.read_bytes()
    chosen = propose(suite, accepted(0, 5), {})
    with pytest.raises(OSError, match="CHANGELOG"):
        acceptance.accept({"orders": suite}, chosen, 2, TODAY, suite.file.parent)
    assert suite.file.read_bytes() == before


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            "orders.amount.meen",
            r"--accept orders.amount.meen: nothing .* is proposed. Did you mean orders.amount.mean\?",
        ),
        (
            "orders.amount.mean,zzz",
            r"--accept zzz: nothing of this name is proposed. See them: invoke expectations --diff",
        ),
        (",", "--accept needs the names of proposals"),
    ],
    ids=["misspelt", "one of two", "none"],
)
def test_an_unknown_name_is_refused(suite: Suite, accepted: Make, names: str, message: str) -> None:
    before = suite.file.read_bytes()
    with pytest.raises(OperationError, match=message):
        accept(suite, accepted(0, 5), names)
    assert suite.file.read_bytes() == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (CHANGES, CHANGES.replace("* Something.\n", "* Something.\n\n### Changed\n* New.\n", 1)),
        (
            CHANGES.replace("### Added", "### Changed", 1),
            CHANGES.replace("### Added\n", "### Changed\n* New.\n", 1),
        ),
        ("# Changelog\n", "# Changelog\n\n## [Unreleased]\n\n### Changed\n* New.\n"),
        (
            "# Changelog\n\n## 1.0.0\n* Old.\n",
            "# Changelog\n\n## [Unreleased]\n\n### Changed\n* New.\n\n## 1.0.0\n* Old.\n",
        ),
        ("# Changelog\n\n## [Unreleased]\n", "# Changelog\n\n## [Unreleased]\n\n### Changed\n* New.\n"),
    ],
    ids=["with what was added", "with what has changed", "empty", "released", "nothing yet"],
)
def test_a_line_is_added_to_what_has_changed_since_the_last_release(before: str, after: str) -> None:
    assert acceptance.add_line(before, "* New.").rstrip("\n") == after.rstrip("\n")
