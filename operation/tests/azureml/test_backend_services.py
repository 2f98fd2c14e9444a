"""Web services of the Azure ML backend, in the offline workspace."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from azureml_offline import Fault, OfflineWorkspace

from operation.errors import OperationError
from operation.execution.backends.azureml.services import Services
from operation.execution.configuration.loading import load
from operation.execution.configuration.sections import ROOT
from operation.execution.values import Hosting, ModelVersion
from operation.tests.azureml.parts import QUIET, connected

if TYPE_CHECKING:
    from azureml.core import Workspace

pytestmark = QUIET
ACI, AKS = Hosting(0.5, 1), Hosting(0.5, 1, "aks")
READS = """
import json, os
from pathlib import Path

def init():
    global model
    model = (Path(os.environ["AZUREML_MODEL_DIR"]) / "model.onnx").read_text()

def run(raw):
    print("asked")
    return [model, json.loads(raw), [str(path) for path in Path(__file__).parent.glob(".c*")]]
"""


@pytest.fixture
def name(request: pytest.FixtureRequest, services: Services) -> Iterator[str]:
    """A service's name of this test alone, which is free again after it."""
    made = f"s{abs(hash(request.node.name)):x}"
    yield made
    services.delete(made)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The script in place of `src/`, with a cache beside it."""
    folder = tmp_path / "src"
    (folder / ".cache").mkdir(parents=True)
    (folder / ".cache" / "large.bin").write_bytes(b"")
    (folder / "score.py").write_text(READS, encoding="utf-8")
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """The conda file of its environment."""
    file = tmp_path / "score.yml"
    file.write_text("name: score\ndependencies:\n  - python=3.11\n  - pip:\n      - onnxruntime\n", encoding="utf-8")
    return file


@pytest.fixture
def services(offline: OfflineWorkspace, source: Path) -> Services:
    return Services(connected(offline), source, load().command)


@pytest.fixture
def versions(workspace: "Workspace", folder: Path) -> list[ModelVersion]:
    """Two versions of a model of one file."""
    from azureml.core import Model

    made = []
    for content in ("old", "new"):
        (folder / "model.onnx").write_text(content, encoding="utf-8")
        made.append(Model.register(workspace, "model.onnx", "served"))
    return [ModelVersion(one.name, int(one.version), "run") for one in made]


@pytest.mark.parametrize("hosting", [ACI, AKS], ids=["ACI", "AKS"])
def test_a_deployed_version_answers_until_the_next_takes_its_place(
    services: Services, name: str, versions: list[ModelVersion], environment: Path, hosting: Hosting
) -> None:
    addresses = set()
    for version, content in zip(versions, ("old", "new"), strict=True):
        addresses.add(services.deploy(name, version, environment, hosting).address)
        assert services.score(name, {"a": "é"}) == [content, {"a": "é"}, []]
    assert len(addresses) == 1
    assert services.log(name) == "asked\n"


def test_a_service_keeps_its_keys_and_says_what_it_serves(
    services: Services, name: str, versions: list[ModelVersion], environment: Path, workspace: "Workspace"
) -> None:
    from azureml.core import Webservice

    keys = []
    for version in versions:
        services.deploy(name, version, environment, ACI)
        keys.append(Webservice(workspace, name).get_keys())
    assert keys[0] == keys[1]
    assert Webservice(workspace, name).tags == {"model": f"served:{versions[1].version}", "run": "run"}


def test_a_service_that_does_not_come_up_is_one_error_with_the_end_of_its_log(
    services: Services, source: Path, name: str, versions: list[ModelVersion], environment: Path
) -> None:
    fails = "def init():\n    for line in range(40): print('line', line)\n    raise ValueError('no model here')\n"
    (source / "score.py").write_text(f"{fails}def run(raw): pass", encoding="utf-8")
    with pytest.raises(OperationError, match=rf"The service {name} did not come up\. .*init\(\) function") as raised:
        services.deploy(name, versions[0], environment, ACI)
    lines = str(raised.value).splitlines()
    assert len(lines) == 22
    assert lines[1] == "  Its log ends:"
    assert lines[-1] == "  ValueError: no model here"
    (source / "score.py").write_text(READS, encoding="utf-8")
    services.deploy(name, versions[0], environment, ACI)
    assert services.score(name, 1)[:2] == ["old", 1]


def test_a_deployment_whose_answer_is_lost_comes_up_all_the_same(
    services: Services, name: str, versions: list[ModelVersion], environment: Path, offline: OfflineWorkspace
) -> None:
    offline.plant(Fault(r"POST .*/services$", drop=True, after=True))
    offline.plant(Fault(r"GET .*/operations/", status=502))
    services.deploy(name, versions[0], environment, ACI)
    assert services.score(name, None)[:2] == ["old", None]


def test_a_service_does_not_move_to_another_kind(
    services: Services, name: str, versions: list[ModelVersion], environment: Path
) -> None:
    services.deploy(name, versions[0], environment, AKS)
    with pytest.raises(OperationError, match=f"{name} is one of AKS, and cannot become one of ACI. Delete it first"):
        services.deploy(name, versions[1], environment, ACI)


@pytest.mark.parametrize(
    ("version", "hosting", "words"),
    [
        (999, ACI, r"has no served version 999\. See: invoke models"),
        (1, Hosting(1, 1, "nowhere"), "nowhere was not found"),
    ],
    ids=["version", "cluster"],
)
def test_what_is_not_there_is_named(
    services: Services,
    name: str,
    versions: list[ModelVersion],
    environment: Path,
    version: int,
    hosting: Hosting,
    words: str,
) -> None:
    with pytest.raises(OperationError, match=words):
        services.deploy(name, ModelVersion("served", version, "run"), environment, hosting)


@pytest.mark.parametrize(
    ("name", "script", "hosting", "words"),
    [
        ("Bad_Name", READS, ACI, "must only consist of lowercase letters"),
        ("broken", "def init(:", ACI, "invalid syntax"),
        ("no-cores", READS, Hosting(-1, 1), "cpu_cores must be positive"),
    ],
    ids=["name", "script", "cores"],
)
def test_what_the_sdk_does_not_accept_is_one_line(
    services: Services,
    source: Path,
    versions: list[ModelVersion],
    environment: Path,
    name: str,
    script: str,
    hosting: Hosting,
    words: str,
) -> None:
    (source / "score.py").write_text(script, encoding="utf-8")
    with pytest.raises(OperationError, match=f"could not deploy the service {name}.*{words}"):
        services.deploy(name, versions[0], environment, hosting)


def test_an_unknown_service_is_named_with_those_there_are(
    services: Services, name: str, versions: list[ModelVersion], environment: Path
) -> None:
    services.deploy(name, versions[0], environment, ACI)
    with pytest.raises(OperationError, match=rf"has no service other \(it has: {name}\)"):
        services.score("other", {})


def test_a_deleted_service_is_gone_and_may_be_deleted_again(
    services: Services, name: str, versions: list[ModelVersion], environment: Path
) -> None:
    services.deploy(name, versions[0], environment, ACI)
    services.delete(name)
    services.delete(name)
    with pytest.raises(OperationError, match=f"has no service {name}"):
        services.log(name)


def test_code_with_a_secret_is_not_sent(
    services: Services, source: Path, name: str, versions: list[ModelVersion], environment: Path
) -> None:
    (source / ".env").write_text("", encoding="utf-8")
    with pytest.raises(OperationError, match="looks like a secret"):
        services.deploy(name, versions[0], environment, ACI)
    with pytest.raises(OperationError, match="has no service"):
        services.log(name)


def test_a_script_that_dies_is_told_with_the_end_of_its_log(
    services: Services, source: Path, name: str, versions: list[ModelVersion], environment: Path
) -> None:
    (source / "score.py").write_text(
        "import os\ndef init(): pass\ndef run(raw):\n    os.write(2, b'out of memory')\n    os._exit(9)",
        encoding="utf-8",
    )
    services.deploy(name, versions[0], environment, ACI)
    with pytest.raises(
        OperationError, match=rf"score.py failed in the service {name}\.\n  Its log ends:\n  out of memory"
    ):
        services.score(name, json.dumps({}))


def model_of_one_feature(folder: Path) -> Path:
    """A model as train.py writes it, by hand: the probability is the distance, squashed."""
    from onnx import TensorProto, helper, save

    folder.mkdir()
    squash = [helper.make_node("Sigmoid", ["input"], ["one"]), helper.make_node("Flatten", ["one"], ["two"], axis=0)]
    squeeze = helper.make_node("Gather", ["two", "first"], ["probability"], axis=0)
    takes = helper.make_tensor_value_info("input", TensorProto.FLOAT, [None, 1])
    gives = helper.make_tensor_value_info("probability", TensorProto.FLOAT, [None])
    first = helper.make_tensor("first", TensorProto.INT64, [], [0])
    graph = helper.make_graph([*squash, squeeze], "late", [takes], [gives], [first])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    save(model, folder / "model.onnx")
    features = {"features": [{"name": "distance", "kind": "number"}]}
    (folder / "features.json").write_text(json.dumps(features), encoding="utf-8")
    return folder


def test_the_project_s_own_script_serves_a_registered_folder(
    offline: OfflineWorkspace, workspace: "Workspace", folder: Path, name: str
) -> None:
    from azureml.core import Model

    made = Model.register(workspace, model_of_one_feature(folder / "package").name, "delays")
    services = Services(connected(offline), ROOT / "src", load().command)
    version = ModelVersion("delays", int(made.version), "run")
    services.deploy(name, version, ROOT / "operation" / "configuration" / "score.yml", ACI)
    answer = services.score(name, {"data": [{"distance": 0}, {"distance": 100}]})
    assert answer == {"probabilities": [0.5, 1.0]}
    assert "distance is missing" in services.score(name, {"data": [{}]})["error"]
