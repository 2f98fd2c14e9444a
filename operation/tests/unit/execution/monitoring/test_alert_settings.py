"""What is refused of the alerts in a configuration, and before a look."""

import pytest

from operation.errors import OperationError
from operation.execution.monitoring.alerts import compose, read_values, send
from operation.tests.parcels import load

FOUND = {"decision": "retrain", "reasons": [], "window": {"first": "2014-01-01", "last": "2014-01-28", "rows": 1600}}
SLACK = "monitoring.alerts.team={kind: webhook, form: slack, address: TEAM}"
BOARD = "monitoring.alerts.board={kind: work_item, type: Issue, address: BOARD, token: TOKEN}"
POST = (
    "monitoring.alerts.post={kind: smtp, security: none, server: SERVER, sender: FROM, recipients: TO, user: '', "
    "password: ''}"
)
UNUSABLE = [
    "https:///x",
    "https://localhost:99999/x",
    "https://localhost:abc/",
    "https://localhost/a b",
    "https://a..b/",
]


def test_a_window_of_no_known_day_is_named_by_its_rows() -> None:
    empty = {**FOUND, "window": {"first": "", "last": "", "rows": 0}}
    assert compose(load(), empty).text == "Window: 0 rows"


@pytest.mark.parametrize(
    "address", ["http://example.org/letters", "file:///etc/hosts", "letters", "https://[letters", *UNUSABLE]
)
def test_an_address_that_is_not_https_is_refused(address: str) -> None:
    configuration = load(settings=[SLACK])
    alerts = read_values(configuration, {"TEAM": address})
    with pytest.raises(OperationError, match=r"TEAM must hold an address that begins with https://") as caught:
        send(compose(configuration, FOUND), alerts)
    assert address not in str(caught.value)


@pytest.mark.parametrize(
    "wrong", ["nobody", "a@", "@", "a@[b", "<", ",", "a@b.c;d@e.f", "a@b.c,,d@e.f", '"x', "a@b.c\nBcc: x@y.z"]
)
@pytest.mark.parametrize("variable", ["FROM", "TO"])
def test_what_is_no_mail_address_is_refused_by_its_variable(variable: str, wrong: str) -> None:
    environment = {"SERVER": "127.0.0.1:1", "FROM": "us@example.org", "TO": "a@example.org"}
    alerts = read_values(load(settings=[POST]), environment | {variable: wrong})
    with pytest.raises(OperationError, match=rf"post could not be sent: {variable} must hold .*NAME@HOST"):
        send(compose(load(), FOUND), alerts)


@pytest.mark.parametrize("server", ["localhost", "localhost:", "localhost:\u00b2", "localhost:99999", ":25"])
def test_a_mail_server_without_a_port_is_refused(server: str) -> None:
    alerts = read_values(load(settings=[POST]), {"SERVER": server, "FROM": "a@b.c", "TO": "a@b.c"})
    with pytest.raises(OperationError, match=r"post could not be sent: SERVER must hold HOST:PORT\."):
        send(compose(load(), FOUND), alerts)


@pytest.mark.parametrize("environment", [{"BOARD": "x"}, {"BOARD": "x", "TOKEN": "$(TOKEN)"}], ids=["unset", "macro"])
def test_a_variable_without_a_value_is_found_before_the_look(environment: dict[str, str]) -> None:
    with pytest.raises(OperationError, match=r"monitoring.alerts.board needs the environment variable TOKEN. Set it"):
        read_values(load(settings=[BOARD]), environment)


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        (SLACK.replace("address", "adress"), "unknown key monitoring.alerts.team.adress. Did you mean .*address"),
        (SLACK.replace("TEAM", "https://x"), "monitoring.alerts.team.address is .* must be the name of an environment"),
        (
            POST.replace("password: ''", "password: SECRET"),
            "alerts.post.password is .*: a password is never sent in clear: security must be starttls or tls",
        ),
        (SLACK.replace("webhook", "webhok"), "team.kind must be 'webhook', .*, not \"webhok\". Did you mean webhook"),
    ],
    ids=["key", "address", "password", "kind"],
)
def test_a_wrong_alert_is_refused_by_its_key(setting: str, problem: str) -> None:
    with pytest.raises(OperationError, match=problem):
        load(settings=[setting])


def test_an_alert_names_variables_however_they_are_written_and_needs_no_password() -> None:
    secured = POST.replace("password: ''", "password: SECRET").replace("security: none", "security: starttls")
    for setting in (SLACK.replace("TEAM", "team_1"), POST, secured):
        assert len(load(settings=[setting]).monitoring.alerts) == 1


def test_alerts_are_no_part_of_what_shapes_a_model() -> None:
    assert load(settings=[SLACK]).sha256() == load().sha256()
