"""Join outcomes that come later to what was predicted: to the log of requests, or to the output of `invoke score`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from operation.errors import OperationError
from operation.execution.configuration.declared import target_of, time_of
from operation.execution.configuration.sections import Configuration
from operation.execution.json_files import hash_file, read_json
from operation.monitoring.health import Request
from operation.monitoring.labels import Labelled
from operation.monitoring.slices import MISSING, Slices, divide

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PREDICTION = "prediction_id"  # the column of labels for a request log: request_id/row
MANIFEST = "manifest.json"  # of a scoring
PREDICTIONS, LABELS = "predictions", "labels"  # tables


@dataclass(frozen=True)
class Predictions:
    """Where predictions are from, what they are of and what names them.

    The table PREDICTIONS has the columns `keys`, `__day`, `__version` and `__score`: a number or, of several classes,
    text; also `__slice_0`, ... of `slices`, which has the place of each column that slices are known by. No column of
    data is called so. `window` names the window of a use case whose rows have no day.
    """

    place: Path
    keys: tuple[str, ...]
    slices: Mapping[str, int]
    window: str = ""


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
            raise OperationError(
                f"The labels cannot be joined: {str(error).splitlines()[0]}. Write them as parquet, or as CSV in UTF-8."
            ) from error


def add_requests(
    connection: "DuckDBPyConnection", place: Path, requests: Sequence[Request], task: str, sliced_by: Sequence[str]
) -> Predictions:
    """Make the table of what was answered; where clients have used an id twice, the last answer counts.

    Slices are known by those features that are logged.

    Raises:
        OperationError: an answer is not one of a model of this task.
    """
    import pyarrow as pa

    name = "probabilities" if task == "binary" else "predictions"
    rows = {
        f"{request.id}/{row}": (request.time.astimezone(UTC).date(), request.version, score, request, row)
        for request in sorted(requests, key=lambda each: each.time)
        for row, score in enumerate(request.answers.get(name, ()))
    }
    days, versions, scores, answered, places = zip(*rows.values(), strict=True) if rows else ((),) * 5
    kind = pa.string() if task == "multiclass" else pa.float64()
    columns = {PREDICTION: pa.array(list(rows), pa.string()), "__day": pa.array(days, pa.date32())}
    try:
        columns |= {"__version": pa.array(versions, pa.string()), "__score": pa.array(scores, kind)}
    except pa.ArrowException as error:
        said = str(error).splitlines()[0]
        raise OperationError(f"{place} holds answers of no {task} model: {said}. Leave out older files.") from error
    logged = {name: number for number, name in enumerate(sliced_by) if any(name in each.features for each in requests)}
    for name, number in logged.items():
        values = [each.features.get(name, ())[row : row + 1] for each, row in zip(answered, places, strict=True)]
        columns[f"__slice_{number}"] = pa.array([_text_of(*value) for value in values], pa.string())
    table = pa.table(columns)
    connection.register("answered", table)
    connection.execute(f"CREATE TABLE {PREDICTIONS} AS FROM answered")
    return Predictions(place, (PREDICTION,), logged)


def _text_of(value: Any = None) -> str | None:
    """Write a value of JSON as the text of a slice: 1.0 is 1, and true is true."""
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value).lower() if isinstance(value, bool) else None if value is None else str(value)


def add_scores(connection: "DuckDBPyConnection", place: Path, time: str, sliced_by: Sequence[str]) -> Predictions:
    """Make the table of a folder that `invoke score` has written, on this machine or on Spark.

    Slices are known by those keys that are columns to slice by. Without a column of time, a scoring is one window.

    Raises:
        OperationError: it is none, or its rows have no keys, or two of them the same.
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
    others = [f"{day} AS __day, model_version::VARCHAR AS __version, {score} AS __score"]
    known = {name: number for number, name in enumerate(sliced_by) if name in parts.columns}
    others += [f"{_as_class(_quoted(name))} AS __slice_{number}" for name, number in known.items()]
    parts.project(", ".join([names, *others])).create(PREDICTIONS)
    _refuse_repeated(connection, keys, place)
    tables = str(manifest.get("data_sha256", ""))
    hashed = tables if re.fullmatch("[0-9a-f]{64}", tables) else hash_file(place / MANIFEST)
    return Predictions(place, keys, known, "" if time else f"scoring {hashed[:8]}")


def _refuse_repeated(connection: "DuckDBPyConnection", keys: Sequence[str], place: Path) -> None:
    """Raise OperationError if two predictions have the same keys: of two scorings, or of tables with repeated rows."""
    names = ", ".join(map(_quoted, keys))
    whole = " AND ".join(f"{_quoted(key)} IS NOT NULL" for key in keys)  # else no label belongs to it
    query = f"SELECT {names} FROM {PREDICTIONS} WHERE {whole} GROUP BY {names} HAVING count(*) > 1 LIMIT 1"
    if twice := connection.execute(query).fetchone():
        raise OperationError(
            f"{place} predicts {' '.join(map(str, twice))} more than once ({', '.join(keys)}). "
            "Give the output of one invoke score, of tables without repeated rows."
        )


