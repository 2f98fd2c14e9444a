"""The process of a web service: calls `init()` once, then `run()` for each request, like azureml-inference-server-http.

It runs in the environment of the service, so it imports the standard library alone. Requests are lines of JSON on its
stdin, answers lines on its stdout, the first of them when it is ready. What the script prints goes to stderr, its log.
"""

import importlib.util
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from types import ModuleType
from typing import IO, Any

Run = Callable[[str], Any]
SCRIPT_FAILED = "An unexpected error occurred in scoring script. Check the logs for more info."
ANSWER_FAILED = "An unexpected internal error occurred. Check the logs for more info."


class LateError(Exception):
    """`run()` took longer than the service permits."""


def main() -> int:
    """Serve SCRIPT, which may import from ROOT and SOURCE; each request may take SECONDS. Ends with stdin."""
    root, source, script, seconds = sys.argv[1:]
    requests, answers = _take_over()
    sys.path[0] = root  # in place of this file's folder, whose modules would hide the script's
    sys.path.append(source)
    waiting: SimpleQueue[str] = SimpleQueue()
    # Read by a thread, so that the end of stdin is noticed also while the script works on something.
    Thread(target=_listen, args=(requests, waiting), daemon=True).start()
    entry = load(script)
    entry.init()
    signal.signal(signal.SIGALRM, _be_late)  # after `init()`, which has no limit and may set handlers of its own
    _say(answers, {"ready": True})
    while True:
        _say(answers, answer(entry.run, waiting.get(), float(seconds)))


def _take_over() -> tuple[IO[str], IO[str]]:
    """Move stdin and stdout to other numbers, so that the script reads nothing and prints into the log."""
    # By number and not as sys.stdout: libraries in C print, too, and a line of theirs would be taken for an answer.
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return requests, answers


def _listen(requests: IO[str], waiting: "SimpleQueue[str]") -> None:
    for line in requests:
        waiting.put(json.loads(line)["body"])
    os._exit(0)  # the workspace is gone; the script may be busy, and this thread cannot stop it otherwise


def _say(answers: IO[str], what: dict[str, Any]) -> None:
    answers.write(json.dumps(what) + "\n")
    answers.flush()


def load(script: str) -> ModuleType:
    """Load the scoring script as a module; whatever it raises ends the process."""
    specification = importlib.util.spec_from_file_location("entry_module", script)
    if specification is None or specification.loader is None:
        raise ImportError(f"{script} must be a Python script")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    for name in ("init", "run"):
        if not hasattr(module, name):
            raise AttributeError(f"User script at {script} does not have a {name}() function defined.")
    return module


def answer(run: Run, body: str, seconds: float) -> dict[str, Any]:
    """Return status and body of the answer to a request, and whether `run()` failed; 0 seconds are no limit.

    The alarm interrupts Python code alone: a long call into C is only reported when it returns.
    """
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        output = run(body)
    except LateError:
        return _failure(f"Scoring timeout after {seconds * 1000:.0f} ms")
    except Exception:  # noqa: BLE001  the service outlives whatever its script raises
        return _failure(SCRIPT_FAILED)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)  # an alarm that rings later would hit the next request
    try:
        return {"status": 200, "body": json.dumps(output), "failed": False}
    except (TypeError, ValueError):
        return _failure(ANSWER_FAILED) | {"failed": False}


def _failure(message: str) -> dict[str, Any]:
    traceback.print_exc()
    return {"status": 500, "body": json.dumps({"message": message}), "failed": True}


def _be_late(*_: object) -> None:
    raise LateError


if __name__ == "__main__":
    raise SystemExit(main())
