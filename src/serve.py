"""Serve a model over HTTP, fast: for a container of your own, where Azure ML's inference server is not needed.

`POST /score` takes and answers what `learning/serving.py` says. Beside it are `/live`, `/ready`, `/openapi.json` and
`/metrics`. If the environment variable SCORING_KEY is set, scoring needs the header `Authorization: Bearer KEY`.
SIGTERM ends it well: what is under way is answered, and nothing else is accepted.
"""

import argparse
import gc
import os
import signal
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from learning import serving
from learning.application import Application
from learning.arguments import ScriptParser, integer, number
from learning.errors import InputError, exit_code
from learning.request_log import RequestLog

KEY = "SCORING_KEY"
MOST_HEAD = 65_536  # bytes of a request before its body, or little more
SLACK = 5.0  # seconds beyond the deadline, in which the answer that says so can be taken
OF_LOG = ("log_features", "log_share", "log_days")  # arguments that say nothing without a folder for the log


class Connection(HttpToolsProtocol):
    """uvicorn's connection, with a limit for the head of a request: its parser has none, and keeps what has come."""

    _head: int | None = None  # bytes that have come of a head; None where none is under way

    def on_message_begin(self) -> None:
        """Begin a head."""
        self._head = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """End it."""
        self._head = None
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Parse what has come, unless it is too much for a head."""
        super().data_received(data)
        if self._head is not None:
            self._head += len(data)
            if self._head > MOST_HEAD:
                self.transport.abort()


class Server(uvicorn.Server):
    """uvicorn, which says where it listens, closes connections that stand still, and tells when it stops."""

    def __init__(self, config: uvicorn.Config, application: Application, patience: float) -> None:
        """Serve the application; a connection may stand still for `patience` seconds."""
        super().__init__(config)
        self._application, self._patience = application, patience
        self._seen: dict[Any, tuple[object, float]] = {}  # of each connection, its latest request and since when

    async def on_tick(self, counter: int) -> bool:
        """Do what is to be done ten times a second."""
        self._close_still()
        return await super().on_tick(counter)

    def _close_still(self) -> None:
        """Close connections whose request does not arrive, or whose answer is not taken, in all the time there is.

        uvicorn's own timer ends at the first byte of a request: without this, a client that sends one now and then, or
        none at all, holds a connection for ever, and enough of them hold every one that the process may have.
        """
        now, before, self._seen = time.monotonic(), self._seen, {}
        connections: set[Any] = self.server_state.connections
        for connection in [*connections]:
            if connection.timeout_keep_alive_task is not None:  # idle, which uvicorn ends
                continue
            request, since = before.get(connection, (None, now))
            if request is not connection.cycle:
                since = now
            self._seen[connection] = connection.cycle, since
            if now - since > self._patience:
                connection.transport.abort()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and print the address: whoever started this process waits for the line."""
        await super().startup(sockets)
        for each in sockets or []:
            host, port = each.getsockname()[:2]
            print(f"Serving on http://{f'[{host}]' if ':' in host else host}:{port}/score", flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, and wait for what is under way."""
        self._application.stopping = True
        await super().shutdown(sockets)


def parser() -> argparse.ArgumentParser:
    """Declare the arguments of this script."""
    arguments = ScriptParser(__doc__)
    add = arguments.add_argument
    add("--model", type=Path, required=True, help="folder of train.py")
    add("--version", default="unknown", help="version of the model, which answers name (%(default)s)")
    add("--host", default="127.0.0.1", help="address to listen on (%(default)s); 0.0.0.0 for every one")
    add("--port", type=integer(at_least=0, at_most=65535), default=8000, help="0 takes any free one (%(default)s)")
    add("--most-bytes", type=integer(at_least=1), default=1_000_000, help="of a request (%(default)s)")
    add("--most-rows", type=integer(at_least=1), default=10_000, help="records of a request (%(default)s)")
    add("--queue", type=integer(at_least=1), default=100, help="requests under way, more are refused (%(default)s)")
    add("--deadline-seconds", type=number(above=0), default=10.0, help="for a request (%(default)s)")
    add("--request-log", type=Path, help="folder for the log of requests (none is kept)")
    add(
        "--log-share", type=number(at_least=0, at_most=1), default=1.0, help="of requests that are logged (%(default)s)"
    )
    add("--log-features", nargs="*", default=[], help="features to log; the scores always are (none)")
    add("--log-days", type=integer(at_least=1), default=30, help="to keep the log (%(default)s)")
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C and return 0, or return 1 after one line on what is wrong."""
    arguments = parser().parse_args(argv)
    return exit_code(lambda: run(arguments))


def run(arguments: argparse.Namespace) -> None:
    """Load, warm up, listen; raises InputError or OSError for what cannot be used."""
    key = os.environ.get(KEY)
    if key is not None and not (key.isascii() and key.isprintable() and key and key == key.strip()):
        raise InputError(f"{KEY} must be printable ASCII characters with no spaces around them, or be unset")
    log, declared = None, parser()
    given = [name for name in OF_LOG if getattr(arguments, name) != declared.get_default(name)]
    if given and not arguments.request_log:
        raise InputError(
            "--log-features, --log-share and --log-days need --request-log FOLDER: give it, or leave them out"
        )
    if arguments.request_log:
        log = RequestLog(arguments.request_log, arguments.log_share, arguments.log_days)
    limits = arguments.most_bytes, arguments.most_rows
    service = serving.load(arguments.model, arguments.version, *limits, log, arguments.log_features)
    application = Application(service, arguments.queue, arguments.deadline_seconds, key or "")
    with listen(arguments.host, arguments.port) as listening:
        try:
            serve(application, listening, arguments.deadline_seconds)
        finally:
            if log:
                log.close()


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raises InputError for an address that cannot be had."""
    # Not socket.create_server, which does not name the protocol: asyncio then sets no TCP_NODELAY, and an answer over a
    # connection that is kept waits up to 40 ms for an acknowledgement.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere, it would let two servers share a port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(2048)
        return listening
    except OSError as error:
        listening.close()
        why = error.strerror or error
        raise InputError(f"cannot listen on {host} port {port}: {why}; choose another by --port or --host") from error


def serve(application: Application, listening: socket.socket, deadline: float) -> None:
    """Answer requests until a signal asks for the end, and then those that are under way."""
    settings = {"lifespan": "off", "ws": "none", "access_log": False, "log_level": "warning", "server_header": False}
    settings["http"] = Connection
    settings["proxy_headers"] = False  # nothing here asks who the client is
    gc.collect()
    gc.freeze()  # what is loaded stays: no collection between requests need look at it
    config = uvicorn.Config(application, timeout_graceful_shutdown=int(deadline) + 1, **settings)  # type: ignore[arg-type]
    server = Server(config, application, deadline + SLACK)

    def stop(_number: int, _frame: object) -> None:
        server.should_exit = True

    # uvicorn has handlers of its own while it runs, and afterwards raises the signal again: it must not end us as one.
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, stop)
    server.run(sockets=[listening])


if __name__ == "__main__":
    raise SystemExit(main())
