"""What the plan shows without Azure: resources, names, sizes, relaxed security."""

from typing import Any

import pytest

from operation.execution.infrastructure.arm_expressions import UNIQUE, UNKNOWN, Scope
from operation.execution.infrastructure.arm_templates import main_template
from operation.execution.infrastructure.planned_resources import resources, security

SCOPE = Scope({"name": "dev", "cluster": ""}, {"long": "[format('{0}-{1}', parameters('name'), 'x')]"})
GIVEN = {
    "name": "mlops-dev",
    "workspaceName": "mlw-mine",
    "computeName": "cpu",
    "vmSize": "Standard_F4s_v2",
    "publicNetworkAccess": "Enabled",
}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("plain", "plain"),
        ("[[literal]", "[[literal]"),
        (5, 5),
        ("[parameters('name')]", "dev"),
        ("[variables('long')]", "dev-x"),
        ("[format('it''s {0}', 3)]", "it's 3"),
        ("[not(empty(parameters('cluster')))]", False),
        ("[if(equals(parameters('name'), 'dev'), 'A', 'B')]", "A"),
        ("[uniqueString(resourceGroup().id, parameters('name'))]", UNIQUE),
        ("[reference('identity').outputs.id.value]", UNKNOWN),
        ("[resourceId('Microsoft.Storage/storageAccounts', 'x')]", UNKNOWN),
        ("[parameters('none')]", UNKNOWN),
    ],
)
def test_an_expression_has_the_value_that_azure_gives_it_or_none_here(written: Any, value: Any) -> None:
    assert SCOPE.value(written) == value


def test_every_resource_has_its_name_and_size() -> None:
    rows = {tuple(row) for row in resources(GIVEN)}
    assert ("storage.json", "Microsoft.Storage/storageAccounts", f"st{UNIQUE}", "Standard_GRS") in rows
    kind = "Microsoft.MachineLearningServices/workspaces/computes"
    assert ("compute.json", kind, "mlw-mine/cpu", "Standard_F4s_v2") in rows
    assert ("roles.json", "Microsoft.Authorization/roleAssignments", "12 role assignments", "") in rows
    assert not any(UNKNOWN in name for _, _, name, _ in rows)


def test_a_value_that_is_given_is_not_evaluated() -> None:
    assert list(resources(GIVEN | {"vmSize": "[parameters('x", "tags": {"owner": "[["}}))[-1][-1] == "[parameters('x"


def test_what_is_optional_is_shown_only_where_it_is_wanted() -> None:
    assert not {"aks.json", "access.json"} & {row[0] for row in resources(GIVEN)}
    wanted = GIVEN | {"clusterName": "aks-mine", "pipelinePrincipalId": "1111"}
    rows = {row[0]: row for row in resources(wanted)}
    assert rows["aks.json"][2:] == ["aks-mine", "Standard_D4ds_v5"]
    assert rows["access.json"][2] == "3 role assignments"


def test_what_is_relaxed_is_shown_with_its_reason() -> None:
    lines = list(security(GIVEN, main_template()["parameters"]))
    assert [line for line in lines if line.startswith("relaxed")] == [
        "relaxed   publicNetworkAccess is Enabled: clients without a private endpoint reach it, such as laptops and "
        "Microsoft's agents."
    ]
    assert "secure    allowSharedKeyAccess is false" in lines
