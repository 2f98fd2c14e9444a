"""Measure the health of scoring from the log of requests: lines of JSON, one a request, of schema 1."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np

from operation.errors import OperationError
from operation.execution.values import PROBE

SCHEMA = 1
ANSWERS = ("probabilities", "predictions")
LEAST_GAP = timedelta(hours=24)  # a shorter time without a request is never silence


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


def read_requests(lines: Iterable[str], place: str) -> tuple[list[Request], int]:
    """Read the lines of a file; return its requests, and how many are not a whole line of JSON.

    Left out are our own requests, of deployments and smoke tests: some are wrong on purpose, and none is a client's.
    A process that was killed may leave half a line, and must not hide all others. Raises OperationError, which names
    the place, for a line of another schema, or one that lacks something.
    """
    found, broken = [], 0
    for line in filter(str.strip, lines):
        try:
            entry = json.loads(line)
        except ValueError:
            broken += 1
            continue
        request = _read(entry, place)
        if not str(entry.get("id", "")).startswith(PROBE):
            found.append(request)
    return found, broken


def _read(entry: Any, place: str) -> Request:
    schema = entry.get("schema") if isinstance(entry, dict) else None
    if schema != SCHEMA:
        raise OperationError(f"{place} has a line of schema {schema}, and {SCHEMA} is read. Leave out older files.")
    try:
        time = datetime.fromisoformat(entry["time"])
        features = {name: list(values) for name, values in entry.get("features", {}).items()}
        missing = {name: _missing(values) for name, values in features.items()}
        numbers = float(entry["ms"]), int(entry["status"]), int(entry["rows"])
        if time.tzinfo is None:
            raise ValueError(f"time {entry['time']} has no zone")
        answers = {name: list(entry[name]) for name in ANSWERS if name in entry}
        return Request(time, str(entry["version"]), *numbers, missing, str(entry["id"]), answers, features)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise OperationError(f"{place} has a line not of the log's form ({error!r}). Remove it.") from error


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