def add_labels(connection: "DuckDBPyConnection", place: Path) -> Sequence[str]:
    """Make the table of the files in a folder, CSV as text, and return its columns.

    Raises:
        OperationError: there is no such folder, or it holds no parquet or CSV files, both kinds, or something else.
    """
    found = {kind: sorted(map(str, place.glob(f"*.{kind}"))) for kind in ("parquet", "csv")}
    for other in sorted(place.iterdir()) if place.is_dir() else ():
        if not other.name.startswith((".", "_")) and str(other) not in (*found["parquet"], *found["csv"]):
            raise OperationError(
                f"{place} has {other.name}, which is not read: labels are files whose names end in .parquet or .csv. "
                "Unpack or rename it, or move it away."
            )
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
    sliced_by: Sequence[str] = (),
) -> tuple[Labelled, dict[str, Any]]:
    """Return the predictions of the version whose outcome is known, and counts of what was joined.

    The columns `sliced_by` are those of the labels if they have them, otherwise those of the predictions.

    Raises:
        OperationError: labels lack a column or have two outcomes for one prediction or one that cannot be, or none
            belongs to a prediction of the version; a prediction has no value.
    """
    columns = add_labels(connection, labels)
    target, time = (of(configuration.use_case, configuration.scripts) for of in (target_of, time_of))
    if missing := [name for name in (*predictions.keys, target) if name not in columns]:
        raise OperationError(f"The labels in {labels} lack {', '.join(missing)}: they have {', '.join(columns)}.")
    own = [name for name in sliced_by if name in columns and name not in predictions.keys]
    slices = {name: number for number, name in enumerate(sliced_by) if name in (*own, *predictions.slices)}
    more = {f"__label_slice_{slices[name]}": name for name in own}
    _make_known(connection, predictions, labels, target, time if time in columns else "", task, more)
    names = ", ".join(map(_quoted, predictions.keys))
    sliced = [_slice_of(number, name in own, name in predictions.slices) for name, number in slices.items()]
    connection.execute(
        f"CREATE VIEW matched AS SELECT {', '.join(['__version, __score, __outcome', *sliced])}, "
        f"coalesce(__label_day, __day) AS __day FROM {PREDICTIONS} JOIN known USING ({names})"
    )
    _refuse_early(connection, predictions, labels)
    counts = _count(connection, version)
    _refuse_strangers(counts, predictions, labels, version)
    _refuse_nothing(connection, predictions, task)
    return _read(connection, task, version, slices, predictions.window), counts


def _read(
    connection: "DuckDBPyConnection", task: str, version: int, slices: Mapping[str, int], window: str
) -> Labelled:
    """Read what was matched of the version."""
    days = "coalesce(epoch(__day)::BIGINT // 86400, -1)"
    answer = _as_class("__score") if task == "multiclass" else "__score"
    columns = [f"{days} AS day, {answer} AS score, __outcome", *(f"__slice_{number}" for number in slices.values())]
    query = f"SELECT {', '.join(columns)} FROM matched WHERE __version = ?"
    day, score, outcome, *texts = map(np.ma.getdata, connection.execute(query, [str(version)]).fetchnumpy().values())
    return _label(task, day, score, outcome, dict(zip(slices, map(divide, texts), strict=True)), window)


def _refuse_early(connection: "DuckDBPyConnection", predictions: Predictions, labels: Path) -> None:
    """Raise OperationError for a label of a day before that of the row that was scored: it is of another row.

    The days of a request log are those of the requests, which may well be later than what they ask about.
    """
    if predictions.keys == (PREDICTION,):
        return
    names = ", ".join(map(_quoted, predictions.keys))
    query = (
        f"SELECT __label_day, __day, {names} FROM {PREDICTIONS} JOIN known USING ({names}) WHERE __label_day < __day"
    )
    if early := connection.execute(f"{query} LIMIT 1").fetchone():
        label, scored, *keys = map(str, early)
        raise OperationError(
            f"The labels in {labels} have {' '.join(keys)} on {label}, before the day of its prediction, {scored}. "
            "Correct the days."
        )


def _refuse_nothing(connection: "DuckDBPyConnection", predictions: Predictions, task: str) -> None:
    """Raise OperationError for a prediction without a value: counted as 0, it would make a sound model look worse."""
    names = ", ".join(f"{_quoted(key)}::VARCHAR" for key in predictions.keys)
    empty = "__score IS NULL" + (" OR isnan(__score)" if task != "multiclass" else "")  # a class may be called nan
    if lost := connection.execute(f"SELECT {names} FROM {PREDICTIONS} WHERE {empty} LIMIT 1").fetchone():
        raise OperationError(
            f"{predictions.place} has no value for the prediction of {' '.join(map(str, lost))}. Score its rows again, "
            "or leave out the files that lack values."
        )


