"""Start the processes of a service, and wait until they are ready."""

import http.client
import os
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from operation.errors import OperationError
from operation.execution.backends.local.services.background import POLL, Process, is_running, start, stop
from operation.execution.backends.local.services.state import PROCESS
from operation.execution.configuration.sections import Serving
from operation.execution.json_files import write_json
from operation.execution.steps.processes import THREADS

ROUTER = Path(__file__).with_name("router.py")
SCRIPT = "serve.py"
KEY = "SCORING_KEY"  # where the script looks for the API key
LOG, ROUTER_LOG = "log.txt", "router.log"
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/score")  # in the line that says where a process listens
ROUTER_SECONDS = 30.0
LINES = 20  # of a log, for a message


def environment(settings: Serving) -> dict[str, str]:
    """Return the variables of a version's process, with the API key if one is wanted.

    Raises:
        OperationError: the variable that holds the key is not set.
    """
    found = os.environ | dict.fromkeys(THREADS, "1")
    found.pop(KEY, None)
    if not settings.key:
        return found
    key = os.environ.get(settings.key, "")
    if not key.strip():
        raise OperationError(
            f"The environment variable {settings.key}, which serving.key names, is not set: it must hold the API key."
        )
    return {**found, KEY: key}


def copy_scripts(source: Path, place: Path) -> None:
    """Copy the core scripts, so that a version goes on as it was deployed, whatever is edited later."""
    shutil.copytree(source / "learning", place / "learning", ignore=shutil.ignore_patterns("__pycache__"))
    for script in source.glob("*.py"):
        shutil.copy(script, place)


def start_version(place: Path, version: int, requests: Path, settings: Serving) -> tuple[str, Process]:
    """Start the version whose model and scripts are in the folder; return its address when it is ready.

    Raises:
        OperationError: it ended, or did not get ready in time; then it runs no more.
    """
    words = [str(place / "src" / SCRIPT), "--model", str(place / "model"), "--version", str(version)]
    words += ["--host", "127.0.0.1", "--port", "0", *_limits(settings), *_request_log(requests, settings)]
    process = start(words, place / LOG, environment(settings))
    write_json(place / PROCESS, asdict(process))
    name = f"Version {version}"
    port = _wait(name, process, place / LOG, settings.start_seconds, lambda: _port(place / LOG, _is_ready))
    return f"http://127.0.0.1:{port}", process


def start_router(folder: Path, port: int) -> tuple[int, Process]:
    """Start the router of the service in the folder; return its port.

    Raises:
        OperationError: it ended, or did not get ready in time.
    """
    log = folder / ROUTER_LOG
    log.unlink(missing_ok=True)
    process = start([str(ROUTER), "--folder", str(folder), "--port", str(port)], log, os.environ)
    return _wait("The router", process, log, ROUTER_SECONDS, lambda: _port(log, lambda _: True)), process


def read_log(place: Path) -> str:
    """Return what the process of the folder has printed."""
    log = place / LOG
    return log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""


def _limits(settings: Serving) -> list[str]:
    return [
        *("--most-bytes", str(settings.most_bytes), "--most-rows", str(settings.most_rows)),
        *("--queue", str(settings.queue), "--deadline-seconds", str(settings.deadline_seconds)),
    ]


def _request_log(folder: Path, settings: Serving) -> list[str]:
    log = settings.request_log
    if not log.share:
        return []
    words = ["--request-log", str(folder), "--log-share", str(log.share), "--log-days", str(log.keep_days)]
    return [*words, *(["--log-features", *log.features] if log.features else [])]


def _wait(name: str, process: Process, log: Path, seconds: float, ready: Callable[[], int | None]) -> int:
    """Wait for the port of the process; raises OperationError with the end of its log, and then it runs no more."""
    until = time.monotonic() + seconds
    while True:
        running = is_running(process)
        if (port := ready()) is not None and running:
            return port
        if not running or time.monotonic() > until:
            break
        time.sleep(POLL)
    why = f"was not ready after {seconds:g} s" if running else "ended at its start"
    stop(process, 1)
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LINES:]
    raise OperationError("\n  ".join([f"{name} {why}.{' Its log ends:' if lines else ''}", *lines]))


def _port(log: Path, is_ready: Callable[[int], bool]) -> int | None:
    """Return the port that the process says it listens on, once it is ready."""
    found = ADDRESS.search(log.read_text(encoding="utf-8", errors="replace"))
    return int(found[1]) if found and is_ready(int(found[1])) else None


def _is_ready(port: int) -> bool:
    """Ask the process whether it is ready to score."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
