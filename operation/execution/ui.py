"""`invoke ui`: MLflow's own page on this machine's runs and models."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Any

from operation import console
from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.configuration.sections import Configuration

SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "PYTHONWARNINGS": "ignore",  # its own libraries deprecate each other
}
ENDINGS = ("SIGTERM", "SIGHUP")  # an agent that stops a job, and a terminal that is closed
OWN_GROUP: dict[str, Any] = {} if sys.platform == "win32" else {"process_group": 0}


def serve(configuration: Configuration, port: int) -> None:
    """Serve the page on 127.0.0.1 until interrupted; raises OperationError if there is nothing that it shows."""
    if configuration.backend.kind != "local":
        raise OperationError(
            "MLflow shows the runs of the environment local. Those of a workspace show in Azure ML's studio, and its "
            f"models here: {configuration.command('models')}"
        )
    database = configuration.outputs / "mlflow" / "mlflow.db"
    if not database.exists():
        raise OperationError("There is no run to show yet. Make the first: invoke train")
    connect(configuration).check()
    console.say(f"MLflow on http://127.0.0.1:{port} (Ctrl-C stops it)")
    store, address = f"sqlite:///{database.as_posix()}", ["--host", "127.0.0.1", "--port", str(port)]
    # One reader needs one worker, and none of the jobs that a shared server runs: a third of the start-up time.
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", store, *address, "--workers", "1"]
    # A group of its own: a signal reaches us alone, and we end the server with everything that it has started.
    for name in ENDINGS:
        if hasattr(signal, name):  # Windows has no SIGHUP
            signal.signal(getattr(signal, name), signal.default_int_handler)
    server = subprocess.Popen(command, env=os.environ | SETTINGS, **OWN_GROUP)
    try:
        if server.wait():
            raise OperationError(f"The MLflow UI stopped; see above. If port {port} is taken: invoke ui --port N")
    except KeyboardInterrupt:
        console.say("Stopped.")
    finally:
        _end(server)


def _end(server: "subprocess.Popen[bytes]") -> None:
    if sys.platform == "win32":
        server.terminate()
    else:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
    server.wait()
