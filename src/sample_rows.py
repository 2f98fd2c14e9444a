"""Write a sample of prepared rows with the model's predictions, for reports that need rows: Evidently's, for one."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from learning.arguments import ScriptParser, integer
from learning.errors import InputError
from learning.features import encode
from learning.files import as_arrays, complete_folder, first_line
from learning.scoring import Scorer
from learning.splitting import sql_name
from learning.tasks import MULTICLASS
from learning.use_cases import UseCase, run_script
from prepare import bounded_connection
from profile_data import read_rows

PREDICTION = "the model's prediction"  # no column that a feature is likely to have
ROWS = "rows.parquet"


def parser(use_case: UseCase) -> argparse.ArgumentParser:
    """Declare the arguments of this script, with those of the use case's preparation."""
    arguments = ScriptParser(__doc__)
    add = arguments.add_argument
    add("--use-case", default=use_case.name, help="name of a package beside this script (%(default)s)")
    add("--data", type=Path, help="folder of prepare.py: both parts are read")
    add("--raw", type=Path, help="instead of --data: folder with a parquet file of each raw table, prepared here")
    add("--model", type=Path, required=True, help="folder of train.py")
    add("--output", type=Path, required=True, help=f"folder for {ROWS}")
    add("--first", default="", help="first day of the rows; where rows have no dates, the number of the first row")
    add("--last", default="", help="last day of them, or number of the last row")
    add("--rows", type=integer(at_least=1), default=5000, help="how many at most (%(default)s)")
    use_case.add_preparation(add)
    add("--threads", type=integer(at_least=1, at_most=256), default=2, help="threads that DuckDB and the model may use")
    add("--memory-mb", type=integer(at_least=1), default=1000, help="for DuckDB; what needs more goes to disk")
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0, or 1 after one line on what is wrong."""
    return run_script(argv, parser, run)


def run(use_case: UseCase, arguments: argparse.Namespace) -> None:
    """Read, sample, score, write; raises InputError on what the arguments or the files got wrong."""
    if bool(arguments.data) == bool(arguments.raw):
        raise InputError("give either --data, a folder of prepare.py, or --raw, a folder of raw tables")
    scorer = Scorer.load(arguments.model, arguments.threads)
    try:
        with complete_folder(arguments.output) as folder, bounded_connection(arguments, folder) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            read_rows(connection, use_case, arguments, ordered=True)  # else others are sampled each time
            found = sample(connection, use_case, scorer, arguments)
            pq.write_table(found, folder / ROWS)
    except duckdb.Error as error:
        raise InputError(f"the rows cannot be sampled: {first_line(error)}") from error
    print(f"{found.num_rows:,} {use_case.rows}")  # the last line, which the progress display shows


def sample(
    connection: duckdb.DuckDBPyConnection, use_case: UseCase, scorer: Scorer, arguments: argparse.Namespace
) -> pa.Table:
    """Return features, outcome and prediction of evenly spread rows of the span: the same rows each time."""
    place = f"{sql_name(use_case.time)}::DATE" if use_case.time else "row_number() OVER () - 1"
    kind = "DATE" if use_case.time else "BIGINT"
    names = ", ".join(map(sql_name, dict.fromkeys([*scorer.columns, use_case.target])))
    ends = {">=": arguments.first, "<=": arguments.last}
    within = " AND ".join(f"__place {sign} ?::{kind}" for sign, end in ends.items() if end) or "true"
    query = f"SELECT {names} FROM (SELECT *, {place} AS __place FROM rows) WHERE {within}"
    connection.execute(f"CREATE TABLE sampled AS {query}", [end for end in ends.values() if end])
    count = connection.execute("SELECT count(*) FROM sampled").fetchall()[0][0]
    every = -(-count // arguments.rows) or 1
    found = connection.sql(f"SELECT {names} FROM sampled WHERE rowid % {every} = 0 ORDER BY rowid").to_arrow_table()
    return found.append_column(PREDICTION, pa.array(predict(scorer, as_arrays(found))))


def predict(scorer: Scorer, columns: dict[str, Any]) -> Any:
    """Return the probability of the event, the name of the likeliest class, or the number, (rows,)."""
    matrix = encode(columns, scorer.features)
    if not len(matrix):
        return np.empty(0)
    scores = scorer.score(matrix)
    return np.array(scorer.classes)[scores.argmax(axis=1)] if scorer.task == MULTICLASS else scores.astype(float)


if __name__ == "__main__":
    raise SystemExit(main())
