"""Web services without the SDK: deployed by the routes that it uses, asked where their clients ask."""

import re
import socket
from collections.abc import Callable
from typing import Any

import pytest
from azureml_offline.model_management import deployments
from azureml_offline.resources import identity
from azureml_offline.server import serving
from azureml_offline.workspace.state import State
from azureml_offline.workspace.web_service import Operation
from werkzeug.test import TestResponse

Ask = Callable[..., TestResponse]
Json = dict[str, Any]
SERVICES = "/modelmanagement/v1.0WS/services"
KINDS: dict[str, Json] = {"ACI": {}, "AKS": {"computeName": "aks", "authEnabled": False}}  # open to all
ECHO = "def init(): print('hello')\ndef run(raw): return {'got': raw}"
PATIENCE = 20  # seconds


@pytest.fixture
def deploy(ask: Ask, image: Callable[..., Json], state: State, ended: None) -> Ask:
    """Deploys a script as "first" on ACI, or as is said, and waits for it; a refusal is returned."""

    def start(script: str = ECHO, *models: str, kind: str = "ACI", **asked: Any) -> TestResponse:
        body = {"name": "first", "computeType": kind, "environmentImageRequest": image(script, *models)}
        answer = ask(f"POST {SERVICES}", body | KINDS.get(kind, {}) | asked)
        wait(state)
        return answer

    return start


def wait(state: State) -> None:
    """Until all deployments have ended."""
    for thread in state.deployments:
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.fixture
def score(ask: Ask, state: State) -> Ask:
    """Sends a body, or a request for "" to its health, to a service's address; without any token."""

    def send(body: str | bytes = "{}", service: str = "first", path: str = "score", key: str = "") -> TestResponse:
        address = state.services[service].record["scoringUri"].removeprefix("http://").removesuffix("score") + path
        host, _, rest = address.partition("/")
        return ask(f"{'POST' if path else 'GET'} /{rest}", host=host, data=body, headers={"Authorization": key})

    return send


def register(ask: Ask, storage: Ask, name: str, *files: str) -> str:
    """A model of these files, whose content is their path; its id."""
    for file in files:
        storage(f"PUT /azureml/LocalUpload/{name}/{file}", file.encode())
    artifacts = [{"prefix": f"LocalUpload/{name}/{files[0].partition('/')[0]}"}]
    asset = ask("POST /modelmanagement/v1.0WS/assets", {"name": name, "artifacts": artifacts}).get_json()
    body = {"name": name, "url": f"aml://asset/{asset['id']}"}
    return str(ask("POST /modelmanagement/v1.0WS/models", body).get_json()["id"])


def record(ask: Ask, name: str = "first") -> Json:
    found: Json = ask(f"GET {SERVICES}/{name}").get_json()
    return found


@pytest.mark.parametrize(
    ("kind", "address"),
    [("ACI", r"http://[\w-]+\.westeurope\.azurecontainer\.io/score"), ("AKS", "/api/v1/service/first/score")],
)
def test_a_service_answers_at_its_address(deploy: Ask, ask: Ask, score: Ask, kind: str, address: str) -> None:
    operation = deploy(kind=kind).headers["Operation-Location"].rpartition("/")[2]
    assert ask(f"GET /modelmanagement/v1.0WS/operations/{operation}").get_json()["state"] == "Succeeded"
    assert record(ask)["state"] == "Healthy"
    assert re.search(address, record(ask)["scoringUri"])
    assert score('{"a": "é"}').get_json() == {"got": '{"a": "é"}'}
    assert score(path="").text == "Healthy"


