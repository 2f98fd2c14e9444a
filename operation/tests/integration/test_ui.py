"""`invoke ui` serves MLflow's page on this machine's models, to this machine alone, until it is stopped."""

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from operation.errors import OperationError
from operation.execution import ui
from operation.execution.backends.local.database import Database
from operation.tests.integration.conftest import command
from operation.tests.interrupts import unmeasured
from operation.tests.parcels import load, own_repository
from operation.tests.processes import are_gone, children


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def get(url: str, deadline: float) -> bytes:
    """The answer, once the server is up."""
    while True:
        try:
            with urlopen(url, timeout=10) as answer:  # noqa: S310  our own server
                return bytes(answer.read())
        except URLError:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_page_shows_the_registered_models_until_it_is_stopped(
    tmp_path: Path, port: int, ending: signal.Signals
) -> None:
    Database(tmp_path / "parcels" / "mlflow").client.create_registered_model("parcel-delays")
    words = command("ui", [f"backend.outputs={tmp_path}"], "--port", str(port))
    with subprocess.Popen(
        words,
        cwd=own_repository(),
        env=unmeasured(),
        text=True,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            deadline = time.monotonic() + 120
            assert b"<title>MLflow</title>" in get(f"http://127.0.0.1:{port}/", deadline)
            found = get(f"http://127.0.0.1:{port}/api/2.0/mlflow/registered-models/search", deadline)
            assert [model["name"] for model in json.loads(found)["registered_models"]] == ["parcel-delays"]
            foreign = Request(f"http://127.0.0.1:{port}/", headers={"Host": "10.0.0.1.example.com"})
            with pytest.raises(HTTPError, match="403"):
                urlopen(foreign, timeout=10)  # noqa: S310  our own server, by a name that another site could have
            process.send_signal(ending)
            assert process.wait(30) == 0
        finally:
            process.kill()
        assert process.stdout is not None
        assert f"http://127.0.0.1:{port} (Ctrl-C stops it)" in process.stdout.read()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_page_whose_command_was_killed_is_gone(tmp_path: Path, port: int) -> None:
    Database(tmp_path / "parcels" / "mlflow").client.create_registered_model("parcel-delays")
    words = command("ui", [f"backend.outputs={tmp_path}"], "--port", str(port))
    with subprocess.Popen(words, cwd=own_repository(), env=unmeasured(), stdout=subprocess.DEVNULL) as process:
        get(f"http://127.0.0.1:{port}/", time.monotonic() + 120)
        servers = children(process.pid)
        assert len(servers) > 1
        process.kill()
    assert are_gone(*servers)
    # A process is a zombie a moment before its last thread gives the socket back: until then a connection is reset.
    deadline = time.monotonic() + 10
    while listens(port):
        assert time.monotonic() < deadline


def test_a_port_that_is_taken_is_named_in_one_line(tmp_path: Path, port: int) -> None:
    Database(tmp_path / "parcels" / "mlflow").client.search_experiments(max_results=1)
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(OperationError) as raised:
            ui.serve(load(settings=[f"backend.outputs={tmp_path}"]), port)
    assert str(raised.value) == f"Another program listens on port {port}. Stop it, or name another: invoke ui --port N"
