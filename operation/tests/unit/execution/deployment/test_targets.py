"""What a smoke test asks: an address, or a version as a backend has deployed it."""

from collections.abc import Callable
from http.client import HTTPConnection
from io import BytesIO
from types import SimpleNamespace
from typing import Any, cast

import pytest

from operation.errors import OperationError
from operation.execution.backends import Services
from operation.execution.backends.local.services.client import asks_for
from operation.execution.deployment import smoke as smoking
from operation.execution.deployment import targets
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

    def __init__(self, answer: bytes = b'{"probabilities": []}', status: bytes = b"200 OK") -> None:
        self.sent = b""
        self._answer = b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(answer), answer)

    def sendall(self, content: bytes) -> None:
        self.sent += content

    def makefile(self, _mode: str) -> BytesIO:
        return BytesIO(self._answer)

    def close(self) -> None:
        pass


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[[Wire], None]:
    """A function after which every connection is the one that it is given."""

    def answer(wire: Wire) -> None:
        monkeypatch.setattr(HTTPConnection, "connect", lambda connection: setattr(connection, "sock", wire))

    return answer


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
    ("answer", "status", "words"),
    [
        (b"<html>\n<p>\x1b[31m" + b"x" * 5000, b"200 OK", r"HTTP 200, <html> <p> \[31mx+\.\.\. \(5,\d+ characters\)"),
        (b'{"model_version": "%s"}' % (b"9" * 5000), b"200 OK", r"HTTP 200, {'model_version': '9+\.\.\. \(.*\)"),
        (b"[" * 100_000, b"200 OK", r"HTTP 200, \[+\.\.\. \(100,000 characters\)"),
        (b"", b"301 Moved", "HTTP 301, and nothing else"),
        (b'{"error": "no key"}', b"401 No", r"HTTP 401, no key\. Name the .* --set serving\.key=NAME"),
    ],
    ids=["a page", "a huge version", "nested deep", "elsewhere", "a key is missing"],
)
def test_what_is_no_service_of_ours_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, answering: Callable[[Wire], None], answer: bytes, status: bytes, words: str
) -> None:
    monkeypatch.setattr(smoking, "connect", lambda _: SimpleNamespace(check=lambda: None))
    answering(Wire(answer, status))
    with pytest.raises(OperationError, match=f"^http://a/score does not say which version answers: {words}"):
        run(load(), "http://a")


def test_a_key_that_is_not_the_services_is_named_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, answering: Callable[[Wire], None]
) -> None:
    monkeypatch.setattr(smoking, "connect", lambda _: SimpleNamespace(check=lambda: None))
    monkeypatch.setenv("OTHER", "another")
    answering(Wire(b'{"error": "no"}', b"401 No"))
    with pytest.raises(OperationError, match=r"HTTP 401, no\. It has another key than the variable OTHER, which ser"):
        run(load("local", ["serving.key=OTHER"]), "http://a")


@pytest.mark.parametrize(
    ("limit", "words"),
    [({"MOST_BYTES": 20}, "sends more than 20 bytes"), ({"seconds": 0.0}, "does not end its answer within 0 s")],
    ids=["bytes", "seconds"],
)
def test_an_answer_without_end_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, answering: Callable[[Wire], None], limit: dict[str, float], words: str
) -> None:
    if "MOST_BYTES" in limit:
        monkeypatch.setattr(targets, "MOST_BYTES", limit["MOST_BYTES"])
    answering(Wire())
    with pytest.raises(OperationError, match=words):
        Address("http://a/score", seconds=limit.get("seconds", 10.0)).ask(b"")


@pytest.mark.parametrize(("key", "answers"), [("", True), ("secret", False)], ids=["none is wanted", "it is open"])
def test_a_version_that_answers_without_the_key_is_not_current(
    answering: Callable[[Wire], None], key: str, answers: bool
) -> None:
    answering(Wire())
    assert asks_for("http://127.0.0.1:1", key, 1) is answers


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