def test_a_service_finds_its_one_model_by_name_and_version(deploy: Ask, ask: Ask, storage: Ask, score: Ask) -> None:
    models = [register(ask, storage, "parcels", "model/model.onnx", "model/a/card.md", "model-2/other") for _ in "ab"]
    script = (
        "import os\nfrom pathlib import Path\ndef init(): pass\n"
        "def run(raw):\n    root = Path(os.environ['AZUREML_MODEL_DIR'])\n"
        "    files = sorted(file for file in root.rglob('*') if file.is_file())\n"
        "    return [str(root), [str(file.relative_to(root)) for file in files]]"
    )
    deploy(script, models[1])
    where, files = score().get_json()
    assert where.endswith("/azureml-app/azureml-models/parcels/2")
    assert files == ["model/a/card.md", "model/model.onnx"]
    deploy(script, *models, overwrite=True)
    where, files = score().get_json()
    assert where.endswith("/azureml-app/azureml-models")
    assert "parcels/1/model/model.onnx" in files


def test_a_model_that_a_service_uses_cannot_be_deleted(deploy: Ask, ask: Ask, storage: Ask) -> None:
    """As the SDK expects it of Azure: 412, DeletionRequired."""
    used, free = (register(ask, storage, name, "m.txt") for name in ("used", "free"))
    deploy(ECHO, used)
    refused = ask(f"DELETE /modelmanagement/v1.0WS/models/{used}")
    assert (refused.status_code, refused.get_json()["code"]) == (412, "DeletionRequired")
    assert ask(f"DELETE /modelmanagement/v1.0WS/models/{free}").status_code == 200
    ask(f"DELETE {SERVICES}/first")
    assert ask(f"DELETE /modelmanagement/v1.0WS/models/{used}").status_code == 200


