"""Alerts reach real listeners on loopback, and one that fails is a line without its address."""

import base64
from collections.abc import Iterator, Mapping
from itertools import count
from threading import Event
from typing import Any

import pytest

from operation.errors import OperationError
from operation.execution.monitoring import alerts
from operation.execution.monitoring.alerts import Message, compose, read_values, send
from operation.tests.integration.execution.monitoring.listeners import Mail, Web, listening
from operation.tests.parcels import load

FOUND = {
    "decision": "retrain",
    "reasons": ["a < b & c", "d"],
    "window": {"first": "2014-01-01", "last": "2014-01-28", "rows": 1600},
}
SLACK = "monitoring.alerts.team={kind: webhook, form: slack, address: TEAM}"
TEAMS = "monitoring.alerts.team={kind: webhook, form: teams, address: TEAM}"
BOARD = "monitoring.alerts.board={kind: work_item, type: Product Backlog Item, address: BOARD, token: TOKEN}"
POST = (
    "monitoring.alerts.post={kind: smtp, security: none, server: SERVER, sender: FROM, recipients: TO, user: '', "
    "password: ''}"
)


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    with listening(server):
        yield server


def alert(settings: list[str], environment: Mapping[str, str]) -> Message:
    """Alert with these settings; returns the message that was sent."""
    configuration = load(settings=settings)
    message = compose(configuration, FOUND)
    send(message, read_values(configuration, environment))
    return message


def mailed(server: Mail) -> dict[str, str]:
    return {
        "SERVER": f"127.0.0.1:{server.server_address[1]}",
        "FROM": "us@example.org",
        "TO": "a@example.org, b@example.org",
    }


def test_slack_gets_title_and_reasons_as_plain_text(web: Web) -> None:
    alert([SLACK], {"TEAM": web.address})
    ((_, path, _, content),) = web.got
    assert path == "/fabrikam/parcels"
    assert content["text"].splitlines() == [
        "parcel-delays in local: retrain",
        "Window: 2014-01-01 to 2014-01-28, 1,600 rows",
        "a &lt; b &amp; c",
        "d",
    ]


def test_teams_gets_an_adaptive_card(web: Web) -> None:
    alert([TEAMS], {"TEAM": web.address})
    card = web.got[0][3]["attachments"][0]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert [block["text"] for block in card["content"]["body"]][::3] == ["parcel-delays in local: retrain", "d"]


def test_a_work_item_is_filed_once_and_then_updated(web: Web) -> None:
    for _ in range(2):
        message = alert([BOARD], {"BOARD": f"{web.address}/", "TOKEN": "letters"})
    asked, filed, _, updated = web.got
    assert message.key in asked[3]["query"]
    assert filed[:2] == ("POST", "/fabrikam/parcels/_apis/wit/workitems/$Product Backlog Item?api-version=7.1")
    assert fields(filed[3])["System.Tags"] == message.key
    assert "a &lt; b &amp; c<br>d" in fields(filed[3])["System.Description"]
    assert updated[:2] == ("PATCH", "/fabrikam/parcels/_apis/wit/workitems/7?api-version=7.1")
    assert set(fields(updated[3])) == {"System.Title", "System.History"}


def fields(patch: list[dict[str, Any]]) -> dict[str, str]:
    return {each["path"].removeprefix("/fields/"): each["value"] for each in patch}


def test_azure_devops_gets_the_token_and_json_patches(web: Web) -> None:
    alert([BOARD], {"BOARD": web.address, "TOKEN": "letters"})
    headers = [request[2] for request in web.got]
    assert {each["Authorization"] for each in headers} == {"Basic " + base64.b64encode(b":letters").decode()}
    assert [each["Content-Type"] for each in headers] == ["application/json", "application/json-patch+json"]


def test_a_mail_goes_to_every_recipient() -> None:
    server = Mail()
    with listening(server):
        alert([POST], mailed(server))
    (mail,) = server.got
    assert "Subject: parcel-delays in local: retrain" in mail
    assert "To: a@example.org, b@example.org" in mail
    assert "a < b & c" in mail


@pytest.mark.parametrize(("status", "said"), [(403, "HTTP 403"), (302, "HTTP 302"), (203, "token is not valid")])
def test_a_refused_alert_is_one_line_without_the_address(web: Web, status: int, said: str) -> None:
    web.status = status
    with pytest.raises(OperationError, match=f"alerts.team could not be sent: the address in TEAM .*{said}") as caught:
        alert([SLACK], {"TEAM": web.address})
    assert web.address not in str(caught.value)
    assert len(web.got) == 1


@pytest.mark.parametrize(
    "answer", [b"[" * 200_000, b'{"workItems": [{"id": Infinity}]}'], ids=["nested", "without end"]
)
def test_an_answer_that_nobody_would_give_is_one_line(web: Web, answer: bytes) -> None:
    web.answer = iter([answer])
    with pytest.raises(OperationError, match=r"board could not be sent: BOARD must hold the address of a project"):
        alert([BOARD], {"BOARD": web.address, "TOKEN": "letters"})


def test_of_an_endless_answer_only_the_beginning_is_read(web: Web) -> None:
    web.answer = (b"x" * 100_000 for _ in count())
    alert([SLACK], {"TEAM": web.address})


def test_an_alert_whose_server_never_comes_to_an_end_is_given_up(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts, "LONGEST", 0.3)
    ended = Event()
    web.answer = (b" " for _ in iter(lambda: ended.wait(0.05), True))  # a byte now and then never runs out of time
    try:
        with pytest.raises(
            OperationError, match=r"team could not be sent: .* did not complete an answer within 0\.3 s\."
        ):
            alert([SLACK], {"TEAM": web.address})
    finally:
        ended.set()


def test_mail_addresses_may_have_names() -> None:
    server = Mail()
    with listening(server):
        alert([POST], mailed(server) | {"FROM": "Us <us@example.org>", "TO": '"A, B" <a@example.org>, b@example.org'})
    (mail,) = server.got
    assert 'To: "A, B" <a@example.org>, b@example.org' in mail


def test_a_mail_server_that_refuses_is_one_line() -> None:
    server = Mail(refuse=True)
    with listening(server), pytest.raises(OperationError, match=r"alerts.post could not be sent: the server in SERVER"):
        alert([POST], mailed(server))


def test_a_failed_alert_keeps_none_of_the_others(web: Web) -> None:
    nobody = {"SERVER": "127.0.0.1:1", "FROM": "us@example.org", "TO": "a@example.org"}
    with pytest.raises(OperationError, match=r"alerts.post could not be sent"):
        alert([POST, SLACK], {**nobody, "TEAM": web.address})
    assert len(web.got) == 1
