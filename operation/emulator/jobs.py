"""A job at work: the snapshot's files in a fresh folder, the command in a process, its output kept while it comes."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from operation.emulator import artifacts, blobs, conda, history, identity, snapshots
from operation.emulator.names import SERVICES
from operation.emulator.runs import Run
from operation.emulator.state import Json, State

LOG = "user_logs/std_log.txt"
BUILD_LOG = "azureml-logs/20_image_build_log.txt"
KEPT = ("outputs", "logs")  # the folders whose files become artifacts
POLL = 0.1  # seconds
GRACE = 5.0  # seconds that a job has to end in when it is cancelled
INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR")  # nothing else of this machine gets into a job


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
        history.enter(workspace, run, status)


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


def command(definition: Json) -> list[str]:
    """The process of a run configuration: a command goes to the shell, its words joined, as Azure does."""
    given = definition.get("command")
    if given:
        return ["bash", "-c", given if isinstance(given, str) else " ".join(map(str, given))]
    return ["python", definition["script"], *map(str, definition.get("arguments") or [])]


def _execute(workspace: State, run: Run, python: Path, folder: Path) -> int:
    """The command's exit code."""
    for name in KEPT:
        (folder / name).mkdir(exist_ok=True)
    with _log(workspace, run, LOG).open("wb") as log:
        environment = _environment(workspace, run, python, folder)
        process = subprocess.Popen(
            command(run.definition),
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


def _environment(workspace: State, run: Run, python: Path, folder: Path) -> dict[str, str]:
    """What Azure ML gives a job, what the run configuration adds, and the way to the services."""
    names = workspace.names
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    asked = run.definition["environment"].get("environmentVariables") or {}
    token = identity.issue(workspace, run.id, "run")
    return {
        **inherited,
        **{name: str(value) for name, value in asked.items()},
        **workspace.client,
        "PATH": f"{python.parent}{os.pathsep}{inherited.get('PATH', os.defpath)}",
        "HOME": str(folder.parent),
        "PYTHONUNBUFFERED": "1",
        "AZUREML_RUN_ID": run.id,
        "AZUREML_RUN_TOKEN": token,
        "AZUREML_RUN_TOKEN_EXPIRY": str(int(time.time()) + identity.LIFETIME),
        "AZUREML_ARM_SUBSCRIPTION": names.subscription,
        "AZUREML_ARM_RESOURCEGROUP": names.resource_group,
        "AZUREML_ARM_WORKSPACE_NAME": names.workspace,
        "AZUREML_ARM_PROJECT_NAME": run.experiment,
        "AZUREML_EXPERIMENT_ID": run.record["experimentId"],
        "AZUREML_WORKSPACE_ID": names.workspace_id,
        "AZUREML_WORKSPACE_SCOPE": names.scope,
        "AZUREML_SERVICE_ENDPOINT": SERVICES,
        "AZUREML_DISCOVERY_SERVICE_ENDPOINT": f"{SERVICES}/discovery/workspaces/{names.workspace_id}",
        "AZUREML_DATA_CONTAINER_ID": run.container,
    }


def _keep(workspace: State, run: Run, folder: Path) -> None:
    """Make artifacts of what the job wrote into its outputs and logs."""
    for source in (file for name in KEPT for file in (folder / name).rglob("*") if file.is_file()):
        shutil.copyfile(source, _log(workspace, run, source.relative_to(folder).as_posix()))


def _end(workspace: State, run: Run, code: int) -> None:
    if run.cancelled.is_set():
        history.enter(workspace, run, "Canceled")
    elif code:
        message = f"Execution failed. User process exited with status code {code}. Please check log file '{LOG}'."
        _fail(workspace, run, "UserError", message)
    else:
        history.enter(workspace, run, "Completed")


def _fail(workspace: State, run: Run, code: str, message: str) -> None:
    run.record["error"] = {"error": {"code": code, "message": message, "details": []}}
    history.enter(workspace, run, "Failed")