def test_a_service_sees_nothing_else_of_this_machine(deploy: Ask, score: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET_OF_THIS_MACHINE", "x")
    deploy("import os, sys\ndef init(): pass\ndef run(raw): return [list(os.environ), sys.path, sys.stdin.read()]")
    names, path, stdin = score().get_json()
    assert {"AZUREML_MODEL_DIR", "AZUREML_ENTRY_SCRIPT", "HOME"} <= set(names)
    assert "A_SECRET_OF_THIS_MACHINE" not in names
    assert not [folder for folder in path if folder.endswith("emulator")]
    assert stdin == ""


def test_a_service_with_keys_opens_with_either_and_nothing_else(deploy: Ask, ask: Ask, score: Ask) -> None:
    deploy(authEnabled=True)
    keys = ask(f"POST {SERVICES}/first/listkeys").get_json()
    assert [score(key=f"Bearer {key}").status_code for key in keys.values()] == [200, 200]
    assert [score(key=key).status_code for key in ("", "Bearer ", "Bearer é", f"Basic {keys['primaryKey']}")] == [
        401
    ] * 4


@pytest.mark.parametrize(
    ("script", "body", "status", "words"),
    [
        (ECHO, b"\xff", 400, "cannot be decoded as UTF-8"),
        ("def init(): pass\ndef run(raw): raise ValueError('no model')", b"", 500, "error occurred in scoring script"),
        ("def init(): pass\ndef run(raw): return {1, 2}", b"", 500, "unexpected internal error"),
        ("import time\ndef init(): pass\ndef run(raw): time.sleep(60)", b"", 500, "Scoring timeout after 200 ms"),
        ("def init(): pass\ndef run(raw): raise SystemExit", b"", 502, "has crashed"),
    ],
    ids=["not UTF-8", "raises", "not JSON", "too late", "dies"],
)
def test_a_request_that_fails_gets_its_status(
    deploy: Ask, score: Ask, script: str, body: bytes, status: int, words: str
) -> None:
    deploy(script, kind="AKS", scoringTimeoutMs=200 if "sleep" in script else 60_000)
    answer = score(body)
    assert (answer.status_code, words in answer.get_json()["message"]) == (status, True)


RAW = """
import flask
from azureml_inference_server_http.api.aml_request import rawhttp
from azureml_inference_server_http.api.aml_response import AMLResponse

def init(): pass

@rawhttp
def run(request):
    body = request.stream.read(3).decode()
    assert (request.method, request.get_data().decode()[:3]) == ("POST", body)
    if body == "big":
        return AMLResponse({"wrong": body}, 413, json_str=True)
    return {"got": body, "id": len(flask.g.request_id)}
"""


@pytest.mark.parametrize(
    ("body", "status", "answer"), [("big one", 413, {"wrong": "big"}), ("fine", 200, {"got": "fin", "id": 36})]
)
def test_a_script_for_raw_http_decides_the_status(
    deploy: Ask, score: Ask, body: str, status: int, answer: Json
) -> None:
    deploy(RAW)
    given = score(body)
    assert (given.status_code, given.get_json()) == (status, answer)


HEADERS = """
from azureml_inference_server_http.api.aml_request import AMLRequest, rawhttp
from azureml_inference_server_http.api.aml_response import AMLResponse

def init(): pass

@rawhttp
def run(request: AMLRequest):
    kind = request.environ["HTTP_X_KIND"]
    assert (kind, request.environ["wsgi.input"].read()) == (request.headers.get("X-Kind"), request.get_data())
    if kind == "image":
        return AMLResponse(bytes([137, 80]), 200, {"content-type": "image/png", "X-Seen": request.headers["x-kind"]})
    return AMLResponse(None if kind == "nothing" else kind, 200)
"""


@pytest.mark.parametrize(
    ("kind", "content", "headers"),
    [
        ("image", b"\x89P", {"Content-Type": "image/png", "X-Seen": "image"}),
        ("plain", b"plain", {"Content-Type": "text/html; charset=utf-8"}),
        ("nothing", b"{}", {"Content-Type": "application/json"}),
    ],
)
def test_a_script_for_raw_http_has_headers_and_gives_some(
    deploy: Ask, ask: Ask, state: State, kind: str, content: bytes, headers: dict[str, str]
) -> None:
    deploy(HEADERS)
    host = state.services["first"].record["publicFqdn"]
    given = ask("POST /score", host=host, data=b"", headers={"x-kind": kind})
    assert (given.status_code, given.data) == (200, content)
    assert {name: given.headers[name] for name in headers} == headers


SCHEMA = """
import functools, sys, types
sys.modules["inference_schema"] = types.ModuleType("inference_schema")  # as if it were installed
def init(): pass
@functools.wraps(init)
def run(data): return data
"""


def test_a_script_with_a_schema_is_refused_at_its_deployment(deploy: Ask, ask: Ask) -> None:
    deploy(SCHEMA)
    assert record(ask)["state"] == "Failed"
    assert "declares run() by inference_schema" in ask(f"GET {SERVICES}/first/logs").get_json()["content"]


@pytest.mark.parametrize("line", ["GET /score", "OPTIONS /score", "GET /swagger.json"])
def test_what_only_the_inference_server_has_is_refused_by_name(deploy: Ask, ask: Ask, state: State, line: str) -> None:
    deploy()
    answer = ask(line, host=state.services["first"].record["publicFqdn"])
    assert answer.status_code == 501
    assert "name azureml-inference-server-http in the environment" in answer.get_json()["message"]


def test_a_service_whose_script_has_died_is_unhealthy(deploy: Ask, ask: Ask, score: Ask) -> None:
    deploy("def init(): pass\ndef run(raw): raise SystemExit")
    score()
    assert record(ask)["state"] == "Unhealthy"


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("203.0.113.10", "/score"),
        ("203.0.113.10", "/api/v1/service/first/score"),
        ("203.0.113.10", "/api/v1/service/third/score"),
        ("other.westeurope.azurecontainer.io", "/score"),
        ("label.westeurope.azurecontainer.io", "/api/v1/service/second/score"),
    ],
)
def test_nothing_answers_at_another_address(deploy: Ask, ask: Ask, host: str, path: str) -> None:
    deploy(dnsNameLabel="label")
    deploy(name="second", kind="AKS")
    assert ask(f"POST {path}", host=host, data=b"").status_code == 404
    assert ask("POST /score", host="label.westeurope.azurecontainer.io", data=b"").status_code == 200


