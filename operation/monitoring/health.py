"""Measure the health of scoring from the log of requests: lines of JSON, one a request, of schema 1."""

import json
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any

import msgspec
import numpy as np

from operation.errors import OperationError
from operation.execution.values import PROBE
from operation.monitoring.thresholds import Finding, limit_of

SCHEMA = 1
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # an earlier request was written by a clock that was not set
ANSWERS = ("probabilities", "predictions")
FEW_WRONG = 4  # requests that alarm nobody, whatever their share: somebody tries out an address
LEAST_GAP = timedelta(hours=24)  # a shorter time without a request is never silence


class Line(msgspec.Struct, frozen=True):
    """A line of the log, as `src/learning/request_log.py` writes it; more fields may follow."""

    schema: int
    time: Annotated[datetime, msgspec.Meta(tz=True)]
    id: str
    version: str
    ms: Annotated[float, msgspec.Meta(ge=0)]
    status: Annotated[int, msgspec.Meta(ge=100, lt=600)]
    rows: Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
    features: dict[str, list[Any]] = {}
    probabilities: list[Any] | None = None
    predictions: list[Any] | None = None


_decode = msgspec.json.Decoder(Line).decode


@dataclass(frozen=True)
class Request:
    """What the log says of a request: `status` is HTTP's, `missing` the share of missing values by feature.

    `answers` has an entry a row, by the names of the answer: probabilities, predictions. So have the `features`
    that are logged, as they were sent.
    """

    time: datetime
    version: str
    milliseconds: float
    status: int
    rows: int
    missing: Mapping[str, float]
    id: str
    answers: Mapping[str, Sequence[Any]]
    features: Mapping[str, Sequence[Any]] = field(default_factory=dict)


def read_requests(lines: Iterable[bytes], place: str) -> tuple[list[Request], int]:
    """Read the lines of a file; return its requests, and how many are not a whole line of JSON.

    Left out are our own requests, of deployments and smoke tests: some are wrong on purpose, and none is a client's.
    A process that was killed may leave half a line, and must not hide all others. Raises OperationError, which names
    the place, for a line of another schema or form, or for several of which none is JSON.
    """
    found, whole, broken = [], 0, 0
    for number, line in enumerate(lines, 1):
        text = line.removeprefix(BOM_UTF8).strip()
        if not text:
            continue
        try:
            request = _read(text, place, number)
        except (msgspec.DecodeError, RecursionError):
            broken += 1
            continue
        whole += 1
        if not request.id.startswith(PROBE):
            found.append(request)
    if broken > 1 and not whole:
        raise OperationError(
            f"{place} is not a request log: none of its {broken} lines is JSON in UTF-8. Leave it out."
        )
    return found, broken


def _read(text: bytes, place: str, number: int) -> Request:
    """Return the request of a line; raises OperationError for another form, and DecodeError for what is not JSON."""
    try:
        line = _decode(text)
        time = line.time.astimezone(UTC)
    except msgspec.ValidationError as error:
        raise _refuse(place, number, _schema_of(text), str(error)) from error
    except OverflowError as error:  # in the first or the last hours that there are
        raise _refuse(place, number, SCHEMA, "its time is out of range") from error
    answers = {name: each for name in ANSWERS if (each := getattr(line, name)) is not None}
    if line.schema != SCHEMA or time < EARLIEST:
        raise _refuse(place, number, line.schema, f"its time, {line.time}, was written by a clock that was not set")
    for name, values in (*line.features.items(), *answers.items()):
        if len(values) != line.rows:
            raise _refuse(place, number, SCHEMA, f"{name} has {len(values)} of {line.rows} entries")
    missing = {name: _missing(values) for name, values in line.features.items()}
    return Request(time, line.version, line.ms, line.status, line.rows, missing, line.id, answers, line.features)


def _refuse(place: str, number: int, schema: object, problem: str) -> OperationError:
    """Make the error for a line; of another schema, nothing else is looked at."""
    if schema is None:
        return OperationError(f"{place}, line {number} is not a line of a request log: it has no schema. Remove it.")
    if schema != SCHEMA:
        said = json.dumps(schema)
        return OperationError(
            f"{place}, line {number} has schema {said}; only {SCHEMA} is read. Leave out older files."
        )
    return OperationError(f"{place}, line {number} is not of the log's form: {problem}. Remove it.")


def _schema_of(text: bytes) -> object:
    """Return what a line of JSON says that its schema is; None if it says nothing."""
    found = msgspec.json.decode(text)
    return found.get("schema") if isinstance(found, dict) else None


def _missing(values: Sequence[Any]) -> float:
    return sum(value is None for value in values) / max(len(values), 1)


def measure_health(requests: Sequence[Request], now: datetime) -> dict[str, float]:
    """Return the measures that can alarm.

    * errors: share of requests that failed; refused: of those that were wrong;
    * silence: the time since the last request, in multiples of the longest time without one before, at least a day.
    """
    if not requests:
        return {}
    states = np.array([each.status for each in requests])
    times = sorted(each.time for each in requests)
    longest = max([LEAST_GAP, *(later - earlier for earlier, later in pairwise(times))])
    return {
        "errors/requests": float((states >= 500).mean()),
        "refused/requests": float(((states >= 400) & (states < 500)).mean()),
        "silence/requests": (now - times[-1]) / longest,
    }


def compare_health(requests: Sequence[Request], now: datetime) -> list[Finding]:
    """Hold the measures against their limits, which are fixed; of a share, as many requests as FEW_WRONG are none."""
    least = {name: FEW_WRONG / max(len(requests), 1) for name in ("errors/requests", "refused/requests")}
    return [
        Finding(key, value, max(limit_of(key, 0), least.get(key, 0)))
        for key, value in measure_health(requests, now).items()
    ]


def describe_health(requests: Sequence[Request], broken: int) -> dict[str, Any]:
    """Describe the requests: how many, when, how fast, of which versions, and what was missing in them."""
    answered = [each for each in requests if each.status < 400]
    times = [each.milliseconds for each in answered]
    half, most = np.quantile(times, [0.5, 0.99]).tolist() if times else (None, None)
    names = dict.fromkeys(name for each in answered for name in each.missing)
    return {
        "requests": len(requests),
        "broken_lines": broken,
        "rows": sum(each.rows for each in answered),
        "first": min(each.time for each in requests).isoformat(timespec="seconds") if requests else None,
        "last": max(each.time for each in requests).isoformat(timespec="seconds") if requests else None,
        "p50_ms": half,
        "p99_ms": most,
        "versions": dict(Counter(each.version for each in requests)),
        "missing": {name: _mean_missing(answered, name) for name in names},
    }


def _mean_missing(requests: Sequence[Request], name: str) -> float:
    """Return the share of rows that lack the feature, of those requests whose log has it."""
    known = [each for each in requests if name in each.missing]
    return sum(each.missing[name] * each.rows for each in known) / max(sum(each.rows for each in known), 1)
