"""Join outcomes that come later to what was predicted: to the log of requests, or to the output of `invoke score`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from operation.errors import OperationError
from operation.execution.configuration.declared import target_of, time_of
from operation.execution.configuration.sections import Configuration
from operation.execution.json_files import read_json
from operation.monitoring.health import Request
from operation.monitoring.labels import Labelled

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PREDICTION = "prediction_id"  # the column of labels for a request log: request_id/row
MANIFEST = "manifest.json"  # of a scoring
PREDICTIONS, LABELS = "predictions", "labels"  # tables


@dataclass(frozen=True)
class Predictions:
    """Where predictions are from, what they are of and what names them.

    The table PREDICTIONS has the columns `keys`, `__day`, `__version` and `__score`: a number or, of several classes,
    text. No column of data is called so.
    """

    place: Path
    keys: tuple[str, ...]


@contextmanager
def opened(configuration: Configuration) -> Iterator["DuckDBPyConnection"]:
    """Open an empty database of bounded memory; raises OperationError for a file that it cannot read."""
    import duckdb

    settings: Any = {"threads": configuration.threads, "memory_limit": f"{configuration.memory_mb}MB"}
    with duckdb.connect(config=settings) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        try:
            yield connection
        except duckdb.Error as error:
            raise OperationError(f"The labels cannot be joined: {str(error).splitlines()[0]}") from error


def add_requests(connection: "DuckDBPyConnection", place: Path, requests: Sequence[Request], task: str) -> Predictions:
    """Make the table of what was answered; where clients have used an id twice, the last answer counts.

    Raises:
        OperationError: an answer is not one of a model of this task.
    """
    import pyarrow as pa

    name = "probabilities" if task == "binary" else "predictions"
    rows = {
        f"{request.id}/{row}": (request.time.date(), request.version, score)
        for request in sorted(requests, key=lambda each: each.time)
        for row, score in enumerate(request.answers.get(name, ()))
    }
    days, versions, scores = zip(*rows.values(), strict=True) if rows else ((), (), ())
    kind = pa.string() if task == "multiclass" else pa.float64()
    columns = {PREDICTION: pa.array(list(rows), pa.string()), "__day": pa.array(days, pa.date32())}
    try:
        columns |= {"__version": pa.array(versions, pa.string()), "__score": pa.array(scores, kind)}
    except pa.ArrowException as error:
        said = str(error).splitlines()[0]
        raise OperationError(f"{place} holds answers of no {task} model: {said}. Leave out older files.") from error
    table = pa.table(columns)
    connection.register("answered", table)
    connection.execute(f"CREATE TABLE {PREDICTIONS} AS FROM answered")
    return Predictions(place, (PREDICTION,))


def add_scores(connection: "DuckDBPyConnection", place: Path, time: str) -> Predictions:
    """Make the table of a folder that `invoke score` has written, on this machine or on Spark.

    Raises:
        OperationError: it is none, or its rows have no keys.
    """
    if not (place / MANIFEST).is_file():
        raise OperationError(f"{place} holds no {MANIFEST}. Give the output of invoke score as --scores.")
    manifest = read_json(place / MANIFEST)
    keys = tuple(map(str, manifest.get("keys", ())))
    if not keys:
        raise OperationError(f"The rows in {place} have no keys, so no label can be joined to them.")
    # Spark's manifest names no files, and its files also have the rows that could not be scored.
    files = (
        [str(place / part["file"]) for part in manifest["parts"]] if "parts" in manifest else str(place / "*.parquet")
    )
    parts = connection.read_parquet(files)
    if "reason" in parts.columns:
        parts = parts.filter("reason IS NULL")
    score = "probability" if "probability" in parts.columns else "prediction"
    day = f"{_quoted(time)}::DATE" if time in parts.columns else "NULL::DATE"
    names = ", ".join(map(_quoted, keys))
    others = f"{day} AS __day, model_version::VARCHAR AS __version, {score} AS __score"
    parts.project(f"{names}, {others}").create(PREDICTIONS)
    return Predictions(place, keys)


def add_labels(connection: "DuckDBPyConnection", place: Path) -> Sequence[str]:
    """Make the table of the files in a folder, CSV as text, and return its columns.

    Raises:
        OperationError: there is no such folder, or it holds no parquet or CSV files, or both kinds.
    """
    found = {kind: sorted(map(str, place.glob(f"*.{kind}"))) for kind in ("parquet", "csv")}
    if not any(found.values()):
        raise OperationError(f"{place} holds no parquet and no CSV file. Give the folder with the labels as --labels.")
    if all(found.values()):
        raise OperationError(f"{place} holds parquet and CSV files. Keep one kind.")
    read = "read_parquet(?, union_by_name = true)"
    if found["csv"]:
        read = "read_csv(?, header = true, all_varchar = true, union_by_name = true)"
    connection.execute(f"CREATE TABLE {LABELS} AS FROM {read}", [found["parquet"] or found["csv"]])
    return connection.table(LABELS).columns


def join(
    configuration: Configuration,
    connection: "DuckDBPyConnection",
    predictions: Predictions,
    labels: Path,
    task: str,
    version: int,
) -> tuple[Labelled, dict[str, Any]]:
    """Return the predictions of the version whose outcome is known, and counts of what was joined.

    Raises:
        OperationError: labels lack a column or have two outcomes for one prediction or one that cannot be, or none
            belongs to a prediction of the version.
    """
    columns = add_labels(connection, labels)
    target, time = (of(configuration.use_case, configuration.scripts) for of in (target_of, time_of))
    if missing := [name for name in (*predictions.keys, target) if name not in columns]:
        raise OperationError(
            f"The labels in {labels} lack the column {', '.join(missing)}: they have {', '.join(columns)}."
        )
    _make_known(connection, predictions, labels, target, time if time in columns else "", task)
    names = ", ".join(map(_quoted, predictions.keys))
    connection.execute(
        "CREATE VIEW matched AS SELECT __version, coalesce(__label_day, __day) AS __day, __score, __outcome "
        f"FROM {PREDICTIONS} JOIN known USING ({names})"
    )
    counts = _count(connection, version)
    if not counts["of_the_version"]:
        others = f", and {counts['matched']:,} to those of other versions" if counts["matched"] else ""
        raise OperationError(
            f"None of the {counts['labels']:,} labels in {labels} belongs to one of the predictions of version "
            f"{version} in {predictions.place}{others}. The columns that must match: {', '.join(predictions.keys)}."
        )
    days = "coalesce(epoch(__day)::BIGINT // 86400, -1)"
    score = _as_class("__score") if task == "multiclass" else "__score"
    query = f"SELECT {days} AS day, {score} AS score, __outcome FROM matched WHERE __version = ?"
    found = connection.execute(query, [str(version)]).fetchnumpy()
    return _label(task, *map(np.ma.getdata, found.values())), counts


def _make_known(
    connection: "DuckDBPyConnection", predictions: Predictions, labels: Path, target: str, time: str, task: str
) -> None:
    """Make the table of outcomes, one for each prediction, with the columns that name it in the predictions' types."""
    types = dict(zip(connection.table(PREDICTIONS).columns, connection.table(PREDICTIONS).types, strict=True))
    keys = ", ".join(f"TRY_CAST({_quoted(key)} AS {types[key]}) AS {_quoted(key)}" for key in predictions.keys)
    given = _quoted(target)
    number = f"coalesce(TRY_CAST({given} AS DOUBLE), TRY_CAST({given} AS BOOLEAN)::TINYINT::DOUBLE)"
    outcome = _as_class(given) if task == "multiclass" else number
    day = f"TRY_CAST({_quoted(time)} AS DATE)" if time else "NULL::DATE"
    columns = f"{keys}, {day} AS __label_day, {given} AS __given, {outcome} AS __outcome"
    known = f"NOT coalesce(isnan(TRY_CAST({given}::VARCHAR AS DOUBLE)), false)"  # NaN is null, as in raw tables
    rows = f"SELECT {columns} FROM {LABELS} WHERE {given} IS NOT NULL AND {known}"
    valid = {"binary": "__outcome IN (0, 1)", "multiclass": "true"}.get(task, "isfinite(__outcome)")
    wrong = connection.execute(f"SELECT __given FROM ({rows}) WHERE NOT coalesce({valid}, false) LIMIT 1").fetchone()
    if wrong:
        wanted = "1 where the event has happened and 0 where not" if task == "binary" else "a finite number"
        raise OperationError(
            f"The labels in {labels} hold {wrong[0]!r} as {target}, which no {task} model predicts. Write {wanted}."
        )
    names = ", ".join(map(_quoted, predictions.keys))
    single = "min(__label_day) AS __label_day, min(__outcome) AS __outcome, count(DISTINCT __outcome) AS __outcomes"
    connection.execute(f"CREATE TABLE known AS SELECT {names}, {single} FROM ({rows}) GROUP BY {names}")
    whole = " AND ".join(f"{_quoted(key)} IS NOT NULL" for key in predictions.keys)  # else it belongs to no prediction
    twice = connection.execute(f"SELECT {names} FROM known WHERE __outcomes > 1 AND {whole} LIMIT 1").fetchone()
    if twice:
        raise OperationError(f"The labels in {labels} have several outcomes for {' '.join(map(str, twice))}. Keep one.")