def test_defaults_are_those_of_azure(deploy: Ask, ask: Ask) -> None:
    scaling = {"autoscaleEnabled": True, "minReplicas": None}
    nothing = dict.fromkeys(("authEnabled", "maxQueueWaitMs", "description"))
    probe = {"periodSeconds": None, "timeoutSeconds": 5}
    deploy(kind="AKS", numReplicas=3, autoScaler=scaling, livenessProbeRequirements=probe, **nothing)
    found = record(ask)
    assert (found["authEnabled"], found["maxQueueWaitMs"], found["numReplicas"]) == (True, 500, 3)
    assert found["autoScaler"]["autoscaleEnabled"]
    assert found["autoScaler"].keys() > {"maxReplicas", "targetUtilization"}
    assert [found["livenessProbeRequirements"][key] for key in probe] == [10, 5]
    assert found["description"] is None
    assert "keys" not in found


def test_a_service_outlives_what_its_script_raises(deploy: Ask, ask: Ask, score: Ask) -> None:
    deploy("def init(): pass\ndef run(raw): return 1 / int(raw)")
    assert [score(body).status_code for body in ("0", "1")] == [500, 200]
    assert "ZeroDivisionError" in ask(f"GET {SERVICES}/first/logs").get_json()["content"]


def test_a_script_whose_init_raises_fails_with_its_log(deploy: Ask, ask: Ask, score: Ask) -> None:
    operation = deploy("def init():\n    print('looking')\n    raise ValueError('no model')\ndef run(raw): pass")
    found = ask(f"GET /modelmanagement/v1.0WS/operations/{operation.headers['Operation-Location'][-36:]}").get_json()
    assert (found["state"], record(ask)["state"]) == ("Failed", "Failed")
    assert "scoring file's init() function" in record(ask)["error"]["message"]
    log = ask(f"GET {SERVICES}/first/logs").get_json()["content"]
    assert log.startswith("looking\n")
    assert log.endswith("ValueError: no model\n")
    assert ask(f"GET {SERVICES}/first/logs?tail=1").get_json()["content"] == "ValueError: no model\n"
    assert score().status_code == 503


@pytest.mark.parametrize("missing", ["init", "run"])
def test_a_script_without_one_of_the_two_functions_fails(deploy: Ask, ask: Ask, missing: str) -> None:
    deploy(ECHO.replace(f"def {missing}", "def other"))
    assert record(ask)["state"] == "Failed"
    assert f"does not have a {missing}()" in ask(f"GET {SERVICES}/first/logs").get_json()["content"]


def test_an_environment_that_cannot_be_built_fails_the_deployment(
    deploy: Ask, ask: Ask, image: Callable[..., Json], state: State
) -> None:
    state.reuse_environment = False
    request = image(ECHO)
    request["environment"]["python"] = {"condaDependencies": {"dependencies": ["gcc=12"]}}
    operation = deploy(environmentImageRequest=request).headers["Operation-Location"][-36:]
    found = ask(f"GET /modelmanagement/v1.0WS/operations/{operation}").get_json()
    assert (found["error"]["code"], record(ask)["state"]) == ("EnvironmentBuildFailed", "Failed")
    assert "cannot install 'gcc=12'" in found["error"]["message"]
    assert found["operationDetails"]["subOperationType"] == "BuildEnvironment"


def test_a_deployment_whose_files_are_gone_fails(deploy: Ask, ask: Ask, image: Callable[..., Json]) -> None:
    request = image(ECHO)
    request["assets"][0]["url"] = "aml://artifact/LocalUpload/gone"
    deploy(environmentImageRequest=request)
    assert "FileNotFoundError" in record(ask)["error"]["message"]


