"""The step "validate": check the tables of a folder, and leave a record and Data Docs, whether the data pass or not."""

import argparse
import math
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from operation.errors import OperationError
from operation.execution.validation.checkpoints import validate_files
from operation.execution.validation.record import DATA_DOCS, RECORD, Validation, describe_in_line, read, write
from operation.tools import required

PARTIAL = ".partial"
SHOWN = 20


def parser() -> argparse.ArgumentParser:
    """Declare the arguments of this step."""
    arguments = argparse.ArgumentParser(
        prog="python -m operation.execution.validation", description=__doc__, allow_abbrev=False
    )
    add = arguments.add_argument
    add("--use-case", required=True, metavar="NAME", help="whose suites: a folder in the project's expectations")
    add("--tables", type=_table, nargs="+", required=True, metavar="NAME=FILE[,FILE...]", help="a table and its files")
    add("--data", type=Path, required=True, help="folder with the files, which are parquet")
    add("--output", type=Path, required=True, help=f"folder for {RECORD} and data_docs")
    add(
        "--share",
        type=_share,
        default=1.0,
        help="of all rows that there were; it scales the bounds of the suites on rows",
    )
    add(
        "--needed",
        type=_table,
        nargs="+",
        metavar="NAME=COLUMN[,COLUMN...]",
        help="the tables are to be scored: check only what must hold for every row, in these columns",
    )
    add("--threads", type=_positive, default=2, help="threads that DuckDB may use")
    add("--memory-mb", type=_positive, default=1000, help="memory that DuckDB may use; what needs more goes to disk")
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Check the tables; return 1 if an expectation is not met or the checks cannot be made."""
    arguments = parser().parse_args(argv)
    try:
        validation = run(arguments)
    except OperationError as error:
        print(error, file=sys.stderr)
        return 1
    print(report(validation))
    return 0 if validation.success else 1


def run(arguments: argparse.Namespace) -> Validation:
    """Check the tables; the output folder gets the whole report, or stays as it was.

    Raises:
        OperationError: tools/gx-duckdb is missing, a table is unknown, a folder cannot be written, or there is too
            little memory.
    """
    with required("gx-duckdb"):
        from gx_duckdb import Resources

    output: Path = arguments.output
    tables = {name: [arguments.data / file for file in files] for name, files in arguments.tables}
    partial = output / PARTIAL  # in the folder, not beside it, which may be another disk
    try:
        shutil.rmtree(partial, ignore_errors=True)  # left by a run that was killed
        partial.mkdir(parents=True)
        resources = Resources(arguments.threads, arguments.memory_mb, spill=partial)
        needed = dict(arguments.needed) if arguments.needed else None
        found = validate_files(tables, partial, resources, arguments.use_case, arguments.share, needed)
        write(found, partial)
        _replace(partial, output)
    except OSError as error:
        raise OperationError(
            f"Cannot write the report to {output}: {error}. Fix it, or choose another folder."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return read(output)


def report(validation: Validation) -> str:
    """Say in lines for people what failed; the last line, which becomes the step's note, says it all."""
    failures = (*validation.errors, *validation.warnings)
    lines = [describe_in_line(failure) for failure in failures[:SHOWN]]
    more = [f"... and {len(failures) - SHOWN} more"] if len(failures) > SHOWN else []
    return "\n".join([*lines, *more, validation.summary if validation.success else validation.verdict])


def _replace(partial: Path, output: Path) -> None:
    """Move the report into place, the record last: a folder with a record has a whole report, however a run ended."""
    (output / RECORD).unlink(missing_ok=True)
    shutil.rmtree(output / DATA_DOCS, ignore_errors=True)
    for name in (DATA_DOCS, RECORD):
        (partial / name).rename(output / name)


def _table(text: str) -> tuple[str, list[str]]:
    name, _, files = text.partition("=")
    if not name or not all(files.split(",")):
        raise argparse.ArgumentTypeError(f"{text!r} must be NAME=FILE[,FILE...]")
    return name, files.split(",")


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0 < share < math.inf:  # a benchmark checks the same rows many times over
        raise argparse.ArgumentTypeError(f"{text!r} must be a number above 0")
    return share


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number above 0")
    return int(text)


if __name__ == "__main__":
    raise SystemExit(main())
