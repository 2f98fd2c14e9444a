"""What people see of a run, in a pipe and in a terminal."""

import io
from pathlib import Path

import pytest
from azure_pipelines_local.running.machine import console
from azure_pipelines_local.running.machine.masking import Secrets
from azure_pipelines_local.running.machine.step_log import StepLog
from azure_pipelines_local.running.work.reporter import Reporter
from rich.console import Console
from running.conftest import Execute, steps

HIDE = "'echo \"##vso[task.setvariable variable=word;isSecret=true]open-sesame\"'"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Console:
    """Replace the console by a narrow terminal."""
    narrow = Console(file=io.StringIO(), force_terminal=True, width=60, color_system=None, highlight=False)
    monkeypatch.setattr(console, "output", narrow)
    return narrow


def shown(terminal: Console) -> str:
    assert isinstance(terminal.file, io.StringIO)
    return terminal.file.getvalue()


@pytest.fixture
def reporter(tmp_path: Path) -> Reporter:
    return Reporter(tmp_path, Secrets())


@pytest.mark.parametrize(
    "line",
    [
        "{script: 'true', displayName: uses $(word)}",
        """{bash: 'echo "##vso[build.updatebuildnumber]$(word)"'}""",
        """{bash: 'echo "##vso[build.addbuildtag]$(word)"'}""",
        "{publish: out, artifact: made-$(word)}",
    ],
    ids=["display-name", "number", "tag", "artifact"],
)
def test_a_secret_is_shown_nowhere(line: str, execute: Execute) -> None:
    ran = execute(steps(f"bash: {HIDE}", "script: mkdir out", line))
    assert ran.failure == ""
    assert "***" in ran.shown
    assert "open-sesame" not in ran.shown


def test_a_name_in_brackets_is_shown_as_it_is(terminal: Console, reporter: Reporter) -> None:
    with reporter.show_working("Deploy [/prod]"):
        pass
    reporter.show_step("Deploy [/prod]", "Succeeded", 1.0, "")
    assert "Deploy [/prod] " in shown(terminal)


def test_the_label_of_a_running_step_shows_no_secret(terminal: Console, reporter: Reporter) -> None:
    reporter.secrets.add("open-sesame")
    with reporter.show_working("uses open-sesame"):
        pass
    assert "uses ***" in shown(terminal)


def test_a_name_of_several_lines_is_shown_in_one(capsys: pytest.CaptureFixture[str], reporter: Reporter) -> None:
    reporter.show_step("two\nlines \x1b[31mred", "Succeeded", 1.0, "and\nso on")
    assert capsys.readouterr().out.splitlines() == [
        f"    {'two lines [31mred':<44} {'Succeeded':<19}    1.0 s  and so on"
    ]


def test_results_stand_in_one_column(capsys: pytest.CaptureFixture[str], reporter: Reporter) -> None:
    reporter.show_step("one", "SucceededWithIssues", 1.0, "x")
    reporter.show_step("two", "Failed", 10.0, "x")
    first, second = capsys.readouterr().out.splitlines()
    assert first.index(" s  x") == second.index(" s  x")


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("y" * 100_000, "y" * 500 + " …"),
        ("10%\r100%", "100%"),
        ("\x1b[31mred\x1b[2J", "red"),
    ],
    ids=["long", "progress", "colours"],
)
def test_a_line_of_a_failed_step_is_shown_only_as_far_as_people_can_read_it(
    printed: str, expected: str, capsys: pytest.CaptureFixture[str], reporter: Reporter
) -> None:
    log = StepLog(reporter.folder / "01.txt", reporter.secrets)
    log.write(printed)
    log.close()
    reporter.show_step("one", "Failed", 1.0, "", log)
    assert capsys.readouterr().out.splitlines()[1:] == [f"      | {expected}", "      The whole log: 01.txt"]


def test_in_a_narrow_terminal_the_table_still_has_every_result_and_time(terminal: Console, reporter: Reporter) -> None:
    reporter.add_row("a_stage_with_a_long_name", "a_job_with_an_even_longer_name", "SucceededWithIssues", 0.0)
    reporter.add_row("another_stage", "", "Skipped", 0.0, "its condition does not hold")
    reporter.show_table("Run 1")
    lines = shown(terminal).splitlines()
    assert max(map(len, lines)) <= 60
    assert "SucceededWithIssues" in shown(terminal)
    assert sum(line.rstrip().endswith(" s") or " s " in line for line in lines) == 2


@pytest.mark.parametrize("keep", [True, False])
def test_the_removal_of_folders_is_reported_unless_they_are_kept(keep: bool, execute: Execute) -> None:
    assert ("with --keep they stay." in execute(steps(), keep=keep).shown) is not keep
