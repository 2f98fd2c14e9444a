"""MLflow on SQLite: opened when first needed, never half made, and never phoning home."""

import gc
import logging
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from functools import cached_property
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from operation.errors import OperationError
from operation.execution.json_files import hash_file, read_json
from operation.execution.values import Run, Step

if TYPE_CHECKING:
    from mlflow import MlflowClient


class Store:
    """The database `mlflow.db` and the folder `artifacts` beside it."""

    def __init__(self, folder: Path, experiment: str) -> None:
        """Touch nothing yet."""
        self.folder = folder
        self.database = folder / "mlflow.db"
        self._experiment = experiment
        self._opening: Thread | None = None
        self._lock = Lock()

    def check(self) -> None:
        """Raise OperationError if the database is damaged. Costs milliseconds: MLflow is not asked."""
        if not self.database.exists():
            return
        try:
            with closing(sqlite3.connect(self.database)) as connection:
                verdict = connection.execute("PRAGMA quick_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            verdict = str(error)
        if verdict != "ok":
            raise OperationError(
                f"The MLflow database {self.database} is damaged: {verdict}. Restore it from a backup, or move it away "
                "to start with an empty registry."
            )

    def state(self) -> list[str]:
        """The hashes of the database and of what SQLite has not moved into it yet: the same, the same content."""
        files = self.database, self.database.with_name(f"{self.database.name}-wal")
        return [hash_file(file) for file in files if file.exists()]

    @property
    def client(self) -> "MlflowClient":
        """MLflow's client on this database, which is made if there is none.

        Raises:
            OperationError: the database is another version's.
        """
        if self._opening:
            self._opening.join()
        return self._client

    def _open(self) -> None:
        with suppress(OperationError):  # whoever asks for the client hears of it
            _ = self._client

    @cached_property
    def _client(self) -> "MlflowClient":
        _quieten()
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException

        gc.freeze()  # else Python looks through all that MLflow imports for cycles when it ends: most of a second
        if not self.database.exists():
            self._make_database()
        address = f"sqlite:///{self.database.as_posix()}"
        try:
            return MlflowClient(address)
        except MlflowException as error:
            raise OperationError(
                f"MLflow cannot use {self.database}: {error.message.splitlines()[0]} If an older version made it, back "
                f"it up and run: mlflow db upgrade {address}"
            ) from error

    def warm_up(self) -> None:
        """Open the database in the background, once, which takes seconds that other work can hide."""
        with self._lock:  # several runs may ask at the same time
            if not self._opening:
                self._opening = Thread(target=self._open, daemon=True)
                self._opening.start()

    def record(self, run: Run, steps: Sequence[Step], tags: Mapping[str, str]) -> None:
        """Show the run in MLflow: tags, arguments, the numbers of every `metrics.json`, plots, and how it ended."""
        from mlflow.entities import Metric, Param

        now = int(time.time() * 1000)
        metrics = [Metric(name, number, now, step=0) for name, number in _metrics(run, steps).items()]
        parameters = [Param(name, value) for name, value in _parameters(steps).items()]
        mlflow_run = self.client.create_run(self._experiment_id, run_name=run.id, tags=dict(tags)).info.run_id
        self.client.log_batch(mlflow_run, metrics, parameters)
        for plot in run.folder.glob("evaluation/*.png"):
            self.client.log_artifact(mlflow_run, str(plot), "evaluation")
        status = {"completed": "FINISHED", "cancelled": "KILLED"}.get(run.status, "FAILED")
        self.client.set_terminated(mlflow_run, status)

    def find_run(self, run: Run) -> str | None:
        """MLflow's own id of the run; None if it was never recorded."""
        found = self.client.search_runs([self._experiment_id], f"attributes.run_name = '{run.id}'", max_results=1)
        return found[0].info.run_id if found else None

    @cached_property
    def _experiment_id(self) -> str:
        found = self.client.get_experiment_by_name(self._experiment)
        if found:
            return str(found.experiment_id)
        artifacts = (self.folder / "artifacts").as_uri()
        return str(self.client.create_experiment(self._experiment, artifact_location=artifacts))

    def _make_database(self) -> None:
        """Under another name first: MLflow's migrations are no transaction, and a half-made database stays broken."""
        from mlflow import MlflowClient

        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".new-") as folder:
            database = Path(folder, self.database.name)
            MlflowClient(f"sqlite:///{database.as_posix()}").search_experiments(max_results=1)
            database.replace(self.database)


def _quieten() -> None:
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["MLFLOW_LOGGING_LEVEL"] = "ERROR"  # its news about tables are not news for our users
    logging.getLogger("alembic").setLevel(logging.ERROR)


def _parameters(steps: Sequence[Step]) -> dict[str, str]:
    return {
        f"{step.name}.{option.removeprefix('--')}": " ".join(values)
        for step in steps
        for option, values in step.arguments.items()
    }


def _metrics(run: Run, steps: Sequence[Step]) -> dict[str, float]:
    files = {name: run.folder / name / "metrics.json" for step in steps for name in step.outputs.values()}
    return {
        f"{name}/{key}": number
        for name, file in files.items()
        if file.exists()
        for key, number in _numbers(read_json(file))
    }


def _numbers(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    """Every number at its path; what is no number (a date, a list of slices) is left to the file itself."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{prefix}{key}.")
        elif isinstance(value, int | float):
            yield prefix + key, float(value)
