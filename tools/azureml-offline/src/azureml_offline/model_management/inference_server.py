"""Answer by azureml-inference-server-http itself, where the environment has it: schemas, raw HTTP and swagger.

`scoring_program` imports this in the environment of the service, so it imports the standard library alone at first.
Requests and answers are whole ones, as JSON. There is no socket: Flask is asked in the process.
"""

import base64
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

PACKAGE = "azureml_inference_server_http"
Respond = Callable[[dict[str, Any]], dict[str, Any]]
FAILED = "x-ms-run-function-failed"


def has_server(python: Path) -> bool:
    """Tell whether the environment of that interpreter has the package, in a version that this knows."""
    return any(python.parent.parent.glob(f"lib/python*/site-packages/{PACKAGE}/server/create_app.py"))


def open_server() -> Respond:
    """Load the scoring script, call its `init()`, and return what answers requests; ends the process if that fails."""
    client = importlib.import_module(f"{PACKAGE}.server.create_app").create().test_client(use_cookies=False)

    def respond(asked: dict[str, Any]) -> dict[str, Any]:
        given = client.open(
            asked["path"],
            method=asked["method"],
            query_string=asked["query"],
            headers=asked["headers"],
            data=base64.b64decode(asked["base64"]),
        )
        content, failed = base64.b64encode(given.data).decode(), given.headers.get(FAILED) == "True"
        return {"status": given.status_code, "base64": content, "failed": failed, "headers": dict(given.headers)}

    return respond
