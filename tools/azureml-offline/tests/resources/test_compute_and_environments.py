from collections.abc import Callable

import pytest
from azureml_offline.workspace.state import State
from werkzeug.test import TestResponse

Ask = Callable[..., TestResponse]

CLUSTER = {
    "properties": {
        "computeType": "AmlCompute",
        "properties": {"vmSize": "Standard_DS3_v2", "scaleSettings": {"maxNodeCount": 4}},
    }
}
THROUGH_ARM, THROUGH_SERVICES = "WS/computes", "/rp/workspacesWS/computes"


def test_a_compute_target_is_there_by_both_ways_after_its_operation(ask: Ask) -> None:
    created = ask(f"PUT {THROUGH_ARM}/cpu", CLUSTER)
    operation = created.headers["Azure-AsyncOperation"].removeprefix("https://management.azure.com")
    assert ask(f"GET {operation}").get_json()["status"] == "Succeeded"
    found = [ask(f"GET {way}/cpu").get_json() for way in (THROUGH_ARM, THROUGH_SERVICES)]
    assert found[0] == found[1]
    assert found[0]["properties"]["properties"]["scaleSettings"]["maxNodeCount"] == 4


def test_a_deleted_compute_target_is_gone(ask: Ask) -> None:
    ask(f"PUT {THROUGH_ARM}/cpu", CLUSTER)
    assert ask(f"DELETE {THROUGH_ARM}/cpu").status_code == 202
    assert ask(f"GET {THROUGH_SERVICES}").get_json()["value"] == []
    assert ask(f"DELETE {THROUGH_ARM}/cpu").status_code == 404


def test_another_kind_of_compute_is_refused(ask: Ask) -> None:
    answer = ask(f"PUT {THROUGH_ARM}/another", {"properties": {"computeType": "VirtualMachine"}})
    assert (answer.status_code, ask(f"GET {THROUGH_ARM}/another").status_code) == (400, 404)


def test_the_cluster_of_kubernetes_can_be_read(ask: Ask) -> None:
    found = ask(f"GET {THROUGH_ARM}/aks").get_json()
    assert (found["name"], found["properties"]["computeType"]) == ("aks", "AKS")


ENVIRONMENTS = "/environment/v1.0WS/environments"


def definition(package: str) -> dict[str, object]:
    return {"name": "train", "python": {"condaDependencies": {"dependencies": [{"pip": [package]}]}}}


def test_the_same_definition_is_the_same_version(ask: Ask) -> None:
    packages = ["numpy==1", "numpy==1", "numpy==2"]
    versions = [ask(f"PUT {ENVIRONMENTS}/train", definition(one)).get_json()["version"] for one in packages]
    assert versions == ["1", "1", "2"]
    listed = ask(f"GET {ENVIRONMENTS}").get_json()["value"]
    assert [one["version"] for one in listed if one["name"] == "train"] == ["2"]


def test_a_version_is_read_by_its_name(ask: Ask) -> None:
    ask(f"PUT {ENVIRONMENTS}/train/versions/first", definition("numpy==1"))
    ask(f"PUT {ENVIRONMENTS}/train", definition("numpy==2"))
    first = ask(f"GET {ENVIRONMENTS}/train/versions/first").get_json()
    assert first["python"] == definition("numpy==1")["python"]


def test_a_version_cannot_be_changed(ask: Ask) -> None:
    packages = ["numpy==1", "numpy==1", "numpy==2"]
    answers = [ask(f"PUT {ENVIRONMENTS}/train/versions/first", definition(one)) for one in packages]
    assert [answer.status_code for answer in answers] == [200, 200, 400]
    words = "Environment train with version first is already registered and cannot be changed."
    assert answers[-1].get_json()["message"] == words


@pytest.mark.parametrize("path", ["unknown", "unknown/versions/1"])
def test_an_unknown_environment_is_not_found(ask: Ask, path: str) -> None:
    assert ask(f"GET {ENVIRONMENTS}/{path}").status_code == 404


@pytest.mark.parametrize(
    ("name", "kind", "settings", "words"),
    [
        ("a_b", "AmlCompute", {}, "Compute name 'a_b' is not available. Reason: Invalid. Message: 3 to 32 letters"),
        ("c" * 33, "AmlCompute", {}, "Reason: Invalid. Message: 3 to 32 letters, digits and hyphens are expected."),
        ("c" * 17, "AKS", {}, "Reason: Invalid. Message: 2 to 16 letters, digits and hyphens are expected."),
        ("cpu", "AmlCompute", {"vmSize": "Standard_NOPE"}, "VM size Standard_NOPE does not exist;"),
    ],
)
def test_a_target_that_azure_would_not_make_is_refused(
    ask: Ask, name: str, kind: str, settings: dict[str, str], words: str
) -> None:
    answer = ask(f"PUT {THROUGH_ARM}/{name}", {"properties": {"computeType": kind, "properties": settings}})
    assert answer.status_code == 400
    assert words in answer.text
    assert ask(f"GET {THROUGH_SERVICES}/{name}").status_code == 404


