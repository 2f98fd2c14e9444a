"""Show ended runs in MLflow: times, tags, arguments, metrics, data sets, plots; trials below their sweep."""

import json
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

from operation.execution.backends.local import shown
from operation.execution.backends.local.database import Database
from operation.execution.backends.local.relocation import ARTIFACTS
from operation.execution.backends.local.run_record import Record
from operation.execution.backends.local.versions import Versions
from operation.execution.values import SWEEP, Run, RunGroup

if TYPE_CHECKING:
    from mlflow.entities import Run as MlflowRun

MOST_METRICS = 1000  # that MLflow takes in one call
PARENT = "mlflow.parentRunId"  # the tag by which MLflow's page shows a run below another
STATUSES = {"completed": "FINISHED", "cancelled": "KILLED"}


class Tracking:
    """The runs of one experiment in MLflow's database."""

    def __init__(self, database: Database, experiment: str, versions: Versions) -> None:
        """Touch nothing yet."""
        self._database, self._experiment, self._versions = database, experiment, versions
        self._recording = Lock()  # several runs may be waited for at once, each in a thread of its own

    def warm_up(self) -> None:
        """Open the database in the background."""
        self._database.warm_up()

    def record(self, record: Record) -> None:
        """Show the run in MLflow, failed or not."""
        with self._recording:
            self._log(record)
            self._versions.remember()  # the database has changed, and with it the hash that guards what is remembered

    def track(self, name: str, points: Mapping[int, Mapping[str, float]]) -> None:
        """Add values by step and name to the series of the run of that name, which is made if there is none."""
        client, now = self._database.client, int(time.time() * 1000)
        from mlflow.entities import Metric  # after the client, which silences MLflow before it is imported

        series = self._search(f"attributes.run_name = '{name}'")
        if series is None:
            series = client.create_run(self._experiment_id, tags={"kind": "monitor"}, run_name=name).info.run_id
            client.set_terminated(series, "FINISHED")  # points may come all the same, and nothing seems to be at work
        metrics = [
            Metric(shown.nameable(key), value, now, step)
            for step, values in points.items()
            for key, value in values.items()
        ]
        for first in range(0, len(metrics), MOST_METRICS):
            client.log_batch(series, metrics[first : first + MOST_METRICS])
        self._versions.remember()

    def tag(self, mlflow_id: str, tags: Mapping[str, str]) -> None:
        """Add tags to a recorded run."""
        client = self._database.client
        from mlflow.entities import RunTag  # after the client, which silences MLflow before it is imported

        client.log_batch(mlflow_id, tags=[RunTag(name, value) for name, value in tags.items()])
        self._versions.remember()

    def group(self, group: RunGroup) -> None:
        """Show the runs below one that stands for all of them, and which has ended now."""
        client, now = self._database.client, int(time.time() * 1000)
        from mlflow.entities import Metric, Param, RunTag  # after the client, which silences MLflow before

        children = [child for name in group.runs if (child := self._search_run(f"run_name = '{name}'"))]
        parent = self._parent(group.name, min((child.info.start_time for child in children), default=now))
        for child in children:
            if child.data.tags.get(PARENT) != parent:  # a reused trial was below an earlier sweep
                client.set_tag(child.info.run_id, PARENT, parent)
        metrics = [Metric(shown.nameable(name), value, now, step=0) for name, value in group.metrics.items()]
        known = client.get_run(parent).data.params
        parameters = [Param(name, value) for name, value in group.parameters.items() if name not in known]
        client.log_batch(parent, metrics, parameters, [RunTag(name, value) for name, value in group.tags.items()])
        for file in group.files:
            client.log_artifact(parent, str(file))
        client.set_terminated(parent, "FINISHED")
        self._versions.remember()

    def find(self, run: Run) -> str | None:
        """Find MLflow's own id of the run; None if it was never recorded, or not to the end."""
        return self._search(f"attributes.run_name = '{run.id}' AND attributes.status != 'RUNNING'")

    def unfinished(self) -> list[tuple[str, str]]:
        """List our id and MLflow's own of each run whose recording has begun and not ended, without asking MLflow."""
        return self._database.running(self._experiment)

    def give_up(self, mlflow_id: str) -> None:
        """Mark a run, of which nothing more is known, as killed."""
        self._database.client.set_terminated(mlflow_id, "KILLED")
        self._versions.remember()

    def _search(self, wanted: str) -> str | None:
        found = self._search_run(wanted)
        return str(found.info.run_id) if found else None

    def _search_run(self, wanted: str) -> "MlflowRun | None":
        found = self._database.client.search_runs([self._experiment_id], wanted, max_results=1)
        return found[0] if found else None

    def _parent(self, name: str, start: int, status: str = "RUNNING") -> str:
        """Find the run that stands for a group, or make it; give it that status."""
        client, found = self._database.client, self._search_run(f"attributes.run_name = '{name}'")
        if found is None:
            tags = {"kind": SWEEP, **shown.source_of(SWEEP)}
            found = client.create_run(self._experiment_id, start, tags, run_name=name)
        if found.info.status != status:  # when the sweep goes on after a stop, or is stopped
            client.update_run(found.info.run_id, status)
        return str(found.info.run_id)

    def _log(self, record: Record) -> None:
        client, run = self._database.client, record.run
        from mlflow.entities import Metric, Param  # after the client, which silences MLflow before it is imported

        start, end = map(_milliseconds, record.times)
        metrics = [Metric(name, number, end, step=0) for name, number in shown.metrics_of(record).items()]
        parameters = [Param(name, value) for name, value in shown.parameters_of(record.steps).items()]
        # A process that was killed while it did this may have begun.
        mlflow_run = self._search(f"attributes.run_name = '{run.id}' AND attributes.status = 'RUNNING'")
        if mlflow_run is None:
            tags = shown.tags_of(record)
            if SWEEP in tags:
                # Trials are cancelled with their sweep; one that is killed is running until the next command ends it.
                status = "KILLED" if run.status == "cancelled" else "RUNNING"
                tags[PARENT] = self._parent(tags[SWEEP], start, status)
            mlflow_run = client.create_run(self._experiment_id, start, tags, run_name=run.id).info.run_id
        client.log_batch(mlflow_run, metrics, parameters)
        self._log_data(mlflow_run, shown.data_sets_of(record))
        for plot in run.folder.glob(f"{shown.EVALUATION}/*.png"):
            client.log_artifact(
                mlflow_run, str(plot), shown.folder_of(shown.EVALUATION, shown.evaluated_on(record.steps))
            )
        client.set_terminated(mlflow_run, STATUSES.get(run.status, "FAILED"), end)

    def _log_data(self, mlflow_run: str, found: Iterable[shown.DataSet]) -> None:
        from mlflow.entities import Dataset, DatasetInput, InputTag

        inputs = []
        for one in found:
            source, profile = json.dumps({"uri": one.source}), json.dumps(one.profile)
            data = Dataset(one.name, one.digest, "local", source, profile=profile)
            inputs.append(DatasetInput(data, [InputTag("mlflow.data.context", one.context)]))
        if inputs:
            self._database.client.log_inputs(mlflow_run, inputs)

    @cached_property
    def _experiment_id(self) -> str:
        client = self._database.client
        found = client.get_experiment_by_name(self._experiment)
        if found:
            return str(found.experiment_id)
        artifacts = (self._database.folder / ARTIFACTS).absolute().as_uri()
        return str(client.create_experiment(self._experiment, artifacts, shown.MODELS))


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
