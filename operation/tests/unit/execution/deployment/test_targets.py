"""What a smoke test asks: an address, or a version as a backend has deployed it."""

from http.client import HTTPConnection
from io import BytesIO
from typing import Any, cast

import pytest

from operation.errors import OperationError
from operation.execution.backends import Services
from operation.execution.deployment.smoke import run
from operation.execution.deployment.targets import Address, Deployed
from operation.tests.parcels import load


class Failing:
    """Services whose scoring fails with these words."""

    def __init__(self, words: str) -> None:
        self._words = words

    def score(self, *_given: Any) -> Any:
        raise OperationError(self._words)


class Wire:
    """A connection whose other end has answered already; it keeps what is sent."""

    def __init__(self) -> None:
        self.sent = b""

    def sendall(self, content: bytes) -> None:
        self.sent += content

    def makefile(self, _mode: str) -> BytesIO:
        return BytesIO(b'HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{"probabilities": []}')

    def close(self) -> None:
        pass


def test_requests_to_an_address_are_told_from_those_of_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire()
    monkeypatch.setattr(HTTPConnection, "connect", lambda connection: setattr(connection, "sock", wire))
    assert Address("http://[::1]:8000/score", "secret").ask(b'{"data": []}') == (200, {"probabilities": []})
    assert b"x-ms-request-id: probe-" in wire.sent
    assert b"Authorization: Bearer secret" in wire.sent


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/score",
        "http://",
        "http://[::1/score",
        "http://host:port/score",
        "http://ada:secret@host/score",  # pragma: allowlist secret
        "http://host/score?key=secret",
        "http://host/score#top",
        "http://h\u00f6st/score",
        "http://host/sc ore",
    ],
)
def test_an_address_that_cannot_be_asked_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(OperationError, match=r"^--url must be http://HOST:PORT/score") as refused:
        run(load(), url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "host"), [("http://[::1]/score", b"[::1]"), ("http://[::1]:81/score", b"[::1]:81"), ("http://a", b"a")]
)
def test_the_host_is_that_of_the_address(monkeypatch: pytest.MonkeyPatch, url: str, host: bytes) -> None:
    wire = Wire()
    monkeypatch.setattr(HTTPConnection, "connect", lambda connection: setattr(connection, "sock", wire))
    Address(url).ask(b"")
    assert b"\r\nHost: " + host + b"\r\n" in wire.sent


def test_the_status_of_a_refusal_is_that_of_the_error() -> None:
    refusing = Deployed(cast(Services, Failing("The service parcels answered HTTP 400: wrong")), "parcels", 3)
    assert refusing.ask(b"{}") == (400, "The service parcels answered HTTP 400: wrong")


@pytest.mark.parametrize(
    "words",
    ["score.py failed in the service a.\n  Its log ends:\n  HTTP 400", "There is no service sales-400."],
    ids=["in the log", "in the name"],
)
def test_a_number_elsewhere_is_no_status(words: str) -> None:
    with pytest.raises(OperationError, match=r"^(score\.py failed|There is no)"):
        Deployed(cast(Services, Failing(words)), "parcels", 3).ask(b"{}")
