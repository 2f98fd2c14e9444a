"""`invoke ui`: serve MLflow's own page with this machine's runs and models."""

import os
import subprocess
import sys
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.backends.local.database import foreign_settings
from operation.execution.configuration.sections import Configuration
from operation.execution.foreground import LAST_PORT, end, listens
from operation.execution.steps.processes import LEASH, OWN_GROUP

SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "PYTHONWARNINGS": "ignore",  # about deprecations between its own libraries, of no use to our users
}
STARTING = 60.0  # seconds until the server must listen


def serve(configuration: Configuration, port: int) -> None:
    """Serve the page on 127.0.0.1 until interrupted; raises OperationError for what it cannot serve."""
    database = _require_runs(configuration, port)
    # The server has a process group of its own. Ctrl-C then reaches only us, and we end the whole group: MLflow's
    # worker would outlive the server and keep the port.
    command = [sys.executable, str(LEASH), "-m", "mlflow", "ui", *_options(database, port)]
    server = subprocess.Popen(command, env=_variables(), stdin=subprocess.PIPE, **OWN_GROUP)
    try:
        if listens(server, port, STARTING):
            console.say(f"MLflow on http://127.0.0.1:{port} (Ctrl-C stops it)")
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
    return database


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
