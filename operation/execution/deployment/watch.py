"""Watch a version that has begun to take requests, and say when it does worse than the configuration allows."""

import math
import time
from collections.abc import Callable

from operation.errors import OperationError
from operation.execution.backends import Services
from operation.execution.configuration.sections import Serving
from operation.execution.deployment.golden import GoldenRows
from operation.execution.values import Health

NEW = Health(0, 0, 0.0)  # of a version that has not been asked
PAUSE = 0.2  # seconds between two questions


def watch(
    services: Services,
    name: str,
    version: int,
    golden: GoldenRows,
    rule: Serving,
    before: Health = NEW,
    clock: Callable[[], float] = time.monotonic,
) -> str:
    """Watch the version for `rule.watch_seconds`; return in a few words what it did.

    It is judged by the answers that clients got, counted since `before`, and by a golden row that is asked now and
    then, so that a version nobody asks is judged, too.

    Raises:
        OperationError: it answered wrongly, failed too often, or took too long.
    """
    until, asked = clock() + rule.watch_seconds, list[float]()
    while clock() < until:
        start = clock()
        fault = golden.find_fault(services.score(name, golden.payload(1), version), version, 1)
        asked.append((clock() - start) * 1000)
        found = services.health(name, version)
        fault = fault or _find_fault(found, before, rule, asked)
        if fault:
            raise OperationError(f"Version {version} of {name} took its share of the traffic, and {fault}.")
        time.sleep(PAUSE)
    found = services.health(name, version)
    return f"{found.requests - before.requests} requests, {found.errors - before.errors} errors"


def _find_fault(found: Health, before: Health, rule: Serving, asked: list[float]) -> str:
    requests, errors = found.requests - before.requests, found.errors - before.errors
    if errors > rule.most_errors * requests:
        return f"{errors} of {requests} requests failed, more than serving.most_errors {rule.most_errors:g} allows"
    slowest = max(found.p99_ms if requests else 0.0, _p99(asked))
    if slowest > rule.most_p99_ms:
        return f"its slowest 1 % take {slowest:.0f} ms, more than serving.most_p99_ms {rule.most_p99_ms:g}"
    return ""


def _p99(values: list[float]) -> float:
    return sorted(values)[math.ceil(0.99 * len(values)) - 1]
