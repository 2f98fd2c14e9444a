"""Ask a process of this machine to score."""

import http.client
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from operation.errors import OperationError
from operation.execution.values import PROBE

SLACK = 5.0  # seconds beyond the deadline of a request
OK, WRONG_KEY = 200, 401
NOTHING: Mapping[str, Any] = {"data": []}  # a request that is right, with no records


def post(address: str, payload: Any, key: str, seconds: float) -> tuple[int, Any]:
    """Send JSON and return status and answer; no proxy of the shell's is asked."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(str(place.hostname), place.port or 80, timeout=seconds + SLACK)
    headers = {"Content-Type": "application/json", "X-Request-Id": f"{PROBE}{uuid4().hex}"}
    headers |= {"Authorization": f"Bearer {key}"} if key else {}
    try:
        connection.request("POST", "/score", json.dumps(payload), headers)
        answer = connection.getresponse()
        content = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise OperationError(f"{address} does not answer: {error}. See: invoke services") from error
    finally:
        connection.close()
    with suppress(ValueError):
        return answer.status, json.loads(content)
    return answer.status, content.decode(errors="replace")


def asks_for(address: str, key: str, seconds: float) -> bool:
    """Say whether the process answers with the key and, if there is one, not without; False if it does not answer."""
    try:
        answers = post(address, NOTHING, key, seconds)[0] == OK
        return answers and (not key or post(address, NOTHING, "", seconds)[0] == WRONG_KEY)
    except OperationError:
        return False
