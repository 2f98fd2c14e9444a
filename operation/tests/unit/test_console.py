"""What people see, in a pipe and in a terminal."""

import io

import pytest
from rich.console import Console

from operation import console


def test_in_a_pipe_a_step_is_one_plain_line(capsys: pytest.CaptureFixture[str]) -> None:
    with console.step("prepare") as note:
        note.text = "7 rows [not markup]"
    printed = capsys.readouterr().out
    assert printed.startswith("prepare            done ")
    assert printed.endswith("s  7 rows [not markup]\n")
    assert "\x1b" not in printed


def test_a_step_that_ran_elsewhere_shows_how_long_it_took_there(capsys: pytest.CaptureFixture[str]) -> None:
    display = console.StepDisplay()
    display.start("train")
    display.end("train", "done", took=61.4)
    assert " 61.4 s " in capsys.readouterr().out


def test_a_step_that_raises_is_shown_as_failed_and_the_error_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), console.step("train"):
        raise KeyboardInterrupt
    assert capsys.readouterr().out.startswith("train              failed ")


def test_in_a_terminal_a_step_shows_that_it_is_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(console, "output", Console(file=terminal, force_terminal=True, width=80))
    with console.step("train"):
        pass
    assert "0:00:00" in terminal.getvalue()
    assert "\x1b[32mdone" in terminal.getvalue()


def test_several_steps_at_work_each_show_so(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(console, "output", Console(file=terminal, force_terminal=True, width=80))
    display = console.StepDisplay()
    for name in ("prepare", "validate-raw"):
        display.start(name)
    display.end("prepare", "done", "7 rows")
    display.end("validate-raw", "stopped")
    display.end("train", "reused")
    lines = [line for line in terminal.getvalue().splitlines() if "7 rows" in line or "reused" in line]
    assert len(lines) == 2
    assert terminal.getvalue().count("0:00:00") >= 2


def test_a_step_at_work_shows_what_it_has_printed_last(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(console, "output", Console(file=terminal, force_terminal=True, width=100))
    display = console.StepDisplay()
    display.start("train")
    display.tell("train", "tree [bold] 7 of 200")
    display.end("train", "done")
    assert "tree [bold] 7 of 200" in terminal.getvalue()


def test_in_a_pipe_nothing_is_shown_of_a_step_at_work(capsys: pytest.CaptureFixture[str]) -> None:
    display = console.StepDisplay()
    display.start("train")
    display.tell("train", "tree 7 of 200")
    assert capsys.readouterr().out == ""


def test_why_a_step_ran_stands_below_it(capsys: pytest.CaptureFixture[str]) -> None:
    display = console.StepDisplay()
    display.start("train")
    display.end("train", "done", "a note", "argument trees 200 → 300")
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("a note")
    assert second.strip() == "ran because: argument trees 200 → 300"


def test_a_long_line_is_never_broken(capsys: pytest.CaptureFixture[str]) -> None:
    path = "/a/long/path" * 40
    console.say(path)
    assert capsys.readouterr().out == f"{path}\n"


def test_a_table_wraps_sentences_and_leaves_names_whole(capsys: pytest.CaptureFixture[str]) -> None:
    name = "expect_column_values_to_be_between"
    console.table("Not met", ["expectation", "observed", "values"], [[name, "many words " * 20, "more words " * 20]])
    assert name in capsys.readouterr().out


def test_a_table_shows_its_cells_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    console.table("Not met", ["column", "observed"], [["a", "[1, 2]"]])
    printed = capsys.readouterr().out
    assert "Not met" in printed
    assert "[1, 2]" in printed


def test_a_table_too_wide_for_the_terminal_loses_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(console, "output", Console(file=terminal, force_terminal=True, width=60))
    cells = ["a" * 30, "b" * 40, "some c d", "e" * 10]
    console.table("Plan", ["one", "two", "three", "four"], [cells])
    for letter, count in (("a", 30), ("b", 40), ("c", 1)):
        assert terminal.getvalue().count(letter) >= count
    assert "e" * 10 in terminal.getvalue()


@pytest.mark.parametrize(("number", "text"), [(0, "0 days"), (1, "1 day"), (1200, "1,200 days")])
def test_a_number_is_written_with_its_noun(number: int, text: str) -> None:
    assert console.counted(number, "day") == text
