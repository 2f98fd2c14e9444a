"""What would be ignored is refused by its name, on every route, by one table."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from azureml_offline.server.accepted import TABLE_FREE
from azureml_offline.server.route_table import TABLE
from azureml_offline.workspace.state import State
from flask import Flask
from werkzeug.test import TestResponse

Ask = Callable[..., TestResponse]
Json = dict[str, Any]
HISTORY = "/history/v1.0WS"
SERVICES = "/modelmanagement/v1.0WS/services"
JOBS = "/execution/v1.0WS/experiments/trials/snapshotrun"


def nested(path: str, value: Any) -> Json:
    """The body whose one field is at the path, written with dots."""
    for key in reversed(path.split(".")):
        value = {key: value}
    return dict(value)


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> Json:
    both = {key: merged(one[key], other[key]) for key in one.keys() & other.keys() if isinstance(one[key], dict)}
    return {**one, **other, **both}


def test_every_route_says_what_it_takes(app: Flask) -> None:
    endpoints = {rule.endpoint.partition("/")[0] for rule in app.url_map.iter_rules()}
    assert {name for name in endpoints if not name.startswith(TABLE_FREE)} == set(TABLE)


REFUSED: dict[str, tuple[Json, list[tuple[str, Any]]]] = {
    f"POST {JOBS}": (
        {"Configuration": {"target": "cpu"}},
        [
            ("Configuration.nodeCount", 2),
            ("Configuration.mpi.processCountPerNode", 2),
            ("Configuration.framework", "PyTorch"),
            ("Configuration.communicator", "ParameterServer"),
            ("Configuration.priority", 3),
            ("Configuration.dataReferences", {"a": {"dataStoreName": "b"}}),
            ("Configuration.data", {"a": {"mechanism": "mount"}}),
            ("Configuration.outputData", {"a": {"mechanism": "upload"}}),
            ("Configuration.docker.arguments", ["--gpus", "all"]),
            ("Configuration.credentialPassthrough", True),
            ("Configuration.history.outputCollection", False),
            ("Configuration.amlcompute.vmSize", "Standard_D2_v2"),
            ("Configuration.environment.docker.baseDockerfile", "FROM scratch"),
            ("Configuration.environment.docker.baseImage", "docker.io/library/python"),
            ("Configuration.environment.spark.packages", [{"group": "a"}]),
            ("Configuration.environment.r.version", "4"),
            ("Configuration.somethingNew", 1),
            ("TargetDetails.name", "vm"),
        ],
    ),
    "PUT WS/computes/cpu": (
        {"properties": {"computeType": "AmlCompute"}},
        [
            ("properties.properties.subnet.id", "/subscriptions/a"),
            ("properties.properties.enableNodePublicIp", False),
            ("properties.properties.remoteLoginPortPublicAccess", "Enabled"),
            ("properties.properties.userAccountCredentials.adminUserName", "me"),
            ("properties.properties.somethingNew", False),
        ],
    ),
    f"POST {SERVICES}": (
        {"name": "first", "computeType": "ACI"},
        [
            ("sslEnabled", True),
            ("sslKey", "k"),
            ("cname", "c"),
            ("vnetConfiguration.vnetName", "v"),
            ("encryptionProperties.keyName", "k"),
            ("appInsightsEnabled", True),
            ("dataCollection.storageEnabled", True),
            ("containerResourceRequirements.gpu", 1),
            ("environmentImageRequest.environment.docker.baseDockerfile", "FROM scratch"),
            ("imageId", "image:1"),
            ("aadAuthEnabled", True),  # of AKS alone
        ],
    ),
    f"PATCH {HISTORY}/experiments/trials/runs/r1": ({}, [("inputDatasets", [{"id": "a"}]), ("somethingNew", 1)]),
    f"POST {HISTORY}/experiments:query": ({}, [("search", "a")]),
    "POST /modelmanagement/v1.0WS/models": ({"name": "a"}, [("datasets", [{"name": "a", "id": "b"}])]),
    "POST /metric/v2.0WS/runs/r1/full": ({"metricName": "a"}, [("startTime", "2026-01-01")]),
}


@pytest.mark.parametrize(
    ("line", "known", "path", "value"),
    [(line, known, path, value) for line, (known, fields) in REFUSED.items() for path, value in fields],
    ids=lambda value: value if isinstance(value, str) and "/" not in value else "",
)
def test_a_field_that_changes_nothing_here_is_refused_by_its_name(
    ask: Ask, state: State, line: str, known: Json, path: str, value: Any
) -> None:
    query = {"runId": "r1"} if line.endswith("snapshotrun") else {}
    answer = ask(line, merged(known, nested(path, value)), query_string=query)
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (400, "NotOffered")
    named = re.split("[ =:]", error["message"].partition("the field ")[2])[0]
    assert named
    assert f"{path}.".startswith(f"{named}.")  # the field, or what it is part of
    assert [*state.computes, *state.services, *state.runs, *state.models] == []


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("GET /modelmanagement/v1.0WS/models?datasetId=a", "datasetId"),
        ("GET /modelmanagement/v1.0WS/models?orderBy=NameAsc", "orderBy=NameAsc"),
        (f"GET {SERVICES}?imageDigest=sha256:a", "imageDigest"),
        (f"GET {SERVICES}?imageName=a", "imageName"),
        (f"GET {SERVICES}?runId=a", "runId"),
        ("GET WS/computes?includeAll=true", "includeAll"),
        ("GET /datastore/v1.0WS/datastores?dataStoreNames=a", "dataStoreNames"),
    ],
)
def test_a_key_of_a_query_that_would_be_ignored_is_refused_by_its_name(ask: Ask, line: str, key: str) -> None:
    answer = ask(line)
    assert (answer.status_code, f"the query key {key}" in answer.get_json()["error"]["message"]) == (400, True)


@pytest.mark.parametrize("empty", [None, "", [], {}, {"vnetName": None, "subnetName": ""}])
def test_what_is_empty_asks_for_nothing(ask: Ask, empty: Any) -> None:
    body = {"name": "first", "computeType": "ACI", "vnetConfiguration": empty, "somethingNew": empty}
    assert "InferenceConfig" in ask(f"POST {SERVICES}", body).get_json()["error"]["message"]  # the next thing wrong


@pytest.mark.parametrize(
    ("path", "value"), [("/sslEnabled", True), ("/dataCollection/storageEnabled", True), ("/imageId", "a:1")]
)
def test_a_patch_is_checked_like_a_body(ask: Ask, path: str, value: Any) -> None:
    answer = ask(f"PATCH {SERVICES}/first", [{"op": "replace", "path": path, "value": value}])
    assert path.strip("/").replace("/", ".") in answer.get_json()["error"]["message"]
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("query", "headers", "code"),
    [
        ({"comp": "metadata"}, {}, "InvalidQueryParameterValue"),
        ({"delimiter": "/"}, {}, "UnsupportedQueryParameter"),
        ({}, {"x-ms-copy-source": "https://elsewhere"}, "UnsupportedHeader"),
        ({}, {"x-ms-blob-type": "PageBlob"}, "UnsupportedHeader"),
        ({}, {"x-ms-meta-owner": "me"}, "UnsupportedHeader"),
    ],
)
def test_the_storage_account_refuses_in_the_words_of_azure(
    storage: Ask, state: State, query: dict[str, str], headers: dict[str, str], code: str
) -> None:
    answer = storage("PUT /data/x", b"x", query=query, headers=headers)
    assert (answer.status_code, answer.headers["x-ms-error-code"]) == (400, code)
    assert not (state.folder / "blobs" / "data" / "x").exists()


def test_a_file_that_cannot_be_kept_is_refused_by_its_name(storage: Ask) -> None:
    name = "x" * 300
    answer = storage(f"PUT /data/{name}", b"x")
    assert (answer.status_code, name in answer.get_json()["error"]["message"]) == (400, True)
