"""Services whose environment names azureml-inference-server-http: uv brings it, and it answers itself."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from azureml_offline.model_management import inference_server, scoring_program
from azureml_offline.workspace.state import State
from werkzeug.test import TestResponse

Ask = Callable[..., TestResponse]
Json = dict[str, Any]
SERVICES = "/modelmanagement/v1.0WS/services"
PATIENCE = 120  # seconds: uv may have to download the packages first
DEPENDENCIES = {"dependencies": ["python=3.11", {"pip": ["azureml-inference-server-http==1.5.1"]}]}
SCHEMA = """
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema, output_schema

def init(): print("looking")

@input_schema("number", StandardPythonParameterType(1))
@output_schema(StandardPythonParameterType({"double": 2}))
def run(number):
    return {"double": 2 * number}
"""
RAW = """
from azureml_inference_server_http.api.aml_request import AMLRequest, rawhttp
from azureml_inference_server_http.api.aml_response import AMLResponse

def init(): pass

@rawhttp
def run(request: AMLRequest):
    if request.method == "GET":
        return {"asked": request.args["a"]}
    return AMLResponse(bytes(reversed(request.get_data(False))), 201, {"X-Seen": request.headers["x-kind"]})
"""


@pytest.fixture(scope="module")
def environments() -> Iterator[Path]:
    """The folder of what uv builds, once for the tests of this file."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def deploy(ask: Ask, image: Callable[..., Json], state: State, ended: None, environments: Path) -> Callable[..., Ask]:
    """Deploys a script, and returns what asks the service."""

    def start(script: str, **asked: Any) -> Ask:
        state.reuse_environment = False
        state.folder.mkdir(exist_ok=True)
        (state.folder / "environments").symlink_to(environments)
        request = image(script)
        request["environment"]["python"] = {"condaDependencies": DEPENDENCIES}
        ask(f"POST {SERVICES}", {"name": "first", "computeType": "ACI", "environmentImageRequest": request} | asked)
        for thread in state.deployments:
            thread.join(PATIENCE)
        host = state.services["first"].record["publicFqdn"]
        assert state.services["first"].record["state"] == "Healthy", ask(f"GET {SERVICES}/first/logs").text
        return lambda line, body=None, **options: ask(line, body, host, **options)

    return start


def test_a_schema_is_the_servers_own(deploy: Callable[..., Ask], ask: Ask) -> None:
    service = deploy(SCHEMA)
    assert service("POST /score", {"number": 21}).get_json() == {"double": 42}
    wrong = service("POST /score", {"numbre": 21})
    assert wrong.status_code >= 400
    described = service("GET /swagger.json").get_json()
    assert described["definitions"]["ServiceInput"]["properties"]["number"]["type"] == "integer"
    assert service("GET /swagger.json?version=3").get_json()["openapi"].startswith("3.")
    assert "looking" in ask(f"GET {SERVICES}/first/logs").get_json()["content"]


def test_raw_requests_of_any_method_and_content_reach_the_script(deploy: Callable[..., Ask]) -> None:
    service = deploy(RAW)
    given = service("POST /score", data=b"\xff\x00", headers={"x-kind": "bytes"})
    assert (given.status_code, given.data, given.headers["X-Seen"]) == (201, b"\x00\xff", "bytes")
    assert service("GET /score?a=b").get_json() == {"asked": "b"}
    assert service("GET /").text == "Healthy"


def test_keys_guard_the_description_too(deploy: Callable[..., Ask]) -> None:
    service = deploy(RAW, authEnabled=True, keys={"primaryKey": "a", "secondaryKey": "b"})
    assert service("GET /swagger.json", headers={"Authorization": ""}).status_code == 401
    assert service("GET /score?a=b", headers={"Authorization": "Bearer a"}).get_json() == {"asked": "b"}


def test_an_environment_without_the_server_has_none(tmp_path: Path) -> None:
    assert not inference_server.has_server(tmp_path / "bin" / "python")


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        ("return request.args", "args"),
        ("return [one for one in request.files]", "files"),
        ("return request.get_data()", None),
        ("return request.headers['a'] + request.method", None),
        ("return request.encode() if isinstance(request, str) else request.data", None),
        ("args = {}\n    return args.get('a')", None),
    ],
)
def test_what_a_raw_script_reads_and_is_not_offered_is_named(body: str, missing: str | None, tmp_path: Path) -> None:
    script = tmp_path / "score.py"
    scoring_program.offer_server()
    begin = "from azureml_inference_server_http.api.aml_request import rawhttp\ndef init(): pass\n"
    script.write_text(f"{begin}@rawhttp\ndef run(request):\n    {body}\n", encoding="utf-8")
    if missing is None:
        assert callable(scoring_program.load(str(script)).run)
        return
    with pytest.raises(ImportError, match=rf"reads request\.{missing} in run\(\).*name azureml-inference-server-http"):
        scoring_program.load(str(script))
