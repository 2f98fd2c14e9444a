"""A suite that Great Expectations does not take is named by its file."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from operation.errors import OperationError
from operation.execution.validation import checkpoints
from operation.execution.validation.checkpoints import refuse_unknown, refuse_wrong_suites


def get(name: str) -> str:
    """Do what Great Expectations does with the name of a suite: the second one lacks an argument."""
    if name == "case.weather":
        raise ValueError("1 validation error for ExpectColumnValuesToBeInSet\ncolumn\n  field required")
    return name


def test_a_suite_that_great_expectations_refuses_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "PROJECT", tmp_path)
    folder = tmp_path / "expectations" / "case"
    folder.mkdir(parents=True)
    context: Any = SimpleNamespace(suites=SimpleNamespace(get=get))
    (folder / "parcels.json").touch()
    refuse_wrong_suites(context, "case")
    (folder / "weather.json").touch()
    with pytest.raises(OperationError, match=rf"^{folder}/weather\.json: .* column field required\. Fix it there\.$"):
        refuse_wrong_suites(context, "case")


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("expect_column_values_to_be_in_sett", r"Did you mean expect_column_values_to_be_in_set\?"),
        ("zzz", r"Write the name of one, or import yours\."),
    ],
)
def test_an_expectation_that_there_is_not_is_refused_and_not_left_out(kind: str, hint: str, tmp_path: Path) -> None:
    known = ["expect_column_values_to_be_in_set", "expect_table_row_count_to_equal"]
    for name, expected in (("known", known[0]), ("unknown", kind)):
        (tmp_path / name).write_text(json.dumps({"expectations": [{"type": expected, "kwargs": {}}]}))
    refuse_unknown(tmp_path / "known", known)
    with pytest.raises(OperationError, match=rf"^{tmp_path / 'unknown'}: there is no expectation {kind}\. {hint}$"):
        refuse_unknown(tmp_path / "unknown", known)
