"""`invoke serve`: serve a registered version on this machine until Ctrl-C."""

import errno
import json
import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from operation import console
from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.configuration.api_key import SCORING_KEY, read_key
from operation.execution.configuration.sections import ROOT, Configuration
from operation.execution.foreground import LAST_PORT, end, is_ready
from operation.execution.json_files import read_json
from operation.execution.registration.find_version import find_version
from operation.execution.serving import official
from operation.execution.steps.processes import LEASH, OWN_GROUP, THREADS
from operation.execution.temporary import temporary_folder
from operation.execution.values import ModelVersion

CONDA_FILE = ROOT / "operation" / "configuration" / "score.yml"
OF_PORT = {errno.EADDRINUSE, errno.EACCES}  # what is wrong with a port; all else is wrong with the address
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (listened on only if people ask for it)


@dataclass(frozen=True)
class Asked:
    """What the command line asks for: version 0 is the champion, port 0 the configured one."""

    version: int
    fast: bool
    host: str
    port: int


@dataclass(frozen=True)
class Server:
    """What is started: Python, its words, and the variables that it gets beside those of this process.

    `probe` is the path that it answers when it is ready.
    """

    python: Path
    words: list[str]
    variables: Mapping[str, str]
    host: str
    port: int
    probe: str


def serve(configuration: Configuration, asked: Asked) -> None:
    """Serve the version until interrupted.

    Raises:
        OperationError: there is no such version, its files are damaged, the port is taken, the variable of the key is
            not set, or the server ended by itself.
    """
    port = _require_port(configuration, asked)
    _read_key(configuration, asked)  # before the model is fetched, which may take a while
    backend = connect(configuration)
    backend.check()
    model = find_version(configuration, backend.registry, asked.version or None)
    with temporary_folder() as temporary:
        folder = temporary / "model"
        backend.registry.fetch(model, folder)
        prepared = prepare(configuration, asked, port, model, folder)
        try:
            with started(prepared, configuration.serving.start_seconds) as server:
                _show(configuration, prepared, model, example(folder))
                if server.wait():
                    raise OperationError("The server ended by itself; see above.")
        except KeyboardInterrupt:
            console.say("Stopped.")


def prepare(configuration: Configuration, asked: Asked, port: int, model: ModelVersion, folder: Path) -> Server:
    """Return what to start for the model in the folder; raises OperationError as `serve` does."""
    key = _read_key(configuration, asked)
    if asked.fast:
        return _fast(configuration, asked, port, model, folder, key)
    return _official(configuration, asked, port, model, folder)


def _require_port(configuration: Configuration, asked: Asked) -> int:
    """Return a port that is free; raises OperationError for one that is not."""
    wanted = asked.port or configuration.serving.port
    if not 0 <= wanted <= LAST_PORT:
        raise OperationError(f"--port must be from 1 to {LAST_PORT}, not {wanted}.")
    family = socket.AF_INET6 if ":" in asked.host else socket.AF_INET
    try:
        with socket.create_server((asked.host, wanted), family=family) as free:
            return int(free.getsockname()[1])
    except OSError as error:
        other = configuration.command("serve --port N" if error.errno in OF_PORT else "serve --host ADDRESS")
        why = str(error.strerror or error).partition(" (while ")[0]  # socket repeats the address
        raise OperationError(
            f"Nothing can listen on {asked.host} port {wanted}: {why}. Choose another: {other}"
        ) from error


def _read_key(configuration: Configuration, asked: Asked) -> str:
    """Return the API key, "" if none is wanted; raises OperationError where it cannot be had or checked."""
    if configuration.serving.key and not asked.fast:
        raise OperationError(
            "serving.key is set, but Azure ML's inference server checks no key: Azure does that in front of it. Add "
            '--fast, or serve without a key: --set serving.key=""'
        )
    return read_key(configuration.serving)


def _fast(configuration: Configuration, asked: Asked, port: int, model: ModelVersion, folder: Path, key: str) -> Server:
    settings, log = configuration.serving, configuration.serving.request_log
    words = [str(configuration.scripts / "serve.py"), "--model", str(folder), "--version", str(model.version)]
    words += ["--host", asked.host, "--port", str(port)]
    words += ["--most-bytes", str(settings.most_bytes), "--most-rows", str(settings.most_rows)]
    words += ["--queue", str(settings.queue), "--deadline-seconds", str(settings.deadline_seconds)]
    if log.share:
        words += ["--request-log", str(log_folder(configuration)), "--log-share", str(log.share)]
        words += ["--log-days", str(log.keep_days), *(["--log-features", *log.features] if log.features else [])]
    return Server(Path(sys.executable), words, {SCORING_KEY: key} if key else {}, asked.host, port, "/ready")


