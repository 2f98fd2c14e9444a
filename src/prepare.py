"""Prepare raw tables for training, as the use case says: choose rows, derive features, split by time."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import duckdb

from learning.arguments import integer, select
from learning.errors import InputError, exit_code
from learning.files import complete_folder, existing, first_line, require_columns, write_json
from learning.use_cases import UseCase, chosen, load_preparation


def parser(use_case: UseCase) -> argparse.ArgumentParser:
    """The arguments of this script, with those of the use case."""
    arguments = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    add = arguments.add_argument
    add("--use-case", default=use_case.name, help="name of a package beside this script (%(default)s)")
    add("--data", type=Path, required=True, help="folder with a parquet file of each raw table")
    add("--output", type=Path, required=True, help="folder for train.parquet, test.parquet and metrics.json")
    use_case.add_preparation(add)
    add("--threads", type=integer(at_least=1, at_most=256), default=2, help="threads that DuckDB may use")
    add("--memory-mb", type=integer(at_least=1), default=1000, help="for DuckDB; what needs more goes to disk")
    return arguments


def load(connection: duckdb.DuckDBPyConnection, folder: Path, tables: Mapping[str, Sequence[str]]) -> None:
    """Make views on the parquet files of `folder`, by name with their columns; NaN and infinite numbers as null.

    Raises InputError for a file that is missing or lacks a column.
    """
    for table, columns in tables.items():
        path = existing(folder / f"{table}.parquet")
        source = connection.read_parquet(str(path))
        require_columns(path, source.columns, columns)
        source.select(*(measured(source, column) for column in columns)).create_view(table)


def measured(source: duckdb.DuckDBPyRelation, column: str) -> duckdb.Expression:
    """Select a column; one of floats without the values that are no measurements.

    DuckDB optimises isnan(x) away on files written by pyarrow, whose statistics leave NaN out; not so isfinite(x).
    """
    value = duckdb.ColumnExpression(column)
    if source.types[source.columns.index(column)] not in (duckdb.sqltypes.FLOAT, duckdb.sqltypes.DOUBLE):
        return value
    finite = duckdb.FunctionExpression("isfinite", value)
    return duckdb.CaseExpression(finite, value).alias(column)


def write(
    connection: duckdb.DuckDBPyConnection, preparation: ModuleType, metrics: dict[str, Any], folder: Path
) -> None:
    """Write both parts and the metrics."""
    for part in preparation.PARTS:
        preparation.part_rows(connection, part).write_parquet(str(folder / f"{part}.parquet"), compression="zstd")
    write_json(folder / "metrics.json", metrics)


def run(use_case: UseCase, arguments: argparse.Namespace) -> None:
    """Read, prepare, write; raises InputError on what the arguments or the files got wrong."""
    preparation = load_preparation(use_case.name)
    rules = select(arguments, preparation.Rules)
    try:
        with complete_folder(arguments.output) as folder, bounded_connection(arguments, folder) as connection:
            load(connection, arguments.data, use_case.raw_columns)
            metrics = preparation.prepare(connection, rules)
            write(connection, preparation, metrics, folder)
    except duckdb.OutOfMemoryException as error:
        raise InputError(
            f"--memory-mb {arguments.memory_mb} is too little for {arguments.data}: {first_line(error)}"
        ) from error
    except duckdb.Error as error:
        raise InputError(f"the tables in {arguments.data} cannot be prepared: {first_line(error)}") from error
    print(preparation.summary(metrics))  # the last line printed, which the progress display shows


@contextmanager
def bounded_connection(arguments: argparse.Namespace, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that keeps within the threads and the memory; what needs more memory goes to disk, in `folder`."""
    limits = {"threads": arguments.threads, "memory_limit": f"{arguments.memory_mb}MB"}
    with TemporaryDirectory(dir=folder) as spill, duckdb.connect(config={**limits, "temp_directory": spill}) as opened:
        yield opened


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0, or 1 after one line on what is wrong."""

    def work() -> None:
        use_case = chosen(argv)
        run(use_case, parser(use_case).parse_args(argv))

    return exit_code(work)


if __name__ == "__main__":
    raise SystemExit(main())
