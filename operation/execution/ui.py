"""`invoke ui`: serve MLflow's own page with this machine's runs and models."""

import os
import subprocess
import sys
import webbrowser
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.backends.local.database import Database, foreign_settings
from operation.execution.configuration.sections import Configuration
from operation.execution.foreground import LAST_PORT, end, is_taken, listens
from operation.execution.steps.processes import LEASH, OWN_GROUP

SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "PYTHONWARNINGS": "ignore",  # about deprecations between its own libraries, of no use to our users
}
STARTING = 600.0  # seconds that we wait for the server to listen; on a busy machine that takes minutes
# Training runs of classic machine learning; MLflow's own first page is about language models.
RUNS_PAGE = "http://127.0.0.1:{port}/#/experiments/{number}/runs?workflowType=machine_learning"
BROWSER = "BROWSER"  # the variable by which a shell, or an editor for its containers, names what opens pages
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")  # one of them is set where a Linux shell can show a window


def serve(configuration: Configuration, port: int, show: bool = True) -> None:
    """Serve the page on 127.0.0.1 until interrupted; with `show`, open the experiment where a person sees it.

    Raises:
        OperationError: there is nothing to show, or the port cannot be used.
    """
    database = _require_runs(configuration, port)
    # The server has a process group of its own. Ctrl-C then reaches only us, and we end the whole group: MLflow's
    # worker would outlive the server and keep the port.
    command = [sys.executable, str(LEASH), "-m", "mlflow", "ui", *_options(database, port)]
    server = subprocess.Popen(command, env=_variables(), stdin=subprocess.PIPE, **OWN_GROUP)
    try:
        if listens(server, port, STARTING):
            announce(configuration, database, port, show)
        if server.wait():
            raise OperationError(
                f"The MLflow UI stopped; see above. If port {port} is taken: {configuration.command('ui --port N')}"
            )
    except KeyboardInterrupt:
        console.say("Stopped.")
    finally:
        end(server)


def _require_runs(configuration: Configuration, port: int) -> Path:
    """Return the database to show; raises OperationError if there is none, or the port cannot be one."""
    if not 1 <= port <= LAST_PORT:
        raise OperationError(f"--port must be from 1 to {LAST_PORT}, not {port}.")
    if configuration.backend.kind != "local":
        raise OperationError(
            "MLflow has the runs of the environment local only. A workspace shows its runs in Azure ML's studio, and "
            f"its models here: {configuration.command('models')}"
        )
    connect(configuration).check()  # a damaged database is one line here, and pages of traceback in the server
    database = configuration.outputs / "mlflow" / "mlflow.db"
    if not database.exists():
        raise OperationError(f"There is no run to show yet. Start one: {configuration.command('train')}")
    if is_taken(port):
        raise OperationError(
            f"Another program listens on port {port}. Stop it, or name another: {configuration.command('ui --port N')}"
        )
    return database


def announce(configuration: Configuration, database: Path, port: int, show: bool = False) -> None:
    """Print the addresses, and open the one of the experiment if a person is there to see it."""
    console.say(f"MLflow on http://127.0.0.1:{port} (Ctrl-C stops it)")
    if number := Database(database.parent).experiment(configuration.experiment):
        page = RUNS_PAGE.format(port=port, number=number)
        console.say(f"Runs of {configuration.experiment}: {page}")
        if show and _is_seen():
            webbrowser.open(page)
    console.say("MLflow's first page speaks of usage data; here that is switched off, and nothing is sent.")


def _is_seen() -> bool:
    """Say whether a person started this, at a screen: elsewhere a browser of text would take over the terminal."""
    graphical = sys.platform in ("win32", "darwin") or any(os.environ.get(name) for name in DISPLAYS)
    return bool(os.environ.get(BROWSER)) or (sys.stdout.isatty() and graphical)


def _variables() -> dict[str, str]:
    """Return the environment of the server, which must show our registry whatever the shell says of others."""
    foreign = foreign_settings()
    return {name: value for name, value in os.environ.items() if name not in foreign} | SETTINGS


def _options(database: Path, port: int) -> list[str]:
    store, address = f"sqlite:///{database.as_posix()}", ["--host", "127.0.0.1", "--port", str(port)]
    # MLflow's own default admits every private address, and so a page of another site that resolves to one.
    address += ["--allowed-hosts", f"127.0.0.1:{port},localhost:{port}"]
    # One reader needs one worker and no background jobs; this cuts the start-up time to a third.
    return ["--backend-store-uri", store, *address, "--workers", "1"]
