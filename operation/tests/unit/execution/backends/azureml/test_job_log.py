from pathlib import Path

import pytest

from operation.execution.backends.azureml.job_log import JobLog
from operation.execution.values import StepEvent

LOG = """a line of the service
::7 prepare started
reading
12 parcels
::7 prepare completed 1.5
::7 train started
::8 train completed
Traceback
error: no memory
::7 train failed 3 0.2
"""


def test_the_log_tells_what_happens_to_each_step() -> None:
    assert JobLog("::7").read(LOG, ended=True) == [
        StepEvent("prepare", "started"),
        StepEvent("prepare", "completed", "12 parcels"),
        StepEvent("train", "started"),
        StepEvent("train", "failed"),
    ]


@pytest.mark.parametrize(
    ("line", "seconds"),
    [("completed 61.4", 61.4), ("failed 3 2.5", 2.5), ("completed", None), ("failed 3", None)],
    ids=["completed", "failed", "completed-before-it-was-said", "failed-before-it-was-said"],
)
def test_an_ended_step_took_as_long_as_the_job_says(line: str, seconds: float | None) -> None:
    *_, ended = JobLog("::7").read(f"::7 train started\n::7 train {line}\n")
    assert ended.seconds == seconds


def test_a_log_read_piece_by_piece_tells_everything_once() -> None:
    progress = JobLog("::7")
    events = [event for end in range(len(LOG)) for event in progress.read(LOG[:end]) if event.state != "working"]
    assert events + progress.read(LOG, ended=True) == JobLog("::7").read(LOG, ended=True)


def test_a_step_at_work_tells_its_last_line() -> None:
    progress = JobLog("::7")
    assert progress.read("::7 train started\n") == [StepEvent("train", "started")]
    assert progress.read("::7 train started\ntree 1\ntree 2\n") == [StepEvent("train", "working", "tree 2")]
    assert progress.read("::7 train started\ntree 1\ntree 2\n") == []


def test_a_failed_step_tells_its_last_lines() -> None:
    progress = JobLog("::7")
    progress.read(LOG, ended=True)
    failure = progress.failure("the service's word", Path("run"), "").splitlines()
    assert failure[0] == "Step train failed with exit code 3:"
    assert failure[-2:] == ["error: no memory", f"The whole log: {Path('run', 'train.log')}"]
    assert "12 parcels" not in failure


def test_a_long_log_is_told_by_its_last_20_lines() -> None:
    progress = JobLog("::7")
    progress.read("::7 train started\n" + "x\n" * 30 + "::7 train failed 1\n", ended=True)
    assert progress.failure("", Path("run"), "").count("x\n") == 20


def test_a_job_that_fails_outside_its_steps_tells_the_word_of_the_service() -> None:
    progress = JobLog("::7")
    progress.read("no room on the disk\n", ended=True)
    failure = progress.failure("no nodes are left", Path("run"), "https://studio/runs/7")
    assert failure.splitlines()[0] == "The job failed outside its steps: no nodes are left"
    assert failure.splitlines()[1:] == ["no room on the disk", "All its logs: https://studio/runs/7"]


def test_without_a_page_the_logs_of_a_job_are_in_the_folder_of_its_run() -> None:
    failure = JobLog("::7").failure("no nodes are left", Path("run"), "")
    assert failure.splitlines()[-1] == f"All its logs: {Path('run', 'job.log')}"


def test_a_step_at_work_when_the_job_is_stopped_is_stopped() -> None:
    progress = JobLog("::7")
    progress.read("::7 prepare started\n")
    assert progress.stop() == [StepEvent("prepare", "stopped")]
    assert progress.stop() == []
