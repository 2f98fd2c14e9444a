"""What can be smoke-tested: a service by its address, or a version as a backend has deployed it."""

import http.client
import json
import re
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

from operation.errors import OperationError
from operation.execution.backends import Services
from operation.execution.values import PROBE

PROBES = ("/ready", "/")  # of src/serve.py, and of Azure ML's inference server
OK, WRONG_METHOD = 200, 405
STATUS = re.compile(r"\bHTTP (\d{3})\b")

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
        """Ask the probes of both hosts, and whether scoring refuses to be read like a page."""
        parts = urlsplit(self.url)
        found = {path: self._request("GET", path)[0] for path in PROBES}
        if OK not in found.values():
            return ", ".join(f"GET {path} answers HTTP {status}" for path, status in found.items())
        status = self._request("GET", parts.path)[0]
        return "" if status == WRONG_METHOD else f"GET {parts.path} answers HTTP {status}, not {WRONG_METHOD}"

    def ask(self, body: bytes) -> Reply:
        """Send the body, and read the answer as JSON."""
        status, content = self._request("POST", urlsplit(self.url).path, body)
        try:
            return status, json.loads(content)
        except ValueError:
            return status, content.decode("utf-8", "replace")

    def _request(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        # With its port, or the end of an IPv6 address would be taken for one.
        connection = kind(parts.hostname or "", parts.port or kind.default_port, timeout=self.seconds)
        headers = {"Content-Type": "application/json", "x-ms-request-id": f"{PROBE}{uuid4().hex}"}
        headers |= {"Authorization": f"Bearer {self.key}"} if self.key else {}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise OperationError(f"{self.url} does not answer: {str(error) or type(error).__name__}.") from error
        finally:
            connection.close()


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
