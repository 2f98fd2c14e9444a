"""Faults on demand: the next answers of a route are an error, late, cut off, or a token that expires."""

import re
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from flask import Response, abort, make_response, request

from azureml_offline.values import Fault
from azureml_offline.workspace.refusals import refusal


class Faults:
    """The faults that wait for their requests."""

    def __init__(self) -> None:
        """None yet."""
        self._waiting: list[Fault] = []
        self._lock = Lock()

    def plant(self, fault: Fault) -> None:
        """Let the fault wait; of those that match a request, the first that was planted happens."""
        re.compile(fault.route)
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Forget all that wait."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this request, which has then happened once more."""
        with self._lock:
            for place, fault in enumerate(self._waiting):
                if re.search(fault.route, f"{method} {path}"):
                    rest = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                    self._waiting[place : place + 1] = rest
                    return fault
        return None


def happen(fault: Fault, sleep: Callable[[float], None] = time.sleep) -> None:
    """Do to the request at hand what the fault says; returns if it is to be served all the same."""
    sleep(fault.delay)
    if not fault.after and (answer := instead(fault)):
        abort(answer)


def instead(fault: Fault) -> Response | None:
    """What the client gets in place of the answer, if it gets another, over a connection that may be cut."""
    if fault.drop:
        connection: socket.socket = request.environ["werkzeug.socket"]
        connection.shutdown(socket.SHUT_RDWR)
    if not (fault.drop or fault.status):
        return None
    message = f"A fault was planted for {request.method} {request.path}"
    if request.endpoint == "identity.token":  # which has a form of its own, and a code for too many requests
        return make_response(
            {"error": "temporarily_unavailable", "error_description": f"AADSTS90055: {message}"}, fault.status or 500
        )
    answer = refusal(fault.status or 500, fault.code, message)
    answer.headers["x-ms-error-code"] = fault.code  # where the storage account has it
    return answer