def test_other_tags_leave_the_process_alone(deploy: Ask, ask: Ask, state: State) -> None:
    deploy()
    process = state.services["first"].process
    steps = [
        {"op": "replace", "path": "/kvTags", "value": {"a": "b"}},
        {"op": "add", "path": "/properties/c", "value": "d"},
    ]
    changed = ask(f"PATCH {SERVICES}/first", steps)
    assert (changed.status_code, record(ask)["kvTags"], record(ask)["properties"]) == (200, {"a": "b"}, {"c": "d"})
    assert state.services["first"].process is process


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_script_takes_the_place_of_the_old_one(
    deploy: Ask, ask: Ask, image: Callable[..., Json], state: State, score: Ask, kind: str
) -> None:
    deploy(kind=kind)
    before = record(ask)["scoringUri"], state.services["first"].keys
    value = image("def init(): pass\ndef run(raw): return 2")
    step = {"op": "replace", "path": "/environmentImageRequest", "value": value}
    assert ask(f"PATCH {SERVICES}/first", [step]).status_code == 202
    wait(state)
    assert score().get_json() == 2
    deploy("def init(): pass\ndef run(raw): return 3", kind=kind, overwrite=True)
    assert score().get_json() == 3
    assert before == (record(ask)["scoringUri"], state.services["first"].keys)


@pytest.mark.parametrize(("kind", "status"), [("ACI", 503), ("AKS", 200)])
def test_a_failed_deployment_leaves_the_old_service_at_work_on_aks_alone(
    deploy: Ask, ask: Ask, score: Ask, kind: str, status: int
) -> None:
    deploy(kind=kind)
    deploy("def init(): raise ValueError\ndef run(raw): pass", kind=kind, overwrite=True)
    assert (record(ask)["state"], score().status_code) == ("Failed", status)


def test_the_newest_of_two_deployments_wins(
    deploy: Ask, ask: Ask, image: Callable[..., Json], state: State, score: Ask
) -> None:
    body = {"name": "first", "computeType": "ACI", "overwrite": True}
    slow = image("import time\ndef init(): time.sleep(600)\ndef run(raw): return 'old'")
    old = ask(f"POST {SERVICES}", body | {"environmentImageRequest": slow}).headers["Operation-Location"][-36:]
    deploy(overwrite=True)
    assert score("x").get_json() == {"got": "x"}
    assert (state.operations[old].record["state"], record(ask)["state"]) == ("Cancelled", "Healthy")


def test_an_older_deployment_changes_the_service_no_more(deploy: Ask, ask: Ask, state: State) -> None:
    deploy()
    older = Operation({"id": "older", "state": "Running"})
    deployments.end(state, state.services["first"], older, {"message": "no model"})
    assert (older.record["state"], record(ask)["state"], record(ask)["error"]) == ("Cancelled", "Healthy", None)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "Service first already exists"),
        ({"kind": "AKS", "overwrite": True}, "cannot become AKS"),
        ({"name": "other", "kind": "AKS", "computeName": "nowhere"}, "ComputeTarget nowhere was not found"),
        ({"name": "other", "kind": "MIR"}, "no services of type MIR"),
        ({"name": "other", "dnsNameLabel": "taken"}, "label taken is taken"),
        ({"name": "other", "environmentImageRequest": {"modelIds": ["no:1"]}}, "Model no:1 was not found"),
        ({"name": "other", "environmentImageRequest": {}}, "with an InferenceConfig"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else value,
)
def test_a_deployment_that_cannot_be_is_refused(deploy: Ask, state: State, asked: Json, words: str) -> None:
    deploy(dnsNameLabel="taken")
    answer = deploy(**asked)
    assert answer.status_code in (400, 409)
    assert words in answer.get_json()["message"]
    assert list(state.services) == ["first"]


