"""Describe prepared rows and their scores by blocks of time, so that monitoring can compare a window with a reference.

The output holds counts and sums, no row. Without `--reference` it is one itself: it chooses the bins, which every
window compared with it then uses.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from learning.arguments import ScriptParser, integer, select
from learning.errors import InputError, exit_code
from learning.features import Feature, encode
from learning.files import complete_folder, existing, first_line, read_json, sha256, write_json
from learning.profiles import Moments, Plan, Series, Sums, fit_plan, measure, measure_scores, measure_series
from learning.scoring import Scorer
from learning.tasks import BINARY, MULTICLASS, REGRESSION
from learning.use_cases import UseCase, chosen, load_preparation
from prepare import bounded_connection, load

SCHEMA = 1
SAMPLE = 100_000  # rows by which a reference chooses its bins
BATCH = 100_000
MOST_BLOCKS = 60
BLOCK = "__block"  # no name that a column of data has


def parser(use_case: UseCase) -> argparse.ArgumentParser:
    """Declare the arguments of this script, with those of the use case's preparation."""
    arguments = ScriptParser(__doc__)
    add = arguments.add_argument
    add("--use-case", default=use_case.name, help="name of a package beside this script (%(default)s)")
    add("--data", type=Path, help="folder of prepare.py: both parts are read")
    add("--raw", type=Path, help="instead of --data: folder with a parquet file of each raw table, prepared here")
    add("--model", type=Path, required=True, help="folder of train.py")
    add("--reference", type=Path, help="folder of an earlier output to be compared with (default: this is a reference)")
    add("--output", type=Path, required=True, help="folder for profile.json")
    use_case.add_preparation(add)
    add("--block-days", type=integer(at_least=1), default=7, help="days of a block; longer if there were too many")
    add("--threads", type=integer(at_least=1, at_most=256), default=2, help="threads that DuckDB and the model may use")
    add("--memory-mb", type=integer(at_least=1), default=1000, help="for DuckDB; what needs more goes to disk")
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0, or 1 after one line on what is wrong."""

    def work() -> None:
        use_case = chosen(argv)
        run(use_case, parser(use_case).parse_args(argv))

    return exit_code(work)


def run(use_case: UseCase, arguments: argparse.Namespace) -> None:
    """Read, describe, write; raises InputError on what the arguments or the files got wrong."""
    if bool(arguments.data) == bool(arguments.raw):
        raise InputError("give either --data, a folder of prepare.py, or --raw, a folder of raw tables")
    scorer = Scorer.load(arguments.model, arguments.threads)
    document = read_reference(arguments.reference) if arguments.reference else None
    if document and document["model_sha256"] != sha256(arguments.model / "model.onnx"):
        raise InputError(f"{arguments.reference} is of another model than {arguments.model}: make the reference again")
    try:
        with complete_folder(arguments.output) as folder, bounded_connection(arguments, folder) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            read_rows(connection, use_case, arguments)
            blocks = make_blocks(connection, use_case, arguments.block_days)
            plan = plan_of(document) if document else make_plan(connection, use_case, scorer)
            found = describe(connection, use_case, scorer, plan, len(blocks))
            known = {"schema": SCHEMA, "use_case": use_case.name, "task": scorer.task, "target": use_case.target}
            known |= {"model_sha256": sha256(arguments.model / "model.onnx"), "plan": asdict(plan), "blocks": blocks}
            known["features"] = {each.name: list(each.categories) or each.kind for each in scorer.features}
            write_json(folder / "profile.json", known | {"sums": {name: compact(sums) for name, sums in found.items()}})
    except duckdb.Error as error:
        raise InputError(f"the rows cannot be described: {first_line(error)}") from error
    rows = int(found["rows"].sum())
    print(f"{rows:,} {use_case.rows} in {len(blocks)} blocks")  # the last line, which the progress display shows


def read_reference(folder: Path) -> dict[str, Any]:
    """Read an earlier output; raises InputError unless it has this script's form."""
    document = read_json(existing(folder / "profile.json"))
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InputError(f"{folder}/profile.json is not of schema {SCHEMA}: make the reference again")
    return document


def plan_of(document: dict[str, Any]) -> Plan:
    """Read the plan of a reference."""
    plan = document["plan"]
    series = (Series(each["clock"], each["step"], each["group"], *map(tuple, (each["names"], each["joined"])))
              for each in plan["series"])
    return Plan(plan["edges"], plan["center"], plan["scale"], tuple(plan["score_edges"]), tuple(series))


