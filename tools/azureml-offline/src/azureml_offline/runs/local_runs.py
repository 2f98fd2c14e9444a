"""Jobs on the client's own machine (`compute_target="local"`): in the folder that the SDK copies the source to.

The SDK asks for a script, unpacks it in that folder and starts it. Azure ML's does the work of a node; this one reports
where it is, for the offline workspace runs on the same machine, and the job runs like any other.
"""

import io
import json
import shlex
import time
import zipfile
from pathlib import Path

from flask import Blueprint, Response, request

from azureml_offline.runs import jobs
from azureml_offline.workspace.names import WORKSPACE
from azureml_offline.workspace.refusals import refuse
from azureml_offline.workspace.run import Run
from azureml_offline.workspace.state import Json, State, state

routes = Blueprint("local_runs", __name__, url_prefix=f"/execution/v1.0{WORKSPACE}/experiments/<experiment>")
DEFINITION = "definition.json"  # the part of the request that describes the job
PATIENCE = 60.0  # seconds until the script must have reported
POLL = 0.05  # seconds between two looks
SCRIPT = """#!/bin/bash
report={report}
printf '%s\\n' "$PWD" "$(command -v python || command -v python3)" > "$report.new" && mv "$report.new" "$report"
"""


def described() -> Json | None:
    """Return the description of a job in the current request, which comes as a file; None in any other request."""
    for part in request.files.getlist("files"):
        if part.filename == DEFINITION:
            text = part.stream.read()
            part.stream.seek(0)
            found: Json = json.loads(text)
            return found
    return None


@routes.post("/localrun")
def submit(experiment: str) -> Response:
    """Create the run, and answer with the script that starts it."""
    workspace, run_id, body = state(), request.args["runId"], described()
    if body is None:
        refuse(400, "UserError", f"A local run needs the part {DEFINITION}.")
    jobs.check(workspace, run_id, body["Configuration"])
    run = jobs.create(workspace, run_id, experiment, body, {})
    report = workspace.folder / "jobs" / run.id / "place"
    report.parent.mkdir(parents=True)
    jobs.begin(workspace, run, lambda: _wait(workspace, run, report))
    return Response(_pack(SCRIPT.format(report=shlex.quote(str(report)))), mimetype="application/zip")


def _pack(script: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("azureml-setup/Invocation.sh", script)
    return packed.getvalue()


def _wait(workspace: State, run: Run, report: Path) -> jobs.Place:
    deadline = time.monotonic() + PATIENCE
    while not report.exists():
        if time.monotonic() > deadline or run.cancelled.is_set():
            raise TimeoutError(f"The client has not started the run {run.id} within {PATIENCE:g} s.")
        time.sleep(POLL)
    folder, python = report.read_text(encoding="utf-8").splitlines()
    managed = (run.definition["environment"].get("python") or {}).get("userManagedDependencies")
    # As in Azure: who manages the packages runs the interpreter of the shell; it is also what there is to reuse.
    own = Path(python) if managed and not workspace.reuse_environment else None
    return jobs.Place(Path(folder), own)