def test_a_taken_name_and_a_bad_request_are_reported_before_the_deployment(deploy: Ask, ask: Ask, state: State) -> None:
    deploy()
    said = ask(f"POST {SERVICES}/validate/name/first", {}).get_json()
    assert "already exists" in said["error"]["message"]
    assert ask(f"POST {SERVICES}/validate/name/other", {}).get_json() == {}
    said = ask(f"POST {SERVICES}/validate", {"createRequest": {"name": "other", "computeType": "MIR"}}).get_json()
    assert "no services of type MIR" in said["error"]["message"]
    assert ask(f"POST {SERVICES}/validate", {"createRequest": None}).get_json() == {}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["first", "second"]),
        ("computeType=aks", ["second"]),
        ("tags=team=a", ["second"]),
        ("tags=team", ["second"]),
        ("tags=team=b", []),
        ("modelName=parcels", ["first"]),
        ("modelId=parcels:2", []),
    ],
)
def test_services_are_listed_by_kind_model_and_tags(
    deploy: Ask, ask: Ask, storage: Ask, query: str, names: list[str]
) -> None:
    deploy(ECHO, register(ask, storage, "parcels", "model.onnx"))
    deploy(name="second", kind="AKS", kvTags={"team": "a"})
    listed = ask(f"GET {SERVICES}?{query}").get_json()
    assert ([one["name"] for one in listed["value"]], "nextLink" in listed) == (names, False)


STARTS_ANOTHER = (
    "import os, subprocess\ndef init(): pass\n"
    "def run(raw): return [os.getpid(), subprocess.Popen(['sleep', '600']).pid]"
)


def test_a_deleted_service_ends_with_all_that_it_started(
    deploy: Ask, ask: Ask, score: Ask, are_gone: Callable[..., bool]
) -> None:
    deploy(STARTS_ANOTHER)
    processes = score().get_json()
    assert [are_gone(one, seconds=0) for one in processes] == [False, False]
    assert ask(f"DELETE {SERVICES}/first").status_code == 200
    assert are_gone(*processes)
    assert (ask(f"GET {SERVICES}/first").status_code, ask(f"DELETE {SERVICES}/first").status_code) == (404, 204)


def test_a_connection_without_tls_ends_with_its_first_answer(deploy: Ask, state: State) -> None:
    state.folder.mkdir()
    with serving.serving(state) as proxy:
        deploy()
        address = state.services["first"].record["scoringUri"]
        with socket.create_connection(("127.0.0.1", proxy.server_address[1]), timeout=5) as connection:
            connection.sendall(f"POST {address} HTTP/1.1\r\nHost: any\r\nContent-Length: 2\r\n\r\n{{}}".encode())
            answer = connection.makefile("rb").read()
        assert proxy.accepted == [f"POST {address}"]
    assert answer.partition(b" ")[2].startswith(b"200 OK")
    assert answer.endswith(b'{"got": "{}"}')


def test_no_service_outlives_its_workspace(
    deploy: Ask, ask: Ask, image: Callable[..., Json], score: Ask, state: State, are_gone: Callable[..., bool]
) -> None:
    state.folder.mkdir()
    with serving.serving(state):
        deploy(STARTS_ANOTHER)
        processes = score().get_json()
        forever = image("import time\ndef init(): time.sleep(600)\ndef run(raw): pass")
        ask(f"POST {SERVICES}", {"name": "stuck", "computeType": "ACI", "environmentImageRequest": forever})
    assert are_gone(*processes)
    assert [thread for thread in state.deployments if thread.is_alive()] == []
    assert deploy(name="later").status_code == 503


def token_of(ask: Ask) -> str:
    return str(ask(f"POST {SERVICES}/first/token").get_json()["accessToken"])


def test_a_service_with_tokens_opens_with_its_own_alone(deploy: Ask, ask: Ask, score: Ask, state: State) -> None:
    deploy(kind="AKS", authEnabled=None, aadAuthEnabled=True)
    assert (record(ask)["aadAuthEnabled"], record(ask)["authEnabled"]) == (True, False)
    key = ask(f"POST {SERVICES}/first/listkeys").get_json()["primaryKey"]
    another = identity.issue(state, "somebody", "service/second")
    expired = identity.issue(state, "somebody", "service/first", seconds=-1)
    given = [token_of(ask), key, another, expired, ""]
    assert [score(key=f"Bearer {one}").status_code for one in given] == [200, 401, 401, 401, 401]


