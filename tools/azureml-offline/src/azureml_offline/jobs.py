"""A job at work: the snapshot's files in a fresh folder, the command in a process, its output kept while it comes."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from azureml_offline import artifacts, blobs, commands, conda, records, snapshots
from azureml_offline.runs import Run
from azureml_offline.state import State

LOG = "user_logs/std_log.txt"
BUILD_LOG = "azureml-logs/20_image_build_log.txt"
KEPT = ("outputs", "logs")  # the folders whose files become artifacts
POLL = 0.1  # seconds
GRACE = 5.0  # seconds that a job has to end in when it is cancelled


def work(workspace: State, run: Run, snapshot: str) -> None:
    """Run the job to its end, whatever that is."""
    folder = workspace.folder / "jobs" / run.id / "work"
    try:
        _enter(workspace, run, "Preparing")
        folder.mkdir(parents=True)
        snapshots.unpack(workspace, snapshot, folder)
        python = _python(workspace, run)
        _enter(workspace, run, "Running")
        code = _execute(workspace, run, python, folder)
        _enter(workspace, run, "Finalizing")
        _keep(workspace, run, folder)
        _end(workspace, run, code)
    except conda.BuildError as error:
        _fail(workspace, run, "ImageBuildFailure", f"{error} See {BUILD_LOG}.")
    except Exception as error:  # noqa: BLE001  a job that ends in no status would be waited for without end
        _fail(workspace, run, "SystemError", repr(error))


def _enter(workspace: State, run: Run, status: str) -> None:
    if not run.cancelled.is_set():
        records.enter(workspace, run, status)


def _python(workspace: State, run: Run) -> Path:
    """The interpreter of the run's environment, built now if nobody did."""
    if workspace.reuse_environment:
        return Path(sys.executable)
    specification = (run.definition["environment"].get("python") or {}).get("condaDependencies") or {}
    return conda.build(specification, workspace.folder / "environments", _log(workspace, run, BUILD_LOG))


def _log(workspace: State, run: Run, path: str) -> Path:
    file = blobs.file(workspace, artifacts.CONTAINER, f"{artifacts.RUNS}/{run.container}/{path}")
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def _execute(workspace: State, run: Run, python: Path, folder: Path) -> int:
    """The command's exit code."""
    for name in KEPT:
        (folder / name).mkdir(exist_ok=True)
    with _log(workspace, run, LOG).open("wb") as log:
        environment = commands.environment(workspace, run, python, folder)
        process = subprocess.Popen(
            commands.command(run.definition),
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that its children can be ended with it
        )
        while process.poll() is None:
            if run.cancelled.wait(POLL):
                _stop(process)
    return process.returncode


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """End the job and all that it started; by force if it takes too long."""
    _signal(process, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(POLL)
    _signal(process, signal.SIGKILL)
    process.wait()


def _signal(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _keep(workspace: State, run: Run, folder: Path) -> None:
    """Make artifacts of what the job wrote into its outputs and logs."""
    for source in (file for name in KEPT for file in (folder / name).rglob("*") if file.is_file()):
        shutil.copyfile(source, _log(workspace, run, source.relative_to(folder).as_posix()))


def _end(workspace: State, run: Run, code: int) -> None:
    if run.cancelled.is_set():
        records.enter(workspace, run, "Canceled")
    elif code:
        message = f"Execution failed. User process exited with status code {code}. Please check log file '{LOG}'."
        _fail(workspace, run, "UserError", message)
    else:
        records.enter(workspace, run, "Completed")


def _fail(workspace: State, run: Run, code: str, message: str) -> None:
    run.record["error"] = {"error": {"code": code, "message": message, "details": []}}
    records.enter(workspace, run, "Failed")
