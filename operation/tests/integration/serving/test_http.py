"""The router as HTTP sees it: what is passed on as it is, and what goes no further."""

import asyncio
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, web

from operation.execution.backends.local.services.router import Router, Upstreams
from operation.execution.values import Hosting
from operation.tests.integration.serving.conftest import Place

BODY = json.dumps({"data": [{"a": -1.0}]})


@pytest.fixture(scope="module")
def port(shared: Place) -> Iterator[int]:
    """The port of a router with one version behind it."""
    service = shared.services.deploy("parcels", shared.registry.add(), shared.folder, Hosting(1, 1))
    yield urlsplit(service.address).port or 0
    shared.end()


def answer(port: int, *lines: str, body: str = "") -> tuple[str, str]:
    """The status line and the body of what is answered to a request, byte by byte as it is given."""
    request = "\r\n".join([*lines, "Host: 127.0.0.1", "Connection: close", "", body])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request.encode())
        found = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    head, _, content = found.partition("\r\n\r\n")
    return head.partition("\r\n")[0], content


@pytest.mark.parametrize(
    ("lines", "body", "status"),
    [
        (["POST /score HTTP/1.1", f"Content-Length: {len(BODY)}"], BODY, 200),
        (["POST /score HTTP/1.1", "Transfer-Encoding: chunked"], f"{len(BODY):x}\r\n{BODY}\r\n0\r\n\r\n", 200),
        (["POST http://elsewhere/score HTTP/1.1", f"Content-Length: {len(BODY)}"], BODY, 200),
        (["POST /score HTTP/1.1", f"Content-Length: {len(BODY)}", "Content-Encoding: gzip"], BODY, 200),
        (["GET /ready?a=%2F HTTP/1.1"], "", 200),
        (["HEAD /ready HTTP/1.1"], "", 200),
        (["POST /score HTTP/1.1", f"Content-Length: {10**7}"], "", 413),
        (["POST /score HTTP/1.1", "Transfer-Encoding: chunked"], "f4240\r\n" + "a" * 10**6 + "\r\n1\r\na\r\n", 413),
        (["POST /score HTTP/1.1", f"Content-Length: {len(BODY)}", "Transfer-Encoding: chunked"], BODY, 400),
        (["GET @elsewhere/ready HTTP/1.1"], "", 400),
        (["GET :1@elsewhere/ready HTTP/1.1"], "", 400),
        (["nonsense"], "", 400),
    ],
    ids=[
        "length",
        "chunked",
        "absolute",
        "encoding",
        "query",
        "HEAD",
        "too-long",
        "too-many-chunks",
        "both",
        "at",
        "port",
        "no-http",
    ],
)
def test_a_request_is_passed_on_or_refused(port: int, lines: list[str], body: str, status: int) -> None:
    said, content = answer(port, *lines, body=body)
    assert said.startswith((f"HTTP/1.1 {status}", f"HTTP/1.0 {status}")), said
    assert status != 200 or "POST" not in lines[0] or json.loads(content)["probabilities"] == [0.5]


def test_what_is_not_http_leaves_no_line_in_the_log(port: int, shared: Place) -> None:
    for line in ("nonsense", "POST /score HTTP/1.1\r\nContent-Length: x"):
        assert answer(port, line)[0].startswith("HTTP/1.0 400")
    (log,) = (shared.configured().outputs / "services").glob("*/router.log")
    assert log.read_text().splitlines() == [f"Routing on http://127.0.0.1:{port}/score"]


def test_a_refusal_of_the_router_has_the_form_of_the_versions_own(port: int) -> None:
    _, content = answer(port, "POST /score HTTP/1.1", f"Content-Length: {10**7}", "X-Request-Id: mine")
    assert json.loads(content) == {
        "error": "the request has more than 1000000 bytes: send several",
        "request_id": "mine",
    }


@pytest.mark.parametrize(
    ("head", "body", "status"),
    [
        ("Content-Length: 11", "", 413),
        ("Transfer-Encoding: chunked", "b\r\n01234567890\r\n", 413),
        ("Content-Length: 5", "abc", 504),
    ],
    ids=["said to be too large", "too large", "never whole"],
)
def test_a_body_is_held_neither_beyond_the_limit_nor_beyond_the_deadline(
    tmp_path: Path, head: str, body: str, status: int
) -> None:
    state = {"most_bytes": 10, "deadline_seconds": 0.05, "versions": {}}
    (tmp_path / "state.json").write_text(json.dumps(state))

    async def ask() -> bytes:
        application = web.Application()
        async with ClientSession() as session:
            application.router.add_route("*", "/{path:.*}", Router(Upstreams(tmp_path), session).answer)
            runner = web.AppRunner(application, lingering_time=0)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            reader, writer = await asyncio.open_connection(*runner.addresses[0])
            writer.write(f"POST /score HTTP/1.1\r\nHost: a\r\n{head}\r\n\r\n{body}".encode())
            found = await reader.read()  # until the router closes the connection
            writer.close()
            await runner.cleanup()
            return found

    assert asyncio.run(ask()).startswith(b"HTTP/1.1 %d " % status)
