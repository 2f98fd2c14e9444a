"""Describe prepared rows and their scores by blocks of time, so that monitoring can compare a window with a reference.

The output holds counts and sums, no row. Without `--reference` it is one itself: it chooses the bins, which every
window compared with it then uses.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from learning.arguments import ScriptParser, integer, select
from learning.blocks import (
    BLOCK,
    HASH,
    HOUR,
    NONE,
    SAMPLE,
    SLICE,
    batches,
    count_days_apart,
    find_series,
    find_slices,
    make_blocks,
    read_moments,
)
from learning.errors import InputError
from learning.features import Feature, Matrix, as_text
from learning.files import as_arrays, complete_folder, existing, first_line, read_json, sha256
from learning.mean_attributions import MOST_SCORED_OF_WINDOW, Drawn, attribute_rows, draw_background, rows_per_block
from learning.profiles import (
    Plan,
    Series,
    Sums,
    fit_plan,
    measure,
    measure_errors,
    measure_scores,
    measure_series,
    measure_slices,
)
from learning.scored_tables import encode as encode_table
from learning.scored_tables import encode_by_feature
from learning.scoring import Scorer
from learning.splitting import sql_name
from learning.tasks import BINARY, MULTICLASS
from learning.use_cases import UseCase, load_preparation, run_script
from prepare import bounded_connection, load

SCHEMA = 1
DIGITS = 5  # that are kept of a sum
MOST_SCORED = 40_000  # rows of a window; of more, scores and outcomes are those of a sample


def parser(use_case: UseCase) -> argparse.ArgumentParser:
    """Declare the arguments of this script, with those of the use case's preparation."""
    arguments = ScriptParser(__doc__)
    add = arguments.add_argument
    add("--use-case", default=use_case.name, help="name of a package beside this script (%(default)s)")
    add("--data", type=Path, help="folder of prepare.py: both parts are read")
    add("--raw", type=Path, help="instead of --data: folder with a parquet file of each raw table, prepared here")
    add("--model", type=Path, required=True, help="folder of train.py")
    add("--reference", type=Path, help="folder of an earlier output to be compared with (default: this is a reference)")
    add("--slices", nargs="*", help="columns to measure a window's outcomes by (default: those of the use case)")
    add("--output", type=Path, required=True, help="folder for profile.json")
    use_case.add_preparation(add)
    add("--block-days", type=integer(at_least=1), default=7, help="days of a block; longer if there were too many")
    add("--threads", type=integer(at_least=1, at_most=256), default=2, help="threads that DuckDB and the model may use")
    add("--memory-mb", type=integer(at_least=1), default=1000, help="for DuckDB; what needs more goes to disk")
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0, or 1 after one line on what is wrong."""
    return run_script(argv, parser, run)


def run(use_case: UseCase, arguments: argparse.Namespace) -> None:
    """Read, describe, write; raises InputError on what the arguments or the files got wrong."""
    if bool(arguments.data) == bool(arguments.raw):
        raise InputError("give either --data, a folder of prepare.py, or --raw, a folder of raw tables")
    if arguments.slices is not None and not arguments.reference:
        raise InputError("--slices is about a window: give --reference, too")
    scorer = Scorer.load(arguments.model, arguments.threads)
    document = read_reference(arguments.reference) if arguments.reference else None
    if document and document["model_sha256"] != sha256(arguments.model / "model.onnx"):
        raise InputError(f"{arguments.reference} is of another model than {arguments.model}: make the reference again")
    try:
        with complete_folder(arguments.output) as folder, bounded_connection(arguments, folder) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            keep = is_ordered(use_case, arguments)
            read_rows(connection, use_case, arguments, keep)
            blocks = make_blocks(connection, use_case.time, arguments.block_days, keep)
            plan = plan_of(document) if document else make_plan(connection, use_case, scorer)
            columns = use_case.sliced_by if arguments.slices is None else arguments.slices
            slices = find_slices(connection, columns, use_case.target) if document else NONE
            every = one_of(connection) if document else 1
            number = rows_per_block(len(scorer.features), len(blocks))
            if document:
                known_rows = int(max(document["sums"].get("attributed", []), default=0))  # 0 of an older reference
                number = min(known_rows, rows_per_block(len(scorer.features), len(blocks), MOST_SCORED_OF_WINDOW))
            drawn = Drawn.empty(len(blocks), number, len(scorer.features))
            found = describe(connection, use_case, scorer, plan, len(blocks), drawn, slices, every)
            background = draw_background(plan, scorer.features, bins_of(document) if document else found)
            found |= attribute(scorer, background, drawn)
            known = {"schema": SCHEMA, "use_case": use_case.name, "task": scorer.task, "target": use_case.target}
            known |= {"model_sha256": sha256(arguments.model / "model.onnx"), "plan": asdict(plan), "blocks": blocks}
            known["features"] = {each.name: list(each.categories) or each.kind for each in scorer.features}
            known["slices"] = dict(slices)
            known["sums"] = {
                name: by_place(sums) if name.startswith("outcomes/") else compact(halved(name, sums))
                for name, sums in found.items()
            }
            (folder / "profile.json").write_text(json.dumps(known, separators=(",", ":"), allow_nan=False))
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
    series = (
        Series(each["clock"], each["step"], each["group"], *map(tuple, (each["names"], each["joined"])))
        for each in plan["series"]
    )
    return Plan(plan["edges"], plan["center"], plan["scale"], tuple(plan["score_edges"]), tuple(series))


def is_ordered(use_case: UseCase, arguments: argparse.Namespace) -> bool:
    """Say whether rows are to be in the order of preparation, which costs a sort and a copy.

    A reference finds its series by the first rows; where nothing names a row or its time, blocks are of their order.
    """
    return not (arguments.raw and arguments.reference and use_case.time and use_case.keys)


def one_of(connection: duckdb.DuckDBPyConnection) -> int:
    """Return of how many rows one is scored."""
    count = int(connection.execute("SELECT count(*) FROM blocked").fetchall()[0][0])
    return max(1, -(-count // MOST_SCORED))


def read_rows(
    connection: duckdb.DuckDBPyConnection, use_case: UseCase, arguments: argparse.Namespace, ordered: bool
) -> None:
    """Make the view `rows`, `ordered` as preparation orders them; raises InputError for files that lack something."""
    if arguments.raw:
        preparation = load_preparation(use_case.name)
        load(connection, arguments.raw, use_case.raw_columns, use_case.outcome_columns)
        preparation.prepare(connection, select(arguments, preparation.Rules))
        known = connection.execute(
            f"SELECT count({sql_name(use_case.target)}) >= count(*) / 2 FROM prepared"
        ).fetchall()[0][0]
        # A model learns from rows whose outcome came to be known; where most are, the rest never will be.
        condition = f"WHERE {sql_name(use_case.target)} IS NOT NULL" if known else ""
        order = f"ORDER BY {preparation.ORDER}" if ordered else ""
        connection.execute(f"CREATE VIEW rows AS SELECT * FROM prepared {condition} {order}")
    else:
        files = [str(existing(arguments.data / f"{part}.parquet")) for part in ("train", "test")]
        connection.read_parquet(files).create_view("rows")


def make_plan(connection: duckdb.DuckDBPyConnection, use_case: UseCase, scorer: Scorer) -> Plan:
    """Choose bins and series by evenly spread rows; the extremes are those of all rows."""
    count = connection.execute("SELECT count(*) FROM blocked").fetchall()[0][0]
    every = max(1, count // SAMPLE)
    names = ", ".join(map(sql_name, scorer.columns))
    sampled = f"SELECT {names} FROM (SELECT *, row_number() OVER () AS __row FROM blocked) WHERE __row % {every} = 0"
    matrix = encode_table(connection.sql(sampled).to_arrow_table(), scorer.features)
    plan = fit_plan(matrix, scorer.features, chosen_scores(scorer, scorer.score(matrix)))
    numbers = [feature.name for feature in scorer.features if feature.kind == "number"]
    finite = {name: f"FILTER (isfinite({sql_name(name)}::FLOAT))" for name in numbers}
    extremes = ", ".join(f"min({sql_name(name)}) {only}, max({sql_name(name)}) {only}" for name, only in finite.items())
    found = connection.execute(f"SELECT {extremes} FROM blocked").fetchall()[0]
    edges = {}
    for place, name in enumerate(numbers):
        low, high = found[2 * place : 2 * place + 2]
        inner = plan.edges[name][1:-1]
        edges[name] = plan.edges[name] if low is None else tuple(sorted({float(low), *inner, float(high)}))
    return Plan(edges, plan.center, plan.scale, plan.score_edges, find_series(connection, use_case, scorer.features))


def describe(
    connection: duckdb.DuckDBPyConnection,
    use_case: UseCase,
    scorer: Scorer,
    plan: Plan,
    count: int,
    drawn: Drawn,
    slices: Mapping[str, Sequence[str]] = NONE,
    every: int = 1,
) -> Sums:
    """Measure all rows, batch by batch, and each series; of slices, the values by column, outcomes and errors.

    One row of `every` is scored: of these alone are the sums of scores, of outcomes and errors, also of slices. On the
    way, rows are drawn.
    """
    total: Sums = {"rows": np.zeros(count)}
    for batch in batches(connection, use_case, scorer, slices):
        for name, sums in describe_batch(batch, use_case, scorer, plan, count, drawn, slices, every).items():
            total[name] = total[name] + sums if name in total else sums
    apart = count_days_apart(connection, use_case, count)
    if apart is not None:
        total["apart"] = apart
    if use_case.keys:
        keys = ", ".join(map(sql_name, use_case.keys))
        again = f"SELECT {BLOCK} AS b, count(*) - 1 AS n FROM blocked GROUP BY {BLOCK}, {keys} HAVING count(*) > 1"
        found = connection.execute(f"SELECT b, sum(n)::BIGINT FROM ({again}) GROUP BY b").fetchall()
        total["repeated"] = np.zeros(count)
        for block, number in found:
            total["repeated"][block] = number
    for place, series in enumerate(plan.series):
        moments = read_moments(connection, use_case, scorer.task, series, scorer.features)
        for name, sums in measure_series(moments, series, plan, count).items():
            total[f"{name}/{place}"] = sums
    return total


def bins_of(document: dict[str, Any]) -> Sums:
    """Return the bins of a reference."""
    return {name: np.array(sums, dtype=float) for name, sums in document["sums"].items() if name.startswith("bins/")}


def attribute(scorer: Scorer, against: Matrix, drawn: Drawn) -> Sums:
    """Sum by how much each feature moves the predictions of drawn rows away from those `against`.

    `attributions` (blocks, features) are sums of absolute values, and `attributed` (blocks,) counts the rows.
    """
    if not drawn.least.size:
        return {}
    there, moved = drawn.there, np.zeros(drawn.matrix.shape)
    moved[there] = np.nan_to_num(np.abs(attribute_rows(scorer.score, drawn.matrix[there], against)))
    return {"attributions": moved.sum(axis=1), "attributed": there.sum(axis=1).astype(float)}


def describe_batch(
    batch: pa.Table,
    use_case: UseCase,
    scorer: Scorer,
    plan: Plan,
    count: int,
    drawn: Drawn,
    slices: Mapping[str, Sequence[str]] = NONE,
    every: int = 1,
) -> Sums:
    """Measure features, scores and outcomes of some rows, and draw from them."""
    matrix, hashes = encode_by_feature(batch, scorer.features), as_arrays(batch.select([HASH]))[HASH]
    columns = read_numbers(batch, [BLOCK, HOUR, *(f"{SLICE}{number}" for number in range(len(slices)))])
    blocks, hours = columns[BLOCK].astype(np.intp), columns[HOUR].astype(float)
    sums = measure(matrix, scorer.features, plan, blocks, count, hours if np.isfinite(hours).all() else None)
    drawn.draw(matrix, blocks, hashes)
    chosen = hashes % np.uint64(every) == 0
    columns, blocks = {name: column[chosen] for name, column in columns.items()}, blocks[chosen]
    whole = scorer.score(np.ascontiguousarray(matrix[chosen]))
    scores = chosen_scores(scorer, whole)
    target = batch.select([use_case.target])
    known_target = as_arrays(target) if scorer.task == MULTICLASS else read_numbers(target, target.column_names)
    known, events, error = outcomes(known_target[use_case.target][chosen], whole, scorer)
    sums |= measure_scores(scores, None, plan, blocks, count)
    with_outcome = measure_scores(scores[known], events[known], plan, blocks[known], count)
    sums["outcomes"] = with_outcome["outcomes"]
    sums["errors"] = measure_errors(error[known], blocks[known], count)
    for number, (column, values) in enumerate(slices.items()):
        place = columns[f"{SLICE}{number}"].astype(np.intp)
        chosen, width = known & (place > 0), len(values)
        places = blocks[chosen] * width + place[chosen] - 1
        found = measure_slices(scores[chosen], events[chosen], error[chosen], plan, places, count * width)
        shape = (count, width)  # by slices of a block
        sums |= {f"{name}/{column}": part.reshape(*shape, *part.shape[1:]) for name, part in found.items()}
    return sums


def read_numbers(table: pa.Table, names: Sequence[str]) -> dict[str, NDArray[np.float32]]:
    """Return columns of numbers (rows,), NaN for null: of the precision that scores have."""
    return dict(zip(names, encode_by_feature(table, [Feature(name, "number") for name in names]).T, strict=True))


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
        names = as_text(target)
        known = np.array([name in scorer.classes for name in names])
        right = np.array([scorer.classes[place] for place in scores.argmax(axis=1)]) == np.array(names, dtype=object)
        return known, right.astype(np.intp), 1.0 - right
    values = target.astype(float)
    known = np.isfinite(values)
    if scorer.task == BINARY:
        return known, np.where(known, values, 0).astype(np.intp), np.where(known, (scores - values) ** 2, 0)
    return known, np.zeros(len(values), dtype=np.intp), np.where(known, np.abs(scores - values), 0)


def halved(name: str, sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the upper halves of symmetric matrices, which say all, and anything else as it is."""
    if name != "products":
        return sums
    rows, columns = np.triu_indices(sums.shape[1])
    return sums[:, rows, columns]


def by_place(counts: NDArray[np.float64]) -> dict[str, Any]:
    """Return counts by slice, most of which are 0, as those that are not, with their places in the flat array."""
    places = np.flatnonzero(counts)
    return {"shape": counts.shape, "places": places.tolist(), "counts": compact(counts.ravel()[places])}


def compact(sums: NDArray[np.float64]) -> Any:
    """Return nested lists: integers if all are whole, else floats, of those that are not whole the first DIGITS."""
    whole = sums == np.round(sums)
    if whole.all():
        return sums.astype(np.int64).tolist()
    exponent = np.floor(np.log10(np.abs(sums, where=~whole, out=np.ones_like(sums))))
    away = np.clip(exponent, -300, 300) - (DIGITS - 1)  # of the last digit that is kept; 10 to the 309th is infinite
    unit = 10.0 ** np.abs(away)  # whole, so that it divides exactly: each float is the nearest one to its few digits
    rounded = np.where(away < 0, np.round(sums * unit) / unit, np.round(sums / unit) * unit)
    return np.where(whole, sums, rounded).tolist()


if __name__ == "__main__":
    raise SystemExit(main())
