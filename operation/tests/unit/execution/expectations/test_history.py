"""The profiles of accepted data: written whole, read in order, refused when they are of another version."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.expectations import history
from operation.execution.expectations.history import Profile
from operation.execution.expectations.learning import Accepted
from operation.execution.json_files import seal

Make = Callable[..., list[Accepted]]


def profile(facts: object, number: int = 1) -> Profile:
    return Profile(f"{number:064}", f"2026-11-{number:02}T10:00:00+00:00", "test", 1.0, {"orders": facts})


def test_a_profile_is_read_as_it_was_written(accepted: Make, tmp_path: Path) -> None:
    (one,) = accepted(0)
    file = history.add(tmp_path / "new", profile(one.facts))
    assert history.read_history(tmp_path / "new") == [profile(one.facts)]
    assert file.stat().st_size < 5000
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_profiles_are_in_the_order_of_their_days(accepted: Make, tmp_path: Path) -> None:
    (one,) = accepted(0)
    newer = {**one.facts, "days": {**one.facts["days"], "last": "2026-02-25"}}
    history.add(tmp_path, profile(newer, 1))
    history.add(tmp_path, profile(one.facts, 2))
    assert [each.name for each in history.read_history(tmp_path)] == ["2026-01-25", "2026-02-25"]


def test_without_days_a_profile_is_named_by_when_it_was_accepted(accepted: Make) -> None:
    (one,) = accepted(0)
    facts = {name: value for name, value in one.facts.items() if name != "days"}
    assert profile(facts, 7).name == "2026-11-07"


@pytest.mark.parametrize("name", [history.CORRUPTIONS, "20261101-100000-00000000.json"])
def test_another_schema_version_is_refused_by_name(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(json.dumps(seal({"schema": 2, "tables": {}})), encoding="utf-8")
    read = history.read_corruptions if name == history.CORRUPTIONS else history.read_history
    with pytest.raises(OperationError, match=f"{name} has the schema version 2, and this .* reads 1.*Move {name} away"):
        read(tmp_path)


def test_a_damaged_profile_is_refused_by_name(accepted: Make, tmp_path: Path) -> None:
    (one,) = accepted(0)
    file = history.add(tmp_path, profile(one.facts))
    file.write_text(file.read_text(encoding="utf-8").replace("600", "601", 1), encoding="utf-8")
    with pytest.raises(OperationError, match=f"{file.name} is damaged"):
        history.read_history(tmp_path)


def test_a_profile_with_other_contents_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "20261101-100000-00000000.json").write_text(json.dumps(seal({"schema": 1})), encoding="utf-8")
    with pytest.raises(OperationError, match=r"20261101-100000-00000000\.json is not a profile"):
        history.read_history(tmp_path)


def test_corruptions_that_were_not_measured_are_none(tmp_path: Path) -> None:
    assert history.read_corruptions(tmp_path) == {}
