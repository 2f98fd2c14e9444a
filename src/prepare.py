"""Prepare raw tables for training, as the use case says: choose rows, derive features, split them into parts."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import duckdb

from learning.arguments import ScriptParser, integer, matching, select
from learning.errors import InputError, exit_code
from learning.files import complete_folder, existing, first_line, require_columns, write_json
from learning.splitting import (
    FORMS,
    HELD_OUT,
    PARTS,
    RULE,
    WAYS,
    Columns,
    Split,
    count,
    count_outside,
    divide,
    part_rows,
)
from learning.use_cases import UseCase, chosen, load_preparation


def parser(use_case: UseCase) -> argparse.ArgumentParser:
    """Declare the arguments of this script, with those of the use case."""
    arguments = ScriptParser(__doc__)
    add = arguments.add_argument
    add("--use-case", default=use_case.name, help="name of a package beside this script (%(default)s)")
    add("--data", type=Path, required=True, help="folder with a parquet file of each raw table")
    add("--output", type=Path, required=True, help="folder for train.parquet, test.parquet and metrics.json")
    use_case.add_preparation(add)
    add("--split-by", choices=WAYS, default="time", help="what decides which part a row is in (%(default)s)")
    add("--test", type=matching(pattern=RULE, forms=FORMS), default="last 61 days", help="the test part (%(default)s)")
    add(
        "--selection",
        type=matching(pattern=RULE, forms=FORMS),
        default="last 61 days",
        help="what candidates are compared on, of what is left then (%(default)s)",
    )
    add("--hold-out", choices=HELD_OUT, default="test", help="which of the two to write as test.parquet (%(default)s)")
    add("--seed", type=integer(at_least=0), default=1, help="of a split by group or random (%(default)s)")
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


def prepare(
    connection: duckdb.DuckDBPyConnection, use_case: UseCase, preparation: ModuleType, arguments: argparse.Namespace
) -> dict[str, Any]:
    """Make the rows and divide them; return what was counted on the way.

    Raises InputError for a rule that leaves a part empty, or does not fit the use case.
    """
    counts = preparation.prepare(connection, select(arguments, preparation.Rules))
    columns = Columns(use_case.keys, use_case.target, use_case.task, use_case.time, use_case.group)
    split = divide(connection, select(arguments, Split), columns)
    outside = count_outside(connection)
    rows = {**counts, "in_no_part": outside, "used": counts["used"] - outside}
    return {"split": split, "rows": rows, **{part: count(connection, part, columns) for part in PARTS}}


def write(connection: duckdb.DuckDBPyConnection, order: str, columns: Sequence[str], folder: Path) -> None:
    """Write both parts, with their rows in order."""
    for part in PARTS:
        rows = part_rows(connection, part).order(order).select(*columns)
        rows.write_parquet(str(folder / f"{part}.parquet"), compression="zstd")


def summary(use_case: UseCase, metrics: Mapping[str, Any], left_out: str) -> str:
    """Say in a line how many rows each part has; `left_out` says what the use case has left out."""
    unused = metrics["rows"]["in_no_part"]
    parts = [
        f"{metrics['train']['rows']:,} {use_case.rows} to train on, {metrics['test']['rows']:,} to test on",
        left_out,
        f"{unused:,} in neither part" if unused else "",
    ]
    return "; ".join(filter(None, parts))


def run(use_case: UseCase, arguments: argparse.Namespace) -> None:
    """Read, prepare, write; raises InputError on what the arguments or the files got wrong."""
    preparation = load_preparation(use_case.name)
    try:
        with complete_folder(arguments.output) as folder, bounded_connection(arguments, folder) as connection:
            load(connection, arguments.data, use_case.raw_columns)
            metrics = prepare(connection, use_case, preparation, arguments)
            write(connection, preparation.ORDER, use_case.prepared_columns, folder)
            write_json(folder / "metrics.json", metrics)
    except duckdb.OutOfMemoryException as error:
        raise InputError(
            f"--memory-mb {arguments.memory_mb} is too little for {arguments.data}: {first_line(error)}"
        ) from error
    except duckdb.Error as error:
        raise InputError(f"the tables in {arguments.data} cannot be prepared: {first_line(error)}") from error
    print(
        summary(use_case, metrics, preparation.summary(metrics["rows"]))
    )  # the last line printed, which the progress display shows


@contextmanager
def bounded_connection(arguments: argparse.Namespace, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection that keeps within threads and memory; what needs more memory goes to disk, in `folder`."""
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
