"""Faults on demand: the next answers of a route are an error, late, cut off, or a token that expires."""

import re
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from flask import Response, abort, make_response, request

from azureml_offline.values import Fault
from azureml_offline.workspace.refusals import WORDS, refusal


class Faults:
    """The planted faults that wait for a request."""

    def __init__(self) -> None:
        """Start with none."""
        self._waiting: list[Fault] = []
        self._lock = Lock()

    def plant(self, fault: Fault) -> None:
        """Add a fault. Of several that match a request, the one planted first happens."""
        re.compile(fault.route)  # raises here, where it was planted, and not in the request that meets it
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Forget them all."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault for this request, if there is one, and count it as happened."""
        with self._lock:
            for place, fault in enumerate(self._waiting):
                if re.search(fault.route, f"{method} {path}"):
                    rest = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                    self._waiting[place : place + 1] = rest
                    return fault
        return None


def happen(fault: Fault, sleep: Callable[[float], None] = time.sleep) -> None:
    """Delay or end the current request as the fault says; return if it is to be served all the same."""
    sleep(fault.delay)
    if not fault.after and (answer := instead(fault)):
        abort(answer)


def instead(fault: Fault) -> Response | None:
    """Return what the client gets in place of the answer, if anything; cut its connection if the fault drops it."""
    if fault.drop:
        connection: socket.socket = request.environ["werkzeug.socket"]
        connection.shutdown(socket.SHUT_RDWR)  # Werkzeug closes it, after an answer that goes nowhere
    if not (fault.drop or fault.status):
        return None
    words = WORDS.get(fault.code)
    message = words(time.time() - 1) if words else f"A fault was planted for {request.method} {request.path}"
    if request.endpoint == "identity.token":  # its errors have the form of OAuth
        return make_response(
            {"error": "temporarily_unavailable", "error_description": f"AADSTS90055: {message}"}, fault.status or 500
        )
    answer = refusal(fault.status or 500, fault.code, message)
    answer.headers["x-ms-error-code"] = fault.code  # the storage SDK looks here, not into the body
    return answer
