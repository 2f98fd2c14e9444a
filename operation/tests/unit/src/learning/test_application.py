"""The routes of the fast server, asked in this process."""

import asyncio
import gc
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from learning import serving
from learning.application import SHORT, Application
from learning.decoding import Request
from learning.request_log import RequestLog
from operation.tests.asgi import Answer, ask, get, post

RECORD = {"size": 1.5, "colour": "red", "code": 3}


def load(folder: Path, log: RequestLog | None = None, most_bytes: int = 1_000_000) -> serving.Service:
    return serving.load(folder, "3", most_bytes, 5000, log, ["size"] if log else [])


@pytest.fixture(scope="module")
def service(model: Path) -> serving.Service:
    return load(model)


@pytest.fixture
def application(service: serving.Service) -> Application:
    return Application(service, queue=2, deadline=30)


def body(*records: Any) -> bytes:
    return json.dumps({"data": records}).encode()


def error_of(answer: Answer) -> str:
    """The error of a refusal, which must also name the request."""
    said = answer.json()
    assert sorted(said) == ["error", "request_id"]
    return str(said["error"])


def test_the_answer_has_scores_version_and_request(application: Application, service: serving.Service) -> None:
    answer = post(application, body(RECORD, RECORD), {"x-ms-request-id": "mine-1"})
    expected = service.scorer.predict({name: [value] * 2 for name, value in RECORD.items()}).tolist()
    assert answer.status == 200
    assert answer.json() == {"probabilities": expected, "model_version": "3", "request_id": "mine-1"}
    assert answer.headers == {"content-type": "application/json", "content-length": str(len(answer.body))}


@pytest.mark.parametrize(
    ("task", "keys"),
    [("multiclass", ["predictions", "probabilities"]), ("regression", ["predictions"])],
)
@pytest.mark.parametrize("rows", [0, 2])
def test_the_answer_of_another_task_has_its_entries(
    folders: dict[str, Path], task: str, keys: list[str], rows: int
) -> None:
    answer = post(Application(load(folders[task]), 2, 30), body(*[RECORD] * rows)).json()
    assert list(answer) == [*keys, "model_version", "request_id"]
    assert {len(answer[key]) for key in keys} == {rows}


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, 'a"', "é"], ids=["none", "space", "long", "quote", "accent"])
def test_a_request_id_that_is_not_plain_is_replaced(application: Application, given: str) -> None:
    named = post(application, body(RECORD), {"x-request-id": given}).json()["request_id"]
    assert named != given
    assert serving.PLAIN_ID.fullmatch(named)


@pytest.mark.parametrize("path", ["/live", "/ready"])
def test_probes_are_answered_until_the_server_stops(application: Application, path: str) -> None:
    assert get(application, path).status == 200
    application.stopping = True
    assert get(application, path).status == (200 if path == "/live" else 503)


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [("GET", "/score", 405, "POST"), ("DELETE", "/live", 405, "GET"), ("GET", "/", 404, None)],
)
def test_another_path_or_method_is_refused(
    application: Application, method: str, path: str, status: int, allow: str | None
) -> None:
    answer = get(application, path, method)
    assert (answer.status, answer.headers.get("allow")) == (status, allow)
    assert error_of(answer)


@pytest.mark.parametrize("parts", [[b"x" * 1001], [b"x" * 600] * 2, [b"x" * 1002, b""]], ids=["one", "two", "ended"])
@pytest.mark.parametrize("said", [True, False], ids=["length", "chunked"])
def test_a_body_of_too_many_bytes_is_refused(model: Path, parts: list[bytes], said: bool) -> None:
    application = Application(load(model, most_bytes=1000), 2, 30)
    headers = {"content-length": str(sum(map(len, parts)))} if said else {}
    answer = asyncio.run(ask(application, "POST", "/score", parts, headers))
    assert (answer.status, error_of(answer)) == (413, "the request has more than 1000 bytes: send several")


def test_too_many_records_are_refused(application: Application) -> None:
    assert post(application, body(*[RECORD] * 5001)).status == 413


def test_a_body_in_parts_is_one_request(application: Application) -> None:
    whole = body(RECORD)
    answer = asyncio.run(ask(application, "POST", "/score", [whole[:9], whole[9:]]))
    assert answer.status == 200


