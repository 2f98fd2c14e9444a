"""Clients that hold a connection and send nothing, or next to nothing: each is sent away after a while."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import uvicorn

import serve
from learning.application import Application
from operation.execution.backends.local.services import router

HEAD = b"POST /score HTTP/1.1\r\nHost: a\r\n"
PATIENCE, PAUSE = 0.3, 0.02  # seconds; the second between two bytes
LONG = 10.0  # seconds in which a server on a busy machine must have sent a client away
SLOW = {
    "nothing is sent": b"",
    "a head that never ends": HEAD,
    "another after an answer": b"GET /ready HTTP/1.1\r\nHost: a\r\n\r\n" + HEAD,
}
OF_FAST = SLOW | {"a body after the answer": HEAD + b"Content-Length: 1000000\r\n\r\n"}
LONG_HEAD = HEAD + b"a: " + b"a" * 1_000_000


async def answer_at_once(_scope: object, _receive: object, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """Answer without a look at the body."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})


async def is_sent_away(port: int, first: bytes) -> bool:
    """Send this, and then a byte now and then, if anything; say whether the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(first)

    async def drip() -> None:
        while first:
            await asyncio.sleep(PAUSE)
            writer.write(b"a")

    dripping = asyncio.create_task(drip())
    try:
        with suppress(ConnectionError):
            await asyncio.wait_for(reader.read(), LONG)
        return True
    except TimeoutError:
        return False
    finally:
        dripping.cancel()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@pytest.mark.parametrize(
    ("first", "patience"),
    [*((first, PATIENCE) for first in OF_FAST.values()), (LONG_HEAD, 10 * LONG)],
    ids=[*OF_FAST, "a head that is too long"],
)
def test_the_fast_server_closes_a_connection_on_which_nothing_moves(first: bytes, patience: float) -> None:
    async def ask() -> bool:
        config = uvicorn.Config(answer_at_once, http=serve.Connection, lifespan="off", log_level="critical")
        server = serve.Server(config, cast(Application, SimpleNamespace()), patience)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            found = await is_sent_away(listening.getsockname()[1], first)
            server.should_exit = True
            await serving
        return found

    assert asyncio.run(ask())


@pytest.mark.parametrize("first", SLOW.values(), ids=SLOW)
def test_the_router_closes_a_connection_whose_head_does_not_come(first: bytes, tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text(json.dumps({"most_bytes": 10, "deadline_seconds": 1.0, "versions": {}}))
    impatient = f"import {router.__name__} as it; it.SILENT = {PATIENCE}; it.main()"
    command = [sys.executable, "-c", impatient, "--folder", str(tmp_path), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as routing:
        try:
            assert routing.stdout is not None
            port = int(routing.stdout.readline().rpartition(":")[2].partition("/")[0])
            assert asyncio.run(is_sent_away(port, first))
        finally:
            routing.terminate()
