"""MLflow's database on this machine."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.backends.local.database import Database


def test_the_database_of_another_version_is_named_with_the_remedy(tmp_path: Path) -> None:
    made = Database(tmp_path / "made")
    assert made.client.get_experiment_by_name("x") is None
    older = Database(tmp_path / "older")  # elsewhere, because MLflow looks at the version of an address once
    older.folder.mkdir()
    shutil.copy(made.file, older.file)
    with closing(sqlite3.connect(older.file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'an older one'")
    with pytest.raises(OperationError, match=r"MLflow cannot use .*mlflow\.db: .*mlflow db upgrade sqlite:///"):
        _ = older.client
