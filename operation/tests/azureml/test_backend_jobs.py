"""Jobs of the Azure ML backend that fail, are stopped, are taken up again: small scripts in the offline workspace."""

import time
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from azureml_offline import Fault, OfflineWorkspace

from operation.errors import OperationError
from operation.execution.backends.azureml.run_execution import JOB
from operation.execution.values import Run, StepEvent
from operation.tests.azureml.parts import EXPERIMENT, QUIET, Scripts, connected, execute, scripts

if TYPE_CHECKING:
    from azureml.core import Workspace

__all__ = ["scripts"]  # a fixture
pytestmark = QUIET
WRITES = "import pathlib, sys\nfolder = pathlib.Path(sys.argv[-1])\nfolder.mkdir(parents=True)\n"
WRITES += "(folder / 'out.txt').write_text('out')\nprint('written')"
SLEEPS = "import time\nprint('asleep')\ntime.sleep(60)"
ALWAYS = 1000


def jobs(workspace: "Workspace", run: Run) -> int:
    """Count the jobs that the workspace has of the run."""
    return sum(each.id == run.id for each in workspace.experiments[EXPERIMENT].get_runs())


def test_what_a_step_puts_out_is_what_the_next_takes_in(scripts: Scripts) -> None:
    reads = "import pathlib, sys\nprint(pathlib.Path(sys.argv[2], 'out.txt').read_text(), 'again')\n" + WRITES
    run, events = scripts.run([scripts.step("first", WRITES), scripts.step("second", reads, takes="first")])
    assert run.status == "completed"
    assert (run.folder / "second" / "out.txt").read_text(encoding="utf-8") == "out"
    assert (run.folder / "second.log").read_text(encoding="utf-8").splitlines()[0] == "out again"
    assert [event.step for event in events] == ["first", "first", "second", "second"]


def test_what_becomes_of_the_job_is_reported_until_its_first_step_begins(scripts: Scripts) -> None:
    runs, events = scripts.runs(), list[StepEvent]()
    run = runs.wait(runs.submit([scripts.step("writes", WRITES)], {}), events.append)
    reported = [event for event in events if event.step == JOB]
    assert reported[0] == StepEvent(JOB, "started")
    assert (reported[-1].state, reported[-1].note.partition(",")[0]) == ("completed", f"run {run.id}")
    assert {event.state for event in reported[1:-1]} <= {"working"}
    assert events.index(reported[-1]) < events.index(StepEvent("writes", "started"))


def test_a_job_reads_a_folder_of_this_machine(scripts: Scripts, tmp_path: Path) -> None:
    (tmp_path / "raw" / "below").mkdir(parents=True)
    (tmp_path / "raw" / "below" / "a.txt").write_text("from here", encoding="utf-8")
    reads = "import pathlib, sys\nprint(pathlib.Path(sys.argv[2], 'below', 'a.txt').read_text())\n" + WRITES
    run, _ = scripts.run([scripts.step("reads", reads, takes="raw")], raw=tmp_path / "raw")
    assert run.status == "completed"
    assert "from here" in (run.folder / "reads.log").read_text(encoding="utf-8")


def test_a_failing_step_is_a_failed_run_that_tells_why(scripts: Scripts) -> None:
    fails = "for number in range(30): print('line', number)\nraise SystemExit('parcels.parquet is missing')"
    run, events = scripts.run([scripts.step("fails", fails), scripts.step("never", WRITES)])
    assert run.status == "failed"
    assert run.failure.startswith("Step fails failed with exit code 1:")
    assert "line 29" in run.failure
    assert "line 9\n" not in run.failure
    assert "parcels.parquet is missing" in run.failure
    assert events == [StepEvent("fails", "started"), StepEvent("fails", "failed")]
    place = Path(run.failure.splitlines()[-1].removeprefix("The whole log: "))
    assert "line 9\n" in place.read_text(encoding="utf-8")


def test_a_job_that_fails_before_its_steps_tells_why_and_where(scripts: Scripts) -> None:
    (scripts.source / "json.py").write_text("raise SystemExit('a broken module')", encoding="utf-8")
    run, events = scripts.run([scripts.step("writes", WRITES)])
    assert (run.status, events) == ("failed", [])
    assert run.failure.startswith("The job failed outside its steps: ")
    assert "\na broken module\n" in run.failure
    assert run.id in run.failure.splitlines()[-1]