def test_a_request_that_does_not_end_is_refused_at_the_deadline(service: serving.Service) -> None:
    application = Application(service, 2, 0.01)
    answer = asyncio.run(ask(application, "POST", "/score", [b"{"], ends=False))
    assert (answer.status, error_of(answer)) == (504, "the request took longer than 0.01 seconds")
    assert post(application, body(RECORD)).status == 200


@pytest.mark.parametrize(("pauses", "status"), [(3, 200), (10**9, 504)], ids=["in time", "never"])
def test_a_request_whose_body_is_not_there_yet_is_waited_for(
    service: serving.Service, pauses: int, status: int
) -> None:
    application, sent = Application(service, 1, 0.05), list[dict[str, Any]]()

    async def receive() -> dict[str, Any]:
        for _ in range(pauses):
            await asyncio.sleep(0)
        return {"type": "http.request", "body": body(RECORD), "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/score", "headers": []}
    for _ in range(2):  # the queue has room again
        asyncio.run(application(scope, receive, send))
    assert [message["status"] for message in sent if "status" in message] == [status, status]


def test_a_client_that_leaves_is_no_failure(application: Application) -> None:
    async def leave() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def ignore(_message: dict[str, Any]) -> None:
        return

    scope = {"type": "http", "method": "POST", "path": "/score", "headers": []}
    asyncio.run(application(scope, leave, ignore))
    assert b'serving_requests_total{status="400"} 1' in get(application, "/metrics").body


class Slow(serving.Service):
    """Answers once it may."""

    may = threading.Event()

    def score(self, raw: bytes) -> tuple[Request, dict[str, Any]]:
        if len(raw) > SHORT:
            self.may.wait(10)
        return super().score(raw)


@pytest.fixture
def slow(service: serving.Service) -> Iterator[Slow]:
    """A service that keeps long requests waiting."""
    made = Slow(service.scorer, "3")
    made.may = threading.Event()
    yield made
    made.may.set()


LONG = body(*[RECORD] * 3000)


def test_while_a_long_request_is_scored_others_are_answered_and_too_many_refused(slow: Slow) -> None:
    application = Application(slow, queue=2, deadline=30)

    async def crowd() -> tuple[Answer, Answer, Answer, tuple[Answer, Answer]]:
        first = asyncio.create_task(ask(application, "POST", "/score", [LONG]))
        await asyncio.sleep(0.01)
        beside = await ask(application, "POST", "/score", [body(RECORD)])
        second = asyncio.create_task(ask(application, "POST", "/score", [LONG]))
        await asyncio.sleep(0.01)
        refused = await ask(application, "POST", "/score", [body(RECORD)])
        ready = await ask(application, "GET", "/ready")
        slow.may.set()
        return beside, refused, ready, await asyncio.gather(first, second)

    beside, refused, ready, both = asyncio.run(crowd())
    assert [beside.status, ready.status, *(each.status for each in both)] == [200] * 4
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    assert error_of(refused) == "2 requests are under way, and no more are taken: try again"


def test_a_request_that_is_late_counts_until_its_thread_has_ended(slow: Slow) -> None:
    application = Application(slow, queue=1, deadline=0.05)

    async def wait() -> list[int]:
        late = await ask(application, "POST", "/score", [LONG])
        refused = await ask(application, "POST", "/score", [body(RECORD)])
        slow.may.set()
        while application._waiting:
            await asyncio.sleep(0.001)
        return [each.status for each in (late, refused, await ask(application, "POST", "/score", [body(RECORD)]))]

    assert asyncio.run(wait()) == [504, 503, 200]


@pytest.mark.parametrize(("deadline", "status"), [(0.05, 504), (30, 400)], ids=["late", "in time"])
def test_a_refusal_that_comes_too_late_is_no_failure(slow: Slow, deadline: float, status: int) -> None:
    application, failures = Application(slow, queue=1, deadline=deadline), list[dict[str, Any]]()

    async def wait() -> int:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, failure: failures.append(failure))
        loop.call_later(0.2, slow.may.set)
        answer = await ask(application, "POST", "/score", [b"x" * (SHORT + 1)])
        while application._waiting:
            await asyncio.sleep(0.001)
        gc.collect()  # asyncio complains of an exception when what has it goes
        return answer.status

    assert asyncio.run(wait()) == status
    assert failures == []