def read_rows(connection: duckdb.DuckDBPyConnection, use_case: UseCase, arguments: argparse.Namespace) -> None:
    """Make the view `rows`, in the order of preparation; raises InputError for files that lack something."""
    if arguments.raw:
        preparation = load_preparation(use_case.name)
        load(connection, arguments.raw, use_case.raw_columns)
        preparation.prepare(connection, select(arguments, preparation.Rules))
        connection.execute(f"CREATE VIEW rows AS SELECT * FROM prepared ORDER BY {preparation.ORDER}")
    else:
        files = [str(existing(arguments.data / f"{part}.parquet")) for part in ("train", "test")]
        connection.read_parquet(files).create_view("rows")


def make_blocks(connection: duckdb.DuckDBPyConnection, use_case: UseCase, days: int) -> list[dict[str, Any]]:
    """Make the table `blocked`, the rows with their BLOCK; return the first and last day of each, or its rows' numbers.

    A use case without a column of time has blocks of rows in their order.
    """
    if not use_case.time:
        count = connection.execute("SELECT count(*) FROM rows").fetchall()[0][0]
        size = max(1, -(-count // 30))
        number = f"((row_number() OVER ()) - 1) // {size}"
        connection.execute(f"CREATE TABLE blocked AS SELECT *, {number} AS {BLOCK} FROM rows")
        starts = range(0, count, size)
        return [{"first": start, "last": min(start + size, count) - 1, "days": 0} for start in starts]
    day = f'epoch("{use_case.time}"::DATE)::BIGINT // 86400'
    extremes = connection.execute(f"SELECT min({day}), max({day}) FROM rows").fetchall()[0]
    if extremes[0] is None:
        return []
    first, last = map(int, extremes)
    days = max(days, -(-(last - first + 1) // MOST_BLOCKS))
    connection.execute(f"CREATE TABLE blocked AS SELECT *, ({day} - {first}) // {days} AS {BLOCK} FROM rows")
    starts = range(first, last + 1, days)
    seen = connection.execute(f'SELECT {BLOCK}, count(DISTINCT "{use_case.time}"::DATE) FROM blocked GROUP BY 1')
    found = {int(block): int(number) for block, number in seen.fetchall()}
    return [
        {"first": text(start), "last": text(min(start + days - 1, last)), "days": found.get(place, 0)}
        for place, start in enumerate(starts)
    ]


def text(day: int) -> str:
    """Return a day since 1970 as people write it."""
    return str(np.datetime64(day, "D"))


def make_plan(connection: duckdb.DuckDBPyConnection, use_case: UseCase, scorer: Scorer) -> Plan:
    """Choose bins and series by evenly spread rows; the extremes are those of all rows."""
    count = connection.execute("SELECT count(*) FROM blocked").fetchall()[0][0]
    every = max(1, count // SAMPLE)
    names = ", ".join(f'"{name}"' for name in scorer.columns)
    sampled = f"SELECT {names} FROM (SELECT *, row_number() OVER () AS __row FROM blocked) WHERE __row % {every} = 0"
    columns = arrays(connection.execute(sampled).fetchnumpy())
    matrix = encode(columns, scorer.features)
    plan = fit_plan(matrix, scorer.features, chosen_scores(scorer, scorer.score(matrix)))
    numbers = [feature.name for feature in scorer.features if feature.kind == "number"]
    extremes = ", ".join(f'min("{name}")::FLOAT, max("{name}")::FLOAT' for name in numbers)
    found = connection.execute(f"SELECT {extremes} FROM blocked").fetchall()[0]
    edges = {}
    for place, name in enumerate(numbers):
        low, high = found[2 * place : 2 * place + 2]
        inner = plan.edges[name][1:-1]
        edges[name] = plan.edges[name] if low is None else tuple(sorted({float(low), *inner, float(high)}))
    return Plan(edges, plan.center, plan.scale, plan.score_edges, find_series(connection, use_case, scorer.features))


def find_series(
    connection: duckdb.DuckDBPyConnection, use_case: UseCase, features: Sequence[Feature]
) -> tuple[Series, ...]:
    """Find the numbers that are the same in all rows of a time, or of a category at a time: as they are in the rows."""
    table = connection.table("blocked")
    types = dict(zip(table.columns, map(str, table.types), strict=True))
    clocks = [key for key in use_case.keys if types[key].startswith("TIMESTAMP")] or [
        name for name in (use_case.time,) if name
    ]
    if not clocks:
        return ()
    left, found = [each.name for each in features if each.kind == "number"], []
    groups = sorted((each for each in features if each.kind == "category"), key=lambda each: len(each.categories))
    joined = {column for table in list(use_case.raw_columns.values())[1:] for column in table}
    for group in ["", *(each.name for each in groups)]:
        names = tuple(name for name in left if is_determined(connection, clocks[0], group, left)[name])
        left = [name for name in left if name not in names]
        if names:
            step = usual_step(connection, clocks[0], group)
            found.append(Series(clocks[0], step, group, names, tuple(name for name in names if name in joined)))
    return tuple(found)


def is_determined(
    connection: duckdb.DuckDBPyConnection, clock: str, group: str, names: Sequence[str]
) -> dict[str, bool]:
    """Say which numbers differ in less than one of a hundred groups with several rows, of at least ten."""
    by = ", ".join(f'"{name}"' for name in (clock, group) if name)
    ranges = ", ".join(f'max("{name}") > min("{name}") AS "{name}"' for name in names)
    unlike = ", ".join(f'count(*) FILTER ("{name}")' for name in names)
    inner = f"SELECT {ranges} FROM (SELECT * FROM blocked LIMIT {SAMPLE}) GROUP BY {by} HAVING count(*) > 1"
    if not names:
        return {}
    count, *broken = connection.execute(f"SELECT count(*), {unlike} FROM ({inner})").fetchall()[0]
    return {name: count >= 10 and number < 0.01 * count for name, number in zip(names, broken, strict=True)}


def usual_step(connection: duckdb.DuckDBPyConnection, clock: str, group: str) -> int:
    """Return the most frequent distance in seconds between the times of a group that follow one another."""
    over = f'PARTITION BY "{group}"' if group else ""
    by = ", ".join(f'"{name}"' for name in (clock, group) if name)
    times = f'SELECT DISTINCT {by}, epoch("{clock}")::BIGINT AS t FROM blocked'
    steps = f"SELECT t - lag(t) OVER ({over} ORDER BY t) AS step FROM ({times})"
    found = connection.execute(f"SELECT mode(step) FROM ({steps}) WHERE step > 0").fetchall()[0][0]
    return int(found or 1)


def describe(
    connection: duckdb.DuckDBPyConnection, use_case: UseCase, scorer: Scorer, plan: Plan, count: int
) -> Sums:
    """Measure all rows, batch by batch, and each series."""
    total: Sums = {}
    for columns in batches(connection, use_case, scorer):
        for name, sums in describe_batch(columns, use_case, scorer, plan, count).items():
            total[name] = total[name] + sums if name in total else sums
    if use_case.keys:
        keys = ", ".join(f'"{key}"' for key in use_case.keys)
        again = f"SELECT {BLOCK} AS b, count(*) - 1 AS n FROM blocked GROUP BY {BLOCK}, {keys} HAVING count(*) > 1"
        found = connection.execute(f"SELECT b, sum(n)::BIGINT FROM ({again}) GROUP BY b").fetchall()
        total["repeated"] = np.zeros(count)
        for block, number in found:
            total["repeated"][block] = number
    for place, series in enumerate(plan.series):
        moments = read_moments(connection, use_case, scorer.task, series)
        for name, sums in measure_series(moments, series, plan, count).items():
            total[f"{name}/{place}"] = sums
    return total or {"rows": np.zeros(count)}


def batches(connection: duckdb.DuckDBPyConnection, use_case: UseCase, scorer: Scorer) -> Iterator[dict[str, Any]]:
    """Yield the columns of some rows after the other, with BLOCK, the target and the hour of the day."""
    clock = next((key for key in use_case.keys if is_time(connection, key)), "")
    hour = f'hour("{clock}") + minute("{clock}") / 60' if clock else "NULL::DOUBLE"
    names = ", ".join(f'"{name}"' for name in dict.fromkeys([*scorer.columns, use_case.target]))
    query = connection.sql(f"SELECT {names}, {BLOCK}, {hour} AS __hour FROM blocked")
    for batch in query.to_arrow_reader(BATCH):
        import pyarrow

        from learning.files import as_arrays

        yield as_arrays(pyarrow.Table.from_batches([batch]))


def is_time(connection: duckdb.DuckDBPyConnection, column: str) -> bool:
    """Say whether the column holds moments and not only days."""
    kind = connection.execute(f'SELECT typeof("{column}") FROM blocked LIMIT 1').fetchall()
    return bool(kind) and str(kind[0][0]).startswith("TIMESTAMP")


def arrays(columns: dict[str, Any]) -> dict[str, NDArray[Any]]:
    """Turn DuckDB's masked arrays into plain ones, with NaN and None for nulls."""
    return {name: fill(column) for name, column in columns.items()}


def fill(column: Any) -> NDArray[Any]:
    """Put NaN, or None where there is text, in the place of nulls."""
    if not isinstance(column, np.ma.MaskedArray):
        return np.asarray(column)
    if column.dtype.kind in "biuf":
        return np.asarray(column.astype(float).filled(np.nan))
    return np.asarray(column.astype(object).filled(None))


def describe_batch(columns: dict[str, Any], use_case: UseCase, scorer: Scorer, plan: Plan, count: int) -> Sums:
    """Measure features, scores and outcomes of some rows."""
    matrix, blocks = encode(columns, scorer.features), columns[BLOCK].astype(np.intp)
    hours = columns["__hour"] if np.isfinite(columns["__hour"].astype(float)).all() else None
    sums = measure(matrix, scorer.features, plan, blocks, count, hours)
    whole = scorer.score(matrix)
    scores = chosen_scores(scorer, whole)
    known, events, error = outcomes(columns[use_case.target], whole, scorer)
    sums |= measure_scores(scores, None, plan, blocks, count)
    with_outcome = measure_scores(scores[known], events[known], plan, blocks[known], count)
    sums["outcomes"] = with_outcome["outcomes"]
    sums["errors"] = np.stack(
        [np.bincount(blocks[known], weights=part[known], minlength=count) for part in (np.ones(len(error)), error)], -1
    )
    return sums


def chosen_scores(scorer: Scorer, scores: NDArray[Any]) -> NDArray[np.float64]:
    """Return one score a row: the probability of the event or of the likeliest class, or the prediction."""
    return (scores.max(axis=1) if scorer.task == MULTICLASS else scores).astype(float)


def outcomes(
    target: NDArray[Any], scores: NDArray[Any], scorer: Scorer
) -> tuple[NDArray[np.bool_], NDArray[np.intp], NDArray[np.float64]]:
    """Return for each row whether its outcome is known, whether the event happened or the class was right, the error.

    The error is absolute for numbers, and of the square for the rest: 1 for a wrong class.
    """
    if scorer.task == MULTICLASS:
        from learning.features import as_text

        names = as_text(target)
        known = np.array([name in scorer.classes for name in names])
        right = np.array([scorer.classes[place] for place in scores.argmax(axis=1)]) == np.array(names, dtype=object)
        return known, right.astype(np.intp), 1.0 - right
    values = target.astype(float)
    known = np.isfinite(values)
    if scorer.task == BINARY:
        return known, np.where(known, values, 0).astype(np.intp), np.where(known, (scores - values) ** 2, 0)
    return known, np.zeros(len(values), dtype=np.intp), np.where(known, np.abs(scores - values), 0)


def read_moments(
    connection: duckdb.DuckDBPyConnection, use_case: UseCase, task: str, series: Series
) -> Moments:
    """Read a series: a row a group and time, with the mean outcome."""
    by = ", ".join(f'"{name}"' for name in (series.group, series.clock) if name)
    group = f'dense_rank() OVER (ORDER BY "{series.group}") - 1' if series.group else "0"
    outcome = f'avg("{use_case.target}")::DOUBLE' if task in (BINARY, REGRESSION) else "NULL::DOUBLE"
    values = ", ".join(f'any_value("{name}")::DOUBLE, (max("{name}") > min("{name}"))' for name in series.names)
    query = (
        f'SELECT {group}, epoch("{series.clock}")::BIGINT // {series.step}, min({BLOCK}), {outcome}, {values} '
        f'FROM blocked WHERE "{series.clock}" IS NOT NULL GROUP BY {by} ORDER BY 1, 2'
    )
    found = [fill(column) for column in columns_of(connection, query)]
    groups, time, block = (column.astype(np.intp) for column in found[:3])
    count = len(groups)
    values_of = np.column_stack([np.empty((count, 0)), *(column.astype(float) for column in found[4::2])])
    broken = np.column_stack([np.empty((count, 0), bool), *(np.nan_to_num(column.astype(float)) > 0 for column in found[5::2])])
    return Moments(groups, time, block, found[3].astype(float), values_of, broken)


def columns_of(connection: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    """Return the columns of a query, whatever they are called."""
    relation = connection.sql(query)
    names = [f"c{place}" for place in range(len(relation.columns))]
    found = connection.sql(f"SELECT * FROM ({query}) AS found({', '.join(names)})").fetchnumpy()
    return [found[name] for name in names]


def compact(sums: NDArray[np.float64]) -> Any:
    """Return nested lists with whole numbers as such, and others with the digits that matter."""
    if sums.ndim == 3 and sums.shape[1] == sums.shape[2]:  # symmetric: the half of it says all
        rows, columns = np.triu_indices(sums.shape[1])
        sums = sums[:, rows, columns]
    if sums.ndim > 1:
        return [compact(part) for part in sums]
    return [int(value) if value == round(value) else float(f"{value:.6g}") for value in sums.tolist()]


if __name__ == "__main__":
    raise SystemExit(main())
