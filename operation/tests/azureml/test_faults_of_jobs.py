"""Jobs while Azure is out of order: one is sent, whatever got lost, and it can be taken up again."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from azureml_offline import Fault, OfflineWorkspace

from operation.errors import OperationError
from operation.execution.values import Run, StepEvent
from operation.tests.azureml.parts import ALWAYS, EXPERIMENT, PASSING, QUIET, Scripts, execute, scripts

if TYPE_CHECKING:
    from azureml.core import Workspace

__all__ = ["scripts"]  # a fixture
pytestmark = [QUIET, pytest.mark.usefixtures("hasty")]
WRITES = "import pathlib, sys\nfolder = pathlib.Path(sys.argv[-1])\nfolder.mkdir(parents=True)\n"
WRITES += "(folder / 'out.txt').write_text('out')\nprint('written')"
SUBMITS = r"POST .*/snapshotrun"
ROUTES = (  # from the question for the cluster to the job's output files, in the order of the requests
    r"GET .*/computes/",
    r"GET .*/runs/[^/]+$",
    r"PUT .*/environments/",
    r"POST .*/snapshots/getblob",
    r"PUT /blobs/snapshots",
    r"POST .*/snapshots/[^/]+$",
    SUBMITS,
    r"PATCH .*/runs/",
    r"GET .*/details",
    r"GET .*/contentinfo/",
    r"GET /blobs/azureml",
)


def jobs(workspace: "Workspace", run: Run) -> int:
    """Count the jobs that the workspace has of the run."""
    return sum(each.id == run.id for each in workspace.experiments[EXPERIMENT].get_runs())


def wait(scripts: Scripts, run: Run) -> Run:
    """Wait for the run as another process would."""
    ended, _ = execute(scripts.runs(), run)
    assert (ended.status, ended.failure) == ("completed", "")
    assert (run.folder / "writes" / "out.txt").read_text(encoding="utf-8") == "out"
    return ended


def refused(scripts: Scripts) -> tuple[Run, str]:
    """A run that cannot go on, and why: one line."""
    runs = scripts.runs()
    run = runs.submit([scripts.step("writes", WRITES)], {}, None, reuse=True)
    with pytest.raises(OperationError) as raised:
        execute(runs, run)
    assert "\n" not in str(raised.value)
    return run, str(raised.value)


@pytest.mark.parametrize("fault", PASSING)
def test_failures_that_pass_leave_one_job_that_completes(
    fault: str, scripts: Scripts, workspace: "Workspace", offline: OfflineWorkspace
) -> None:
    step = scripts.step("writes", WRITES)
    # A token runs out once; the SDK tries nothing again then, so all routes would take more attempts than there are.
    for route in ROUTES if fault != "ran-out" else (SUBMITS, r"GET .*/details"):
        offline.plant(replace(PASSING[fault], route=route))
    run, events = scripts.run([step])
    assert [event.state for event in events] == ["started", "completed"]
    assert wait(scripts, run) == run
    assert jobs(workspace, run) == 1


@pytest.mark.parametrize("route", [SUBMITS, r"GET .*/details"], ids=["submitted", "followed"])
@pytest.mark.parametrize("fault", ["503", "dropped"])
def test_a_run_that_could_not_go_on_is_taken_up_with_one_job(
    fault: str, route: str, scripts: Scripts, workspace: "Workspace", offline: OfflineWorkspace
) -> None:
    offline.plant(replace(PASSING[fault], route=route, times=ALWAYS))
    run, said = refused(scripts)
    assert "Azure did not answer in 4 attempts" in said
    offline.clear_faults()
    wait(scripts, run)
    assert jobs(workspace, run) == 1


def test_a_workspace_that_vanishes_under_a_job_is_named(scripts: Scripts, offline: OfflineWorkspace) -> None:
    _ = scripts.connection.workspace  # it is there at first
    offline.plant(Fault(SUBMITS, status=404))
    offline.plant(Fault("GET /subscriptions/.*/workspaces/", status=404, times=ALWAYS))
    _, said = refused(scripts)
    assert said.startswith(f"There is no workspace {offline.name} in the resource group")


def test_a_cancellation_whose_answer_is_lost_stops_the_job(
    scripts: Scripts, workspace: "Workspace", offline: OfflineWorkspace
) -> None:
    runs = scripts.runs()
    run = runs.submit([scripts.step("sleeps", "import time\ntime.sleep(60)")], {}, None, reuse=True)
    offline.plant(Fault("POST .*/(cancel|events)$", drop=True, after=True))

    def cancel_when_it_works(event: StepEvent) -> None:
        if event == StepEvent("sleeps", "started"):
            scripts.runs().cancel(run)

    assert runs.wait(run, cancel_when_it_works).status == "cancelled"
    assert workspace.get_run(run.id).get_status() == "Canceled"
    assert 500 in [each.status for each in offline.requests() if run.id in each.path]


def test_a_job_asks_again_for_its_inputs(
    scripts: Scripts, workspace: "Workspace", offline: OfflineWorkspace, tmp_path: Path
) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.txt").write_text("from here", encoding="utf-8")
    offline.plant(Fault(r"GET /blobs/datastore$", status=429))
    reads = "import pathlib, sys\nprint(pathlib.Path(sys.argv[2], 'a.txt').read_text())\n" + WRITES
    run, _ = scripts.run([scripts.step("writes", reads, takes="raw")], raw=tmp_path / "raw")
    assert "from here" in (run.folder / "writes.log").read_text(encoding="utf-8")
    assert "again in 2 s" in (run.folder / "job.log").read_text(encoding="utf-8")