def test_a_service_without_tokens_issues_none(deploy: Ask, ask: Ask) -> None:
    deploy(kind="AKS")
    assert ask(f"POST {SERVICES}/first/token").status_code == 400


def test_a_service_does_not_open_with_keys_and_tokens(deploy: Ask, ask: Ask) -> None:
    answer = deploy(kind="AKS", authEnabled=True, aadAuthEnabled=True)
    assert (answer.status_code, "cannot both be true" in answer.get_json()["message"]) == (400, True)


@pytest.mark.parametrize(("asked", "given"), [("mine", "mine"), (None, None)])
def test_a_key_is_replaced_and_the_other_one_stays(
    deploy: Ask, ask: Ask, score: Ask, asked: str | None, given: str | None
) -> None:
    deploy(authEnabled=True)
    before = ask(f"POST {SERVICES}/first/listkeys").get_json()
    answer = ask(f"POST {SERVICES}/first/regenerateKeys", {"keyType": "Secondary", "keyValue": asked})
    operation = answer.headers["Operation-Location"].rpartition("/")[2]
    assert ask(f"GET /modelmanagement/v1.0WS/operations/{operation}").get_json()["state"] == "Succeeded"
    after = ask(f"POST {SERVICES}/first/listkeys").get_json()
    assert (after["primaryKey"], after["secondaryKey"] == before["secondaryKey"]) == (before["primaryKey"], False)
    assert given in (None, after["secondaryKey"])
    statuses = [score(key=f"Bearer {one['secondaryKey']}").status_code for one in (before, after)]
    assert statuses == [401, 200]


@pytest.mark.parametrize(
    ("kind", "sizes", "words"),
    [
        ("ACI", {"cpu": 8}, "4 of cpu at most, not 8"),
        ("ACI", {"memoryInGB": 32}, "16 of memoryInGB at most, not 32"),
        ("AKS", {"cpu": 2, "cpuLimit": 1}, "at most cpuLimit"),
    ],
)
def test_a_size_that_azure_does_not_have_is_refused(deploy: Ask, kind: str, sizes: Json, words: str) -> None:
    answer = deploy(kind=kind, containerResourceRequirements=sizes)
    assert (answer.status_code, words in answer.get_json()["message"]) == (400, True)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("properties=stage", ["first"]),
        ("properties=stage%3Dtest", []),
        ("name=second", ["second"]),
        ("tags=a,b", []),
    ],
)
def test_services_are_listed_by_properties_and_name(deploy: Ask, ask: Ask, query: str, names: list[str]) -> None:
    deploy(properties={"stage": "dev"})
    deploy(name="second")
    assert [one["name"] for one in ask(f"GET {SERVICES}?{query}").get_json()["value"]] == names


def test_services_come_in_pages(deploy: Ask, ask: Ask) -> None:
    deploy()
    deploy(name="second")
    page = ask(f"GET {SERVICES}?count=1&expand=true").get_json()
    following = page["nextLink"].partition(".ms")[2]
    last = ask(f"GET {following}").get_json()
    assert [page["value"][0]["name"], last["value"][0]["name"], "nextLink" in last] == ["first", "second", False]


def test_a_service_is_deployed_to_a_cluster_of_one_s_own(deploy: Ask, ask: Ask, score: Ask) -> None:
    assert deploy(kind="AKS", computeName="own").status_code == 400
    ask("PUT WS/computes/own", {"properties": {"computeType": "AKS"}})
    deploy(kind="AKS", computeName="own")
    assert (record(ask)["computeName"], score().status_code) == ("own", 200)


def test_a_patch_removes_a_tag(deploy: Ask, ask: Ask) -> None:
    deploy(kvTags={"a/b": "1", "c": "2"})
    ask(f"PATCH {SERVICES}/first", [{"op": "remove", "path": "/kvTags/a~1b"}])
    assert record(ask)["kvTags"] == {"c": "2"}
