"""Web services, as the SDK sees them and as their clients do."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from azureml.core import Environment, Model, Webservice, Workspace
from azureml.core.model import InferenceConfig
from azureml.core.webservice import AciWebservice, AksWebservice
from azureml.exceptions import WebserviceException
from azureml_offline import OfflineWorkspace, running

from operation.tests.azureml.test_emulator_starts import enter

pytestmark = pytest.mark.filterwarnings("ignore:(?s).*CLI/SDK v2:FutureWarning")  # of Model.deploy, at each call
KINDS = {
    "ACI": AciWebservice.deploy_configuration(cpu_cores=0.5, memory_gb=1, auth_enabled=True, tags={"stage": "test"}),
    "AKS": AksWebservice.deploy_configuration(compute_target_name="aks", autoscale_enabled=False, num_replicas=2),
}
SCRIPT = """
import os
from pathlib import Path

def init():
    global files
    folder = Path(os.environ["AZUREML_MODEL_DIR"])
    files = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}
    print("loaded", *files)

def run(raw):
    return [raw, files, os.getpid()]
"""
Deploy = Callable[..., Webservice]


@pytest.fixture
def files(folder: Path) -> str:
    """A model's folder, below the current one."""
    (folder / "model").mkdir()
    (folder / "model" / "model.onnx").write_text("a model", encoding="utf-8")
    return "model"


@pytest.fixture
def deploy(workspace: Workspace, folder: Path, files: str) -> Iterator[Deploy]:
    """Deploys a script and a model as the service "first", in place of the one there is; to ACI if not said else."""

    def start(script: str = SCRIPT, kind: str = "ACI") -> Webservice:
        model = Model.register(workspace, files, "scored")
        return Model.deploy(workspace, "first", [model], code(folder, script), KINDS[kind], overwrite=True)

    yield start
    for service in Webservice.list(workspace):
        service.delete()


def code(folder: Path, script: str, environment: Environment | None = None) -> InferenceConfig:
    """The script as a folder of code, in an environment without packages if not another."""
    (folder / "code").mkdir(exist_ok=True)
    (folder / "code" / "score.py").write_text(script, encoding="utf-8")
    environment = environment or Environment("plain")
    return InferenceConfig(entry_script="score.py", source_directory=str(folder / "code"), environment=environment)


@pytest.mark.parametrize("kind", KINDS)
def test_a_service_comes_up_answers_and_is_found(deploy: Deploy, workspace: Workspace, kind: str) -> None:
    service = deploy(kind=kind)
    assert service.state == "Transitioning"
    service.wait_for_deployment()
    assert (service.state, service.run("{}")[:2]) == ("Healthy", ["{}", {"model/model.onnx": "a model"}])
    assert service.get_logs() == "loaded model/model.onnx\n"
    assert type(Webservice(workspace, "first")) is type(service)
    assert [one.name for one in Webservice.list(workspace, compute_type=kind, model_name="scored")] == ["first"]
    assert [model.name for model in Webservice(workspace, "first").models] == ["scored"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_service_is_changed_and_deleted(deploy: Deploy, workspace: Workspace, folder: Path, kind: str) -> None:
    service = deploy(kind=kind)
    service.wait_for_deployment()
    before = service.get_keys(), service.scoring_uri
    service.update(tags={"stage": "later"}, description="changed")
    assert (service.tags, service.description, service.state) == ({"stage": "later"}, "changed", "Healthy")
    new = code(folder, "def init(): pass\ndef run(raw): return 'new'")
    service.update(models=service.models, inference_config=new)
    service.wait_for_deployment()
    assert service.run("{}") == "new"
    assert (service.get_keys(), service.scoring_uri) == before
    service.delete()
    with pytest.raises(WebserviceException, match="WebserviceNotFound"):
        Webservice(workspace, "first")


def test_a_script_whose_init_raises_fails_with_its_log(deploy: Deploy) -> None:
    service = deploy("def init(): raise ValueError('no model here')\ndef run(raw): pass")
    with pytest.raises(WebserviceException, match="current service state: Failed"):
        service.wait_for_deployment()
    assert service.error["code"] == "AciDeploymentFailed"
    assert service.get_logs().endswith("ValueError: no model here\n")


def test_clients_need_a_key_and_reach_nothing_but_the_proxy(deploy: Deploy, offline: OfflineWorkspace) -> None:
    service = deploy()
    service.wait_for_deployment()
    headers = {"Authorization": f"Bearer {service.get_keys()[1]}"}
    assert requests.post(service.scoring_uri, data=b"{}", headers=headers, timeout=9).status_code == 200
    assert requests.post(service.scoring_uri, data=b"\xff", headers=headers, timeout=9).status_code == 400
    assert requests.post(service.scoring_uri, data=b"{}", timeout=9).status_code == 401
    assert requests.get(service.scoring_uri.removesuffix("score"), timeout=9).text == "Healthy"
    assert f"POST {service.scoring_uri}" in offline.accepted()


def test_a_name_is_taken_once(deploy: Deploy, workspace: Workspace, folder: Path) -> None:
    deploy()
    with pytest.raises(WebserviceException, match="Service first already exists"):
        Model.deploy(workspace, "first", [], code(folder, SCRIPT), KINDS["ACI"])


def test_a_cluster_that_is_not_there_is_refused(workspace: Workspace, folder: Path) -> None:
    nowhere = AksWebservice.deploy_configuration(compute_target_name="nowhere")
    with pytest.raises(WebserviceException, match="ComputeTarget nowhere was not found"):
        Model.deploy(workspace, "second", [], code(folder, SCRIPT), nowhere)


def is_gone(process: int) -> bool:
    """Whether it has ended within some seconds."""
    deadline = time.monotonic() + 20
    stat = Path("/proc", str(process), "stat")
    while stat.exists() and stat.read_text().rpartition(") ")[2][0] != "Z":
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("is_killed", [False, True], ids=["ends", "is killed"])
def test_no_service_outlives_its_workspace(
    files: str, monkeypatch: pytest.MonkeyPatch, folder: Path, is_killed: bool
) -> None:
    with running(reuse_environment=True) as start:
        model = Model.register(workspace := enter(start, monkeypatch), files, "scored")
        service = Model.deploy(workspace, "first", [model], code(folder, SCRIPT), KINDS["AKS"])
        service.wait_for_deployment()
        process = service.run("{}")[2]
        if is_killed:
            os.kill(start.process_id, signal.SIGKILL)
    assert is_gone(process)


def test_a_service_runs_in_the_environment_of_its_specification(
    files: str, wheel: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    text = f"dependencies:\n  - python={version}\n  - pip:\n      - probe @ {wheel.as_uri()}\n"
    (folder / "score.yml").write_text(text, encoding="utf-8")
    environment = Environment.from_conda_specification("built", str(folder / "score.yml"))
    script = "import probe, sys\ndef init(): pass\ndef run(raw): return [probe.ANSWER, sys.prefix]"
    with running(folder / "start") as start:
        model = Model.register(workspace := enter(start, monkeypatch), files, "scored")
        service = Model.deploy(workspace, "first", [model], code(folder, script, environment), KINDS["ACI"])
        service.wait_for_deployment()
        answer, prefix = service.run("{}")
    assert (answer, Path(prefix).parent) == (42, folder / "start" / "environments")
