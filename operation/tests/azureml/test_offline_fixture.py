"""The fixture of tools/azureml-offline in the tests of another project, with the real SDK."""

import subprocess
import sys
from pathlib import Path

PROJECT = """
import os


def test_the_sdk_signs_in_and_runs_a_job(offline_workspace, tmp_path):
    from azureml.core import Environment, Experiment, ScriptRunConfig, Workspace
    from azureml.core.authentication import ServicePrincipalAuthentication
    from azureml.core.compute import AmlCompute, ComputeTarget

    principal = [os.environ[f"AZURE_{name}"] for name in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET")]
    workspace = Workspace.get(
        offline_workspace.name,
        ServicePrincipalAuthentication(*principal),
        offline_workspace.subscription,
        offline_workspace.resource_group,
    )
    ComputeTarget.create(workspace, "cpu", AmlCompute.provisioning_configuration("Standard_DS3_v2", max_nodes=1))
    (tmp_path / "train.py").write_text("print('trained')")
    job = ScriptRunConfig(str(tmp_path), "train.py", compute_target="cpu", environment=Environment("plain"))
    run = Experiment(workspace, "trials").submit(job)
    run.wait_for_completion()
    run.download_file("user_logs/std_log.txt", str(tmp_path / "log.txt"))
    assert (tmp_path / "log.txt").read_text() == "trained\\n"
    assert offline_workspace.refused() == []
"""


def test_the_tests_of_another_project_run_jobs_and_leave_the_home_folder_alone(
    folder: Path, machine: dict[str, str]
) -> None:
    (folder / "test_project.py").write_text(PROJECT, encoding="utf-8")
    (folder / "home").mkdir()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    environment = {name: value for name, value in machine.items() if not name.startswith("PYTEST")}
    environment["HOME"] = str(folder / "home")
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    assert list((folder / "home").iterdir()) == []
