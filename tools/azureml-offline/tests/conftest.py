"""The services without the SDK: requests go to the application directly, with no socket between."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azureml_offline import identity, server
from azureml_offline.names import SERVICES_HOST
from azureml_offline.state import State
from flask import Flask
from werkzeug.test import TestResponse

Ask = Callable[..., TestResponse]


@pytest.fixture
def state(tmp_path: Path) -> State:
    """A fresh workspace, whose jobs take the environment of the tests."""
    return State(tmp_path / "state", reuse_environment=True)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Built once for the tests of a file, for it takes 0.1 s; each of them gives it a state of its own."""
    return server.build(State(tmp_path_factory.mktemp("unused")))


@pytest.fixture
def ask(app: Flask, state: State) -> Ask:
    """Sends "METHOD /path" with a valid token; a leading WS in the path's services stands for the workspace's scope."""
    app.config["STATE"] = state
    client = app.test_client()
    token = identity.issue(state, "tests", "anything")

    def send(line: str, body: Any = None, host: str = SERVICES_HOST, **options: Any) -> TestResponse:
        method, _, path = line.partition(" ")
        headers = {"Authorization": f"Bearer {token}", "Host": host, **options.pop("headers", {})}
        path = path.replace("WS", state.names.scope)
        if body is not None:
            options["json"] = body
        return client.open(path, method=method, headers=headers, **options)

    return send


@pytest.fixture
def storage(ask: Ask, state: State) -> Ask:
    """Sends "METHOD /container/path" to the storage account, with the signature that permits it."""

    def send(line: str, data: bytes = b"", **options: Any) -> TestResponse:
        query = {"sig": state.names.signature, **options.pop("query", {})}
        return ask(line, host=state.names.blob_host, data=data, query_string=query, **options)

    return send
