"""The offline workspace says what Azure would do: the SDK's own calls, served or refused by name, never ignored."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azureml.core import (
    ComputeTarget,
    Dataset,
    Environment,
    Experiment,
    Model,
    Run,
    ScriptRunConfig,
    Webservice,
    Workspace,
)
from azureml.core.compute import AmlCompute
from azureml.core.experiment import ViewType
from azureml.core.model import InferenceConfig
from azureml.core.runconfig import MpiConfiguration
from azureml.core.webservice import AciWebservice, AksWebservice

pytestmark = pytest.mark.filterwarnings("ignore:(?s).*CLI/SDK v2:FutureWarning")  # of Model.deploy, at each call
SCRIPT = "import os; print(sorted(os.listdir('.')))\ndef init(): pass\ndef run(body): return body"
NAMES = ["a#1.txt", "b%41.txt", "c?x.txt", "d+e.txt", "ä ö.txt"]


@pytest.fixture
def experiment(workspace: Workspace) -> Experiment:
    return Experiment(workspace, "fidelity")


@pytest.fixture
def run(experiment: Experiment) -> Run:
    return experiment.start_logging(snapshot_directory=None)


@pytest.fixture
def source(folder: Path) -> Path:
    """A folder with a script and files with unusual names."""
    made = folder / "source"
    made.mkdir()
    (made / "script.py").write_text(SCRIPT, encoding="utf-8")
    for name in NAMES:
        (made / name).write_text(name, encoding="utf-8")
    return made


def test_experiments_are_found_by_tag_and_an_archived_one_by_its_view(workspace: Workspace) -> None:
    Experiment(workspace, "tagged").set_tags({"fidelity": "yes"})
    Experiment(workspace, "archived").archive()

    def names(**wanted: Any) -> list[str]:
        return [one.name for one in Experiment.list(workspace, **wanted)]

    assert (names(tags={"fidelity": "yes"}), names(tags={"fidelity": "no"})) == (["tagged"], [])
    assert "archived" not in names()
    assert names(view_type=ViewType.ArchivedOnly) == ["archived"]
    Experiment(workspace, "archived").reactivate()
    assert "archived" in names()


def test_runs_are_found_by_type_and_properties(experiment: Experiment, run: Run) -> None:
    run.add_properties({"made.by": "this test"})

    def found(**wanted: Any) -> list[str]:
        return [one.id for one in experiment.get_runs(**wanted)]

    assert found(properties={"made.by": "this test"}) == [run.id]
    assert run.id in found(type="azureml.sdkrun")
    assert found(type="azureml.scriptrun") == found(properties={"made.by": "another"}) == []


def test_children_are_made_at_once_and_a_failure_keeps_its_reason(run: Run) -> None:
    assert len(run.create_children(count=3)) == len(list(run.get_children())) == 3
    run.fail("no data", "E42")
    assert run.get_details()["error"]["error"] == {"code": "E42", "message": "no data"}


def test_the_environment_of_a_job_is_found_again(workspace: Workspace, submit: Callable[..., Run]) -> None:
    Environment("listed").register(workspace)
    assert "listed" in Environment.list(workspace)
    done = submit("print('hello')", environment=Environment("unregistered"))
    done.wait_for_completion()
    assert done.get_environment().name == "unregistered"
    assert "unregistered" not in Environment.list(workspace)


def test_a_run_keeps_the_names_of_its_files(run: Run, folder: Path) -> None:
    (folder / "file").write_text("x", encoding="utf-8")
    for name in NAMES:
        run.upload_file(f"outputs/{name}", str(folder / "file"))
    assert sorted(run.get_file_names()) == sorted(f"outputs/{name}" for name in NAMES)
    run.download_files("outputs", str(folder / "back"))
    assert sorted(file.name for file in (folder / "back").rglob("*.txt")) == sorted(NAMES)


def test_a_model_and_a_job_keep_the_names_of_their_files(workspace: Workspace, source: Path, folder: Path) -> None:
    Model.register(workspace, str(source), "named").download(str(folder / "back"))
    assert {file.name for file in (folder / "back").rglob("*.txt")} == set(NAMES)
    job = ScriptRunConfig(str(source), "script.py", compute_target="cpu", environment=Environment("plain"))
    done = Experiment(workspace, "fidelity").submit(job)
    done.wait_for_completion()
    (log,) = (text for path, text in done.get_details_with_logs()["logFiles"].items() if path.endswith("std_log.txt"))
    assert all(repr(name) in log for name in NAMES)


def test_a_job_that_takes_too_long_is_cancelled(workspace: Workspace, source: Path) -> None:
    job = ScriptRunConfig(
        str(source), command="sleep 60", compute_target="cpu", environment=Environment("x"), max_run_duration_seconds=1
    )
    late = Experiment(workspace, "fidelity").submit(job)
    late.wait_for_completion(raise_on_error=False)
    assert late.get_status() == "Canceled"


def test_what_a_job_cannot_have_is_refused_by_name(workspace: Workspace, source: Path) -> None:
    job = ScriptRunConfig(
        str(source), "script.py", compute_target="cpu", distributed_job_config=MpiConfiguration(node_count=3)
    )
    with pytest.raises(Exception, match=r"nodeCount=3"):
        Experiment(workspace, "fidelity").submit(job)
    wanted = AmlCompute.provisioning_configuration(
        "Standard_D2_v2", max_nodes=1, vnet_resourcegroup_name="g", vnet_name="v", subnet_name="s"
    )
    with pytest.raises(Exception, match="no virtual networks"):
        ComputeTarget.create(workspace, "apart", wanted)


@pytest.fixture
def deploy(workspace: Workspace, source: Path) -> Callable[..., Webservice]:
    def start(name: str, configuration: Any) -> Webservice:
        inference = InferenceConfig(
            entry_script="script.py", source_directory=str(source), environment=Environment("plain")
        )
        return Model.deploy(workspace, name, [], inference, configuration)

    return start


@pytest.mark.parametrize(
    ("name", "asked", "words"),
    [
        ("vnet", {"vnet_name": "v", "subnet_name": "s"}, "vnetConfiguration: it has no virtual networks"),
        ("cores", {"cpu_cores": 64}, "4 of cpu at most, not 64"),
        ("insights", {"enable_app_insights": True}, "appInsightsEnabled=true"),
        (
            "customer-key",
            {"cmk_vault_base_url": "v", "cmk_key_name": "k", "cmk_key_version": "1"},
            "encryptionProperties",
        ),
    ],
)
def test_what_a_service_cannot_have_is_refused_by_name(
    deploy: Callable[..., Webservice], name: str, asked: dict[str, Any], words: str
) -> None:
    with pytest.raises(Exception, match=words):
        deploy(name, AciWebservice.deploy_configuration(**asked))


def test_services_are_not_listed_by_image(workspace: Workspace) -> None:
    with pytest.raises(Exception, match="imageDigest"):
        Webservice.list(workspace, image_digest="sha256:a")


def test_a_service_with_tokens_opens_with_tokens(deploy: Callable[..., Webservice]) -> None:
    import requests

    asked = AksWebservice.deploy_configuration(token_auth_enabled=True, compute_target_name="aks")
    service = deploy("with-tokens", asked)
    service.wait_for_deployment()
    try:
        assert requests.post(service.scoring_uri, data="{}", timeout=20).status_code == 401
        headers = {"Authorization": f"Bearer {service.get_access_token().access_token}"}
        assert requests.post(service.scoring_uri, data="{}", headers=headers, timeout=20).json() == "{}"
    finally:
        service.delete()


def test_an_unknown_route_is_not_taken_for_an_empty_answer(workspace: Workspace) -> None:
    with pytest.raises(Exception, match=r"501|NOT IMPLEMENTED"):
        Dataset.get_by_name(workspace, "x")
    assert workspace.name in Workspace.list(workspace.subscription_id, auth=workspace._auth)
