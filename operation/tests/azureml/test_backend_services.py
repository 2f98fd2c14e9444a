"""Web services of the Azure ML backend, in the offline workspace."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from azureml_offline import Fault, OfflineWorkspace

from operation.errors import OperationError
from operation.execution.backends.azureml.services import Services
from operation.execution.configuration.sections import ROOT
from operation.execution.values import Hosting, ModelVersion
from operation.tests.azureml.parts import QUIET, connected
from operation.tests.parcels import load

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
SHOWS_VARIABLES = """
import json, os

def init():
    pass

def run(raw):
    limits = json.loads(os.environ["SERVING_SETTINGS"])
    return [os.environ["MODEL_VERSION"], os.environ["SCORING_TIMEOUT_MS"], limits]
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
def machine_breaks(tmp_path: Path) -> Path:
    """A file whose existence is a fault that comes up later."""
    return tmp_path / "broken"


def made_of(offline: OfflineWorkspace, source: Path, *settings: str) -> Services:
    configuration = load(settings=settings)
    return Services(connected(offline), source, configuration.serving, configuration.command)


@pytest.fixture
def services(offline: OfflineWorkspace, source: Path) -> Services:
    return made_of(offline, source)


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
def test_a_new_version_waits_beside_the_old_one_until_the_traffic_is_switched(
    services: Services, name: str, versions: list[ModelVersion], environment: Path, hosting: Hosting
) -> None:
    old, new = versions
    first = services.deploy(name, old, environment, hosting)
    assert (first.traffic, first.state) == ({old.version: 100}, "ready")
    beside = services.deploy(name, new, environment, hosting)
    assert beside.traffic == {old.version: 100, new.version: 0}
    assert services.score(name, {"a": "é"}) == ["old", {"a": "é"}, []]
    assert services.score(name, 1, new.version)[:2] == ["new", 1]
    switched = services.switch(name, {new.version: 100})
    assert switched == services.find(name)
    assert switched.traffic == {old.version: 0, new.version: 100}
    assert switched.address == first.address
    assert [services.score(name, 1, version)[0] for version in (None, old.version)] == ["new", "old"]
    assert [one.name for one in services.list()] == [name]
    assert services.health(name, new.version).errors == 0
    assert "asked\n" in services.log(name)


@pytest.mark.parametrize(
    ("hosting", "traffic", "words"),
    [
        (ACI, {1: 90, 2: 10}, "cannot divide its traffic"),
        (ACI, {1: 110, 2: -10}, "must sum to 100 percent"),
        (ACI, {7: 100}, "has no version 7"),
        (AKS, {7: 100}, "has no version 7"),
    ],
    ids=["shares", "negative", "version", "version of a cluster"],
)
def test_traffic_that_cannot_be_is_refused_and_stays_as_it_was(
    services: Services,
    name: str,
    versions: list[ModelVersion],
    environment: Path,
    hosting: Hosting,
    traffic: dict[int, int],
    words: str,
) -> None:
    services.deploy(name, versions[0], environment, hosting)
    before = services.find(name)
    known = {1: versions[0].version, 2: versions[1].version, 7: 9999}
    with pytest.raises(OperationError, match=words.replace("7", "9999")):
        services.switch(name, {known[version]: share for version, share in traffic.items()})
    assert services.find(name) == before


@pytest.mark.parametrize("hosting", [ACI, AKS], ids=["ACI", "AKS"])
def test_a_new_version_that_does_not_come_up_leaves_the_old_one_and_nothing_of_itself(
    services: Services, source: Path, name: str, versions: list[ModelVersion], environment: Path, hosting: Hosting
) -> None:
    before = services.deploy(name, versions[0], environment, hosting)
    (source / "score.py").write_text("def init(): raise ValueError('no model here')\ndef run(raw): pass", "utf-8")
    with pytest.raises(OperationError, match=r"did not come up(?s:.*)ValueError: no model here"):
        services.deploy(name, versions[1], environment, hosting)
    assert services.find(name) == before
    assert services.score(name, 1)[0] == "old"


def test_a_switch_that_fails_in_a_container_group_brings_the_old_version_back(
    services: Services, source: Path, name: str, versions: list[ModelVersion], environment: Path, machine_breaks: Path
) -> None:
    old, new = versions
    breaks = f"    if Path({str(machine_breaks)!r}).exists() and model == 'new': raise ValueError('broken')"
    (source / "score.py").write_text(READS.replace("def run", f"{breaks}\n\ndef run"), encoding="utf-8")
    for version in versions:
        services.deploy(name, version, environment, ACI)
    machine_breaks.touch()
    with pytest.raises(OperationError, match=f"did not come up(?s:.*)Version {old.version} answers again"):
        services.switch(name, {new.version: 100})
    assert services.score(name, 1)[0] == "old"


