"""The script of a job as a process of its own, on core scripts of these tests; inputs need a workspace."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import job
import utils

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a job of steps, each the text of a script and its arguments."""

    def start(*steps: tuple[str, list[str]]) -> subprocess.CompletedProcess[str]:
        for script in (job, utils):
            shutil.copy(str(script.__file__), tmp_path)
        for number, (text, _) in enumerate(steps):
            (tmp_path / f"{number}.py").write_text(text, encoding="utf-8")
        listed = [
            {"name": f"step-{number}", "argv": [f"{number}.py", *words], "outputs": []}
            for number, (_, words) in enumerate(steps)
        ]
        described = {"mark": "::1", "variables": {"OMP_NUM_THREADS": "3"}, "inputs": [], "steps": listed}
        (tmp_path / job.JOB).write_text(json.dumps(described), encoding="utf-8")
        return subprocess.run([sys.executable, "job.py"], cwd=tmp_path, capture_output=True, text=True, check=False)

    return start


def without_seconds(printed: str) -> list[str]:
    """The lines, those at the end of a step without how long it took."""
    return [re.sub(r"^(::1 .* (?:completed|failed 3)) \d+\.\d$", r"\1", line) for line in printed.splitlines()]


def test_steps_run_in_order_between_marks(run: Run) -> None:
    done = run(("print('one')", []), ("print('two')", []))
    assert done.returncode == 0
    assert without_seconds(done.stdout) == [
        "::1 step-0 started",
        "one",
        "::1 step-0 completed",
        "::1 step-1 started",
        "two",
        "::1 step-1 completed",
    ]


def test_an_ended_step_says_how_many_seconds_it_took(run: Run) -> None:
    done = run(("import time; time.sleep(0.3)", []), ("raise SystemExit(3)", []))
    ends = [line.split() for line in done.stdout.splitlines() if "started" not in line]
    assert [words[2] for words in ends] == ["completed", "failed"]
    assert 0.3 <= float(ends[0][3]) < 30
    assert float(ends[1][4]) < 30


def test_nothing_runs_after_a_step_that_fails(run: Run) -> None:
    done = run(("raise SystemExit(3)", []), ("print('two')", []))
    assert done.returncode == 3
    assert without_seconds(done.stdout) == ["::1 step-0 started", "::1 step-0 failed 3"]


def test_an_argument_arrives_as_it_was_whatever_is_in_it(run: Run) -> None:
    words = ["two words", "$HOME; echo 'no' \"shell\" && *", "", "späte Flüge"]
    done = run(("import json, sys; print(json.dumps(sys.argv[1:]))", words))
    assert json.loads(done.stdout.splitlines()[1]) == words


def test_a_step_gets_the_variables_of_the_job(run: Run) -> None:
    assert "3" in run(("import os; print(os.environ['OMP_NUM_THREADS'])", [])).stdout.splitlines()


def test_every_number_of_the_metrics_is_named_by_its_path() -> None:
    metrics = {"evaluation": {"metrics": {"roc_auc": 0.7}, "rows": 3, "first": "2013-11-01", "slices": [{"rows": 1}]}}
    assert dict(job.numbers(metrics)) == {"evaluation.metrics.roc_auc": 0.7, "evaluation.rows": 3.0}


def test_what_fails_is_tried_again_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "PAUSES", (0.0, 0.0))
    attempts: list[int] = []

    def third_time_lucky() -> None:
        attempts.append(1)
        if len(attempts) < 3:
            raise ConnectionError

    job.patiently(third_time_lucky)
    assert len(attempts) == 3


def test_what_goes_on_failing_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "PAUSES", (0.0,))

    def fail() -> None:
        raise ConnectionError("for good")

    with pytest.raises(ConnectionError, match="for good"):
        job.patiently(fail)
