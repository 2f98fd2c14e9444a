"""MLflow's database on SQLite: opened when first needed, never half made, and never phoning home."""

import gc
import logging
import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from functools import cached_property
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from operation.errors import OperationError
from operation.execution.backends.local.relocation import ARTIFACTS, follow_move
from operation.execution.json_files import hash_file
from operation.importing import quickly

if TYPE_CHECKING:
    from mlflow import MlflowClient

MEMORY = "versions.json"  # what the registry holds, written beside the database
TABLES = {  # of MLflow's, those that this project reads or writes through it
    *("alembic_version", "experiments", "runs", "metrics", "latest_metrics", "params", "tags"),
    *("registered_models", "registered_model_tags", "registered_model_aliases", "model_versions", "model_version_tags"),
}
BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")  # how such errors' names begin
RUNNING = (
    "SELECT runs.name, run_uuid FROM runs JOIN experiments USING (experiment_id) "
    "WHERE experiments.name = ? AND status = 'RUNNING' AND runs.lifecycle_stage = 'active'"
)


EXPERIMENT = "SELECT experiment_id FROM experiments WHERE name = ? AND lifecycle_stage = 'active'"


class Database:
    """The file `mlflow.db` in a folder."""

    def __init__(self, folder: Path) -> None:
        """Touch nothing yet."""
        self.folder = folder
        self.file = folder / "mlflow.db"
        self._opening: Thread | None = None
        self._lock = Lock()

    def check(self) -> None:
        """Raise OperationError if the database is damaged or lost; let it follow its folder if that was moved.

        Costs milliseconds: MLflow is not asked.
        """
        remedy = f"Restore it from a backup, or move {self.folder} away to start with an empty registry."
        if not self.file.exists():
            # MLflow would make a new one without a word, in which the next model is the first and the champion.
            left = [name for name in (ARTIFACTS, MEMORY) if (self.folder / name).exists()]
            if left:
                raise OperationError(f"The MLflow database {self.file} is missing, and {left[0]} is there. {remedy}")
            return
        verdict = self._find_damage()
        if verdict:
            raise OperationError(f"The MLflow database {self.file} is damaged: {verdict}. {remedy}")
        follow_move(self.file)

    def _find_damage(self) -> str:
        """Say what is wrong with the file; empty if nothing is.

        Raises:
            OperationError: another program keeps it locked, which does no damage.
        """
        try:
            with closing(sqlite3.connect(self.file)) as connection:
                verdict = str(connection.execute("PRAGMA quick_check").fetchone()[0])
                tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorname.startswith(BUSY):
                raise OperationError(
                    f"Another program uses the MLflow database {self.file}: {error}. Wait until it has ended, then run "
                    "again."
                ) from error
            return str(error)
        if verdict != "ok":
            return verdict
        lost = ", ".join(sorted(TABLES - tables))
        return f"it lacks tables of MLflow ({lost})" if lost else ""

    def state(self) -> list[str]:
        """Hash the database and what SQLite has not moved into it yet: equal hashes mean equal content."""
        files = self.file, self.file.with_name(f"{self.file.name}-wal")
        return [hash_file(file) for file in files if file.exists()]

    def running(self, experiment: str) -> list[tuple[str, str]]:
        """List name and id of the experiment's runs that have not ended. Costs milliseconds: MLflow is not asked."""
        return self._ask(RUNNING, experiment)

    def experiment(self, name: str) -> str:
        """Find MLflow's id of the experiment; "" if there is none. Costs milliseconds: MLflow is not asked."""
        return "".join(str(number) for (number,) in self._ask(EXPERIMENT, name))

    def _ask(self, query: str, name: str) -> list[tuple[Any, ...]]:
        if not self.file.exists():
            return []
        with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(self.file)) as connection:
            return connection.execute(query, (name,)).fetchall()
        return []  # it is damaged, which `check` reports

    @property
    def client(self) -> "MlflowClient":
        """MLflow's client on this database, which is made if there is none.

        Raises:
            OperationError: the database is another version's.
        """
        if self._opening:  # importing MLflow in two threads at once would only be slower
            self._opening.join()
        return self._client

    def warm_up(self) -> None:
        """Open the database in the background, once: that takes seconds, which other work can hide."""
        with self._lock:  # several runs may ask at the same time
            if not self._opening:
                self._opening = Thread(target=self._open, daemon=True)
                self._opening.start()

    def _open(self) -> None:
        with suppress(Exception):  # whoever asks for the client hears of it
            _ = self._client

    @cached_property
    def _client(self) -> "MlflowClient":
        _quieten()
        with quickly():
            from mlflow import MlflowClient
            from mlflow.exceptions import MlflowException

            gc.freeze()  # else Python looks through all that MLflow imports when it ends: most of a second
            self.check()  # again: what was there when the command began may be lost by now
            if not self.file.exists():
                self._make()
            address = f"sqlite:///{self.file.as_posix()}"
            try:
                return MlflowClient(address, registry_uri=address)
            except MlflowException as error:
                raise OperationError(
                    f"MLflow cannot use {self.file}: {error.message.splitlines()[0]} If an older version made it, back "
                    f"it up and run: mlflow db upgrade {address}"
                ) from error

    def _make(self) -> None:
        """Make it under another name first, then rename.

        MLflow's migrations are not one transaction, and a database whose making was killed would stay broken.
        """
        from mlflow import MlflowClient

        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".new-") as folder:
            made = Path(folder, self.file.name)
            address = f"sqlite:///{made.as_posix()}"
            client = MlflowClient(address, registry_uri=address)
            # Else it stands empty beside ours for ever. Deleted it is still there, so MLflow makes no other.
            client.delete_experiment(client.search_experiments(max_results=1)[0].experiment_id)
            made.replace(self.file)


def foreign_settings() -> list[str]:
    """List the variables of the shell that MLflow would obey, of which one may name somebody else's registry."""
    return [name for name in os.environ if name.lstrip("_").startswith("MLFLOW_")]


def _quieten() -> None:
    for name in foreign_settings():
        del os.environ[name]
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["MLFLOW_LOGGING_LEVEL"] = "CRITICAL"  # what it logs as an error, it raises as well
    logging.getLogger("alembic").setLevel(logging.ERROR)
