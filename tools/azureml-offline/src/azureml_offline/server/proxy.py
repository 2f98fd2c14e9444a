"""The proxy of clients: leads the workspace's hosts to the server, and refuses all others.

Clients believe that they talk to Azure: they open tunnels (CONNECT) to Azure's host names, check certificates, and
send what they would send there. Names are resolved nowhere, so nothing leaves this machine.
"""

import socket
import socketserver
from collections.abc import Callable, Collection
from contextlib import suppress
from threading import Thread
from urllib.parse import urlsplit

from azureml_offline.workspace.names import is_scoring_host

BUFFER = 65536  # bytes
Address = tuple[str, int]


class Proxy(socketserver.ThreadingTCPServer):
    """Listens on 127.0.0.1; `accepted` and `refused` list the connections asked for, as "CONNECT host:port".

    `hosts` are led to `server`, which speaks TLS; hosts of web services, asked by plain HTTP, to `scoring`.
    """

    allow_reuse_address = True  # a fixed port can be taken again at once, though old connections linger (TIME_WAIT)
    daemon_threads = True  # a tunnel that a client keeps open must not keep the process from ending
    request_queue_size = 128  # with the default of 5, clients with many threads wait a second for another try

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
        """Return where a request is led; None if it is refused."""
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            return self.server if host in self.hosts and port == "443" else None
        with suppress(ValueError):  # a target that is not a URL is refused, too
            url = urlsplit(target)
            if url.scheme == "http" and is_scoring_host(url.hostname or "") and url.port in (None, 80):
                return self.scoring
        return None


class _Tunnel(socketserver.StreamRequestHandler):
    """One connection of a client, led on until either side closes it."""

    disable_nagle_algorithm = True
    server: Proxy

    def handle(self) -> None:
        # Headers before the tunnel: what a client sends after them is TLS, which only the server can read.
        head = self._head()
        if not head.strip():  # a client that was killed, or gave up, after it had connected: it asked for nothing
            return
        line = head.partition(b"\n")[0].decode("latin-1")
        method, target = (*line.split(), "", "")[:2]
        way = self.server.way(method, target)
        if way is None:
            self.server.refused.append(f"{method} {target}")
            self.wfile.write(b"HTTP/1.1 403 Not a host of the offline workspace\r\nContent-Length: 0\r\n\r\n")
            return
        self.server.accepted.append(f"{method} {target}")
        with socket.create_connection(way) as upstream:
            upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # small pieces of TLS go on as they come
            if method == "CONNECT":
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                upstream.sendall(head)
            Thread(target=_pump, args=(upstream, self.connection, upstream.recv), daemon=True).start()
            _pump(self.connection, upstream, self.rfile.read1)  # its buffer may hold what came with the headers

    def _head(self) -> bytes:
        """Read the first line and the headers, with the empty line after them; what follows stays in `rfile`."""
        lines = [self.rfile.readline(BUFFER)]
        while lines[-1].strip():
            lines.append(self.rfile.readline(BUFFER))
        return b"".join(lines)


def _pump(source: socket.socket, sink: socket.socket, receive: Callable[[int], bytes]) -> None:
    """Copy what arrives until one side ends, then end the other, which wakes the pump of the other direction."""
    with suppress(OSError):
        _acknowledge(source)
        while data := receive(BUFFER):
            sink.sendall(data)
            _acknowledge(source)
    # Both ends: each pump sits in a read, which only a shutdown of its socket ends.
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _acknowledge(source: socket.socket) -> None:
    """Acknowledge at once what arrives.

    Clients send headers and body apart, and (Nagle) hold the body back until the headers are acknowledged; the system
    puts that off for 40 ms, at every request.
    """
    if option := getattr(socket, "TCP_QUICKACK", None):  # only Linux has it, and forgets it again: so after every read
        source.setsockopt(socket.IPPROTO_TCP, option, 1)
