"""What is read of a process: all that it prints, and nothing that comes later."""

import os
import time
from pathlib import Path

import pytest
from azure_pipelines_local.running.machine import output_reader
from azure_pipelines_local.running.machine.processes import Processes
from azure_pipelines_local.running.machine.task_errors import TaskError
from running.conftest import Execute, steps


def read(script: str, folder: Path, seconds: float = 0.0) -> list[str]:
    """Return the lines of the script, each of which takes so long to process."""
    lines: list[str] = []

    def take(line: str) -> None:
        time.sleep(seconds)
        lines.append(line)

    Processes().run(["bash", "-c", script], folder, os.environ, take)
    return lines


def test_lines_that_take_long_to_process_are_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output_reader, "REST_SECONDS", 0.2)
    assert read("printf 'a\\nb\\nc'", tmp_path, seconds=0.3) == ["a", "b", "c"]


def test_the_end_of_a_line_is_not_waited_for_if_something_else_holds_the_output_open(tmp_path: Path) -> None:
    processes, lines = Processes(), list[str]()
    processes.run(["bash", "-c", "printf begun; sleep 300 &"], tmp_path, os.environ, lines.append)
    processes.stop()
    assert lines == ["begun"]


def test_what_prints_without_end_in_the_background_is_not_waited_for(tmp_path: Path) -> None:
    processes, lines = Processes(), list[str]()
    processes.run(["bash", "-c", "echo mine; yes theirs &"], tmp_path, os.environ, lines.append)
    processes.stop()
    assert lines[0] == "mine"


def test_a_line_without_end_is_taken_in_pieces(tmp_path: Path) -> None:
    lines = read("head -c 5000000 /dev/zero | tr '\\0' x", tmp_path)
    assert sum(map(len, lines)) == 5_000_000
    assert max(map(len, lines)) < 2_000_000


def test_a_line_that_cannot_be_processed_fails_and_the_others_are_still_read(tmp_path: Path) -> None:
    lines: list[str] = []

    def take(line: str) -> None:
        lines.append(line)
        if line == "1":
            raise KeyError(line)

    with pytest.raises(TaskError, match="cannot be processed: '1'"):
        Processes().run(["bash", "-c", "seq 200000"], tmp_path, os.environ, take)
    assert len(lines) == 200_000


def test_what_a_step_leaves_behind_changes_nothing_of_the_next_ones(execute: Execute) -> None:
    late = 'until test -e ../second; do sleep 0.01; done; echo "##vso[task.setvariable variable=v]late"; touch ../said'
    second = "touch ../second; until test -e ../said; do sleep 0.01; done; sleep 0.2"
    ran = execute(steps(f"bash: '({late}) & true'", f"bash: {second}", "bash: echo v is ${V:-nothing}"))
    assert ran.log("__default.Job", 4).endswith("\nv is nothing\n")


def test_a_command_that_raises_an_error_fails_its_step(execute: Execute) -> None:
    long = "##vso[task.uploadsummary]" + "x" * 300  # a name that no file can have
    ran = execute(steps(f"bash: echo '{long}'; echo after", "bash: echo not this"))
    assert ran.result("Job") == "Failed"
    assert "\nafter\n" in ran.log("__default.Job", 2)
