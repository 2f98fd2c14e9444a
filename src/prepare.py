"""Prepare raw tables as the use case says: choose rows and derive features; for training, split them into parts.

For scoring, all rows go into one file, also those whose outcome is not known yet, by the same SQL.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType, ModuleType
from typing import Any

import duckdb

from learning.arguments import ScriptParser, integer, matching, select
from learning.errors import InputError
from learning.files import complete_folder, existing, first_line, require_columns, write_json
from learning.splitting import (
    FORMS,
    HELD_OUT,
    PARTS,
    RULE,
    WAYS,
    Columns,
    Split,
    count_parts,
    divide,
    part_rows,
)
from learning.use_cases import UseCase, load_preparation, run_script

NOTHING: Mapping[str, Sequence[str]] = MappingProxyType({})
PURPOSES = ("training", "scoring")
TO_SCORE = "rows.parquet"
ROW_GROUP = 122_880  # rows, in the file to be scored: a process takes one or some of them at a time


def parser(use_case: UseCase) -> argparse.ArgumentParser:
    """Declare the arguments of this script, with those of the use case."""
    arguments = ScriptParser(__doc__)
    add = arguments.add_argument
    add("--use-case", default=use_case.name, help="name of a package beside this script (%(default)s)")
    add("--data", type=Path, required=True, help="folder with a parquet file of each raw table")
    add("--output", type=Path, required=True, help="folder for train.parquet, test.parquet and metrics.json")
    add("--purpose", choices=PURPOSES, default="training", help="or scoring: all rows, in rows.parquet (%(default)s)")
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


def load(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    tables: Mapping[str, Sequence[str]],
    optional: Mapping[str, Sequence[str]] = NOTHING,
) -> None:
    """Make views on the parquet files of `folder`, by name with their columns; NaN and infinite numbers as null.

    A column that is `optional` in its table, and not there, is null in every row.

    Raises InputError for a file that is missing or lacks a column.
    """
    for table, columns in tables.items():
        path = existing(folder / f"{table}.parquet")
        source = connection.read_parquet(str(path))
        absent = {*optional.get(table, ())} - {*source.columns}
        require_columns(path, source.columns, [column for column in columns if column not in absent])
        nothing = duckdb.ConstantExpression(None)
        values = [nothing.alias(name) if name in absent else measured(source, name) for name in columns]
        source.select(*values).create_view(table)


def measured(source: duckdb.DuckDBPyRelation, column: str) -> duckdb.Expression:
    """Select a column; one of floats without the values that are not measurements.

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
    columns = columns_of(use_case)
    split = divide(connection, select(arguments, Split), columns)
    parts, outside = count_parts(connection, columns)
    rows = {**counts, "in_no_part": outside, "used": counts["used"] - outside}
    return {"split": split, "rows": rows, **parts}


def columns_of(use_case: UseCase) -> Columns:
    """Return what a split must know of the use case."""
    return Columns(use_case.keys, use_case.target, use_case.task, use_case.time, use_case.group)


def prepare_to_score(
    connection: duckdb.DuckDBPyConnection, use_case: UseCase, preparation: ModuleType, arguments: argparse.Namespace
) -> dict[str, Any]:
    """Make the rows to be scored; return how many there are, and how many raw ones.

    Raises InputError if the preparation leaves out some whose outcome is not known: they are the normal case here.
    """
    counts = preparation.prepare(connection, select(arguments, preparation.Rules))
    rows = connection.table("prepared").aggregate("count(*)").fetchall()[0][0]
    raw = counts.get("raw", rows)
    if raw and not rows:
        raise InputError(
            f"the preparation of {use_case.name} leaves out all of {raw:,} {use_case.rows}: {use_case.target} must be "
            f"null where it is not known, and no condition of the SQL in src/{use_case.name}/data.py"
        )
    return {"rows": {"raw": raw, "prepared": rows, "left_out": max(0, raw - rows)}}


