"""What can be smoke-tested: a service by its address, or a version as a backend has deployed it."""

import http.client
import json
import re
import time
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

from operation.errors import OperationError, shorten
from operation.execution.backends import Services
from operation.execution.values import PROBE

PROBES = ("/ready", "/")  # of src/serve.py, and of Azure ML's inference server
OK, WRONG_METHOD = 200, 405
EMPTY = b'{"data": []}'
STATUS = re.compile(r"\bHTTP (\d{3})\b")
MOST_BYTES = 10_000_000  # of an answer: whatever listens at an address may send without end
PIECE = 65_536

Reply = tuple[int, Any]  # status of HTTP and what was answered


class Target(Protocol):
    """Something that scores. Both raise OperationError where nothing answers."""

    def ready(self) -> str:
        """Return "" if it says that it is ready, and else what it says."""

    def ask(self, body: bytes) -> Reply:
        """Send the body of a scoring request."""


@dataclass(frozen=True)
class Address:
    """A service by its address, `http://HOST:PORT/score`; an empty `key` sends none. `seconds` is for one answer."""

    url: str
    key: str = ""
    seconds: float = 10.0

    def ready(self) -> str:
        """Ask the probes of both hosts, and whether scoring can neither be read like a page nor had without the key."""
        parts = urlsplit(self.url)
        found = {path: self._request("GET", path)[0] for path in PROBES}
        if OK not in found.values():
            return ", ".join(f"GET {path} answers HTTP {status}" for path, status in found.items())
        status = self._request("GET", parts.path)[0]
        if status != WRONG_METHOD:
            return f"GET {parts.path} answers HTTP {status}, not {WRONG_METHOD}"
        open_to_all = self.key and replace(self, key="").ask(EMPTY)[0] == OK
        return "it answers without the key, too" if open_to_all else ""

    def ask(self, body: bytes) -> Reply:
        """Send the body, and read the answer as JSON."""
        status, content = self._request("POST", urlsplit(self.url).path, body)
        try:
            return status, json.loads(content)
        except (ValueError, RecursionError):
            return status, content.decode("utf-8", "replace")

    def _request(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        # With its port, or the end of an IPv6 address would be taken for one.
        connection = kind(parts.hostname or "", parts.port or kind.default_port, timeout=self.seconds)
        headers = {"Content-Type": "application/json", "x-ms-request-id": f"{PROBE}{uuid4().hex}"}
        headers |= {"Authorization": f"Bearer {self.key}"} if self.key else {}
        try:
            until = time.monotonic() + self.seconds
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, self._read(answer, until)
        except (OSError, http.client.HTTPException) as error:
            why = shorten(str(error).strip() or type(error).__name__)
            raise OperationError(f"{self.url} does not answer: {why}.") from error
        finally:
            connection.close()

    def _read(self, answer: http.client.HTTPResponse, until: float) -> bytes:
        """Read the body; raises OperationError for one that does not end: the time limit of a socket is for a piece."""
        content = bytearray()
        while piece := answer.read1(PIECE):
            content += piece
            if len(content) > MOST_BYTES:
                raise OperationError(f"{self.url} sends more than {MOST_BYTES:,} bytes: it is not a service of ours.")
            if time.monotonic() > until:
                raise OperationError(f"{self.url} does not end its answer within {self.seconds:g} s.")
        return bytes(content)


@dataclass(frozen=True)
class Deployed:
    """A version of a service of a backend, which may take no traffic."""

    services: Services
    name: str
    version: int

    def ready(self) -> str:
        """Look whether the service has the version, and what state it is in."""
        found = self.services.find(self.name)
        if found is None:
            raise OperationError(f"There is no service {self.name}.")
        return "" if self.version in found.traffic else f"it has no version {self.version}"

    def ask(self, body: bytes) -> Reply:
        """Send the payload; what the backend reports as an error has its status in the words."""
        try:
            return OK, self.services.score(self.name, _payload(body), self.version)
        except OperationError as error:
            # Below the first line is the end of a log, which has the statuses of other requests.
            status = STATUS.search(str(error).partition("\n")[0])
            if status is None:
                raise
            return int(status[1]), str(error)


def _payload(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode()  # a backend sends JSON, and this is a string of it
