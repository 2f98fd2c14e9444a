from collections.abc import Callable

import pytest
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
    answer = ask(f"PUT {THROUGH_ARM}/another", {"properties": {"computeType": "AKS"}})
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
    assert [one["version"] for one in ask(f"GET {ENVIRONMENTS}").get_json()["value"]] == ["2"]


def test_a_version_is_read_by_its_name(ask: Ask) -> None:
    ask(f"PUT {ENVIRONMENTS}/train/versions/first", definition("numpy==1"))
    ask(f"PUT {ENVIRONMENTS}/train", definition("numpy==2"))
    first = ask(f"GET {ENVIRONMENTS}/train/versions/first").get_json()
    assert first["python"] == definition("numpy==1")["python"]


@pytest.mark.parametrize("path", ["unknown", "unknown/versions/1"])
def test_an_unknown_environment_is_not_found(ask: Ask, path: str) -> None:
    assert ask(f"GET {ENVIRONMENTS}/{path}").status_code == 404
