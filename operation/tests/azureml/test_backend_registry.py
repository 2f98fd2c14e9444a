"""The registry of the Azure ML backend, in the offline workspace."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from azureml_offline import Fault, OfflineWorkspace

from operation.errors import OperationError
from operation.execution.backends.azureml.registry import RECEIVED, Registry
from operation.execution.file_hashes import sign
from operation.execution.values import ModelVersion, Run
from operation.tests.azureml.parts import QUIET, connected
from operation.tests.parcels import load

if TYPE_CHECKING:
    from azureml.core import Workspace

pytestmark = QUIET


@pytest.fixture(scope="module")
def run(workspace: "Workspace", tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that the workspace knows."""
    from azureml.core import Environment, Experiment, ScriptRunConfig

    folder = tmp_path_factory.mktemp("run")
    (folder / "job.py").write_text("", encoding="utf-8")
    config = ScriptRunConfig(str(folder), script="job.py", compute_target="cpu", environment=Environment("plain"))
    return Run(Experiment(workspace, "registry").submit(config).id, "completed", folder)


@pytest.fixture
def registry(offline: OfflineWorkspace) -> Registry:
    return Registry(connected(offline), load().command)


@pytest.fixture
def model(request: pytest.FixtureRequest) -> str:
    """A model's name of this test alone."""
    return str(request.node.originalname)[:60]


def test_files_of_another_registry_are_kept_with_the_run_that_made_them(
    registry: Registry, workspace: "Workspace", model: str, files: Path, tmp_path: Path
) -> None:
    tags = {"seed": "7", **sign(files)}
    made = registry.receive("a-run-elsewhere", model, files, tags)
    assert made == ModelVersion(model, 1, "a-run-elsewhere", tags)
    assert registry.find(model, 1) == made
    registry.fetch(made, tmp_path / "fetched")
    assert (tmp_path / "fetched" / "evaluation" / "roc.png").read_bytes() == b"\x89PNG"


def test_nothing_else_of_this_machine_is_sent_with_the_files_of_another_registry(
    registry: Registry, workspace: "Workspace", model: str, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("outputs", "logs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "requests.jsonl").write_text("{}")
    monkeypatch.chdir(tmp_path)
    registry.receive("a-run-elsewhere", model, files, sign(files))
    (newest, *_) = workspace.experiments[RECEIVED].get_runs()
    assert not [name for name in newest.get_file_names() if name.endswith("requests.jsonl")]


def test_a_promotion_that_dies_half_way_leaves_the_new_champion(
    registry: Registry, run: Run, model: str, files: Path, offline: OfflineWorkspace
) -> None:
    first, second = (registry.register(run, model, files, {}) for _ in range(2))
    registry.promote(first)
    offline.plant(Fault(rf"PATCH .*/models/{model}(:|%3A)1$", status=403))
    with pytest.raises(OperationError, match="AzureML Data Scientist"):
        registry.promote(second)
    offline.clear_faults()
    assert [one.version for one in registry.versions(model) if one.champion] == [second.version]
    registry.promote(second)
    assert [one.version for one in registry.versions(model) if one.champion] == [second.version]


def test_a_model_of_one_file_is_fetched_as_a_folder_too(
    registry: Registry, run: Run, model: str, tmp_path: Path
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "model.onnx").write_bytes(b"1")
    registry.fetch(registry.register(run, model, tmp_path / "one", {}), tmp_path / "fetched")
    assert [file.name for file in (tmp_path / "fetched").iterdir()] == ["model.onnx"]


def test_a_registration_without_permission_leaves_no_version(
    registry: Registry, run: Run, model: str, files: Path, offline: OfflineWorkspace
) -> None:
    offline.plant(Fault(r"POST .*/models$", status=403))
    with pytest.raises(OperationError, match="AzureML Data Scientist"):
        registry.register(run, model, files, {})
    offline.clear_faults()
    assert registry.versions(model) == []


def test_a_version_that_is_gone_is_named(registry: Registry, model: str, tmp_path: Path) -> None:
    with pytest.raises(OperationError, match=f"has no {model} version 7"):
        registry.fetch(ModelVersion(model, 7, "run"), tmp_path / "fetched")
    assert not (tmp_path / "fetched").exists()
