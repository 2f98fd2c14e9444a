"""The process of a web service, without a service around it."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from azureml_offline.model_management import scoring_program
from azureml_offline.workspace.web_service import GoneError, Process, Service


@pytest.fixture
def alarm() -> Iterator[None]:
    """As in the process, whose alarm this is."""
    before = signal.signal(signal.SIGALRM, scoring_program._be_late)
    yield
    signal.signal(signal.SIGALRM, before)


def raising(body: str) -> Any:
    raise ValueError(body)


@pytest.mark.usefixtures("alarm")
@pytest.mark.parametrize(
    ("run", "seconds", "status", "body", "failed"),
    [
        (str.upper, 0.0, 200, "A", False),
        (lambda _: None, 5.0, 200, None, False),
        (raising, 0.0, 500, {"message": scoring_program.SCRIPT_FAILED}, True),
        (lambda _: b"bytes", 0.0, 500, {"message": scoring_program.ANSWER_FAILED}, False),
        (lambda _: time.sleep(9), 0.01, 500, {"message": "Scoring timeout after 10 ms"}, True),
    ],
    ids=["text", "nothing", "raises", "not JSON", "late"],
)
def test_an_answer_is_json_with_a_status(
    run: Callable[[str], Any], seconds: float, status: int, body: Any, failed: bool
) -> None:
    given = scoring_program.answer(run, "a", seconds)
    assert (given["status"], json.loads(given["body"]), given["failed"]) == (status, body, failed)


@pytest.mark.usefixtures("alarm")
def test_no_alarm_is_left_after_an_answer() -> None:
    scoring_program.answer(str.upper, "a", 30)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_script_must_be_python(tmp_path: Path) -> None:
    with pytest.raises(ImportError, match="must be a Python script"):
        scoring_program.load(str(tmp_path / "score.txt"))


@pytest.mark.parametrize("stuck_in", ["init", "run"])
def test_the_process_ends_with_its_stdin_whatever_it_does(tmp_path: Path, stuck_in: str) -> None:
    functions = {"init": "pass", "run": "pass", stuck_in: "print('stuck', flush=True); time.sleep(600)"}
    script = tmp_path / "score.py"
    script.write_text(
        f"import time\ndef init(): {functions['init']}\ndef run(raw): {functions['run']}", encoding="utf-8"
    )
    words = [sys.executable, scoring_program.__file__, str(tmp_path), str(tmp_path), str(script), "0"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdin
        assert process.stderr
        process.stdin.write('{"body": ""}\n')
        process.stdin.flush()
        assert process.stderr.readline() == "stuck\n"
        process.stdin.close()
        assert process.wait(10) == 0


def test_a_process_is_not_started_for_a_deployment_that_is_old(tmp_path: Path) -> None:
    service = Service({"name": "first"}, deployment="new")
    with pytest.raises(GoneError):
        service.start("old", [sys.executable], tmp_path, {}, tmp_path / "log")
    with pytest.raises(GoneError):
        service.switch("old", None)


def test_a_process_that_has_ended_is_not_ready_and_answers_nothing(tmp_path: Path) -> None:
    process = Process([sys.executable, "-c", ""], tmp_path, {}, tmp_path / "log")
    assert not process.is_ready()
    assert process.ask({}) is None
    process.stop()
    assert process.ask({}) is None


def test_without_flask_there_is_a_stand_in_for_its_globals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flask", None)
    shared = scoring_program.open_globals()
    shared.request_id = "an id"
    assert sys.modules["flask"].g.get("request_id") == "an id"
    assert sys.modules["flask"].g.get("nothing") is None
