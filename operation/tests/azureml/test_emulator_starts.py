"""Other starts of the offline workspace in the same process: another workspace, environments that are built."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from azureml.core import Environment, Run, Workspace
from azureml.core.authentication import ServicePrincipalAuthentication
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml_offline import OfflineWorkspace, running

Submit = Callable[..., Run]
SPECIFICATION = """\
dependencies:
  - python={version}
  - pip
  - pip:
      - {requirement}
"""


def enter(start: OfflineWorkspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The workspace of that start, with a compute target "cpu"; from now on it is the one that connections lead to."""
    for name, value in start.environment.items():
        monkeypatch.setenv(name, value)
    principal = [start.environment[name] for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")]
    workspace = Workspace.get(
        start.name, ServicePrincipalAuthentication(*principal), start.subscription, start.resource_group
    )
    ComputeTarget.create(workspace, "cpu", AmlCompute.provisioning_configuration("Standard_DS3_v2", max_nodes=1))
    return workspace


def test_a_restart_does_not_confuse_what_the_sdk_remembers(submit: Submit, monkeypatch: pytest.MonkeyPatch) -> None:
    submit("print('the same')").wait_for_completion()
    with running(reuse_environment=True) as start:
        run = submit("print('the same')", where=enter(start, monkeypatch))
        run.wait_for_completion()
        assert run.get_status() == "Completed"


def specified(folder: Path, requirement: str) -> Environment:
    """An environment of this Python and that requirement."""
    file = folder / "train.yml"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    file.write_text(SPECIFICATION.format(version=version, requirement=requirement), encoding="utf-8")
    return Environment.from_conda_specification("built", str(file))


def test_a_job_runs_in_what_its_specification_names_built_once(
    submit: Submit, wheel: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(folder / "start") as start:
        workspace, environment = enter(start, monkeypatch), specified(folder, f"probe @ {wheel.as_uri()}")
        for _ in range(2):
            run = submit("import probe, sys\nprint(probe.ANSWER, sys.prefix)", environment, workspace)
            run.wait_for_completion()
        run.download_file("user_logs/std_log.txt", "log.txt")
        (built,) = (start.folder / "environments").iterdir()
        assert Path("log.txt").read_text() == f"42 {built}\n"


def test_a_specification_that_does_not_resolve_fails_the_job_with_the_resolver_s_message(
    submit: Submit, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(folder / "start") as start:
        environment = specified(folder, "probe @ file:///nowhere/probe-1.0-py3-none-any.whl")
        run = submit("print(1)", environment, enter(start, monkeypatch))
        run.wait_for_completion(raise_on_error=False)
        error = run.get_details()["error"]["error"]
        assert (run.get_status(), error["code"]) == ("Failed", "ImageBuildFailure")
        assert "file:///nowhere/probe-1.0-py3-none-any.whl" in error["message"]
        run.download_file("azureml-logs/20_image_build_log.txt", "build.txt")
        assert "nowhere" in Path("build.txt").read_text()
