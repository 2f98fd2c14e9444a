"""The only way out for clients: a proxy that leads the workspace's hosts to the server and refuses all others."""

import socket
import socketserver
from collections.abc import Callable, Collection
from contextlib import suppress
from threading import Thread
from urllib.parse import urlsplit

from azureml_offline.workspace.names import is_scored

BUFFER = 65536  # bytes
Address = tuple[str, int]


class Proxy(socketserver.ThreadingTCPServer):
    """Listens on 127.0.0.1; `accepted` and `refused` keep every line that was asked for, as "CONNECT host:port".

    The hosts are led to the server by HTTPS, and those of web services by HTTP, without TLS, to `scoring`.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, hosts: Collection[str], server: Address, scoring: Address | None = None) -> None:
        """Take the port (0: any that is free).

        Raises:
            OSError: it is taken.
        """
        self.hosts, self.server, self.scoring = frozenset(hosts), server, scoring
        self.accepted: list[str] = []
        self.refused: list[str] = []
        super().__init__(("127.0.0.1", port), _Tunnel)

    def way(self, method: str, target: str) -> Address | None:
        """Where a request is led; None if it is refused."""
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            return self.server if host in self.hosts and port == "443" else None
        with suppress(ValueError):  # what is no URL is refused too
            url = urlsplit(target)
            if url.scheme == "http" and is_scored(url.hostname or "") and url.port in (None, 80):
                return self.scoring
        return None


class _Tunnel(socketserver.StreamRequestHandler):
    """One connection of a client."""

    disable_nagle_algorithm = True
    server: Proxy

    def handle(self) -> None:
        head = self._head()
        line = head.partition(b"\n")[0].decode("latin-1")
        method, target = (*line.split(), "", "")[:2]
        way = self.server.way(method, target)
        if way is None:
            self.server.refused.append(f"{method} {target}")
            self.wfile.write(b"HTTP/1.1 403 Not a host of the offline workspace\r\nContent-Length: 0\r\n\r\n")
            return
        self.server.accepted.append(f"{method} {target}")
        with socket.create_connection(way) as upstream:
            upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if method == "CONNECT":
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                upstream.sendall(head)
            Thread(target=_pump, args=(upstream, self.connection, upstream.recv), daemon=True).start()
            _pump(self.connection, upstream, self.rfile.read1)

    def _head(self) -> bytes:
        """The first line and the headers, with the empty line after them; what follows stays in `rfile`."""
        lines = [self.rfile.readline(BUFFER)]
        while lines[-1].strip():
            lines.append(self.rfile.readline(BUFFER))
        return b"".join(lines)


def _pump(source: socket.socket, sink: socket.socket, receive: Callable[[int], bytes]) -> None:
    """Copy what comes until one side ends, then end the other."""
    with suppress(OSError):
        _acknowledge(source)
        while data := receive(BUFFER):
            sink.sendall(data)
            _acknowledge(source)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _acknowledge(source: socket.socket) -> None:
    """Acknowledge what comes at once: behind a proxy, clients hold a body back until their headers are (40 ms)."""
    if option := getattr(socket, "TCP_QUICKACK", None):  # Linux has it; it lasts until the system thinks better
        source.setsockopt(socket.IPPROTO_TCP, option, 1)