@pytest.mark.parametrize(("deadline", "status"), [(0.05, 504), (30, 200)], ids=["late", "in time"])
def test_a_long_request_is_logged_once_as_it_was_answered(
    slow: Slow, tmp_path: Path, deadline: float, status: int
) -> None:
    slow.log = RequestLog(tmp_path)
    application = Application(slow, queue=1, deadline=deadline)

    async def wait() -> int:
        asyncio.get_running_loop().call_later(0.2, slow.may.set)
        answer = await ask(application, "POST", "/score", [LONG])
        while application._waiting:
            await asyncio.sleep(0.001)
        return answer.status

    assert asyncio.run(wait()) == status
    slow.log.close()
    (line,) = next(tmp_path.glob("*.jsonl")).read_text().splitlines()
    assert json.loads(line)["status"] == status


@pytest.mark.parametrize(
    ("header", "status"),
    [({}, 401), ({"authorization": "Bearer other"}, 401), ({"authorization": "Bearer s3cr3t"}, 200)],
    ids=["none", "wrong", "right"],
)
def test_scoring_needs_the_key_and_nothing_else_does(
    service: serving.Service, header: dict[str, str], status: int
) -> None:
    application = Application(service, 2, 30, key="s3cr3t")
    assert post(application, body(RECORD), header).status == status
    assert f'serving_requests_total{{status="{status}"}} 1' in get(application, "/metrics").body.decode()
    assert [get(application, path).status for path in ("/live", "/ready", "/metrics", "/openapi.json")] == [200] * 4


def test_a_bug_is_a_500_and_the_server_goes_on(
    service: serving.Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    application = Application(service, 1, 30)
    with monkeypatch.context() as broken:
        broken.setattr(service, "decoder", None)
        failed = post(application, body(RECORD))
    assert failed.status == 500
    assert "500" in get(application, "/openapi.json").json()["paths"]["/score"]["post"]["responses"]
    assert "Traceback" in capsys.readouterr().err
    assert post(application, body(RECORD)).status == 200


def test_every_scoring_request_is_logged_once_with_its_status(model: Path, tmp_path: Path) -> None:
    log = RequestLog(tmp_path)
    application = Application(load(model, log), 2, 30)
    answers = [post(application, each) for each in (body(RECORD, RECORD), b"nonsense", b"x" * 1_000_001)]
    get(application, "/live")
    log.close()
    (file,) = tmp_path.iterdir()
    entries = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(each["status"], each["rows"], each["version"]) for each in entries] == [
        (200, 2, "3"), (400, 0, "3"), (413, 0, "3")
    ]  # fmt: skip
    assert [each["id"] for each in entries] == [answer.json()["request_id"] for answer in answers]
    assert entries[0]["features"] == {"size": [1.5, 1.5]}
    assert entries[0]["probabilities"] == answers[0].json()["probabilities"]
    assert "features" not in entries[1]


def test_metrics_count_requests_by_status(application: Application) -> None:
    for each in (body(RECORD), body(RECORD), b"nonsense"):
        post(application, each)
    answer = get(application, "/metrics")
    lines = answer.body.decode().splitlines()
    assert 'serving_requests_total{status="200"} 2' in lines
    assert 'serving_requests_total{status="400"} 1' in lines
    assert "serving_request_seconds_count 3" in lines
    assert 'serving_request_seconds_bucket{le="+Inf"} 3' in lines
    assert 'serving_model_info{version="3"} 1' in lines


def test_the_document_has_the_features_of_the_model(application: Application) -> None:
    document = get(application, "/openapi.json").json()
    content = document["paths"]["/score"]["post"]["requestBody"]["content"]["application/json"]
    data = content["schema"]["properties"]["data"]
    assert (re.sub(r"[\d,]+", "N", data["description"]), data.keys()) == (
        "At most N records.",
        {"type", "items", "description"},
    )
    record = data["items"]
    assert record["required"] == ["size", "colour", "code"]
    assert record["properties"]["colour"] == {"type": ["string", "null"], "examples": ["blue", "green", "red"]}
    assert record["properties"]["size"]["type"] == ["number", "null"]
    assert record["properties"]["code"]["type"] == ["number", "string", "null"]
