"""Divide prepared rows anew, by days: so that many models learn from parts of what was prepared once."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from learning.arguments import ScriptParser, integer, matching
from learning.files import existing, read_json, write_json
from learning.splitting import FORMS, PARTS, RULE, Split, count_parts, divide, part_rows
from learning.use_cases import UseCase, run_script
from prepare import columns_of, named, output_and_connection


def parser(use_case: UseCase) -> argparse.ArgumentParser:
    """Declare the arguments of this script."""
    arguments = ScriptParser(__doc__)
    add = arguments.add_argument
    add("--use-case", default=use_case.name, help="name of a package beside this script (%(default)s)")
    add("--data", type=Path, required=True, help="folder of prepare.py: both parts are read")
    add("--output", type=Path, required=True, help="folder for train.parquet, test.parquet and metrics.json")
    add("--test", type=matching(pattern=RULE, forms=FORMS), default="last 61 days", help="the test part (%(default)s)")
    add("--train", default="", help="span of days to train on (default: all before the test part)")
    add("--threads", type=integer(at_least=1, at_most=256), default=2, help="threads that DuckDB may use")
    add("--memory-mb", type=integer(at_least=1), default=1000, help="for DuckDB; what needs more goes to disk")
    return arguments


def run(use_case: UseCase, arguments: argparse.Namespace) -> None:
    """Read, divide, write; raises InputError on what the arguments or the files got wrong."""
    split = Split(split_by="time", test=arguments.test, selection="", hold_out="test", seed=0)
    files = [str(existing(arguments.data / f"{part}.parquet")) for part in PARTS]
    columns, counts = columns_of(use_case), read_json(arguments.data / "metrics.json")["rows"]
    with output_and_connection(arguments) as (folder, connection):
        connection.read_parquet(files).create_view("prepared")
        divided = divide(connection, split, columns, arguments.train)
        parts, outside = count_parts(connection, columns)
        rows = {**counts, "in_no_part": counts["in_no_part"] + outside, "used": counts["used"] - outside}
        for part in PARTS:  # each keeps the order that its rows have in the files
            kept = part_rows(connection, part).select(*named(use_case.prepared_columns))
            kept.write_parquet(str(folder / f"{part}.parquet"), compression="zstd")
        write_json(folder / "metrics.json", {"split": divided, "rows": rows, **parts})
    trained, tested = (parts[part]["rows"] for part in PARTS)
    # The last line printed, which the progress display shows.
    print(f"{trained:,} {use_case.rows} to train on, {tested:,} to test on; {outside:,} in neither part")


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0, or 1 after one line on what is wrong."""
    return run_script(argv, parser, run)


if __name__ == "__main__":
    raise SystemExit(main())
