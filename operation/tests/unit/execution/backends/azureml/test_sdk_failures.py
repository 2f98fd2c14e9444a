"""Failures that need no SDK; those that the SDK really raises are tested against the offline workspace."""

import pytest

from operation.execution.backends.azureml.sdk_failures import call, explain, is_transient, status_of


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Received bad response from Resource Provider:\nResponse Code: 503\nHeaders: ...", 503),
        ("Error retrieving the environment definition. Code: 404\n: {}", 404),
        ("Model 404 not found", None),
    ],
)
def test_the_status_is_found_where_the_sdk_writes_it(text: str, status: int | None) -> None:
    assert status_of(Exception(text)) == status


def test_the_status_of_what_it_was_raised_from_counts() -> None:
    error = RuntimeError("could not register")
    error.__cause__ = Exception("Response Code: 429")
    assert status_of(error) == 429


@pytest.mark.parametrize("parameter", ["sig", "client_secret", "code"])
def test_no_signature_or_secret_of_an_address_is_said(parameter: str) -> None:
    said = str(explain("fetch", Exception(f"Max retries exceeded: https://a.b/c?sv=1&{parameter}=planted%2Bmark&x=1")))
    assert "planted" not in said
    assert f"{parameter}=..." in said


def test_what_could_not_be_done_is_said_in_one_line() -> None:
    said = str(explain("register parcel-delays", Exception("Response Code: 403\nHeaders:\n  a: b")))
    assert said.startswith("Azure ML could not register parcel-delays. ")
    assert "AzureML Data Scientist" in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("You are currently logged-in to t tenant. You don't have access to s subscription", "check subscription_id"),
        ("Response Code: 401. The access token is from the wrong issuer 'https://sts/t/'", "set AZURE_TENANT_ID"),
        ("AADSTS90002: Tenant 't' not found.", "check AZURE_TENANT_ID"),
        ("Could not retrieve user token. Please run 'az login'", "no longer: az login"),
        (
            "Code: 401. The access token expiry UTC time 'a' is earlier than current UTC time 'b'.",
            "sign in again (az login)",
        ),
        ("(ExpiredAuthenticationToken) Code: 401", "sign in again (az login)"),
    ],
    ids=["of another tenant", "from another tenant", "no such tenant", "logged out", "expired", "still expired"],
)
def test_a_login_that_is_refused_says_what_to_do(said: str, remedy: str) -> None:
    assert remedy in str(explain("reach the workspace", Exception(said)))


def test_a_mistake_of_ours_keeps_its_own_error() -> None:
    def wrong() -> None:
        raise TypeError("ours")

    with pytest.raises(TypeError, match="ours"):
        call("do it", wrong)


@pytest.mark.parametrize(
    "said",
    [
        "ErrorCode:BlobAlreadyExists",
        "AADSTS90055: Too many requests",
        "ExpiredAuthenticationToken",
        "Code: 401. The access token expiry UTC time 'a' is earlier than current UTC time 'b'.",
        "Code: 503",
    ],
    ids=["an upload sent twice", "the sign-in is busy", "the token ran out", "the same in words", "503"],
)
def test_what_is_no_answer_may_be_asked_again(said: str) -> None:
    assert is_transient(Exception(said))


@pytest.mark.parametrize("said", ["Response Code: 403", "AADSTS7000215: Invalid client secret provided."])
def test_what_is_an_answer_stays(said: str) -> None:
    assert not is_transient(Exception(said))
