"""Curated environments by the SDK's own calls: read, copied, registered, used with the packages of a conda file."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from azureml.core import Environment, Experiment, Model, Run, ScriptRunConfig, Workspace
from azureml.core.authentication import ServicePrincipalAuthentication
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.model import InferenceConfig
from azureml.core.webservice import AciWebservice
from azureml_offline import running

pytestmark = [
    pytest.mark.filterwarnings("ignore:(?s).*CLI/SDK v2:FutureWarning"),
    pytest.mark.usefixtures("hasty"),
]
NAME = "AzureML-sklearn-1.0-ubuntu20.04-py38-cpu"
GIVEN = "AzureML-minimal-ubuntu18.04-py37-cpu-inference"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
CONDA = f"name: given\ndependencies:\n- python={PYTHON}\n- pip\n"
SCRIPT = "import sys\nprint(sys.prefix)\ndef init(): pass\ndef run(body): return sys.prefix"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("source")
    (made / "script.py").write_text(SCRIPT, encoding="utf-8")
    return made


def run_in(workspace: Workspace, environment: Environment, source: Path) -> Run:
    job = ScriptRunConfig(str(source), "script.py", compute_target="cpu", environment=environment)
    run: Run = Experiment(workspace, "curated").submit(job)
    run.wait_for_completion()
    return run


def deploy_in(workspace: Workspace, environment: Environment, source: Path) -> str:
    """The answer of a web service in that environment."""
    inference = InferenceConfig("script.py", source_directory=str(source), environment=environment)
    service = Model.deploy(workspace, "curated-service", [], inference, AciWebservice.deploy_configuration())
    service.wait_for_deployment()
    answer = service.run("{}")
    service.delete()
    return str(answer)


def test_one_is_listed_and_read_by_name_version_and_label(workspace: Workspace) -> None:
    assert NAME in Environment.list(workspace)
    found = [Environment.get(workspace, NAME), Environment.get(workspace, NAME, label="latest")]
    assert [one.version for one in found] == ["33", "33"]
    first = Environment.get(workspace, NAME, version="1")
    assert first.docker.base_image == "mcr.microsoft.com/azureml/curated/sklearn-1.0-ubuntu20.04-py38-cpu:1"
    assert first.python.user_managed_dependencies


def test_a_copy_is_registered_and_the_original_is_not(workspace: Workspace) -> None:
    curated = Environment.get(workspace, NAME)
    assert curated.clone("mine").register(workspace).version == "1"
    assert Environment.get(workspace, "mine").docker.base_image == curated.docker.base_image
    with pytest.raises(Exception, match="can not start with the prefix AzureML"):
        curated.register(workspace)


@pytest.mark.parametrize("name", [NAME, "AzureML-Minimal"])
@pytest.mark.parametrize("copied", [False, True], ids=["itself", "copy"])
def test_without_its_packages_neither_a_job_nor_a_service_starts(
    workspace: Workspace, source: Path, name: str, copied: bool
) -> None:
    found = Environment.get(workspace, name)
    used = found.clone("mine") if copied else found
    for use in (run_in, deploy_in):
        with pytest.raises(Exception, match=f"--curated {name}=FILE.yml"):
            use(workspace, used, source)


def test_a_copy_with_a_package_more_needs_those_of_the_original(workspace: Workspace, source: Path) -> None:
    copy = Environment.get(workspace, "AzureML-Minimal").clone("mine")
    copy.python.conda_dependencies.add_pip_package("pandas")
    with pytest.raises(Exception, match=r"--curated AzureML-Minimal=FILE\.yml"):
        run_in(workspace, copy, source)


def test_a_copy_with_packages_of_its_own_runs(workspace: Workspace, source: Path) -> None:
    copy = Environment.get(workspace, NAME).clone("own")
    copy.python.user_managed_dependencies = False
    copy.python.conda_dependencies = CondaDependencies.create(pip_packages=[])
    assert run_in(workspace, copy, source).get_status() == "Completed"


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory, machine: Mapping[str, str]) -> Iterator[tuple[Workspace, Path]]:
    """A workspace that knows the packages of one, and the folder of what it builds."""
    folder = tmp_path_factory.mktemp("given")
    (folder / "conda.yml").write_text(CONDA, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, running(folder / "files", curated={GIVEN: folder / "conda.yml"}) as one:
        for name, value in one.environment.items():
            patch.setenv(name, value)
        principal = [one.environment[f"AZURE_{name}"] for name in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET")]
        found = Workspace.get(
            one.name, ServicePrincipalAuthentication(*principal), one.subscription, one.resource_group
        )
        ComputeTarget.create(found, "cpu", AmlCompute.provisioning_configuration("Standard_DS3_v2", max_nodes=1))
        yield found, folder / "files" / "environments"


def test_with_a_conda_file_jobs_services_and_copies_use_its_packages(
    given: tuple[Workspace, Path], source: Path, folder: Path
) -> None:
    workspace, builds = given
    curated = Environment.get(workspace, GIVEN)
    run = run_in(workspace, curated, source)
    (built,) = builds.iterdir()
    run.download_file("user_logs/std_log.txt", str(folder / "log.txt"))
    assert (folder / "log.txt").read_text(encoding="utf-8").strip() == str(built)
    used = run.get_environment()
    assert (used.name, used.version) == (GIVEN, curated.version)
    assert "name: given" in used.python.conda_dependencies.serialize_to_string()
    assert deploy_in(workspace, curated.clone("copy"), source) == str(built)