def test_a_job_can_be_cancelled_while_a_step_is_at_work(scripts: Scripts, workspace: "Workspace") -> None:
    runs = scripts.runs()
    run = runs.submit([scripts.step("sleeps", SLEEPS)], {}, None, reuse=True)
    events: list[StepEvent] = []

    def cancel_when_it_works(event: StepEvent) -> None:
        if event.step == "sleeps" and event.state != "working":
            events.append(event)
        if event == StepEvent("sleeps", "started"):
            Thread(target=runs.cancel, args=(run,)).start()

    ended = runs.wait(run, cancel_when_it_works)
    assert (ended.status, [event.state for event in events]) == ("cancelled", ["started", "stopped"])
    assert workspace.get_run(run.id).get_status() == "Canceled"
    assert scripts.runs().find(run.id) == ended


def test_a_run_that_is_cancelled_at_once_puts_out_nothing(scripts: Scripts) -> None:
    runs = scripts.runs()
    run = runs.submit([scripts.step("sleeps", SLEEPS)], {}, None, reuse=True)
    runs.cancel(run)
    assert execute(runs, run)[0].status == "cancelled"
    assert not (run.folder / "sleeps").exists()


def test_another_process_takes_up_a_run_with_the_same_job(scripts: Scripts, workspace: "Workspace") -> None:
    runs = scripts.runs()
    run = runs.submit([scripts.step("slow", "import time\ntime.sleep(4)\n" + WRITES)], {}, None, reuse=True)
    while not (workspace.experiments.get(EXPERIMENT) and jobs(workspace, run)):
        time.sleep(0.2)
    ended, events = execute(scripts.runs(), run)
    assert ended.status == "completed"
    assert [event.state for event in events] == ["started", "completed"]
    assert jobs(workspace, run) == 1
    runs.wait(run, lambda event: None)


def test_tags_that_got_lost_on_the_way_are_sent_again(scripts: Scripts, workspace: "Workspace") -> None:
    run = scripts.runs().submit(
        [scripts.step("slow", "import time\ntime.sleep(4)\n" + WRITES)], {}, tags={"seed": "7", "python": "3"}
    )
    while not (jobs(workspace, run) and workspace.get_run(run.id).get_tags()):
        time.sleep(0.2)
    workspace.get_run(run.id).remove_tags(["seed"])
    assert execute(scripts.runs(), run)[0].status == "completed"
    assert workspace.get_run(run.id).get_tags() == {"seed": "7", "python": "3"}


def test_a_run_that_has_ended_is_only_reported_of(scripts: Scripts) -> None:
    run, _ = scripts.run([scripts.step("writes", WRITES)])
    assert execute(scripts.runs(), run) == (run, [])


@pytest.mark.parametrize(
    "fault",
    [
        Fault(r"POST .*/snapshotrun", status=503),
        Fault(r"POST .*/snapshotrun", drop=True),
        Fault(r"GET .*/details", status=503, times=2),
        Fault(r"GET .*/details", drop=True),
        Fault(r"PUT .*/environments", status=503),
    ],
    ids=["submit 503", "submit dropped", "details 503", "details dropped", "environment 503"],
)
def test_a_failure_that_passes_leaves_one_job(
    fault: Fault, scripts: Scripts, workspace: "Workspace", offline: OfflineWorkspace
) -> None:
    offline.plant(fault)
    run, _ = scripts.run([scripts.step("writes", WRITES)])
    assert run.status == "completed"
    assert jobs(workspace, run) == 1


def test_a_missing_permission_ends_with_one_line(scripts: Scripts, offline: OfflineWorkspace) -> None:
    offline.plant(Fault(r"POST .*/snapshotrun", status=403, times=ALWAYS))
    with pytest.raises(OperationError, match="AzureML Data Scientist") as raised:
        scripts.run([scripts.step("writes", WRITES)])
    assert "\n" not in str(raised.value)


def test_without_the_compute_target_there_is_no_run(scripts: Scripts, offline: OfflineWorkspace) -> None:
    elsewhere = Scripts(scripts.source, scripts.outputs, connected(offline, compute="{name: nowhere}"))
    with pytest.raises(OperationError, match="no compute target nowhere"):
        elsewhere.run([elsewhere.step("writes", WRITES)])
    assert not (scripts.outputs / "runs").exists()


def test_a_secret_beside_the_scripts_is_never_sent(scripts: Scripts, offline: OfflineWorkspace) -> None:
    (scripts.source / "client.pem").write_text("planted", encoding="utf-8")
    before = len(offline.requests())
    with pytest.raises(OperationError, match=r"client\.pem"):
        scripts.run([scripts.step("writes", WRITES)])
    assert not [each for each in offline.requests()[before:] if each.method in ("POST", "PUT")]
