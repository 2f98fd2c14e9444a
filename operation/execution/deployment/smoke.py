"""`invoke smoke`: what a version must show, asked of a running service by its address or as an environment has it.

Each check is a line; the first one that fails ends them with what was asked and what came back.
"""

import json
import math
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from operation import console
from operation.errors import OperationError, shorten
from operation.execution.backends import Backend, connect
from operation.execution.configuration.api_key import read_key
from operation.execution.configuration.sections import Configuration, Serving
from operation.execution.deployment.golden import GoldenRows
from operation.execution.deployment.targets import EMPTY, OK, Address, Deployed, Target
from operation.execution.temporary import temporary_folder

TIMED = 100  # requests of a row, one after the other
CLIENTS, EACH = 8, 8  # of the burst: so many clients ask at once, each so many times
WRONG = {
    "text that is not JSON": b"nonsense",
    "data that are not a list": b'{"data": 1}',
    "a record without features": b'{"data": [{}]}',
}
LEAST_REFUSAL, MOST_REFUSAL = 400, 499  # of HTTP
NO_KEY = 401
VERSION = re.compile(r"[0-9]{1,18}")  # as a registry counts them
PLAIN_URL = re.compile(r"[^@?#\s\x00-\x1f\x7f-\U0010ffff]+")  # a password would be printed, a query not sent


def run(configuration: Configuration, url: str) -> None:
    """Test what answers at the address or, without one, every version of the environment's service that takes traffic.

    Raises:
        OperationError: nothing answers, or a check failed.
    """
    backend = connect(configuration)
    backend.check()
    if url:
        target = Address(_whole(url), read_key(configuration.serving), configuration.serving.deadline_seconds)
        version = _version(target, configuration.serving.key)
        smoke(target, _golden_rows(configuration, backend, version), version, configuration.serving)
    else:
        for version in _serving(configuration, backend):
            deployed = Deployed(backend.services, configuration.service, version)
            smoke(deployed, _golden_rows(configuration, backend, version), version, configuration.serving)
    console.say("Every check passed.")


def _whole(url: str) -> str:
    """Return the address for scoring; raises OperationError for one that cannot be."""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of a port or an IPv6 address
        valid = False
    if not valid or not PLAIN_URL.fullmatch(url):
        raise OperationError("--url must be http://HOST:PORT/score or https://..., without user, query or fragment.")
    return url if parts.path.strip("/") else f"{url.rstrip('/')}/score"


def _version(target: Address, key: str) -> int:
    """Ask for the version that answers; raises OperationError where none does. `key` is the variable of the key."""
    status, answer = target.ask(EMPTY)
    said = str(answer.get("model_version", "")) if isinstance(answer, dict) else ""
    if status == OK and VERSION.fullmatch(said):
        return int(said)
    remedy = "Give the address that invoke serve or invoke services shows."
    if status == NO_KEY:
        other = f"It has another key than the variable {key}, which serving.key names."
        remedy = other if key else "Name the environment variable that holds its key: --set serving.key=NAME"
    raise OperationError(f"{target.url} does not say which version answers: {_told(status, answer)}. {remedy}")


def _told(status: int, answer: object) -> str:
    """Say what came back in one line: what answers may be anything, and send whole pages."""
    said = answer.get("error", answer) if isinstance(answer, dict) else answer
    return f"HTTP {status}, {shorten(str(said).strip()) or 'and nothing else'}"


def _golden_rows(configuration: Configuration, backend: Backend, version: int) -> GoldenRows:
    """Return the golden rows of the registered version."""
    model = backend.registry.find(configuration.model, version)
    if model is None:
        raise OperationError(
            f"Version {version} answers, but the registry of {configuration.model} does not have it. Test it with the "
            "environment and the use case in which it was registered."
        )
    with temporary_folder() as temporary:
        backend.registry.fetch(model, temporary / "model")
        return GoldenRows.read(temporary / "model")