def _refuse_strangers(counts: Mapping[str, int], predictions: Predictions, labels: Path, version: int) -> None:
    """Raise OperationError if no label belongs to a prediction of the version."""
    if not counts["labels"]:
        raise OperationError(f"{labels} has no labels: every outcome in it is empty. Run again once some are known.")
    if not counts["of_the_version"]:
        others = f", and {counts['matched']:,} to those of other versions" if counts["matched"] else ""
        raise OperationError(
            f"None of the {counts['labels']:,} labels in {labels} belongs to one of the predictions of version "
            f"{version} in {predictions.place}{others}. The columns that must match: {', '.join(predictions.keys)}."
        )


def _slice_of(number: int, of_label: bool, of_prediction: bool) -> str:
    """Write the column with the slice, of the label if it has one, otherwise of the prediction."""
    places = [f"__label_slice_{number}"] * of_label + [f"{PREDICTIONS}.__slice_{number}"] * of_prediction
    return f"coalesce({', '.join(places)}, '{MISSING}') AS __slice_{number}"


def _make_known(
    connection: "DuckDBPyConnection",
    predictions: Predictions,
    labels: Path,
    target: str,
    time: str,
    task: str,
    slices: Mapping[str, str],
) -> None:
    """Make the table of outcomes, one for each prediction, with the columns that name it in the predictions' types."""
    types = dict(zip(connection.table(PREDICTIONS).columns, connection.table(PREDICTIONS).types, strict=True))
    keys = ", ".join(f"TRY_CAST({_quoted(key)} AS {types[key]}) AS {_quoted(key)}" for key in predictions.keys)
    given = _quoted(target)
    number = f"coalesce(TRY_CAST({given} AS DOUBLE), TRY_CAST({given} AS BOOLEAN)::TINYINT::DOUBLE)"
    outcome = _as_class(given) if task == "multiclass" else number
    day = f"TRY_CAST({_quoted(time)} AS DATE)" if time else "NULL::DATE"
    texts = "".join(f", {_as_class(_quoted(name))} AS {column}" for column, name in slices.items())
    columns = f"{keys}, {day} AS __label_day, {given} AS __given, {outcome} AS __outcome{texts}"
    known = f"NOT coalesce(isnan(TRY_CAST({given}::VARCHAR AS DOUBLE)), false)"  # NaN is null, as in raw tables
    rows = f"SELECT {columns} FROM {LABELS} WHERE {given} IS NOT NULL AND {known}"
    valid = {"binary": "__outcome IN (0, 1)", "multiclass": "true"}.get(task, "isfinite(__outcome)")
    wrong = connection.execute(f"SELECT __given FROM ({rows}) WHERE NOT coalesce({valid}, false) LIMIT 1").fetchone()
    if wrong:
        wanted = "1 where the event has happened and 0 where not" if task == "binary" else "a finite number"
        raise OperationError(
            f"The labels in {labels} hold {wrong[0]!r} as {target}, which no {task} model predicts. Write {wanted}."
        )
    unread = f"TRY_CAST({_quoted(time)} AS DATE) IS NULL AND nullif({_quoted(time)}::VARCHAR, '') IS NOT NULL"
    odd = (
        connection.execute(f"SELECT {_quoted(time)} FROM {LABELS} WHERE {unread} LIMIT 1").fetchone() if time else None
    )
    if odd:
        raise OperationError(
            f"The labels in {labels} hold {str(odd[0])!r} as {time}, which is not a day. Write days as 2026-11-30, or "
            "leave the column out."
        )
    names = ", ".join(map(_quoted, predictions.keys))
    single = "min(__label_day) AS __label_day, min(__outcome) AS __outcome, count(DISTINCT __outcome) AS __outcomes"
    single += "".join(f", min({column}) AS {column}" for column in slices)
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


def _label(task: str, day: Any, score: Any, outcome: Any, slices: Mapping[str, Slices], window: str) -> Labelled:
    day = day.astype(np.int64)
    if task == "multiclass":
        right = np.array(score == outcome, dtype=bool)
        return Labelled(task, day, right.astype(float), right.astype(np.intp), 1.0 - right, slices, window)
    score, outcome = score.astype(float), outcome.astype(float)
    event = outcome.astype(np.intp) if task == "binary" else np.zeros(len(score), dtype=np.intp)
    error = (score - outcome) ** 2 if task == "binary" else np.abs(score - outcome)
    return Labelled(task, day, score, event, error, slices, window)


def _as_class(column: str) -> str:
    """Write the text of a class: 1.0 is 1, as in training, for whole numbers are floats where others are missing."""
    return rf"regexp_replace({column}::VARCHAR, '^(-?\d+)\.0+$', '\1')"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
