"""Ended runs as MLflow shows them: tags, arguments, metrics, plots."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from threading import Lock
from typing import Any

from operation.execution.backends.local.database import Database
from operation.execution.backends.local.relocation import ARTIFACTS
from operation.execution.backends.local.run_record import Record
from operation.execution.backends.local.versions import Versions
from operation.execution.json_files import read_json
from operation.execution.values import Run, Step

UNNAMEABLE = re.compile(r"[^\w.\- /]")  # what MLflow takes in no name of a metric
MOST_METRICS = 1000  # that MLflow takes in one call
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

    def track(self, name: str, step: int, values: Mapping[str, float]) -> None:
        """Add the values to the series of the run of that name, which is made if there is none."""
        client, now = self._database.client, int(time.time() * 1000)
        from mlflow.entities import Metric  # after the client, which silences MLflow before it is imported

        series = self._search(f"attributes.run_name = '{name}'")
        if series is None:
            series = client.create_run(self._experiment_id, run_name=name).info.run_id
            client.set_terminated(series, "FINISHED")  # points may come all the same, and nothing seems to be at work
        metrics = [Metric(UNNAMEABLE.sub("_", key), value, now, step) for key, value in values.items()]
        for first in range(0, len(metrics), MOST_METRICS):
            client.log_batch(series, metrics[first : first + MOST_METRICS])
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
        found = self._database.client.search_runs([self._experiment_id], wanted, max_results=1)
        return found[0].info.run_id if found else None

    def _log(self, record: Record) -> None:
        client, run, now = self._database.client, record.run, int(time.time() * 1000)
        from mlflow.entities import Metric, Param  # after the client, which silences MLflow before it is imported

        metrics = [Metric(name, number, now, step=0) for name, number in _metrics(record).items()]
        parameters = [Param(name, value) for name, value in _parameters(record.steps).items()]
        # A process that was killed while it did this may have begun.
        mlflow_run = self._search(f"attributes.run_name = '{run.id}' AND attributes.status = 'RUNNING'")
        if mlflow_run is None:
            mlflow_run = client.create_run(self._experiment_id, run_name=run.id, tags=dict(record.tags)).info.run_id
        client.log_batch(mlflow_run, metrics, parameters)
        for plot in run.folder.glob("evaluation/*.png"):
            client.log_artifact(mlflow_run, str(plot), "evaluation")
        client.set_terminated(mlflow_run, STATUSES.get(run.status, "FAILED"))

    @cached_property
    def _experiment_id(self) -> str:
        client = self._database.client
        found = client.get_experiment_by_name(self._experiment)
        if found:
            return str(found.experiment_id)
        artifacts = (self._database.folder / ARTIFACTS).absolute().as_uri()
        return str(client.create_experiment(self._experiment, artifact_location=artifacts))


def _parameters(steps: Sequence[Step]) -> dict[str, str]:
    return {
        f"{step.name}.{option.removeprefix('--')}": " ".join(values)
        for step in steps
        for option, values in step.arguments.items()
    }


def _metrics(record: Record) -> dict[str, float]:
    """Collect the numbers of every step's `metrics.json` under the name of its folder."""
    names = [name for step in record.steps for name in step.outputs.values()]
    files = {name: record.run.folder / name / "metrics.json" for name in names}
    return {
        f"{name}/{key}": number
        for name, file in files.items()
        if file.exists()
        for key, number in _numbers(read_json(file))
    }


def _numbers(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    """Yield every number with its path; whatever else there is (a date, a list of slices) stays in the file alone."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{prefix}{key}.")
        elif isinstance(value, int | float):
            yield prefix + key, float(value)
