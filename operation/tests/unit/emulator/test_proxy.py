import socket
import socketserver
from collections.abc import Iterator
from threading import Thread

import pytest

from operation.emulator.proxy import Proxy

pytestmark = pytest.mark.usefixtures("loopback")


class Echo(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"echo " + self.rfile.readline())


@pytest.fixture
def proxy(loopback: None) -> Iterator[Proxy]:
    """In front of a server that says again what it hears."""
    with (
        socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server,
        Proxy(0, ["management.azure.com"], ("127.0.0.1", server.server_address[1])) as proxy,
    ):
        for each in (server, proxy):
            Thread(target=each.serve_forever, args=(0.01,), daemon=True).start()
        yield proxy
        for each in (server, proxy):
            each.shutdown()


def say(proxy: Proxy, line: str, then: bytes = b"") -> bytes:
    with socket.create_connection(("127.0.0.1", proxy.server_address[1]), timeout=5) as connection:
        connection.sendall(f"{line}\r\nHost: any\r\n\r\n".encode() + then)
        answer = connection.makefile("rb")
        return answer.read()


def test_a_host_of_the_workspace_is_led_to_the_server(proxy: Proxy) -> None:
    with socket.create_connection(("127.0.0.1", proxy.server_address[1]), timeout=5) as connection:
        connection.sendall(b"CONNECT management.azure.com:443 HTTP/1.1\r\n\r\n")
        answer = connection.makefile("rb")
        assert answer.readline().startswith(b"HTTP/1.1 200")
        answer.readline()
        connection.sendall(b"hello\n")
        assert answer.readline() == b"echo hello\n"
    assert (proxy.accepted, proxy.refused) == (["CONNECT management.azure.com:443"], [])


@pytest.mark.parametrize(
    "line",
    [
        "CONNECT example.org:443",
        "CONNECT management.azure.com.example.org:443",
        "CONNECT 127.0.0.1:443",
        "CONNECT management.azure.com:22",
        "GET http://management.azure.com/",
    ],
)
def test_everything_else_is_refused_and_written_down(proxy: Proxy, line: str) -> None:
    assert say(proxy, f"{line} HTTP/1.1").startswith(b"HTTP/1.1 403")
    assert (proxy.accepted, proxy.refused) == ([], [line])


def test_half_a_request_is_refused(proxy: Proxy) -> None:
    assert say(proxy, "CONNECT").startswith(b"HTTP/1.1 403")


def test_it_listens_on_this_machine_alone(proxy: Proxy) -> None:
    assert proxy.server_address[0] == "127.0.0.1"
