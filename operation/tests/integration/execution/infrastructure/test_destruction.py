"""`invoke infra --destroy`, typed at a terminal of its own."""

import sys
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.infrastructure.infra import run
from operation.tests.azure_cli import StandIn
from operation.tests.integration.execution.infrastructure.terminal import END, at_a_terminal, with_set

if sys.platform == "win32":
    pytest.skip("there is no pseudo-terminal", allow_module_level=True)

THERE = [
    {"type": "Microsoft.KeyVault/vaults", "name": "kv-3f2a7c9d1e5b8"},
    {"type": "Microsoft.MachineLearningServices/workspaces", "name": "mlw-mlops-dev"},
    {"type": "Microsoft.OperationalInsights/workspaces", "name": "log-mlops-dev"},
    {"type": "Microsoft.Web/sites", "name": "somebody-elses"},
]


@pytest.fixture(autouse=True)
def there(az: StandIn) -> None:
    az.answers("resource list", out=THERE)
    az.answers("group delete")


def deleted(az: StandIn) -> bool:
    return any(call[:2] == ["group", "delete"] for call in az.calls)


def test_the_typed_name_deletes_the_group_and_says_what_stays(
    az: StandIn, settings: list[str], repository: Path
) -> None:
    code, said = at_a_terminal(repository, "rg-mlops-dev", "--destroy", *with_set(settings))
    assert code == 0, said
    assert az.calls[-1][:4] == ["group", "delete", "--name", "rg-mlops-dev"]
    assert "somebody-elses" in said
    assert "Key vault kv-3f2a7c9d1e5b8: soft-deleted" in said
    assert "Workspace mlw-mlops-dev: soft-deleted. Its runs, models and name can stay for 14 days" in said
    assert "Log Analytics keeps its name and logs for 14 days." in said


@pytest.mark.parametrize("answer", ["", "y", "rg-mlops-prd", END])
def test_anything_else_deletes_nothing(answer: str, az: StandIn, settings: list[str], repository: Path) -> None:
    code, said = at_a_terminal(repository, answer, "--destroy", *with_set(settings))
    assert code == 1
    assert "Nothing was deleted: that is not the group's name." in said
    assert not deleted(az)


@pytest.mark.parametrize(("answer", "shown"), [("", "JSON objects, and printed nothing"), ("[{}]", "has no type.")])
def test_an_answer_that_is_not_a_list_deletes_nothing(
    answer: str, shown: str, az: StandIn, settings: list[str], repository: Path
) -> None:
    az.answers("resource list", out=answer)
    code, said = at_a_terminal(repository, "rg-mlops-dev", "--destroy", *with_set(settings))
    assert code == 1
    assert shown in said
    assert not deleted(az)


def test_without_a_terminal_nothing_is_asked_or_deleted(az: StandIn, settings: list[str]) -> None:
    with pytest.raises(OperationError, match="nobody can type it here"):
        run("dev", settings, plan=False, yes=False, destroy=True)
    assert az.calls == []


def test_a_group_that_is_not_there_has_nothing_to_delete(az: StandIn, settings: list[str], repository: Path) -> None:
    az.answers(
        "group show", err="ERROR: (ResourceGroupNotFound) Resource group 'rg-mlops-dev' could not be found.", code=3
    )
    code, said = at_a_terminal(repository, "rg-mlops-dev", "--destroy", *with_set(settings))
    assert code == 1
    assert "There is nothing to delete." in said
    assert not deleted(az)
