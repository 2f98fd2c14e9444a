"""Find raw tables: in an installed package with a `data` folder, or in a folder of parquet and CSV files.

A backend with a workspace also takes a folder in a datastore of Azure ML, whose files it copies here first.
"""

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from operation.errors import OperationError, shorten
from operation.execution.json_files import read_json

SUFFIXES = (".parquet", ".csv", ".csv.gz", ".csv.bz2", ".csv.zst", ".csv.zip")
DATASTORES = "azureml://"
FORM = f"{DATASTORES}datastores/NAME/paths/FOLDER"
# What follows a table's name in files that are parts of it: a month, a number, "part-00000-of-00012".
NUMBERED = r"[-_.]?(part[-_.]?)?\d[\dTZ_.-]*(of[-_.]?\d+)?"
DATED = r"\w+=[^/]+|\d[\d_-]*"  # the name of a folder that holds one delivery of every table: month=1, 2013-01
DELTA = "_delta_log"
EXPECTATIONS = Path(__file__).parents[2] / "tests" / "data_validation" / "great_expectations" / "expectations"
OF_TYPE = "expect_column_values_to_be_of_type"


def find_files(source: str, table: str) -> list[Path]:
    """Return the files of `source` that hold `table`, in order.

    Raises:
        OperationError: as `choose` and `find_source`; or one of the files is a link to what is not there.
    """
    folder = find_source(source)
    dated = [place for place in folder.iterdir() if place.is_dir() and re.fullmatch(DATED, place.name)]
    roots = [*(folder / name for name in _folders(table)), *dated]
    files = [file for place in [folder.glob("*"), *(root.rglob("*") for root in roots)] for file in place]
    names = sorted({file.relative_to(folder).as_posix() for file in files if file.is_file() or _is_broken(file)})
    chosen = [folder / name for name in choose(table, names, source, str(folder))]
    for file in filter(_is_broken, chosen):
        raise OperationError(
            f"{file} is a link to {file.readlink()}, which is not there. Restore the file, or the link."
        )
    return chosen


def _is_broken(file: Path) -> bool:
    return file.is_symlink() and not file.exists()


def choose(table: str, names: Sequence[str], source: str, folder: str) -> list[str]:
    """Choose the files that hold the table, of those in and below the folder of the source, by their relative paths.

    That is one file (orders.parquet), all files of a folder of the table's name (orders/month=1/part-0.parquet,
    orders.parquet/part-0.parquet), files with a number behind the name (orders-2013-01.parquet), or one file in each
    folder that is named by a date (2013-01/orders.parquet).

    Raises:
        OperationError: no file does, or some would make it twice; the message lists them.
    """
    wanted = [f"{table}{suffix}" for suffix in SUFFIXES]
    single = [[name] for name in wanted if name in names]
    several = [*(_below(root, names) for root in _folders(table)), _numbered(table, names), _dated(table, names)]
    found = [each for each in (*single, *several) if each]
    if len(found) > 1:
        twice = " and ".join(each[0] for each in found)
        raise OperationError(
            f"The data source {source!r} has the table {table!r} twice: {folder} has {twice}. Keep one."
        )
    if found:
        _check_parts(found[0], names, folder)
        return found[0]
    alike = table.casefold()  # of another kind or in other letters: what people have taken for the table
    there = _list_names(
        [name for name in names if "/" not in name and (name.endswith(SUFFIXES) or name.casefold().startswith(alike))]
    )
    missing = " or ".join(wanted)
    raise OperationError(f"The data source {source!r} lacks the table {table!r}: {folder} has no {missing}; {there}.")


def wanted_types(table: str, use_case: str) -> dict[str, str]:
    """Look up in the suite of a raw table which column is to have which type, in pandas' words; {} without a suite.

    Raises:
        OperationError: as `read_suite`.
    """
    suite = EXPECTATIONS / use_case / f"{table}.json"
    if not suite.is_file():
        return {}
    typed = [each["kwargs"] for each in read_suite(suite)["expectations"] if each["type"] == OF_TYPE]
    return {kwargs["column"]: kwargs["type_"] for kwargs in typed if kwargs.get("type_") and "column" in kwargs}


def read_suite(file: Path) -> dict[str, Any]:
    """Read a suite of Great Expectations, which people edit.

    Raises:
        OperationError: it is not JSON, or lacks expectations with a type and arguments each; the message says where.
    """
    suite = read_json(file, "Fix the JSON there.")
    expectations = suite.get("expectations")
    if not isinstance(expectations, list):
        raise OperationError(f"{file} has no list of `expectations`. Add it: a suite is made of them.")
    for place, each in enumerate(expectations, start=1):
        found = each if isinstance(each, dict) else {}
        if not isinstance(found.get("type"), str) or not isinstance(found.get("kwargs"), dict):
            raise OperationError(f"{file}: expectation {place} needs a `type` and a mapping `kwargs`. Fix it there.")
    return suite


def _folders(table: str) -> tuple[str, ...]:
    return table, f"{table}.parquet", f"{table}.csv"


def _below(root: str, names: Sequence[str]) -> list[str]:
    """List the data files in a folder; those of Spark's and Hive's own begin with an underscore or a dot."""
    below = [name for name in names if name.startswith(f"{root}/") and name.endswith(SUFFIXES)]
    return [name for name in below if not any(part.startswith(("_", ".")) for part in name.split("/"))]


def _numbered(table: str, names: Sequence[str]) -> list[str]:
    endings = "|".join(map(re.escape, SUFFIXES))
    return [name for name in names if re.fullmatch(f"{re.escape(table)}{NUMBERED}({endings})", name)]


def _dated(table: str, names: Sequence[str]) -> list[str]:
    endings = "|".join(map(re.escape, SUFFIXES))
    return [name for name in names if re.fullmatch(f"(({DATED})/)+{re.escape(table)}({endings})", name)]


def _check_parts(chosen: Sequence[str], names: Sequence[str], folder: str) -> None:
    kinds = {name.endswith(".parquet") for name in chosen}
    if len(kinds) > 1:
        shown = ", ".join(chosen[:3])
        raise OperationError(f"{folder} has parquet and CSV files of one table: {shown}, ... Keep one kind.")
    stems = Counter(name.removesuffix(_suffix(name)) for name in chosen)
    if twice := [name for name in chosen if stems[name.removesuffix(_suffix(name))] > 1]:
        raise OperationError(f"{folder} has the same part twice: {' and '.join(twice[:2])}. Keep one.")
    root = chosen[0].split("/")[0]
    if "/" in chosen[0] and any(name.startswith(f"{root}/{DELTA}/") for name in names):
        raise OperationError(
            f"{folder}/{root} is a Delta table, which may hold files that are no longer part of it. "
            "Export it as parquet."
        )


def _suffix(name: str) -> str:
    return next(suffix for suffix in SUFFIXES if name.endswith(suffix))


def is_in_datastore(source: str) -> bool:
    """Say whether the source is an address in Azure ML."""
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
    with suppress(OSError):  # a name longer than any folder's
        if Path(source).is_dir():
            return Path(source)
    hint = f" If it is a package, install it: pip install {source}." if source.isidentifier() else ""
    raise OperationError(
        f"Unknown data source {shorten(source)!r}: it is neither an installed package with a data folder, nor a "
        f"folder.{hint}"
    )


def _list_names(names: Sequence[str]) -> str:
    return f"it has {', '.join(names)}" if names else "it has no parquet or CSV file at all"
