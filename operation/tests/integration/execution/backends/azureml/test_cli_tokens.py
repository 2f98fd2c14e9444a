"""Tokens of the Azure CLI: a small program stands in for it, and says what the CLI says."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.backends.azureml import cli_tokens
from operation.execution.backends.azureml.cli_tokens import CliTokens

MARK = "planted-" + "8f3c"
Cli = Callable[[str], CliTokens]


@pytest.fixture
def tokens(tmp_path: Path) -> Cli:
    """Tokens from a CLI whose program is this text; it writes down how it was asked."""

    def made(text: str) -> CliTokens:
        program = tmp_path / "az"
        asked = f"print(*sys.argv[1:], file=open({str(tmp_path / 'asked')!r}, 'a'))"
        program.write_text(f"#!{sys.executable}\nimport sys\n{asked}\n{text}\n", encoding="utf-8")
        program.chmod(0o755)
        return CliTokens(str(program), "some-subscription")

    return made


def test_the_cli_is_asked_for_the_audience_as_it_is_logged_in_for_the_subscription(tokens: Cli, tmp_path: Path) -> None:
    assert tokens(f"print({MARK!r})")("https://some.audience/") == MARK
    asked = (tmp_path / "asked").read_text()
    assert asked.startswith("account get-access-token --resource https://some.audience/")
    assert "--subscription some-subscription" in asked


def test_the_cli_is_not_asked_again_while_its_token_is_good(
    tokens: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = tokens(f"print({MARK!r})")
    assert [login("one"), login("one"), login("two")] == [MARK] * 3
    assert len((tmp_path / "asked").read_text().splitlines()) == 2
    monkeypatch.setattr(cli_tokens, "FRESH", 0.0)
    assert [login("three"), login("three")] == [MARK] * 2
    assert len((tmp_path / "asked").read_text().splitlines()) == 4


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("ERROR: Please run 'az login' to setup account.", "no longer: az login"),
        ("ERROR: AADSTS700082: The refresh token has expired due to inactivity.\nPlease run:\naz login", "az login"),
        ("ERROR: Subscription 's' not found. Check the spelling and casing and try again.", "az login --tenant"),
        ("ERROR: The subscription of 's' doesn't exist in cloud 'AzureCloud'.", "check subscription_id"),
        ("ERROR: AADSTS700024: Client assertion is not within its valid time range.", "from a new task AzureCLI@2"),
    ],
    ids=["never", "expired", "unknown", "another cloud", "the login of a task"],
)
def test_a_login_that_gives_no_token_says_what_to_do(said: str, remedy: str, tokens: Cli) -> None:
    with pytest.raises(OperationError, match="gives no token") as raised:
        tokens(f"print({said!r}, file=sys.stderr)\nsys.exit(1)")("one")
    assert remedy in str(raised.value)
    assert " ".join(said.split()) in str(raised.value)
    assert "\n" not in str(raised.value)


NO_NETWORK = "sys.exit('ERROR: HTTPSConnectionPool(host=...): Max retries exceeded with url: /common')"


def test_a_network_that_comes_back_is_not_seen(tokens: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_tokens, "PAUSES", (0.0, 0.0))
    asked = f"len(open({str(tmp_path / 'asked')!r}).readlines())"
    assert tokens(f"if {asked} < 3: {NO_NETWORK}\nprint({MARK!r})")("one") == MARK
    assert len((tmp_path / "asked").read_text().splitlines()) == 3


def test_a_network_that_stays_away_ends_after_a_few_attempts(
    tokens: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_tokens, "PAUSES", (0.0, 0.0))
    with pytest.raises(OperationError, match="try again later"):
        tokens(NO_NETWORK)("one")
    assert len((tmp_path / "asked").read_text().splitlines()) == 3


def test_a_cli_that_does_not_answer_is_not_waited_for_without_end(tokens: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_tokens, "PATIENCE", 0.2)
    with pytest.raises(OperationError, match="does not answer"):
        tokens("import time\ntime.sleep(30)")("one")


def test_no_token_is_part_of_a_text_about_the_login(tokens: Cli) -> None:
    login = tokens(f"print({MARK!r})")
    login("one")
    assert MARK not in f"{login!r} {login}"


def test_a_token_on_the_output_of_a_cli_that_fails_is_not_told(tokens: Cli) -> None:
    with pytest.raises(OperationError) as raised:
        tokens(f"print({MARK!r})\nsys.exit(1)")("one")
    assert MARK not in str(raised.value)
