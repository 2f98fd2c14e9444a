"""Where raw tables come from: an installed package with a `data` folder, or a folder of parquet and CSV files."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from operation.errors import OperationError

SUFFIXES = (".parquet", ".csv", ".csv.zip")


def find_table(source: str, table: str) -> Path:
    """Return the file of `source` that holds `table`."""
    folder = find_source(source)
    files = [folder / f"{table}{suffix}" for suffix in SUFFIXES]
    for file in files:
        if file.is_file():
            return file
    there = _there(sorted(file.name for file in folder.iterdir() if file.name.endswith(SUFFIXES)))
    names = " or ".join(file.name for file in files)
    raise OperationError(f"The data source {source!r} lacks the table {table!r}: {folder} has no {names}; {there}.")


def find_source(source: str) -> Path:
    """Return the folder of the files of `source`: the name of an installed package, or the path of a folder."""
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


def _there(names: Sequence[str]) -> str:
    return f"it has {', '.join(names)}" if names else "it has no parquet or CSV file at all"
