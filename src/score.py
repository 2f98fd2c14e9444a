"""Serve the model in Azure ML's inference server: `init()` once and `run()` for each request.

`learning/serving.py` says what a request is and what the answer, `learning/decoding.py` what is refused. Beside
AZUREML_MODEL_DIR, which that server sets, two variables are read, if they are there:

* MODEL_VERSION: the version that answers name, by default the one in the path of the model's folder;
* SERVING_SETTINGS: limits and the request log, as JSON, with the names of `Settings`.
"""

import atexit
import json
import os
import sys
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import msgspec

from learning import serving
from learning.errors import InputError
from learning.request_log import RequestLog
from learning.scoring import find_mounted

SERVER = "azureml_inference_server_http.api."  # what loads this file, if it is the real one
UNKNOWN_VERSION = "unknown"
_service: serving.Service | None = None


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What SERVING_SETTINGS may say; without `request_log`, a folder, nothing is logged."""

    most_bytes: Annotated[int, msgspec.Meta(ge=1)] = serving.MOST_BYTES
    most_rows: Annotated[int, msgspec.Meta(ge=1)] = serving.MOST_ROWS
    request_log: str = ""
    log_share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    log_features: tuple[str, ...] = ()
    log_days: Annotated[int, msgspec.Meta(ge=1)] = 30


def init() -> None:
    """Load the one model in or below the folder that AZUREML_MODEL_DIR names; raises InputError when there is none."""
    global _service
    folder, version = find_mounted(os.environ.get("AZUREML_MODEL_DIR"))
    settings = read_settings(os.environ.get("SERVING_SETTINGS", "{}"))
    version = os.environ.get("MODEL_VERSION") or version or UNKNOWN_VERSION
    log = None
    if settings.request_log:
        log = RequestLog(Path(settings.request_log), settings.log_share, settings.log_days)
        atexit.register(log.close)
    limits = settings.most_bytes, settings.most_rows
    _service = serving.load(folder, version, *limits, log, settings.log_features)


def run(raw: Any) -> Any:
    """Return the answer for every record, or what is wrong with the request.

    `raw` is the text of the request or, from the real server, its own request: only then can the answer have a status
    of its own, as Azure ML's server calls whatever else `run` returns a success.
    """
    if _service is None:
        raise RuntimeError("run() was called before init()")
    if isinstance(raw, str | bytes):
        body = raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogatepass")
        return _service.answer(body, serving.choose_id())[1]
    return respond(_service, raw)


def respond(service: serving.Service, request: Any) -> Any:
    """Answer a request of Flask: a success as a dictionary, which the server makes JSON of, all else as a response."""
    asked = request.environ  # once: what the server hands over looks Flask's request up for every attribute
    if asked["REQUEST_METHOD"] == "OPTIONS":  # asked by browsers, and answered by what the server knows of origins
        return make_response(200, None)
    # The server's own id for the request, which it also sends as a header, where the client gave none.
    request_id = serving.choose_id(asked.get("HTTP_X_MS_REQUEST_ID"), sys.modules["flask"].g.get("request_id"))
    if asked["REQUEST_METHOD"] != "POST":
        error = {"error": f"/score takes POST, not {asked['REQUEST_METHOD']}", "request_id": request_id}
        return make_response(405, error, {"Allow": "POST"})
    if int(asked.get("CONTENT_LENGTH") or 0) > service.most_bytes:  # before it is waited for: it may never come
        return make_response(*service.refuse(service.too_large(), request_id, perf_counter()))
    # A server that ends the body where the client did, as gunicorn does, needs none of Flask's bounds around it.
    stream = asked["wsgi.input"] if asked.get("wsgi.input_terminated") else request.stream
    try:
        body = stream.read(service.most_bytes + 1)
    except TimeoutError:  # of the server, which says so itself
        raise
    except Exception as error:  # noqa: BLE001  (the server's own, for a body whose parts are not what they say)
        return make_response(400, {"error": f"the request cannot be read: {error}", "request_id": request_id})
    status, answer = service.answer(body, request_id)
    return answer if status == serving.SCORED else make_response(status, answer)


def make_response(status: int, answer: dict[str, Any] | None, headers: dict[str, str] | None = None) -> Any:
    """Make a response of the server's own kind."""
    text = json.dumps(answer) if answer else ""
    kind = {"Content-Type": "application/json"}
    return sys.modules[f"{SERVER}aml_response"].AMLResponse(text, status, kind | (headers or {}))


def read_settings(text: str) -> Settings:
    """Return the settings that the text holds; raises InputError that names what is wrong."""
    try:
        settings = msgspec.json.decode(text, type=Settings)
    except (msgspec.MsgspecError, ValueError) as error:
        raise InputError(f"SERVING_SETTINGS must be JSON with known names and their types: {error}") from error
    if not settings.request_log and settings != Settings(settings.most_bytes, settings.most_rows):
        raise InputError(
            "SERVING_SETTINGS must have request_log, a folder, where it has log_share, log_features or log_days"
        )
    return settings


if f"{SERVER}aml_request" in sys.modules:  # the real server: have it hand over requests as they come
    sys.modules[f"{SERVER}aml_request"].rawhttp(run)
