"""MLflow's database on this machine: a lost one is no empty one, and the shell names no other."""

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest

from operation.errors import OperationError
from operation.execution import ui
from operation.execution.backends.local.database import TABLES, Database


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """A database with the names of MLflow's tables."""
    made = Database(tmp_path / "mlflow")
    made.folder.mkdir()
    with closing(sqlite3.connect(made.file)) as connection, connection:
        for table in TABLES:
            connection.execute(f"CREATE TABLE {table} (experiment_id, artifact_location)")
    return made


def test_a_whole_database_and_none_at_all_are_fine(database: Database, tmp_path: Path) -> None:
    database.check()
    Database(tmp_path / "none").check()


@pytest.mark.parametrize("left", ["artifacts", "versions.json"])
def test_a_lost_database_is_named_where_its_versions_are_left(left: str, database: Database) -> None:
    (database.folder / left).mkdir()
    database.file.unlink()
    with pytest.raises(OperationError) as raised:
        database.check()
    assert str(raised.value) == (
        f"The MLflow database {database.file} is missing, and {left} is there. Restore it from a backup, or move "
        f"{database.folder} away to start with an empty registry."
    )
    assert not database.file.exists()


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_an_emptied_or_damaged_database_is_named(content: bytes, database: Database) -> None:
    database.file.write_bytes(content)
    with pytest.raises(OperationError, match=r"mlflow\.db is damaged: .*\. Restore it from a backup, or move "):
        database.check()
    assert database.file.read_bytes() == content


def test_a_database_that_has_lost_a_table_is_named(database: Database) -> None:
    with closing(sqlite3.connect(database.file)) as connection, connection:
        connection.execute("DROP TABLE model_version_tags")
    with pytest.raises(OperationError, match=r"is damaged: it lacks tables of MLflow \(model_version_tags\)\. Restore"):
        database.check()


def test_a_database_that_another_program_has_locked_is_not_called_damaged(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda file: connect(file, timeout=0))  # and not five seconds
    with closing(connect(database.file)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(
            OperationError, match=r"^Another program uses .*mlflow\.db: database is locked\. Wait until "
        ):
            database.check()


class Client:
    """In place of an MlflowClient: keeps the addresses that it is given."""

    def __init__(self, tracking_uri: str, registry_uri: str) -> None:
        self.addresses = {tracking_uri, registry_uri}


@pytest.fixture
def mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module in place of MLflow, which takes seconds to import, and a shell that names other registries."""
    module, exceptions = ModuleType("mlflow"), ModuleType("mlflow.exceptions")
    module.MlflowClient = Client  # type: ignore[attr-defined]
    exceptions.MlflowException = RuntimeError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mlflow", module)
    monkeypatch.setitem(sys.modules, "mlflow.exceptions", exceptions)
    for name in ("MLFLOW_REGISTRY_URI", "MLFLOW_TRACKING_URI", "_MLFLOW_SERVER_ARTIFACT_ROOT"):
        monkeypatch.setenv(name, "sqlite:///another.db")
    for name in ("MLFLOW_DISABLE_TELEMETRY", "MLFLOW_LOGGING_LEVEL"):
        monkeypatch.setenv(name, "")  # so that what is set to it is undone


@pytest.mark.usefixtures("mlflow")
def test_runs_and_models_are_in_our_database_whatever_the_shell_says(database: Database) -> None:
    assert vars(database.client)["addresses"] == {f"sqlite:///{database.file.as_posix()}"}
    assert {name for name in os.environ if "MLFLOW_" in name} == {"MLFLOW_DISABLE_TELEMETRY", "MLFLOW_LOGGING_LEVEL"}
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"


@pytest.mark.usefixtures("mlflow")
def test_a_database_that_is_lost_while_the_command_works_is_not_made_anew(database: Database) -> None:
    (database.folder / "artifacts").mkdir()
    database.file.unlink()
    with pytest.raises(OperationError, match="is missing"):
        _ = database.client


@pytest.mark.usefixtures("mlflow")
def test_the_server_of_the_page_obeys_no_other_settings_than_ours() -> None:
    assert {name: value for name, value in ui._variables().items() if "MLFLOW_" in name} == {
        name: value for name, value in ui.SETTINGS.items() if "MLFLOW_" in name
    }
