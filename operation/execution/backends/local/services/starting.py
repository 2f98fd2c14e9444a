"""Start the processes of a service, and wait until they are ready."""

import os
import re
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from operation.errors import OperationError
from operation.execution.backends.local.services.background import POLL, Process, is_running, start, stop
from operation.execution.backends.local.services.state import write_process
from operation.execution.configuration.api_key import SCORING_KEY, read_key
from operation.execution.configuration.sections import Serving
from operation.execution.foreground import answers
from operation.execution.steps.processes import THREADS

ROUTER = Path(__file__).with_name("router.py")
SCRIPT = "serve.py"
LOG, ROUTER_LOG = "log.txt", "router.log"
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/score")  # in the line that says where a process listens
ROUTER_SECONDS = 30.0
LINES = 20  # of a log, for a message


def environment(settings: Serving) -> dict[str, str]:
    """Return the variables of a version's process, with the API key if one is wanted.

    Raises:
        OperationError: the variable that holds the key is not set, or holds none.
    """
    found = os.environ | dict.fromkeys(THREADS, "1")
    found.pop(SCORING_KEY, None)
    key = read_key(settings)
    return {**found, SCORING_KEY: key} if key else found


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
    write_process(place, process)
    name, is_ready = f"Version {version}", partial(answers, "127.0.0.1", path="/ready")
    port = _wait(name, process, place / LOG, settings.start_seconds, lambda: _port(place / LOG, is_ready))
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
    try:
        while (running := is_running(process)) and time.monotonic() <= until:
            if (port := ready()) is not None:
                return port
            time.sleep(POLL)
    except BaseException:  # an interrupt: nobody else knows of the process yet
        stop(process, 1)
        raise
    why = f"was not ready after {seconds:g} s" if running else "ended at its start"
    stop(process, 1)
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LINES:]
    raise OperationError("\n  ".join([f"{name} {why}.{' Its log ends:' if lines else ''}", *lines]))


def _port(log: Path, is_ready: Callable[[int], bool]) -> int | None:
    """Return the port that the process says it listens on, once it is ready."""
    found = ADDRESS.search(log.read_text(encoding="utf-8", errors="replace"))
    return int(found[1]) if found and is_ready(int(found[1])) else None