@pytest.mark.parametrize(
    ("name", "hosting", "share", "words"),
    [
        ("Parcels", ACI, 100, "cannot be called that: take 3 to 27 lower-case letters"),
        ("a" * 28, ACI, 100, "cannot be called that"),
        ("parcels-next", ACI, 100, "cannot be called that"),
        ("parcels", ACI, 10, "cannot divide its traffic. Leave out --traffic 10"),
        ("parcels", Hosting(1, 1, "nowhere"), 100, r"no cluster of Kubernetes \(AKS\) called nowhere"),
        ("parcels", Hosting(1, 1, "cpu"), 100, r"no cluster of Kubernetes \(AKS\) called cpu"),
    ],
    ids=["name", "long", "next", "share", "no cluster", "a cluster for jobs"],
)
def test_what_would_stop_a_deployment_is_known_before(
    services: Services, workspace: "Workspace", name: str, hosting: Hosting, share: int, words: str
) -> None:
    with pytest.raises(OperationError, match=words):
        services.check(name, hosting, share)


def test_a_service_keeps_its_keys_and_says_what_it_serves(
    services: Services, name: str, versions: list[ModelVersion], environment: Path, workspace: "Workspace"
) -> None:
    from azureml.core import Webservice

    keys = []
    for version in versions:
        services.deploy(name, version, environment, ACI)
        services.switch(name, {version.version: 100})
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


def test_a_version_of_an_endpoint_whose_answer_is_lost_is_added_once(
    services: Services, name: str, versions: list[ModelVersion], environment: Path, offline: OfflineWorkspace
) -> None:
    services.deploy(name, versions[0], environment, AKS)
    offline.plant(Fault(r"PATCH .*/services/", drop=True, after=True))
    services.deploy(name, versions[1], environment, AKS)
    assert services.score(name, None, versions[1].version)[:2] == ["new", None]


def test_a_service_does_not_move_to_another_kind(
    services: Services, name: str, versions: list[ModelVersion], environment: Path
) -> None:
    services.deploy(name, versions[0], environment, AKS)
    with pytest.raises(OperationError, match=f"{name} is one of AKSENDPOINT, and cannot become one of ACI. Delete it"):
        services.deploy(name, versions[1], environment, ACI)


@pytest.mark.parametrize(
    ("version", "hosting", "words"),
    [
        (999, ACI, r"has no served version 999\. See: invoke models"),
        (1, Hosting(1, 1, "nowhere"), "called nowhere"),
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
        ("broken", "def init(:", ACI, "invalid syntax"),
        ("no-cores", READS, Hosting(-1, 1), "cpu_cores must be positive"),
    ],
    ids=["script", "cores"],
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
    services = made_of(offline, ROOT / "src", "serving.most_rows=2", "serving.most_bytes=100")
    version = ModelVersion("delays", int(made.version), "run")
    services.deploy(name, version, ROOT / "operation" / "configuration" / "score.yml", ACI)
    answer = services.score(name, {"data": [{"distance": 0}, {"distance": 100}]})
    assert (answer["probabilities"], answer["model_version"]) == ([0.5, 1.0], str(version.version))
    for data, refusal in {
        "[{}]": "400: .*distance is missing",
        '[{"distance": 0}, {"distance": 0}, {"distance": 0}]': "413: .*data has 3 records, and a request may have 2",
        json.dumps("x" * 100): "413: .*the request has more than 100 bytes",
    }.items():
        with pytest.raises(OperationError, match=f"HTTP {refusal}"):
            services.score(name, {"data": json.loads(data)})


@pytest.mark.parametrize("hosting", [ACI, AKS], ids=["ACI", "AKS"])
def test_the_section_serving_reaches_the_containers_and_stays_at_a_switch(
    offline: OfflineWorkspace,
    source: Path,
    name: str,
    versions: list[ModelVersion],
    environment: Path,
    hosting: Hosting,
) -> None:
    (source / "score.py").write_text(SHOWS_VARIABLES, encoding="utf-8")
    settings = ["serving.most_bytes=1234", "serving.most_rows=7", "serving.deadline_seconds=2.5"]
    services = made_of(offline, source, *settings)
    for version in versions:
        services.deploy(name, version, environment, hosting)
    services.switch(name, {versions[1].version: 100})
    limits = {"most_bytes": 1234, "most_rows": 7}
    found = [services.score(name, None, version.version) for version in versions]
    assert found == [[str(version.version), "2500", limits] for version in versions]


def test_of_a_cluster_the_front_end_keeps_the_deadline_too(
    offline: OfflineWorkspace, source: Path, name: str, versions: list[ModelVersion], environment: Path
) -> None:
    (source / "score.py").write_text("import time\ndef init(): pass\ndef run(raw): time.sleep(raw == '1')", "utf-8")
    services = made_of(offline, source, "serving.deadline_seconds=0.3")
    services.deploy(name, versions[0], environment, AKS)
    with pytest.raises(OperationError, match=r"score.py failed(?s:.*)LateError"):
        services.score(name, 1)


def test_a_key_of_our_own_is_refused_by_name(offline: OfflineWorkspace, source: Path) -> None:
    services = made_of(offline, source, "serving.key=OUR_KEY")
    with pytest.raises(OperationError, match=r"^serving.key is OUR_KEY, but Azure ML makes the keys of its services"):
        services.check("served", ACI, 100)
