"""Find raw tables: in an installed package with a `data` folder, or in a folder of parquet and CSV files.

A backend with a workspace also takes a folder in a datastore of Azure ML, whose files it copies here first.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from operation.errors import OperationError

SUFFIXES = (".parquet", ".csv", ".csv.zip")
DATASTORES = "azureml://"
FORM = f"{DATASTORES}datastores/NAME/paths/FOLDER"


def find_table(source: str, table: str) -> Path:
    """Return the file of `source` that holds `table`."""
    folder = find_source(source)
    return folder / choose(table, sorted(file.name for file in folder.iterdir() if file.is_file()), source, str(folder))


def choose(table: str, names: Sequence[str], source: str, folder: str) -> str:
    """Choose the file that holds the table, of those in the folder of the source.

    Raises:
        OperationError: no file does; the message lists those there are.
    """
    wanted = [f"{table}{suffix}" for suffix in SUFFIXES]
    if found := [name for name in wanted if name in names]:
        return found[0]
    there, missing = _list_names([name for name in names if name.endswith(SUFFIXES)]), " or ".join(wanted)
    raise OperationError(f"The data source {source!r} lacks the table {table!r}: {folder} has no {missing}; {there}.")


def is_in_datastore(source: str) -> bool:
    """Tell whether the source is an address in Azure ML."""
    return source.startswith(DATASTORES)


def find_source(source: str) -> Path:
    """Return the folder with the files of `source`, which names an installed package or is the path of a folder.

    Raises:
        OperationError: it is neither, or it is in Azure ML.
    """
    if is_in_datastore(source):
        raise OperationError(
            f"The data source {source!r} is in Azure ML, and this environment has no workspace. Take one that has "
            "(--environment dev), or set data.source to a package or a folder."
        )
    # find_spec looks a package up without importing it; a name with dots would import its parents.
    spec = find_spec(source) if source.isidentifier() else None
    for location in (spec.submodule_search_locations or []) if spec else []:
        if (Path(location) / "data").is_dir():
            return Path(location) / "data"
    if Path(source).is_dir():
        return Path(source)
    hint = f" If it is a package, install it: pip install {source}." if source.isidentifier() else ""
    raise OperationError(
        f"Unknown data source {source!r}: it is neither an installed package with a data folder, nor a folder.{hint}"
    )


def _list_names(names: Sequence[str]) -> str:
    return f"it has {', '.join(names)}" if names else "it has no parquet or CSV file at all"
