"""`invoke ui`: MLflow's own page on this machine's runs and models."""

import os
import subprocess
import sys

from operation import console
from operation.errors import OperationError
from operation.execution.configuration import Configuration

SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "PYTHONWARNINGS": "ignore",  # its own libraries deprecate each other
}


def serve(configuration: Configuration, port: int) -> None:
    """Serve the page on 127.0.0.1 until interrupted; raises OperationError if there is nothing to show."""
    database = configuration.outputs / "mlflow" / "mlflow.db"
    if not database.exists():
        raise OperationError("There is no run to show yet. Make the first: invoke train")
    console.say(f"MLflow on http://127.0.0.1:{port} (Ctrl-C stops it)")
    store, address = f"sqlite:///{database.as_posix()}", ["--host", "127.0.0.1", "--port", str(port)]
    # One reader needs one worker, and none of the jobs that a shared server runs: a third of the start-up time.
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", store, *address, "--workers", "1"]
    if subprocess.run(command, env=os.environ | SETTINGS).returncode:
        raise OperationError(f"The MLflow UI stopped; see above. If port {port} is taken: invoke ui --port N")
