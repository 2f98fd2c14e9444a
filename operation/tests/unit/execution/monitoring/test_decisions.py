"""Earlier decisions are read, a new one asks for training once a window, and goes to a folder and to the pipeline."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.json_files import read_json, write_json
from operation.execution.monitoring.decisions import (
    DECISION,
    asked_before,
    check_output,
    decisions_of,
    hand_over,
    read_decisions,
)


def decided(folder: Path, train: bool, span: tuple[str, str] = ("2014-02-01", "2014-02-28")) -> Path:
    """Write a decision of version 3 into a folder of its own."""
    folder.mkdir(parents=True)
    window = {"first": span[0], "last": span[1], "rows": 9}
    known = {"version": 3, "decision": "retrain", "reasons": [], "train": train, "window": window}
    write_json(folder / DECISION, known)
    return folder


@pytest.mark.parametrize(
    ("version", "train", "span", "asked"),
    [
        (3, True, ("2014-02-01", "2014-02-28"), True),
        (3, True, ("2014-02-28", "2014-03-27"), True),
        (3, True, ("2014-03-01", "2014-03-28"), False),
        (3, True, ("2014-01-05", "2014-02-01"), True),
        (3, True, ("2014-01-01", "2014-01-31"), False),
        (4, True, ("2014-02-01", "2014-02-28"), False),
        (3, False, ("2014-02-01", "2014-02-28"), False),
    ],
    ids=[
        "again",
        "overlaps its end",
        "next window",
        "overlaps its start",
        "window before",
        "next version",
        "did not ask",
    ],
)
def test_training_is_asked_for_once_a_window_and_version(
    tmp_path: Path, version: int, train: bool, span: tuple[str, str], asked: bool
) -> None:
    decided(tmp_path / "look", train)
    assert asked_before(decisions_of(tmp_path, version), span) is asked


@pytest.mark.parametrize(
    "content",
    ["{}", "[]", "null", '{"version": 3, "train": true}', '{"version": 3, "train": true, "window": null}', '{"ver', ""],
)
def test_a_damaged_decision_is_passed_over_with_a_word(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / DECISION).write_text(content)
    whole = decided(tmp_path / "look", True)
    assert read_decisions(tmp_path) == {whole / DECISION: read_json(whole / DECISION)}
    assert capsys.readouterr().out.count("Passed over a decision: ") == 1


@pytest.mark.parametrize(("span", "asked"), [(("1", "9"), True), (("2", "5"), False)], ids=["same", "another"])
def test_windows_without_dates_are_the_same_or_are_not(tmp_path: Path, span: tuple[str, str], asked: bool) -> None:
    decided(tmp_path / "look", True, ("1", "9"))
    assert asked_before(decisions_of(tmp_path, 3), span) is asked


@pytest.mark.parametrize("train", [True, False])
def test_an_agent_is_given_the_variable_that_queues_training(
    tmp_path: Path, train: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TF_BUILD", "True")
    hand_over(tmp_path, {"train": train}, None)
    assert capsys.readouterr().out == f"##vso[task.setvariable variable=train;isOutput=true]{str(train).lower()}\n"


def test_people_see_no_command_for_agents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TF_BUILD", raising=False)
    hand_over(tmp_path, {"train": True}, None)
    assert capsys.readouterr().out == ""


def test_the_copy_holds_what_was_written(tmp_path: Path) -> None:
    look = decided(tmp_path / "look", True)
    hand_over(look, {"train": True}, check_output(str(tmp_path / "a" / "copy")))
    assert read_json(tmp_path / "a" / "copy" / DECISION) == read_json(look / DECISION)


def test_a_copy_hides_nothing_that_is_there(tmp_path: Path) -> None:
    decided(tmp_path / "look", True)
    with pytest.raises(OperationError, match=r"--output .*look is not an empty folder"):
        check_output(str(tmp_path / "look"))
