"""Jobs: requests submit and cancel them; each has a thread that follows its process to the end."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from threading import Thread

from flask import Blueprint, Response, jsonify, request

from azureml_offline.resources import curated, environment_builds, environments
from azureml_offline.runs import job_process, lifecycle, snapshots
from azureml_offline.storage import artifacts, blobs
from azureml_offline.workspace import processes
from azureml_offline.workspace.names import WORKSPACE
from azureml_offline.workspace.refusals import refuse
from azureml_offline.workspace.run import Run
from azureml_offline.workspace.state import Json, State, state

routes = Blueprint("execution", __name__, url_prefix=f"/execution/v1.0{WORKSPACE}/experiments/<experiment>")
LOG = "user_logs/std_log.txt"
BUILD_LOG = "azureml-logs/20_image_build_log.txt"
KEPT = ("outputs", "logs")  # the folders whose files become artifacts
POLL = 0.1  # seconds between two looks at a process, whose end and cancellation are awaited at the same time
GRACE = 5.0  # seconds that a cancelled job has to end by itself, before it is killed


@routes.post("/snapshotrun")
def submit(experiment: str) -> Response:
    """Start a job: the configuration's command in the files of the snapshot."""
    body, workspace = request.get_json(), state()
    definition, snapshot, run_id = body["Configuration"], body["SnapshotId"], request.args["runId"]
    snapshots.require(snapshot)
    check(workspace, run_id, definition)
    target = workspace.computes.get(definition["target"]) or {}
    if not target:
        refuse(400, "UserError", f"Unknown compute target '{definition['target']}'.")
    if target["properties"]["computeType"] != "AmlCompute":
        refuse(400, "UserError", f"Jobs run on an AmlCompute, which the target '{definition['target']}' is not.")
    run = create(workspace, run_id, experiment, body, {"ContentSnapshotId": snapshot})
    begin(workspace, run, lambda: Place(_unpack(workspace, run, snapshot)))
    return jsonify(runId=run_id)


@dataclass(frozen=True)
class Place:
    """Where a job runs: the folder with its files, and an interpreter if its environment is the user's own."""

    folder: Path
    python: Path | None = None


def create(workspace: State, run_id: str, experiment: str, body: Json, properties: Json) -> Run:
    """Create the run of a job as a request describes it."""
    definition = body["Configuration"]
    record = {"target": definition["target"], "properties": properties, "parentRunId": body.get("ParentRunId")}
    run = lifecycle.create(workspace, run_id, experiment, status="Queued", **record)
    run.definition = definition
    return run


def begin(workspace: State, run: Run, find: Callable[[], Place]) -> None:
    """Start the thread of a job, which first finds its place."""
    # A thread that is not a daemon would keep the process from ending; `workspace.jobs` lets its end wait for them.
    job = Thread(target=work, args=(workspace, run, find), daemon=True)
    workspace.jobs.append(job)
    job.start()


@routes.post("/runId/<run>/cancel")
def cancel(run: str, **_: str) -> Response:
    """Ask for a job's end; its thread sees to it."""
    lifecycle.cancel(lifecycle.find(state(), run))
    return jsonify({})


def work(workspace: State, run: Run, find: Callable[[], Place]) -> None:
    """Run a job to its end, whatever that is."""
    try:
        _enter(workspace, run, "Preparing")
        place = find()
        python = place.python or _python(workspace, run)
        _enter(workspace, run, "Running")
        code = _execute(workspace, run, python, place.folder)
        _enter(workspace, run, "Finalizing")
        _keep(workspace, run, place.folder)
        _end(workspace, run, code)
    except environment_builds.BuildError as error:
        _fail(workspace, run, "ImageBuildFailure", f"{error} See {BUILD_LOG}.")
    except Exception as error:  # noqa: BLE001  the SDK waits for ever for a job without a final status
        _fail(workspace, run, "SystemError", f"{type(error).__name__}: {error}")


def _unpack(workspace: State, run: Run, snapshot: str) -> Path:
    folder = workspace.folder / "jobs" / run.id / "work"
    folder.mkdir(parents=True)
    snapshots.unpack(workspace, snapshot, folder)
    return folder


