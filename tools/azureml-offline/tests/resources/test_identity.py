import re
from collections.abc import Callable
from pathlib import Path

import pytest
from azureml_offline import Fault
from azureml_offline.resources import identity
from azureml_offline.workspace.state import State
from werkzeug.test import TestResponse

Ask = Callable[..., TestResponse]

FORM = {"grant_type": "client_credentials", "scope": "https://management.azure.com/.default"}


@pytest.fixture
def form(state: State) -> dict[str, str]:
    return FORM | {"client_id": state.names.client, "client_secret": state.names.secret}


def test_the_right_secret_gets_a_token_that_is_accepted(ask: Ask, state: State, form: dict[str, str]) -> None:
    answer = ask(f"POST /{state.names.tenant}/oauth2/v2.0/token", data=form).get_json()
    asked = ask("GET /subscriptions", headers={"Authorization": f"Bearer {answer['access_token']}"})
    assert (answer["expires_in"], asked.status_code) == (8 * 3600, 200)


@pytest.mark.parametrize(
    ("tenant", "change", "status", "code"),
    [
        ("elsewhere", {}, 400, "AADSTS90002"),
        (None, {"client_id": "nobody"}, 400, "AADSTS700016"),
        (None, {"client_secret": "wrong"}, 401, "AADSTS7000215"),  # pragma: allowlist secret
    ],
    ids=["tenant", "client", "secret"],
)
def test_wrong_credentials_are_refused_as_azure_does(
    ask: Ask, state: State, form: dict[str, str], tenant: str | None, change: dict[str, str], status: int, code: str
) -> None:
    answer = ask(f"POST /{tenant or state.names.tenant}/oauth2/v2.0/token", data=form | change)
    assert answer.status_code == status
    assert code in answer.get_json()["error_description"]


def test_the_sign_in_host_says_where_tokens_are(ask: Ask, state: State) -> None:
    known = ask(f"GET /{state.names.tenant}/v2.0/.well-known/openid-configuration").get_json()
    assert known["token_endpoint"].endswith(f"/{state.names.tenant}/oauth2/v2.0/token")
    assert ask("GET /common/discovery/instance").get_json()["metadata"] == []


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer a.b.c", "Basic abc"])
def test_without_a_token_of_this_start_nothing_is_answered(ask: Ask, header: str) -> None:
    assert ask("GET /subscriptions", headers={"Authorization": header}).status_code == 401


def test_a_token_of_another_start_is_refused(ask: Ask, tmp_path: Path) -> None:
    other = identity.issue(State(tmp_path), "tests", "anything")
    assert ask("GET /subscriptions", headers={"Authorization": f"Bearer {other}"}).status_code == 401


def test_an_expired_token_is_refused(ask: Ask, state: State) -> None:
    expired = identity.issue(state, "tests", "anything", seconds=-1)
    answer = ask("GET /subscriptions", headers={"Authorization": f"Bearer {expired}"})
    assert (answer.status_code, answer.get_json()["code"]) == (401, "ExpiredAuthenticationToken")


def test_a_planted_token_lives_as_long_as_it_was_planted(ask: Ask, state: State, form: dict[str, str]) -> None:
    state.faults.plant(Fault("/token", token_seconds=5))
    seconds = [ask(f"POST /{state.names.tenant}/oauth2/token", data=form).get_json()["expires_in"] for _ in range(2)]
    assert seconds == [5, 8 * 3600]


def test_a_job_s_node_has_tokens_for_its_own_secret_alone(ask: Ask, state: State) -> None:
    def managed(secret: str) -> TestResponse:
        query = {"resource": "https://storage.azure.com", "clientid": "cluster", "api-version": "2017-09-01"}
        return ask(f"GET {identity.NODE}", query_string=query, headers={"secret": secret})

    answer = managed(identity.issue(state, "r1", identity.NODE)).get_json()
    claims = identity.read(state, answer["access_token"])
    assert claims
    assert (claims["aud"], claims["sub"]) == ("https://storage.azure.com", "cluster")
    assert [managed(wrong).status_code for wrong in ("", "guessed", identity.issue(state, "r1", "run"))] == [401] * 3


@pytest.mark.parametrize(
    ("header", "code", "words"),
    [
        ("", "AuthenticationFailed", "The 'Authorization' header is missing."),
        ("Basic abc", "AuthenticationFailedInvalidHeader", "is provided in an invalid format."),
        ("Bearer a.b.c", "InvalidAuthenticationToken", "The access token is invalid."),
    ],
)
def test_a_token_is_refused_in_the_words_of_azure(ask: Ask, header: str, code: str, words: str) -> None:
    error = ask("GET /subscriptions", headers={"Authorization": header}).get_json()["error"]
    assert (error["code"], words in error["message"]) == (code, True)


def test_an_expired_token_is_refused_with_its_time(ask: Ask, state: State) -> None:
    expired = identity.issue(state, "tests", "anything", seconds=-1)
    said = ask("GET /subscriptions", headers={"Authorization": f"Bearer {expired}"}).get_json()["error"]["message"]
    moment = r"'\d+/\d+/\d{4} \d+:\d\d:\d\d [AP]M'"
    assert re.fullmatch(f"The access token expiry UTC time {moment} is earlier than current UTC time {moment}\\.", said)


def test_a_planted_error_of_a_token_has_the_words_of_azure(ask: Ask, state: State) -> None:
    state.faults.plant(Fault("GET /subscriptions", status=401, code="ExpiredAuthenticationToken"))
    assert "access token expiry UTC time" in ask("GET /subscriptions").get_json()["error"]["message"]
