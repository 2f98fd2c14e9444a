"""The services without the SDK: requests go to the application directly, with no socket between."""

import io
import os
import signal
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from azureml_offline.resources import identity
from azureml_offline.server import application
from azureml_offline.storage import blobs
from azureml_offline.workspace.names import SERVICES_HOST
from azureml_offline.workspace.state import State
from flask import Flask
from werkzeug.test import TestResponse

Ask = Callable[..., TestResponse]
Json = dict[str, Any]
# A shell that starts the tests in the background has interrupts ignored, by what the tests start and interrupt, too.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def state(tmp_path: Path) -> State:
    """A fresh workspace, whose jobs take the environment of the tests."""
    return State(tmp_path / "state", reuse_environment=True)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Built once for the tests of a file, for it takes 0.1 s; each of them gives it a state of its own."""
    return application.build(State(tmp_path_factory.mktemp("unused")))


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
        container, _, path = unquote(line.partition("/")[2]).partition("/")
        query = {"sig": blobs.signature(state, container, path), **options.pop("query", {})}
        return ask(line, host=state.names.blob_host, data=data, query_string=query, **options)

    return send


@pytest.fixture(scope="session")
def unmeasured() -> dict[str, str]:
    """The environment of this process, for a child that the tests interrupt: coverage must not measure it.

    Coverage takes a lock of its own when a thread enters a file that is new to it. An interrupt that comes just then
    leaves the lock held, and the child waits for it without end: seen once in thirty interrupts.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_PROCESS")}


@pytest.fixture(scope="session")
def are_gone() -> Callable[..., bool]:
    """Tells whether processes have all ended within some seconds: a killed one needs a moment to die."""

    def wait(*processes: int, seconds: float = 10) -> bool:
        until = time.monotonic() + seconds
        while any(map(_is_alive, processes)):
            if time.monotonic() > until:
                return False
            time.sleep(0.01)
        return True

    return wait


def _is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def ended(state: State) -> Iterator[None]:
    """No process outlives its test."""
    yield
    for service in state.services.values():
        service.close()


@pytest.fixture
def image(storage: Ask) -> Callable[..., Json]:
    """Uploads the script as the folder `src`, as the SDK does; what a request says of the service's code and models."""

    def upload(script: str, *models: str, **variables: str) -> Json:
        packed, content = io.BytesIO(), script.encode()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            entry = tarfile.TarInfo("src/score.py")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        place = f"LocalUpload/{time.monotonic_ns()}/src.tar.gz"
        storage(f"PUT /azureml/{place}", packed.getvalue())
        known = {"AZUREML_ENTRY_SCRIPT": "src/score.py", "AZUREML_SOURCE_DIRECTORY": "src"}
        return {
            "assets": [{"id": "src.tar.gz", "url": f"aml://artifact/{place}", "unpack": True}],
            "modelIds": list(models),
            "environment": {"environmentVariables": known | variables},
        }

    return upload
