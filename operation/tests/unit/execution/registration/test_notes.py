"""What the gate says beside its verdict."""

from pathlib import Path

import pytest

from operation.execution.registration.notes import describe_change, describe_luck, describe_outside, read_ledger
from operation.execution.values import ModelVersion

COMPARISON = {"metric": "roc_auc", "champion_lower": 0.78, "champion_upper": 0.81}


@pytest.mark.parametrize("registered", ["0.78", "0.81", "0.8"])
def test_a_champion_as_good_as_it_was_registered_needs_no_note(registered: str) -> None:
    assert describe_change(COMPARISON, ModelVersion("m", 1, "r", {"metric.roc_auc": registered})) == ""


@pytest.mark.parametrize("registered", ["0.69", "0.82"])
def test_a_champion_that_does_better_or_worse_than_it_was_registered_is_noted(registered: str) -> None:
    note = describe_change(COMPARISON, ModelVersion("m", 1, "r", {"metric.roc_auc": registered}))
    assert f"its roc_auc was {float(registered):.4f} when it was registered, and is 0.7800 to 0.8100 on these" in note


def test_an_impossible_comparison_says_nothing_of_the_champion() -> None:
    impossible = {"metric": "roc_auc", "impossible": "a column is gone"}
    assert describe_change(impossible, ModelVersion("m", 1, "r", {"metric.roc_auc": "0.5"})) == ""
    assert describe_change(COMPARISON, ModelVersion("m", 1, "r", {})) == ""


@pytest.mark.parametrize("edited", ["", "better", "nan", "0,7"])
def test_a_metric_that_somebody_has_edited_into_no_number_says_nothing(edited: str) -> None:
    assert describe_change(COMPARISON, ModelVersion("m", 1, "r", {"metric.roc_auc": edited})) == ""


@pytest.mark.parametrize(("count", "luck"), [(1, "2.5%"), (12, "26.2%")])
def test_the_more_comparisons_the_likelier_is_luck(count: int, luck: str) -> None:
    note = describe_luck(count, "1 to 2", 0.95)
    assert note.startswith(f"{count} so far on this test part (1 to 2); ")
    assert f"in {luck} of cases" in note


@pytest.mark.parametrize(("after", "share"), [(6, "6%"), (100, "52%")])
def test_many_rows_after_the_test_part_are_a_warning_that_names_the_key(after: int, share: str) -> None:
    note = describe_outside({"rows": {"in_no_part": after, "used": 94}})
    assert note.startswith(f"{after} rows, {share}, come after the test part")
    assert "split.test" in note


@pytest.mark.parametrize(
    "prepared", [{}, {"rows": 3}, {"rows": {}}, {"rows": {"in_no_part": 5, "used": 95}}, {"rows": {"used": 3}}]
)
def test_few_rows_after_the_test_part_or_none_are_no_warning(prepared: dict[str, object]) -> None:
    assert describe_outside(prepared) == ""


@pytest.mark.parametrize("content", ['{"of these data": 5}', '{"of these data": [5]}', "[]", "no JSON"])
def test_a_damaged_count_of_comparisons_is_named_and_begins_anew(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "comparisons.json").write_text(content)
    assert read_ledger(tmp_path / "comparisons.json") == {}
    assert f"Comparisons are counted anew: {tmp_path / 'comparisons.json'} is damaged" in capsys.readouterr().out
