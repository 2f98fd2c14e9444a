"""Both hosts as processes on a real model: the same answers and refusals by HTTP, and nothing that breaks them."""

import json
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

import serve as script_of_server
from operation.errors import OperationError
from operation.execution.configuration.sections import ROOT, Configuration
from operation.execution.deployment import smoke as checks
from operation.execution.deployment.golden import GoldenRows
from operation.execution.deployment.smoke import smoke
from operation.execution.deployment.targets import Address
from operation.execution.file_hashes import sign
from operation.execution.serving import serve
from operation.execution.values import ModelVersion, Run
from operation.tests.parcels import load, own_scripts, write_tables
from operation.tests.serving.registry import NAME, Registry
from operation.tests.wrong_requests import RIGHT, WRONG, fill

CHECKED = """
import sys
sys.path.insert(0, sys.argv[1])
import serve  # and all that it imports
from pathlib import Path
from learning import serving
service = serving.load(Path(sys.argv[2]), "3", 1000, 10, None, [])
print(service.answer(b'{"data": []}', "1"))
"""
MODEL = ModelVersion("parcel-delays", 3, "run")


def script(name: str, *words: str | Path) -> None:
    subprocess.run([sys.executable, own_scripts() / name, *words], check=True, capture_output=True)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of parcels, with golden rows."""
    folder = tmp_path_factory.mktemp("bundle")
    raw, prepared, files = (folder / name for name in ("raw", "prepared", "model"))
    raw.mkdir()
    write_tables(raw)
    script("prepare.py", "--data", raw, "--output", prepared)
    script("train.py", "--data", prepared, "--output", files, "--trees", "20", "--leaves", "15", "--threads", "1")
    script("evaluate.py", "--data", prepared, "--model", files, "--output", folder / "evaluation", "--resamples", "30")
    shutil.copy(folder / "evaluation" / "golden_rows.json", files)
    return files


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    return load(
        settings=[f"backend.outputs={tmp_path_factory.mktemp('outputs')}", "serving.request_log.features=[temp]"]
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def running(configuration: Configuration, model: Path, fast: bool) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    port = free_port()
    asked = serve.Asked(3, fast, "127.0.0.1", port)
    prepared = serve.prepare(configuration, asked, port, MODEL, model)
    with serve.started(prepared, configuration.serving.start_seconds) as server:
        yield server, port


@pytest.fixture(scope="module", params=["fast", "official"])
def port(request: pytest.FixtureRequest, configuration: Configuration, model: Path) -> Iterator[int]:
    """Of a server that all tests of a host share."""
    with running(configuration, model, request.param == "fast") as (_, port):
        yield port


@pytest.fixture(scope="module")
def record(model: Path) -> dict[str, Any]:
    return dict(GoldenRows.read(model).rows[0])


def ask(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
    """Ask by HTTP, on a connection of its own."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        content = answer.read()
        kind = answer.headers["content-type"]
        return answer.status, json.loads(content) if kind == "application/json" else content.decode()
    finally:
        connection.close()


def test_wrong_requests_are_refused_by_their_status_and_in_words(port: int, record: dict[str, Any]) -> None:
    for name, (body, status, start) in WRONG.items():
        answered, said = ask(port, "POST", "/score", fill(body, record))
        assert (name, answered, sorted(said)) == (name, status, ["error", "request_id"])
        assert said["error"].startswith(start)


def test_odd_requests_that_are_right_are_answered(port: int, record: dict[str, Any]) -> None:
    for name, (body, scores) in RIGHT.items():
        answered, said = ask(port, "POST", "/score", fill(body, record))
        assert (name, answered, len(said["probabilities"])) == (name, 200, scores)


def test_a_page_is_not_a_score_and_an_answer_names_the_request(port: int, record: dict[str, Any]) -> None:
    assert ask(port, "GET", "/score")[0] == 405
    said = ask(port, "POST", "/score", fill('{"data": [RECORD]}', record), **{"x-request-id": "mine-1"})[1]
    assert (said["model_version"], said["request_id"]) == ("3", "mine-1")


