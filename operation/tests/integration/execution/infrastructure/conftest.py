"""An `az` that is logged in, sees the subscription and the group, and accepts every deployment."""

from pathlib import Path

import pytest

from operation.tests.azure_cli import StandIn

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
NAMED = f"backend.subscription_id={SUBSCRIPTION}"
GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-mlops-dev"
STORAGE = f"{GROUP_ID}/providers/Microsoft.Storage/storageAccounts/st3f2a7c9d1e5b8"
# As `az deployment group what-if` prints it.
WHAT_IF = f"""Resource and property changes are indicated with this symbol:
  + Create

The deployment will update the following scope:

Scope: {GROUP_ID}

  + Microsoft.KeyVault/vaults/kv-3f2a7c9d1e5b8 [2023-07-01]

Resource changes: 1 to create.
"""


@pytest.fixture(scope="module", autouse=True)
def _measured(measured_processes: None) -> None:
    """Measure verbs that ask az, which run as processes."""


@pytest.fixture
def az(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    stand_in = StandIn.made(tmp_path / "bin")
    account = {"id": SUBSCRIPTION, "name": "Our subscription", "user": {"name": "ada@example.com", "type": "user"}}
    stand_in.answers("account show", out=account)
    stand_in.answers("group show", out={"id": GROUP_ID, "location": "westeurope", "name": "rg-mlops-dev"})
    stand_in.answers("deployment group validate")
    stand_in.answers("deployment group what-if", out=WHAT_IF)
    stand_in.answers("deployment group create", out={"properties": {"outputs": {"storageId": {"value": STORAGE}}}})
    monkeypatch.setenv("PATH", stand_in.environment()["PATH"])
    monkeypatch.delenv("TF_BUILD", raising=False)  # these tests run on agents, too
    return stand_in


@pytest.fixture
def settings(tmp_path: Path) -> list[str]:
    return [NAMED, f"backend.outputs={tmp_path / 'outputs'}"]
