from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

Ask = Callable[..., TestResponse]
SECRETS = "/credential/v2.0WS/secrets"


@pytest.fixture
def known(ask: Ask) -> None:
    ask(f"PUT {SECRETS}", {"name": "marked", "value": "planted", "contentType": "text/plain"})


def test_a_secret_is_read_by_its_name(ask: Ask, known: None) -> None:
    assert ask(f"GET {SECRETS}/marked").get_json() == {
        "name": "marked",
        "value": "planted",
        "contentType": "text/plain",
    }
    assert ask(f"GET {SECRETS}/unknown").status_code == 404


def test_a_list_has_names_and_no_values(ask: Ask, known: None) -> None:
    assert ask(f"GET {SECRETS}").get_json()["value"] == [{"name": "marked"}]


def test_several_are_read_at_once_and_missing_ones_are_named(ask: Ask, known: None) -> None:
    answer = ask(f"POST {SECRETS}:getbatch", {"secrets": [{"name": "marked"}, {"name": "unknown"}]}).get_json()
    assert [secret["value"] for secret in answer["secrets"]] == ["planted"]
    assert answer["notFoundSecrets"] == ["unknown"]


def test_a_deleted_secret_is_gone(ask: Ask, known: None) -> None:
    ask(f"DELETE {SECRETS}/marked")
    assert ask(f"GET {SECRETS}/marked").status_code == 404


def test_several_are_set_and_deleted_at_once(ask: Ask) -> None:
    several = [{"name": name, "value": name.upper()} for name in ("a", "b", "c")]
    ask(f"PUT {SECRETS}:putbatch", {"secrets": several})
    assert ask(f"GET {SECRETS}/b").get_json()["value"] == "B"
    ask(f"POST {SECRETS}:deletebatch", {"secrets": [{"name": "a"}, {"name": "unknown"}, {"name": "b"}]})
    assert ask(f"GET {SECRETS}").get_json()["value"] == [{"name": "c"}]


def test_the_case_of_a_name_does_not_count(ask: Ask, known: None) -> None:
    ask(f"PUT {SECRETS}", {"name": "MARKED", "value": "anew"})
    assert ask(f"GET {SECRETS}/Marked").get_json() == {"name": "MARKED", "value": "anew"}
    assert ask(f"GET {SECRETS}").get_json()["value"] == [{"name": "MARKED"}]
    ask(f"DELETE {SECRETS}/marked")
    assert ask(f"GET {SECRETS}").get_json()["value"] == []


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("a_b", "x", "The request URI contains an invalid name: a_b"),
        ("a/b", "x", "invalid name: a/b"),
        ("a" * 128, "x", "invalid name"),
        ("", "x", "invalid name"),
        ("a", "x" * 25_601, "The value of the secret a has more than 25,600 bytes."),
    ],
)
def test_what_no_key_vault_keeps_is_refused(ask: Ask, name: str, value: str, message: str) -> None:
    answer = ask(f"PUT {SECRETS}", {"name": name, "value": value})
    assert (answer.status_code, answer.get_json()["code"]) == (400, "BadParameter")
    assert message in answer.get_json()["message"]
