"""Real listeners on loopback, for alerts to reach: a web server and a mail server that keep what they got."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import BaseServer, StreamRequestHandler, TCPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote


class Web(HTTPServer):
    """Answers with `status`; as Azure DevOps, knows the work items in `known`, and files new ones."""

    def __init__(self, status: int = 200) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), _Requests)
        self.status, self.known = status, list[int]()
        self.answer: Iterator[bytes] | None = None  # in place of the work items, by pieces
        self.got: list[tuple[str, str, dict[str, str], Any]] = []

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/fabrikam/parcels"


class _Requests(BaseHTTPRequestHandler):
    server: Web

    def do_POST(self) -> None:
        """Keep the request and answer it."""
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        path = unquote(self.path)
        self.server.got.append((self.command, path, dict(self.headers), content))
        if "/workitems/$" in path:
            self.server.known.append(7)
        answer = json.dumps({"workItems": [{"id": each} for each in self.server.known]}).encode()
        self.send_response(self.server.status)
        self.send_header("Location", f"{self.server.address}/elsewhere")
        if self.server.answer is None:
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        with suppress(ConnectionError):  # the client has had enough
            for piece in self.server.answer or [answer]:
                self.wfile.write(piece)

    do_PATCH = do_POST  # noqa: N815  named by the module

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


class Mail(TCPServer):
    """Takes one mail a connection; refuses recipients if it is to."""

    def __init__(self, refuse: bool = False) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), _Lines)
        self.refuse, self.got = refuse, list[str]()


class _Lines(StreamRequestHandler):
    server: Mail

    def handle(self) -> None:
        """Speak as much SMTP as a mail needs."""
        self.wfile.write(b"220 here\r\n")
        for line in self.rfile:
            word = line.split()[0].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.server.got.append(self._read_mail())
            refused = word == b"RCPT" and self.server.refuse
            self.wfile.write(b"550 nobody\r\n" if refused else b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")

    def _read_mail(self) -> str:
        return b"".join(iter(self.rfile.readline, b".\r\n")).decode()


@contextmanager
def listening(server: BaseServer) -> Iterator[None]:
    """Let it answer, until the block ends."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