def check(workspace: State, run_id: str, definition: Json) -> None:
    """Refuse a job that cannot be; keep its environment under a version."""
    if run_id in workspace.runs:
        refuse(400, "UserError", f"Run {run_id} exists already.")
    used = definition["environment"] or {}
    environments.adopt(workspace, used)
    if wrong := curated.reason_to_refuse(workspace, used, "python", "docker", "environmentVariables"):
        refuse(400, "UserError", wrong)
    environments.save(workspace, used)
    for name in (definition.get("history") or {}).get("directoriesToWatch") or []:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            refuse(400, "UserError", f"history.directoriesToWatch must name folders below the job's own, not {name}.")


def _enter(workspace: State, run: Run, status: str) -> None:
    # From "CancelRequested" the next status is "Canceled": anything between would look as if the job went on.
    if not run.cancelled.is_set():
        lifecycle.enter(workspace, run, status)


def _python(workspace: State, run: Run) -> Path:
    """Return the interpreter of the run's environment, which may have to be built first."""
    if workspace.reuse_environment:
        return Path(sys.executable)
    specification = environment_builds.specification_of(run.definition["environment"])
    return environment_builds.build(specification, workspace.folder / "environments", _log(workspace, run, BUILD_LOG))


def _log(workspace: State, run: Run, path: str) -> Path:
    # The blob itself: the process writes where clients read, so they can follow the output while it grows.
    file = blobs.file(workspace, artifacts.CONTAINER, f"{artifacts.RUNS}/{run.container}/{path}")
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def _execute(workspace: State, run: Run, python: Path, folder: Path) -> int:
    """Run the command and return its exit code."""
    for name in KEPT:
        (folder / name).mkdir(exist_ok=True)
    with _log(workspace, run, LOG).open("wb") as log:
        environment = job_process.environment(workspace, run, python, folder)
        process = subprocess.Popen(
            job_process.command(run.definition),
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,  # a job that asks something must fail: nobody is there to answer
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # its children belong to it, and can be killed with it
        )
        longest = float(run.definition.get("maxRunDurationSeconds") or "inf")
        deadline = time.monotonic() + longest
        while process.poll() is None:
            if time.monotonic() > deadline and not run.ended:
                lifecycle.cancel(run)
                _explain(run, "MaxRunDurationExceeded", f"The job was cancelled after its {longest:g} seconds.")
            if run.cancelled.wait(POLL):  # returns at once when somebody cancels
                _stop(process)
    return process.returncode


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """End the job and all that it started, by force if it takes too long."""
    # First a chance to clean up: a training may want to write its last checkpoint.
    processes.signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(POLL)
    processes.signal_group(process, signal.SIGKILL)  # also where it has ended: what it started may still run
    process.wait()  # reaps it: `returncode` is None, and a zombie stays, until somebody waits


def _kept(run: Run) -> list[str]:
    watched = (run.definition.get("history") or {}).get("directoriesToWatch") or []
    return [*KEPT, *watched]


def _keep(workspace: State, run: Run, folder: Path) -> None:
    """Make artifacts of the files in the job's outputs and logs, and in the other folders that are to be watched."""
    for source in {file for name in _kept(run) for file in (folder / name).rglob("*") if file.is_file()}:
        shutil.copyfile(source, _log(workspace, run, source.relative_to(folder).as_posix()))


def _end(workspace: State, run: Run, code: int) -> None:
    # Asked before the exit code, which a job that was killed has, too: -15 or -9, as if it had failed by itself.
    if run.cancelled.is_set():
        lifecycle.enter(workspace, run, "Canceled")
    elif code:
        message = f"Execution failed. User process exited with status code {code}. Please check log file '{LOG}'."
        _fail(workspace, run, "UserError", message)
    else:
        lifecycle.enter(workspace, run, "Completed")


def _explain(run: Run, code: str, message: str) -> None:
    run.record["error"] = {"error": {"code": code, "message": message, "details": []}}


def _fail(workspace: State, run: Run, code: str, message: str) -> None:
    _explain(run, code, message)
    lifecycle.enter(workspace, run, "Failed")