def test_an_answer_without_a_body_is_sent_and_a_body_that_waits_for_leave_gets_it(
    port: int, record: dict[str, Any]
) -> None:
    body = fill('{"data": [RECORD]}', record)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(b"HEAD /score HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(10_000).startswith(b"HTTP/1.1 405 ")
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        head = b"POST /score HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
        client.sendall(head % len(body))
        assert client.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        client.sendall(body)
        assert client.recv(100).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_body_whose_parts_are_not_what_they_say_is_a_wrong_request(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(b"POST /score HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}")
        assert client.recv(100).startswith(b"HTTP/1.1 400 ")


def test_a_body_that_is_said_to_be_too_large_is_not_waited_for(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:  # the deadline is later
        client.sendall(b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")


def test_both_hosts_pass_the_smoke_test(port: int, configuration: Configuration, model: Path) -> None:
    smoke(Address(f"http://127.0.0.1:{port}/score"), GoldenRows.read(model), 3, configuration.serving)


def connect_to(model: Path, folder: Path, versions: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the verb find so many versions of the model."""
    registry = Registry(folder)
    for _ in range(versions):
        registry.register(Run("run", "completed", model), NAME, model, sign(model))
    services = SimpleNamespace(find=lambda _name: None)
    backend = SimpleNamespace(registry=registry, services=services, check=lambda: None)
    monkeypatch.setattr(checks, "connect", lambda _configuration: backend)


@pytest.mark.parametrize("path", ["/score", ""])
def test_the_verb_finds_the_version_and_its_golden_rows(
    port: int, configuration: Configuration, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    connect_to(model, tmp_path, 3, monkeypatch)
    checks.run(configuration, f"http://127.0.0.1:{port}{path}")


def test_a_version_that_the_registry_has_not_is_named(
    port: int, configuration: Configuration, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_to(model, tmp_path, 2, monkeypatch)
    with pytest.raises(OperationError, match=r"^Version 3 answers, but the registry of parcel-delays does not have it"):
        checks.run(configuration, f"http://127.0.0.1:{port}/score")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "^There is no service parcel-delays to test. Make one: invoke deploy$"),
        ("localhost:8000", "^--url must be http://HOST:PORT/score or https://..., without user, query or fragment.$"),
        ("http://127.0.0.1:9/score", "^http://127.0.0.1:9/score does not answer: .*refused"),
    ],
    ids=["no service", "no address", "nobody"],
)
def test_what_cannot_be_tested_is_one_line(
    configuration: Configuration, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, message: str
) -> None:
    connect_to(model, tmp_path, 1, monkeypatch)
    with pytest.raises(OperationError, match=message):
        checks.run(configuration, url)


def test_a_wrong_golden_score_fails_the_smoke_test(port: int, configuration: Configuration, model: Path) -> None:
    golden = GoldenRows.read(model)
    wrong = GoldenRows(golden.rows, [golden.scores[0] + 0.001, *golden.scores[1:]])
    with pytest.raises(OperationError, match="golden row 0 scores"):
        smoke(Address(f"http://127.0.0.1:{port}/score"), wrong, 3, configuration.serving)


def test_requests_made_from_the_openapi_document_break_neither_host(
    port: int, configuration: Configuration, model: Path
) -> None:
    with running(configuration, model, fast=True) as (_, fast):
        document = ask(fast, "GET", "/openapi.json")[1]
    schema = schemathesis.openapi.from_dict(document)
    case_of = schema["/score"]["POST"].as_strategy()

    @settings(max_examples=50, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=case_of)
    def check(case: Any) -> None:
        case.call_and_validate(base_url=f"http://127.0.0.1:{port}")

    check()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_that_is_under_way_is_answered_before_the_server_ends(
    configuration: Configuration, model: Path, record: dict[str, Any], number: int
) -> None:
    body = fill('{"data": [RECORD]}', record)
    with running(configuration, model, fast=True) as (server, port):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
            client.sendall(b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:5])
            while "serving_requests_waiting 1" not in ask(port, "GET", "/metrics")[1]:
                pass
            server.send_signal(number)
            while accepts(port):
                pass
            client.sendall(body[5:])
            assert client.recv(100).startswith(b"HTTP/1.1 200 OK")
        assert server.wait(20) == 0


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def test_an_answer_on_a_kept_connection_does_not_wait_for_an_acknowledgement() -> None:
    with script_of_server.listen("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP  # else asyncio leaves Nagle's algorithm on


def test_the_key_comes_from_the_named_variable_and_the_log_is_whole_at_the_end(
    model: Path, record: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUR_KEY", "s3cr3t")
    given = [f"backend.outputs={tmp_path}", "serving.key=OUR_KEY", "serving.request_log.features=[temp]"]
    configuration = load(settings=given)
    with running(configuration, model, fast=True) as (_, port):
        body = fill('{"data": [RECORD]}', record)
        assert ask(port, "POST", "/score", body)[0] == 401
        assert ask(port, "POST", "/score", body, authorization="Bearer s3cr3t")[0] == 200
    (file,) = serve.log_folder(configuration).iterdir()
    (entry,) = map(json.loads, file.read_text().splitlines())
    assert entry["features"] == {"temp": [record["temp"]]}


def test_the_lock_of_the_container_holds_all_that_the_server_needs(model: Path, tmp_path: Path) -> None:
    lock, python = ROOT / "requirements-container.lock", tmp_path / "venv" / "bin" / "python"
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(tmp_path / "venv")], check=True)
    sync = [*uv, "pip", "sync", "--quiet", "--python", str(python), "--require-hashes", str(lock)]
    subprocess.run(sync, check=True, cwd=tmp_path)
    command = [str(python), "-c", CHECKED, str(own_scripts()), str(model)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "probabilities" in done.stdout


def test_a_taken_port_and_a_damaged_model_are_one_line(
    configuration: Configuration, model: Path, tmp_path: Path, port: int
) -> None:
    command = [sys.executable, str(own_scripts() / "serve.py"), "--port", str(port), "--model"]
    taken = f"error: cannot listen on 127.0.0.1 port {port}: Address already in use; choose another"
    for folder, message in [(model, taken), (tmp_path, f"error: {tmp_path}/features.json does not exist")]:
        ended = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=False)
        assert (ended.returncode, len(ended.stderr.splitlines())) == (1, 1)
        assert ended.stderr.startswith(message)
