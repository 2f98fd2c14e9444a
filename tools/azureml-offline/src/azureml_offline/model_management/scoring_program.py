"""The process of a web service: calls `init()` once, then `run()` for each request, like azureml-inference-server-http.

It runs in the environment of the service, so it imports the standard library alone. Requests are lines of JSON on its
stdin, answers lines on its stdout, the first of them when it is ready. What the script prints goes to stderr, its log.
"""

import ast
import base64
import importlib
import importlib.util
import inspect
import io
import json
import os
import signal
import sys
import textwrap
import traceback
import uuid
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from threading import Thread
from types import MappingProxyType, ModuleType, SimpleNamespace
from typing import IO, Any

Run = Callable[[Any], Any]
EMPTY: Mapping[str, str] = MappingProxyType({})
SERVER = "azureml_inference_server_http"
OFFERED = ("data", "environ", "get_data", "headers", "method", "stream")  # of a request
NAME_SERVER = (
    "name azureml-inference-server-http in the environment of the service, and start the offline workspace without "
    "--reuse-environment"
)
SCRIPT_FAILED = "An unexpected error occurred in scoring script. Check the logs for more info."
ANSWER_FAILED = "An unexpected internal error occurred. Check the logs for more info."


class Headers(dict[str, str]):
    """Headers of a request, found whatever the case of their names."""

    def __init__(self, given: Mapping[str, str]) -> None:
        """Hold them under names as WSGI writes them."""
        super().__init__({name.title(): value for name, value in given.items()})

    def __getitem__(self, name: str) -> str:
        """Return the header of that name."""
        return super().__getitem__(name.title())

    def __contains__(self, name: object) -> bool:
        """Say whether there is a header of that name."""
        return super().__contains__(str(name).title())

    def get(self, name: str, default: Any = None) -> Any:
        """Return the header of that name, or the default."""
        return super().get(name.title(), default)


class Request:
    """What `run()` is handed in place of the body's text if it is declared by `rawhttp`: the part that is offered."""

    def __init__(self, body: str, headers: Mapping[str, str]) -> None:
        """Hold the body and the headers."""
        self.method, self.headers = "POST", Headers(headers)
        self.data = body.encode()
        self.stream = io.BytesIO(self.data)
        self.environ = {"REQUEST_METHOD": self.method, "wsgi.input": self.stream, "wsgi.input_terminated": True}
        self.environ |= {_name_in_wsgi(name): value for name, value in headers.items()}

    def get_data(self) -> bytes:
        """Return the body."""
        return self.data