def _official(configuration: Configuration, asked: Asked, port: int, model: ModelVersion, folder: Path) -> Server:
    python = official.prepare_environment(CONDA_FILE, configuration.common_outputs / "cache")
    words = official.command(asked.host, port, configuration.serving.deadline_seconds)
    variables = {
        "AML_APP_ROOT": str(configuration.scripts),
        "AZUREML_ENTRY_SCRIPT": str(configuration.scripts / "score.py"),
        "AZUREML_MODEL_DIR": str(folder),
        "MODEL_VERSION": str(model.version),
        "SCORING_TIMEOUT_MS": str(int(configuration.serving.deadline_seconds * 1000)),
        "SERVING_SETTINGS": json.dumps(settings_of(configuration, str(log_folder(configuration)))),
    }
    return Server(python, words, variables, asked.host, port, "/")


def settings_of(configuration: Configuration, folder: str) -> dict[str, Any]:
    """Return what SERVING_SETTINGS of `src/score.py` says; the log, if there is one, goes to the folder."""
    settings, log = configuration.serving, configuration.serving.request_log
    limits = {"most_bytes": settings.most_bytes, "most_rows": settings.most_rows}
    if not log.share:
        return limits
    logged = {"log_share": log.share, "log_features": list(log.features), "log_days": log.keep_days}
    return {**limits, "request_log": folder, **logged}


def log_folder(configuration: Configuration) -> Path:
    """Return the folder of the request log, the same as that of the deployed service."""
    return configuration.outputs / "services" / configuration.service / "requests"


@contextmanager
def started(prepared: Server, seconds: float) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the server, and end it with the block.

    Raises:
        OperationError: it did not get ready within the seconds.
    """
    taken = {*THREADS, SCORING_KEY, "PYTHONPATH"}
    variables = {name: value for name, value in os.environ.items() if name not in taken}
    variables |= {**dict.fromkeys(THREADS, "1"), **prepared.variables}
    words = [str(prepared.python), str(LEASH), *prepared.words]
    server = subprocess.Popen(words, env=variables, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, **OWN_GROUP)
    try:
        if not is_ready(server, near(prepared.host), prepared.port, prepared.probe, seconds):
            if server.poll() is not None:
                raise OperationError("The server ended before it was ready; see above.")
            raise OperationError(
                f"The server did not get ready within {seconds:g} seconds. Give it more: --set serving.start_seconds=N"
            )
        yield server
    finally:
        end(server)
        if server.stdin:
            server.stdin.close()


def near(host: str) -> str:
    """Return the address by which this machine reaches what listens on the host."""
    return EVERYWHERE.get(host, host)


def _show(configuration: Configuration, prepared: Server, model: ModelVersion, request: str) -> None:
    """Print where the version answers, and how to ask it."""
    host = near(prepared.host)
    address = f"http://{f'[{host}]' if ':' in host else host}:{prepared.port}/score"
    name = configuration.serving.key
    if warning := warn_of_strangers(prepared.host, name):
        console.say(warning)
    console.say(f"{model.name} version {model.version} on {address} (Ctrl-C stops it). Ask it:")
    key = f' -H "Authorization: Bearer ${name}"' if name else ""
    print(f"curl {address}{key} -d {shlex.quote(request)}", flush=True)


def warn_of_strangers(host: str, key: str) -> str:
    """Return a warning if other machines may send requests to a server that requires no key, "" otherwise."""
    try:
        is_near = ip_address(host).is_loopback
    except ValueError:  # a name
        is_near = host == "localhost"
    if is_near or key:
        return ""
    return (
        f"It listens on {host}, so other machines may send requests, too, without a key. To require one, name the "
        "variable that holds it: --fast --set serving.key=NAME"
    )


def example(folder: Path) -> str:
    """Return a request for the model in the folder: its first golden row, or one of which nothing is known."""
    golden = folder / "golden_rows.json"
    if golden.is_file():
        row = read_json(golden)["rows"][0]
    else:
        row = {feature["name"]: None for feature in read_json(folder / "features.json")["features"]}
    return json.dumps({"data": [row]}, ensure_ascii=False)
