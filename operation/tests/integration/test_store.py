"""MLflow's database on this machine."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.backends.local.store import Store


def test_the_database_of_another_version_is_named_with_the_remedy(tmp_path: Path) -> None:
    made = Store(tmp_path / "made", "x")
    assert made.client.get_experiment_by_name("x") is None
    older = Store(tmp_path / "older", "x")  # elsewhere, because MLflow looks at the version of an address once
    older.folder.mkdir()
    shutil.copy(made.database, older.database)
    with closing(sqlite3.connect(older.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'an older one'")
    with pytest.raises(OperationError, match=r"MLflow cannot use .*mlflow\.db: .*mlflow db upgrade sqlite:///"):
        _ = older.client