def _name_in_wsgi(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"


class AMLResponse:
    """An answer with a status and headers of its own."""

    def __init__(
        self,
        message: Any,
        status_code: int,
        response_headers: Mapping[str, str] | None = None,
        json_str: bool = False,
        run_function_failed: bool = False,
    ) -> None:
        """Hold text or bytes, or with `json_str` what becomes JSON; nothing is an empty object, as in the server."""
        as_json = json_str or message is None
        text = json.dumps({} if message is None else message) if as_json else message
        self.content = text if isinstance(text, bytes) else str(text).encode()
        kind = "application/json" if as_json else "text/html; charset=utf-8"  # Flask's own for text
        self.headers = {"Content-Type": kind} | {name.title(): one for name, one in (response_headers or {}).items()}
        self.status, self.failed = status_code, run_function_failed


def rawhttp(run: Run) -> Run:
    """Have `run` be handed requests, not texts."""
    run.raw_http = True  # type: ignore[attr-defined]
    return run


def offer_server() -> None:
    """Let scripts find the parts of the inference server for raw HTTP, under its names, which is not installed here."""
    names = (SERVER, f"{SERVER}.api", f"{SERVER}.api.aml_request", f"{SERVER}.api.aml_response")
    modules = [sys.modules.setdefault(name, ModuleType(name)) for name in names]
    vars(modules[2]).update(rawhttp=rawhttp, AMLRequest=Request)
    vars(modules[3]).update(AMLResponse=AMLResponse)


class Globals(SimpleNamespace):
    """What stands for `flask.g` where Flask is not installed."""

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of that name."""
        return getattr(self, name, default)


def open_globals() -> Any:
    """Return `flask.g`, in which the inference server keeps the id of a request."""
    try:
        import flask
    except ImportError:
        stand_in = sys.modules["flask"] = ModuleType("flask")
        vars(stand_in).update(g=Globals())
        return vars(stand_in)["g"]
    flask.Flask("entry_module").app_context().push()
    return flask.g


class LateError(Exception):
    """`run()` took longer than the service permits."""


def main() -> int:
    """Serve SCRIPT, which may import from ROOT and SOURCE; each request may take SECONDS. Ends with stdin.

    With a last word, the inference server of the environment serves it, which finds all of these in its variables.
    """
    root, source, script, seconds, *by_server = sys.argv[1:]
    requests, answers = _take_over()
    server = importlib.import_module("inference_server") if by_server else None  # from beside this file
    sys.path[0] = root  # in place of this file's folder, whose modules would hide the script's
    sys.path.append(source)
    waiting: SimpleQueue[dict[str, Any]] = SimpleQueue()
    # Read by a thread, so that the end of stdin is noticed also while the script works on something.
    Thread(target=_listen, args=(requests, waiting), daemon=True).start()
    respond = server.open_server() if server else open_script(script, float(seconds))
    _say(answers, {"ready": True})
    while True:
        _say(answers, respond(waiting.get()))


def open_script(script: str, seconds: float) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Load the script, call its `init()`, and return what answers requests; whatever the script raises is raised."""
    offer_server()
    entry = load(script)
    shared = open_globals() if getattr(entry.run, "raw_http", False) else Globals()
    entry.init()
    signal.signal(signal.SIGALRM, _be_late)  # after `init()`, which has no limit and may set handlers of its own

    def respond(asked: dict[str, Any]) -> dict[str, Any]:
        shared.request_id = str(uuid.uuid4())
        return answer(entry.run, asked["body"], seconds, asked.get("headers") or {})

    return respond


def _take_over() -> tuple[IO[str], IO[str]]:
    """Move stdin and stdout to other numbers, so that the script reads nothing and prints into the log."""
    # By number and not as sys.stdout: libraries in C print, too, and a line of theirs would be taken for an answer.
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return requests, answers


def _listen(requests: IO[str], waiting: "SimpleQueue[dict[str, Any]]") -> None:
    for line in requests:
        waiting.put(json.loads(line))
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
    # Its decorator reads the parameters of run() from the body, which azureml-inference-server-http hands it parsed.
    if "inference_schema" in sys.modules and hasattr(module.run, "__wrapped__"):
        raise ImportError(
            f"{script} declares run() by inference_schema, which the offline workspace does not offer: it hands run() "
            f"the body as text. Leave out input_schema and output_schema and parse the body, or {NAME_SERVER}."
        )
    if missing := not_offered(module.run) if getattr(module.run, "raw_http", False) else None:
        raise ImportError(
            f"{script} reads request.{missing} in run(), which the offline workspace does not offer: it has "
            f"{', '.join(OFFERED)}. Read these, or {NAME_SERVER}."
        )
    return module


def not_offered(run: Run) -> str | None:
    """Return the first attribute of its request that `run` reads, as far as its source shows, and `Request` lacks."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(run)))
        request = next(iter(inspect.signature(run).parameters), "")
    except (OSError, TypeError, ValueError, SyntaxError):  # of what is not written in Python
        return None
    read = (each for each in ast.walk(tree) if isinstance(each, ast.Attribute))
    own = (each.attr for each in read if isinstance(each.value, ast.Name) and each.value.id == request)
    # What a text has may be asked of one: a script can tell a request from a text, which tests hand it.
    return next((each for each in own if each not in OFFERED and not hasattr(str, each)), None)


def answer(run: Run, body: str, seconds: float, headers: Mapping[str, str] = EMPTY) -> dict[str, Any]:
    """Return status and body of the answer to a request, and whether `run()` failed; 0 seconds mean no limit.

    The alarm interrupts Python code alone: a long call into C is only reported when it returns.
    """
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        output = run(Request(body, headers) if getattr(run, "raw_http", False) else body)
    except LateError:
        return _failure(f"Scoring timeout after {seconds * 1000:.0f} ms")
    except Exception:  # noqa: BLE001  the service outlives whatever its script raises
        return _failure(SCRIPT_FAILED)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)  # an alarm that rings later would hit the next request
    if isinstance(output, AMLResponse):
        content = base64.b64encode(output.content).decode()  # it may be no text
        return {"status": output.status, "base64": content, "failed": output.failed, "headers": output.headers}
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
