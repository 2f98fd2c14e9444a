"""Let MLflow's database follow its folder: MLflow writes absolute addresses of files, which a move makes wrong."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlparse
from urllib.request import url2pathname

from operation.errors import OperationError

ARTIFACTS = "artifacts"  # the folder beside the database in which every experiment keeps its files
ADDRESSES = ("artifact_location", "artifact_uri", "source", "storage_location")  # columns, in whatever table


def path_of(address: str) -> Path:
    """Return the path that a `file:` address, or a plain path, names."""
    return Path(url2pathname(unquote(urlparse(address).path))) if address.startswith("file:") else Path(address)


def follow_move(database: Path) -> None:
    """Correct the addresses in the database if its folder was moved or copied; milliseconds if it was not.

    In one transaction, so that a death leaves all as it was, and the next command does it again.

    Raises:
        OperationError: it was moved, and the database cannot be written.
    """
    new = (database.parent / ARTIFACTS).absolute().as_uri()
    try:
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            former = list(_former_places(connection, database.parent))
            if former:
                connection.execute("BEGIN IMMEDIATE")
                for table, column in list(_address_columns(connection)):
                    for old in former:
                        _replace(connection, table, column, old, new)
                connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise OperationError(
            f"{database.parent} was moved or copied, and its database cannot be brought up to date: {error}. Free "
            "some space, allow writing to it, or move it back."
        ) from error


def _former_places(connection: sqlite3.Connection, folder: Path) -> Iterator[str]:
    """Find where the artifacts of this folder were before: the addresses of experiments that we made elsewhere.

    People may add experiments whose files are elsewhere. Ours are in a folder `mlflow/artifacts`, which a move took
    along: either it is gone from there, or, after a copy, the files of its runs are here as well.
    """
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'experiments'").fetchone():
        return
    here = folder / ARTIFACTS
    for number, address in connection.execute("SELECT experiment_id, artifact_location FROM experiments"):
        place = path_of(address or "")
        # Through a link, one folder has two addresses: both are right.
        if place.parts[-2:] != (folder.name, ARTIFACTS) or place.resolve() == here.resolve():
            continue
        runs = connection.execute("SELECT run_uuid FROM runs WHERE experiment_id = ?", (number,))
        if not place.exists() or any((here / run).is_dir() for (run,) in runs):
            yield str(address)


def _address_columns(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for column in connection.execute(f'PRAGMA table_info("{table}")').fetchall():
            if column[1] in ADDRESSES:
                yield table, column[1]


def _replace(connection: sqlite3.Connection, table: str, column: str, old: str, new: str) -> None:
    """Replace the beginning `old`, where a whole path ends, by `new`."""
    # S608: the names come from the database's own schema, the values are bound.
    connection.execute(
        f'UPDATE "{table}" SET "{column}" = ? || substr("{column}", ?) '  # noqa: S608
        f'WHERE "{column}" = ? OR substr("{column}", 1, ?) = ?',
        (new, len(old) + 1, old, len(old) + 1, f"{old}/"),
    )
