"""The only way out for clients: a CONNECT proxy that leads the workspace's hosts to the server and refuses others."""

import socket
import socketserver
from collections.abc import Collection
from contextlib import suppress
from threading import Thread

BUFFER = 65536  # bytes


class Proxy(socketserver.ThreadingTCPServer):
    """Listens on 127.0.0.1; `accepted` and `refused` keep every line that was asked for, as "CONNECT host:port"."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, hosts: Collection[str], server: tuple[str, int]) -> None:
        """Take the port (0: any that is free).

        Raises:
            OSError: it is taken.
        """
        self.hosts, self.server = frozenset(hosts), server
        self.accepted: list[str] = []
        self.refused: list[str] = []
        super().__init__(("127.0.0.1", port), _Tunnel)


class _Tunnel(socketserver.StreamRequestHandler):
    """One connection of a client."""

    disable_nagle_algorithm = True
    server: Proxy

    def handle(self) -> None:
        method, target = self._request()
        host, _, port = target.rpartition(":")
        if method != "CONNECT" or host not in self.server.hosts or port != "443":
            self.server.refused.append(f"{method} {target}")
            self.wfile.write(b"HTTP/1.1 403 Not a host of the offline workspace\r\nContent-Length: 0\r\n\r\n")
            return
        self.server.accepted.append(f"{method} {target}")
        with socket.create_connection(self.server.server) as upstream:
            upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            Thread(target=_pump, args=(upstream, self.connection), daemon=True).start()
            _pump(self.connection, upstream)

    def _request(self) -> tuple[str, str]:
        """Method and target of the first line; the headers are of no interest."""
        words = self.rfile.readline(BUFFER).decode("latin-1").split()
        while self.rfile.readline(BUFFER).strip():
            pass
        return (words[0], words[1]) if len(words) > 1 else ("", "")


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """Copy what comes until one side ends, then end the other."""
    with suppress(OSError):
        _acknowledge(source)
        while data := source.recv(BUFFER):
            sink.sendall(data)
            _acknowledge(source)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _acknowledge(source: socket.socket) -> None:
    """Acknowledge what comes at once: behind a proxy, clients hold a body back until their headers are (40 ms)."""
    if option := getattr(socket, "TCP_QUICKACK", None):  # Linux has it; it lasts until the system thinks better
        source.setsockopt(socket.IPPROTO_TCP, option, 1)
