"""One contract on both hosts: the same requests are answered and refused, with the same words and statuses."""

import json
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import flask
import pyarrow.parquet as pq
import pytest

import score
from learning import serving
from learning.application import Application
from learning.scoring import Scorer
from operation.tests import asgi
from operation.tests.wrong_requests import RIGHT, WRONG, fill

Answer = tuple[int, Any]
Ask = Callable[..., Answer]


class AMLResponse(flask.Response):
    """Made as the one of the official server is."""

    def __init__(self, message: str, status_code: int, response_headers: dict[str, str]) -> None:
        super().__init__(message, status=status_code)
        for name, value in response_headers.items():
            self.headers[name] = value


@pytest.fixture(scope="module")
def record(prepared: Path, model: Path) -> dict[str, Any]:
    """A parcel, as a client sends it."""
    (found,) = pq.read_table(prepared / "test.parquet", columns=Scorer.load(model).columns).slice(0, 1).to_pylist()
    return dict(found)


@pytest.fixture(params=["official", "fast"])
def ask(request: pytest.FixtureRequest, model: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Ask one of the hosts with a method, a body and headers."""
    return (official if request.param == "official" else fast)(model, monkeypatch)


def official(model: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    monkeypatch.setitem(sys.modules, f"{score.SERVER}aml_response", SimpleNamespace(AMLResponse=AMLResponse))
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(model))
    monkeypatch.setenv("MODEL_VERSION", "3")
    score.init()
    application = flask.Flask("score")

    def ask(method: str, body: bytes, **headers: str) -> Answer:
        named = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        about = {"REQUEST_METHOD": method, "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body), **named}
        with application.app_context():
            flask.g.request_id = headers.get("x_request_id", "5f1c8c3e-0000")  # the server sets it
            answer = score.run(flask.Request(about))
        if isinstance(answer, flask.Response):
            return answer.status_code, json.loads(answer.get_data())
        return 200, json.loads(json.dumps(answer))

    return ask


def fast(model: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    application = Application(serving.load(model, "3", serving.MOST_BYTES, serving.MOST_ROWS, None, []), 2, 30)

    def ask(method: str, body: bytes, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = asgi.get(application, "/score", method) if method != "POST" else asgi.post(application, body, named)
        return answer.status, answer.json()

    return ask


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_request_is_refused_by_its_status_and_in_words(ask: Ask, record: dict[str, Any], name: str) -> None:
    body, status, start = WRONG[name]
    answered, said = ask("POST", fill(body, record))
    assert answered == status
    assert sorted(said) == ["error", "request_id"]
    assert said["error"].startswith(start)


@pytest.mark.parametrize("name", RIGHT)
def test_an_odd_request_that_is_right_is_answered(ask: Ask, record: dict[str, Any], name: str) -> None:
    body, scores = RIGHT[name]
    answered, said = ask("POST", fill(body, record))
    assert answered == 200, said
    assert len(said["probabilities"]) == scores
    assert all(0 <= each <= 1 for each in said["probabilities"])


def test_the_answer_names_version_and_request(ask: Ask, record: dict[str, Any]) -> None:
    answered, said = ask("POST", fill('{"data": [RECORD]}', record), x_request_id="mine_1")
    assert (answered, said["model_version"], said["request_id"]) == (200, "3", "mine_1")


def test_a_request_of_too_many_bytes_is_refused(ask: Ask) -> None:
    answered, said = ask("POST", b" " * (serving.MOST_BYTES + 1))
    assert (answered, said["error"]) == (413, f"the request has more than {serving.MOST_BYTES} bytes: send several")


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_another_method_is_refused(ask: Ask, method: str) -> None:
    answered, said = ask(method, b"")
    assert (answered, said["error"]) == (405, f"/score takes POST, not {method}")
