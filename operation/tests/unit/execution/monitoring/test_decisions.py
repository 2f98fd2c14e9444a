"""Earlier decisions are read, a new one asks for training once a window, and goes to a folder and to the pipeline."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.json_files import read_json, write_json
from operation.execution.monitoring.decisions import (
    DECISION,
    REMEMBERED,
    asked_before,
    check_output,
    decide_window,
    decisions_of,
    find_before,
    find_overlap,
    hand_over,
    read_decisions,
    refuse_future,
    remember,
    remembered,
    say_decision,
)
from operation.execution.values import ModelVersion
from operation.monitoring.profiles import Profile
from operation.tests.serving.registry import NAME, Registry
from operation.tests.unit.monitoring.conftest import BLOCKS, make


def model(version: int) -> ModelVersion:
    """Return that version, which remembers nothing."""
    return ModelVersion("parcels", version, "run")


def looked(month: int, **found: object) -> dict[str, object]:
    """Return what `decide_window` found of a month."""
    window = {"first": f"2014-{month:02}-01", "last": f"2014-{month:02}-28", "rows": 28_000}
    return {"version": 1, "decision": "investigate", "drift": True, "train": False, "window": window} | found


def look_back(registry: Registry) -> ModelVersion:
    """Return the champion as another machine finds it."""
    found = registry.find(NAME)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def reference() -> Profile:
    return make(1, BLOCKS)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """Return a registry whose champion is version 1."""
    made = Registry(tmp_path / "registry")
    made.add(champion=True)
    return made


def decided(folder: Path, train: bool, span: tuple[str, str] = ("2014-02-01", "2014-02-28"), version: int = 3) -> Path:
    """Write a decision into a folder of its own."""
    folder.mkdir(parents=True)
    window = {"first": span[0], "last": span[1], "rows": 9}
    known = {"version": version, "decision": "retrain", "reasons": [], "train": train, "window": window}
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
    assert asked_before(decisions_of(tmp_path, model(version)), span) is asked


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
    assert asked_before(decisions_of(tmp_path, model(3)), span) is asked


TABLES, OTHERS = ("tables 3f2a9c1d",) * 2, ("tables 00000000",) * 2
SCORED = ("scoring 3f2a9c1d",) * 2  # of the same tables


@pytest.mark.parametrize(
    ("span", "same"), [(TABLES, True), (SCORED, True), (OTHERS, False)], ids=lambda each: str(each)
)
def test_windows_without_dates_are_named_by_their_tables(tmp_path: Path, span: tuple[str, str], same: bool) -> None:
    decided(tmp_path / "look", True, TABLES)
    known = decisions_of(tmp_path, model(3))
    assert asked_before(known, span) is same
    assert (find_before(known, span[0]) is None) is same
    assert find_overlap(known, span) == ({"first": TABLES[0], "last": TABLES[0], "days": None} if same else None)


@pytest.mark.parametrize(
    ("span", "days"),
    [
        (("2014-02-01", "2014-02-28"), 28),
        (("2014-02-28", "2014-03-27"), 1),
        (("2014-02-10", "2014-02-12"), 3),
        (("2014-03-01", "2014-03-28"), None),
    ],
    ids=["again", "a day", "within", "next window"],
)
def test_an_overlap_is_said_with_its_window_and_days(
    reference: Profile, tmp_path: Path, span: tuple[str, str], days: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    decided(tmp_path / "looks" / "1", True, ("2014-01-01", "2014-02-01"))
    decided(tmp_path / "looks" / "2", True)
    found = decide_window(tmp_path / "looks" / "3", model(3), [], span, reference.rows)
    assert found["overlap"] == (days and {"first": "2014-02-01", "last": "2014-02-28", "days": days})
    said = capsys.readouterr().out
    assert (f"has {days} day{'s' * (days != 1)} in common with 2014-02-01 to 2014-02-28" in said) is bool(days)


@pytest.mark.parametrize(
    ("span", "problem"),
    [
        (("2014-02-28", "2014-02-01"), "its window ends on 2014-02-01, before it begins on 2014-02-28"),
        (("a-b", "2014-02-01"), "'a-b to 2014-02-01' are not the days of a window"),
    ],
    ids=["backwards", "no days"],
)
def test_a_window_that_cannot_be_is_passed_over_and_refused(
    tmp_path: Path, span: tuple[str, str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    decided(tmp_path / "look", True, span)
    assert decisions_of(tmp_path, model(3)) == []
    assert problem in capsys.readouterr().out
    with pytest.raises(OperationError, match=problem):
        refuse_future(span, datetime(2026, 11, 30, tzinfo=UTC))


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


def test_a_copy_that_cannot_be_made_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OperationError, match=r"--output .*copy cannot be written to: .*file does not allow it"):
        check_output(str(tmp_path / "file" / "a" / "copy"))


def test_an_agent_without_a_folder_knows_the_window_before(registry: Registry, tmp_path: Path) -> None:
    remember(registry, look_back(registry), "20140301-120000-000000", looked(2))
    before = find_before(decisions_of(tmp_path, look_back(registry)), "2014-03-01")
    assert before is not None
    assert before["drift"] is True


def test_an_agent_without_a_folder_knows_that_training_was_asked_for(registry: Registry, tmp_path: Path) -> None:
    remember(registry, look_back(registry), "20140301-120000-000000", looked(2, train=True))
    assert asked_before(decisions_of(tmp_path, look_back(registry)), ("2014-02-20", "2014-03-05"))


def test_the_newest_decisions_are_remembered_in_tags_that_azure_takes(registry: Registry) -> None:
    for month in range(1, 13):
        found = looked(month, judged=True, reasons=["x" * 1000])
        remember(registry, look_back(registry), f"2014{month:02}28-120000-000000", found)
    months = sorted(each["window"]["first"][5:7] for each in remembered(look_back(registry)).values())
    assert months == [f"{month:02}" for month in range(13 - REMEMBERED, 13)]
    assert max(map(len, look_back(registry).tags.values())) <= 256


def test_a_decision_that_is_here_and_remembered_counts_once(registry: Registry, tmp_path: Path) -> None:
    folder = decided(tmp_path / "20140301-120000-000000", True, version=1)
    remember(registry, look_back(registry), folder.name, looked(2))
    assert decisions_of(tmp_path, look_back(registry)) == [read_json(folder / DECISION)]


@pytest.mark.parametrize("text", ["{}", "[]", "null", '"look"', '{"look', "[" * 5000, '{"look": "1", "window": null}'])
def test_a_damaged_tag_is_no_decision_and_is_written_over(text: str, registry: Registry) -> None:
    registry.annotate(look_back(registry), "monitoring.0", text)
    assert remembered(look_back(registry)) == {}
    remember(registry, look_back(registry), "20140301-120000-000000", looked(2))
    assert len(remembered(look_back(registry))) == 1


def test_each_reason_of_a_decision_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    say_decision({"decision": "investigate", "reasons": ["the data look damaged", "temp is missing"]}, Path("r.html"))
    assert capsys.readouterr().out == (
        "Decision: investigate\n  the data look damaged\n  temp is missing\nReport: r.html\n"
    )