def write_to_score(connection: duckdb.DuckDBPyConnection, order: str, columns: Sequence[str], folder: Path) -> None:
    """Write all rows in order, without their outcomes."""
    rows = connection.table("prepared").order(order).select(*named(columns))
    rows.write_parquet(str(folder / TO_SCORE), compression="zstd", row_group_size=ROW_GROUP)


def write(connection: duckdb.DuckDBPyConnection, order: str, columns: Sequence[str], folder: Path) -> None:
    """Write both parts, with their rows in order."""
    for part in PARTS:
        rows = part_rows(connection, part).order(order).select(*named(columns))
        rows.write_parquet(str(folder / f"{part}.parquet"), compression="zstd")


def named(columns: Sequence[str]) -> list[duckdb.Expression]:
    """Select columns whatever their names: DuckDB parses text, in which "a.b" is a column of a, and "a " is a."""
    return [duckdb.ColumnExpression(column) for column in columns]


def summary(use_case: UseCase, metrics: Mapping[str, Any], left_out: str) -> str:
    """Say in a line how many rows each part has; `left_out` says what the use case has left out."""
    unused = metrics["rows"]["in_no_part"]
    parts = [
        f"{metrics['train']['rows']:,} {use_case.rows} to train on, {metrics['test']['rows']:,} to test on",
        left_out,
        f"{unused:,} in neither part" if unused else "",
    ]
    return "; ".join(filter(None, parts))


def as_counted(rows: Mapping[str, Any]) -> dict[str, Any]:
    """Return the counts as the use case made them: the rows in neither part have an outcome, too."""
    return {**rows, "used": rows["used"] + rows["in_no_part"]}


def summary_to_score(use_case: UseCase, metrics: Mapping[str, Any]) -> str:
    """Say in a line how many rows there are to score."""
    rows = metrics["rows"]
    lost = f"; {rows['left_out']:,} left out by their preparation" if rows["left_out"] else ""
    return f"{rows['prepared']:,} {use_case.rows} to score{lost}"


def run(use_case: UseCase, arguments: argparse.Namespace) -> None:
    """Read, prepare, write; raises InputError on what the arguments or the files got wrong."""
    preparation = load_preparation(use_case.name)
    scoring = arguments.purpose == "scoring"
    with output_and_connection(arguments) as (folder, connection):
        load(connection, arguments.data, use_case.raw_columns, use_case.outcome_columns if scoring else NOTHING)
        if scoring:
            metrics = prepare_to_score(connection, use_case, preparation, arguments)
            write_to_score(connection, preparation.ORDER, use_case.scored_columns, folder)
        else:
            metrics = prepare(connection, use_case, preparation, arguments)
            write(connection, preparation.ORDER, use_case.prepared_columns, folder)
        write_json(folder / "metrics.json", metrics)
    # The last line printed, which the progress display shows.
    print(
        summary_to_score(use_case, metrics)
        if scoring
        else summary(use_case, metrics, preparation.summary(as_counted(metrics["rows"])))
    )


@contextmanager
def output_and_connection(arguments: argparse.Namespace) -> Iterator[tuple[Path, duckdb.DuckDBPyConnection]]:
    """Yield the folder that becomes the output, and a connection; raises InputError for what DuckDB cannot do."""
    try:
        with complete_folder(arguments.output) as folder, bounded_connection(arguments, folder) as connection:
            yield folder, connection
    except duckdb.OutOfMemoryException as error:
        raise InputError(
            f"--memory-mb {arguments.memory_mb} is too little for {arguments.data}: {first_line(error)}"
        ) from error
    except duckdb.Error as error:
        raise InputError(f"the tables in {arguments.data} cannot be prepared: {first_line(error)}") from error


@contextmanager
def bounded_connection(arguments: argparse.Namespace, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection that keeps within threads and memory; what needs more memory goes to disk, in `folder`."""
    limits = {"threads": arguments.threads, "memory_limit": f"{arguments.memory_mb}MB"}
    with TemporaryDirectory(dir=folder) as spill, duckdb.connect(config={**limits, "temp_directory": spill}) as opened:
        yield opened


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0, or 1 after one line on what is wrong."""
    return run_script(argv, parser, run)


if __name__ == "__main__":
    raise SystemExit(main())