def _serving(configuration: Configuration, backend: Backend) -> list[int]:
    """Return the versions that take traffic; raises OperationError if there are none, or the service has failed.

    Versions are asked directly, so they may answer although the address of the service does not.
    """
    service = backend.services.find(configuration.service)
    versions = [version for version, share in service.traffic.items() if share] if service else []
    if not versions:
        deploy = configuration.command("deploy")
        raise OperationError(f"There is no service {configuration.service} to test. Make one: {deploy}")
    if service and service.state != "ready":
        note, see = f" ({service.note})" if service.note else "", configuration.command("services")
        raise OperationError(f"The service {service.name} is {service.state}{note}. See: {see}")
    return versions


def smoke(target: Target, golden: GoldenRows, version: int, rule: Serving) -> None:
    """Make every check, with a line about each.

    Raises:
        OperationError: a check failed; the message says what was asked and what came back.
    """
    checks: dict[str, Callable[[], str]] = {
        "ready": lambda: _ready(target),
        "golden rows": lambda: _golden(target, golden, version, _fitting(golden, rule)),
        "wrong requests": lambda: _wrong(target),
        "speed": lambda: _speed(target, golden, version, rule.most_p99_ms),
        "burst": lambda: _burst(target, golden, version, _fitting(golden, rule)),
    }
    for name, check in checks.items():
        with console.step(name) as note:
            note.text = check()


def _ready(target: Target) -> str:
    if fault := target.ready():
        raise OperationError(f"The service is not ready: {fault}.")
    return ""


def _fitting(golden: GoldenRows, rule: Serving) -> int:
    """Return how many golden rows a request may have, at least one: limits of the service must not stop its test."""
    rows = min(len(golden.rows), rule.most_rows)
    while rows > 1 and len(json.dumps(golden.payload(rows))) > rule.most_bytes:
        rows -= 1
    return rows


def _golden(target: Target, golden: GoldenRows, version: int, rows: int) -> str:
    _score(target, golden, version, rows)
    return f"version {version} scores {rows} rows as it was evaluated"


def _score(target: Target, golden: GoldenRows, version: int, rows: int) -> float:
    """Score the first golden rows; return the milliseconds, or raise OperationError for a wrong answer."""
    body = json.dumps(golden.payload(rows)).encode()
    started = time.perf_counter()
    status, answer = target.ask(body)
    milliseconds = (time.perf_counter() - started) * 1000
    if status != OK:
        raise OperationError(f"Golden rows are answered with {_told(status, answer)}")
    if fault := golden.find_fault(answer, version, rows):
        raise OperationError(f"Version {version} does not score as it was evaluated: {fault}.")
    return milliseconds


def _wrong(target: Target) -> str:
    for name, body in WRONG.items():
        status, answer = target.ask(body)
        if not LEAST_REFUSAL <= status <= MOST_REFUSAL:
            raise OperationError(f"A wrong request, {name}, is answered with {_told(status, answer)}")
    return f"{len(WRONG)} are refused"


def _speed(target: Target, golden: GoldenRows, version: int, most: float) -> str:
    taken = sorted(_score(target, golden, version, 1) for _ in range(TIMED))
    p99 = taken[math.ceil(0.99 * TIMED) - 1]
    if p99 > most:
        raise OperationError(
            f"The slowest 1 % of {TIMED} requests take {p99:.0f} ms, and serving.most_p99_ms is {most:g}."
        )
    return f"median {taken[TIMED // 2]:.1f} ms, slowest 1 % {p99:.1f} ms"


def _burst(target: Target, golden: GoldenRows, version: int, rows: int) -> str:
    def ask_often(_client: int) -> None:
        for _ in range(EACH):
            _score(target, golden, version, rows)

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(ask_often, range(CLIENTS)))
    return f"{CLIENTS} clients got {CLIENTS * EACH} right answers"