def _count(connection: "DuckDBPyConnection", version: int) -> dict[str, Any]:
    """Count predictions, labels, and those that belong together."""

    def number(query: str, *values: str) -> int:
        return int(connection.execute(f"SELECT count(*) FROM {query}", [*values]).fetchall()[0][0])

    return {
        "predictions": number(PREDICTIONS),
        "labels": number("known"),
        "matched": number("matched"),
        "of_the_version": number("matched WHERE __version = ?", str(version)),
    }


def _label(task: str, day: Any, score: Any, outcome: Any) -> Labelled:
    if task == "multiclass":
        right = np.array(score == outcome, dtype=bool)
        return Labelled(task, day.astype(np.int64), right.astype(float), right.astype(np.intp), 1.0 - right)
    score, outcome = score.astype(float), outcome.astype(float)
    event = outcome.astype(np.intp) if task == "binary" else np.zeros(len(score), dtype=np.intp)
    error = (score - outcome) ** 2 if task == "binary" else np.abs(score - outcome)
    return Labelled(task, day.astype(np.int64), score, event, error)


def _as_class(column: str) -> str:
    """Write the text of a class: 1.0 is 1, as in training, for whole numbers are floats where others are missing."""
    return rf"regexp_replace({column}::VARCHAR, '^(-?\d+)\.0+$', '\1')"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
