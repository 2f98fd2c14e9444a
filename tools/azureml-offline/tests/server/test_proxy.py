import socket
import socketserver
from collections.abc import Iterator
from threading import Thread

import pytest
from azureml_offline.server.proxy import Proxy


class Echo(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"echo " + self.rfile.readline())


class Scored(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        """Say again the whole request: its head, and as many bytes of a body as that has."""
        head = b"".join(iter(self.rfile.readline, b"\r\n"))
        self.wfile.write(head + self.rfile.read(int(head.split()[-1])))


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """In front of two servers that say again what they hear."""
    with (
        socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server,
        socketserver.ThreadingTCPServer(("127.0.0.1", 0), Scored) as scoring,
        Proxy(
            0, ["management.azure.com"], *(("127.0.0.1", one.server_address[1]) for one in (server, scoring))
        ) as proxy,
    ):
        for each in (server, scoring, proxy):
            Thread(target=each.serve_forever, args=(0.01,), daemon=True).start()
        yield proxy
        for each in (server, scoring, proxy):
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
        "POST https://a-1.westeurope.azurecontainer.io/score",
        "POST http://a-1.westeurope.azurecontainer.io:8080/score",
        "POST http://a-1.westeurope.azurecontainer.io.example.org/score",
        "CONNECT a-1.westeurope.azurecontainer.io:443",
        "POST http://203.0.113.11/score",
        "POST http://203.0.113.10:http/score",
    ],
)
def test_everything_else_is_refused_and_written_down(proxy: Proxy, line: str) -> None:
    assert say(proxy, f"{line} HTTP/1.1").startswith(b"HTTP/1.1 403")
    assert (proxy.accepted, proxy.refused) == ([], [line])


@pytest.mark.parametrize(
    "address", ["a-1.westeurope.azurecontainer.io/score", "203.0.113.10:80/api/v1/service/a/score"]
)
def test_a_request_to_a_web_service_is_led_on_as_it_is(proxy: Proxy, address: str) -> None:
    with socket.create_connection(("127.0.0.1", proxy.server_address[1]), timeout=5) as connection:
        connection.sendall(f"POST http://{address} HTTP/1.1\r\nContent-Length: 4\r\n\r\n".encode() + b"\xffb")
        connection.sendall(b"dy")
        answer = connection.makefile("rb").read()
    assert answer == f"POST http://{address} HTTP/1.1\r\nContent-Length: 4\r\n".encode() + b"\xffbdy"
    assert (proxy.accepted, proxy.refused) == ([f"POST http://{address}"], [])


def test_half_a_request_is_refused(proxy: Proxy) -> None:
    assert say(proxy, "CONNECT").startswith(b"HTTP/1.1 403")


def test_it_listens_on_this_machine_alone(proxy: Proxy) -> None:
    assert proxy.server_address[0] == "127.0.0.1"


def test_a_client_that_leaves_without_a_request_is_not_refused(proxy: Proxy) -> None:
    with socket.create_connection(("127.0.0.1", proxy.server_address[1]), timeout=5) as connection:
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""  # the proxy has closed it without an answer
    assert (proxy.accepted, proxy.refused) == ([], [])