def test_a_cluster_scales_anew_and_gets_an_identity(ask: Ask) -> None:
    ask(f"PUT {THROUGH_ARM}/cpu", CLUSTER)
    scale = {"minNodeCount": 1, "maxNodeCount": 9, "nodeIdleTimeBeforeScaleDown": "PT60S"}
    wanted = {"properties": {"computeType": "AmlCompute", "properties": {"scaleSettings": scale}}}
    assert "Azure-AsyncOperation" in ask(f"PATCH {THROUGH_ARM}/cpu", wanted).headers
    own = {"type": "UserAssigned", "userAssignedIdentities": {"/subscriptions/a": {}}}
    ask(f"PATCH {THROUGH_ARM}/cpu", {"location": "westeurope", "properties": {}, "identity": own})
    found = ask(f"GET {THROUGH_SERVICES}/cpu").get_json()
    assert found["properties"]["properties"]["scaleSettings"] == scale
    assert (found["properties"]["properties"]["vmSize"], found["identity"]["type"]) == (
        "Standard_DS3_v2",
        "UserAssigned",
    )
    assert list(found["identity"]["userAssignedIdentities"]) == ["/subscriptions/a"]
    assert ask(f"PATCH {THROUGH_ARM}/unknown", wanted).status_code == 404


def test_a_cluster_has_no_nodes_and_sizes_have_names(ask: Ask, state: State) -> None:
    ask(f"PUT {THROUGH_ARM}/cpu", CLUSTER)
    assert ask(f"POST {THROUGH_ARM}/cpu/listNodes").get_json() == {"nodes": []}
    assert ask(f"POST {THROUGH_ARM}/unknown/listNodes").status_code == 404
    provider = f"/subscriptions/{state.names.subscription}/providers/Microsoft.MachineLearningServices"
    sizes = ask(f"GET {provider}/locations/westeurope/vmSizes").get_json()["amlCompute"]
    assert "Standard_DS3_v2" in [size["name"] for size in sizes]


def test_the_workspace_is_listed_as_a_resource_and_as_a_workspace(ask: Ask, state: State) -> None:
    names, kind = state.names, "Microsoft.MachineLearningServices/workspaces"
    every = f"GET /subscriptions/{names.subscription}/resources"
    assert [one["id"] for one in resources(ask, every, f"resourceType eq '{kind}'")] == [names.scope]
    assert resources(ask, every, "resourceType eq 'Microsoft.Web/sites'") == []
    assert ask(every, query_string={"$filter": "name eq 'a'"}).status_code == 400
    group = f"/subscriptions/{names.subscription}/resourceGroups/{names.resource_group}/providers/{kind}"
    for path in (group, f"/subscriptions/{names.subscription}/providers/{kind}"):
        assert [one["name"] for one in ask(f"GET {path}").get_json()["value"]] == [names.workspace]
    for other in (names.subscription, names.resource_group):
        assert ask(f"GET {group.replace(other, 'other')}").status_code == 404


def resources(ask: Ask, line: str, wanted: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = ask(line, query_string={"$filter": wanted}).get_json()["value"]
    return found


@pytest.mark.parametrize(
    ("asked", "attached"),
    [({"properties": {"agentCount": 2}}, False), ({"resourceId": "/subscriptions/a/managedClusters/b"}, True)],
    ids=["created", "attached"],
)
def test_a_cluster_of_kubernetes_is_created_or_attached_and_listed(
    ask: Ask, asked: dict[str, object], attached: bool
) -> None:
    ask(f"PUT {THROUGH_ARM}/own", {"properties": {"computeType": "AKS", **asked}})
    (found,) = ask(f"GET {THROUGH_SERVICES}").get_json()["value"]
    assert (found["name"], found["properties"]["isAttachedCompute"]) == ("own", attached)
    assert found["properties"]["properties"]["agentCount"] == (3 if attached else 2)
    assert ask(f"PUT {THROUGH_ARM}/own", CLUSTER).status_code == 400
    assert ask(f"PATCH {THROUGH_ARM}/own", {"properties": {}}).status_code == 400
    assert ask(f"DELETE {THROUGH_ARM}/own?underlyingResourceAction=Detach").status_code == 202


def test_where_a_cluster_is_and_how_it_is_opened_is_given_back(ask: Ask) -> None:
    asked = {"computeType": "AmlCompute", "computeLocation": "eastus", "disableLocalAuth": True}
    properties = ask(f"PUT {THROUGH_ARM}/cpu", {"properties": asked}).get_json()["properties"]
    assert {key: properties[key] for key in asked} == asked


def test_a_label_leads_to_the_version_that_had_it_last(ask: Ask) -> None:
    for package in ("numpy==1", "numpy==2"):
        version = ask(f"PUT {ENVIRONMENTS}/train", definition(package)).get_json()["version"]
        assert ask(f"PUT {ENVIRONMENTS}/train/versions/{version}/metadata", {"Labels": ["prd"]}).status_code == 200
    assert ask(f"GET {ENVIRONMENTS}/train/labels/prd").get_json()["version"] == "2"
    assert ask(f"GET {ENVIRONMENTS}/train/labels/dev").status_code == 404
    assert ask(f"PUT {ENVIRONMENTS}/train/versions/9/metadata", {"Labels": ["prd"]}).status_code == 404
