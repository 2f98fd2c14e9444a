"""Jobs in the workspace: send one, look at it, stop it, fetch its outputs."""

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operation.errors import OperationError
from operation.execution.backends.azureml import compute, datastores, job_definition
from operation.execution.backends.azureml.environments import Environments
from operation.execution.backends.azureml.job_definition import OUTPUTS
from operation.execution.backends.azureml.job_log import JOB_LOG
from operation.execution.backends.azureml.sdk_failures import call, is_missing
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.temporary import temporary_folder
from operation.execution.values import Run, Step

if TYPE_CHECKING:
    from azureml.core import Run as AzureRun

LOG = "user_logs/std_log.txt"  # where the service keeps what the job prints
NEWEST = 100  # of an experiment's runs: further back nobody looks for the latest
ENDED = {"Completed": "completed", "Failed": "failed", "Canceled": "cancelled"}


@dataclass(frozen=True)
class Code:
    """What a job is made of: the folder that travels, the conda file of its environment, and threads a step."""

    source: Path
    environment: Path
    threads: int


@dataclass(frozen=True)
class Look:
    """What the workspace says of a job: `status` in its own words, all that was printed, why it failed, and its page.

    `page` is "" in an offline workspace, which has none: the SDK would give an address in Azure.
    """

    status: str
    log: str
    error: str
    page: str


class Jobs:
    """The jobs of one experiment. A job's id is its run's, so the service itself refuses to start it twice."""

    def __init__(self, connection: Connection, environments: Environments, experiment: str, code: Code) -> None:
        """Touch nothing yet."""
        self.connection, self.environments, self.code = connection, environments, code
        self._experiment = experiment

    def check(self) -> None:
        """Raise OperationError if a job could not be sent: no compute, or code that must not travel."""
        job_definition.list_code(self.code.source)
        compute.require(self.connection)

    def send(self, run: Run, steps: Sequence[Step], places: Mapping[str, Path], tags: Mapping[str, str]) -> "AzureRun":
        """Start the steps as one job, unless it has been started; `places` has the folders of its inputs."""
        job = self.find(run.id) or self._start(run, steps, places)
        if not tags.items() <= (job.tags or {}).items():  # they go in a call of their own, which may get lost
            self.connection.call("tag the job", lambda: job.set_tags(dict(tags)))
        return job

    def _start(self, run: Run, steps: Sequence[Step], places: Mapping[str, Path]) -> "AzureRun":
        inputs = job_definition.find_inputs(steps)
        prefixes = {name: datastores.upload(self.connection, places[name]) for name in inputs}
        mark = job_definition.mark_of(run.id)
        described = job_definition.describe_job(mark, steps, prefixes, self.code.threads)
        environment = self.environments.register(job_definition.read_environment(self.code.environment))
        with temporary_folder() as folder:
            self._fill(folder, described)
            # An attempt may have been received though its answer got lost: each one first looks for the job.
            return self.connection.call(
                "submit the job", lambda: self.find(run.id) or self._submit_once(run.id, str(folder), environment)
            )

    def find_ours(self, run_id: str) -> "AzureRun | None":
        """Find the job of that run in this experiment alone."""
        found = self.find(run_id)
        return found if found and found.experiment.name == self._experiment else None

    def completed(self) -> list[str]:
        """List the ids of the jobs that have completed among the experiment's newest, newest first."""

        def newest() -> "list[AzureRun]":
            experiment = self.connection.workspace.experiments.get(self._experiment)
            return list(islice(experiment.get_runs(), NEWEST)) if experiment else []

        jobs = self.connection.call("list the runs", newest)
        return [job.id for job in jobs if job.status == "Completed"]

    def find(self, run_id: str) -> "AzureRun | None":
        """Find the job of that run; None if the workspace has none."""
        try:
            return call(f"find run {run_id}", lambda: self.connection.workspace.get_run(run_id))
        except OperationError as error:
            if error.__cause__ and is_missing(error.__cause__):
                return None
            raise

    def look(self, job: "AzureRun", folder: Path) -> Look:
        """Ask how the job is; what it has printed is copied to JOB_LOG in the folder."""
        details = self.connection.call("look at the job", job.get_details)
        log = folder / JOB_LOG
        if LOG in details["logFiles"]:  # there is none before the first line is printed
            self.connection.call("read the job's log", lambda: job.download_file(LOG, str(log)))
        text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
        error = ((details.get("error") or {}).get("error") or {}).get("message", "")
        page = job.get_portal_url() if self.connection.has_pages else ""
        return Look(details["status"], text, error, page)

    def cancel(self, job: "AzureRun") -> None:
        """Ask for the job's end, which `look` will see; the service takes its time."""
        self.connection.call("cancel the job", job.cancel)

    def fetch(self, job: "AzureRun", steps: Sequence[Step], folder: Path) -> None:
        """Download the outputs of the steps into the folder, each output folder whole or not at all."""
        with tempfile.TemporaryDirectory(dir=folder, prefix=".outputs-") as part:
            self.connection.call(
                "fetch the outputs", lambda: job.download_files(prefix=f"{OUTPUTS}/", output_directory=part)
            )
            for name in (name for step in steps for name in step.outputs.values()):
                shutil.rmtree(folder / name, ignore_errors=True)  # of the run that this one began with
                if (made := Path(part, OUTPUTS, name)).is_dir():
                    made.replace(folder / name)

    def _fill(self, folder: Path, described: Mapping[str, Any]) -> None:
        """Copy what travels into the folder: the SDK would send all of `src/`, caches included."""
        for file in job_definition.list_code(self.code.source):
            copy = folder / file.relative_to(self.code.source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)
        (folder / job_definition.JOB_FILE).write_text(json.dumps(described, indent=2), encoding="utf-8")

    def _submit_once(self, run_id: str, folder: str, environment: Any) -> Any:
        """Submit the job, and take it as submitted if it is there after an error.

        An answer that got lost on the way leaves a job all the same; the SDK tries again by itself, and then hears
        that the id is taken.
        """
        try:
            return self._submit(run_id, folder, environment)
        except Exception:  # whatever it is: raised again unless the job is there
            if found := self.find(run_id):
                return found
            raise

    def _submit(self, run_id: str, folder: str, environment: Any) -> Any:
        from azureml.core import Experiment, ScriptRunConfig

        target = self.connection.settings.compute.name
        config = ScriptRunConfig(folder, script=job_definition.SCRIPT, compute_target=target, environment=environment)
        return Experiment(self.connection.workspace, self._experiment).submit(config, run_id=run_id)
