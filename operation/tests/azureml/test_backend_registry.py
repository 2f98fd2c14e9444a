"""The registry of the Azure ML backend, in the offline workspace."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from operation.emulator.faults import Fault
from operation.emulator.session import OfflineWorkspace
from operation.errors import OperationError
from operation.execution.backends.azureml.registry import Registry
from operation.execution.values import ModelVersion, Run
from operation.tests.azureml.parts import QUIET, connected

if TYPE_CHECKING:
    from azureml.core import Workspace

pytestmark = QUIET
LINEAGE = {"data_sha256": "abc", "seed": "1"}


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
    return Registry(connected(offline))


@pytest.fixture
def model(request: pytest.FixtureRequest) -> str:
    """A model's name of this test alone."""
    return str(request.node.originalname)[:60]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    (folder / "evaluation").mkdir(parents=True)
    (folder / "model.onnx").write_bytes(b"\x00model")
    (folder / "evaluation" / "roc.png").write_bytes(b"\x89PNG")
    return folder


def test_a_registered_model_is_found_with_its_lineage(registry: Registry, run: Run, model: str, files: Path) -> None:
    made = registry.register(run, model, files, LINEAGE)
    assert made == ModelVersion(model, 1, run.id, LINEAGE, champion=False)
    assert registry.find(model, 1) == made
    assert registry.versions(model) == [made]


def test_an_unknown_model_is_none(registry: Registry, run: Run, model: str, files: Path) -> None:
    assert registry.find(model, None) is None
    assert registry.versions(model) == []
    registry.register(run, model, files, {})
    assert registry.find(model, 2) is None


def test_there_is_exactly_one_champion(registry: Registry, run: Run, model: str, files: Path) -> None:
    first, second = (registry.register(run, model, files, LINEAGE) for _ in range(2))
    assert registry.find(model, None) is None
    for promoted in (first, second, first, first):
        registry.promote(promoted)
        assert registry.find(model, None) == replace(promoted, champion=True)
        assert [one.champion for one in registry.versions(model)].count(True) == 1


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


def test_what_is_fetched_is_what_was_registered(
    registry: Registry, run: Run, model: str, files: Path, tmp_path: Path
) -> None:
    made = registry.register(run, model, files, {})
    (files / "model.onnx").write_bytes(b"changed afterwards")
    later = registry.register(run, model, files, {})
    registry.fetch(made, tmp_path / "fetched")
    assert (tmp_path / "fetched" / "model.onnx").read_bytes() == b"\x00model"
    assert (tmp_path / "fetched" / "evaluation" / "roc.png").is_file()
    registry.fetch(later, tmp_path / "later")
    assert (tmp_path / "later" / "model.onnx").read_bytes() == b"changed afterwards"


def test_a_model_of_one_file_is_fetched_as_a_folder_too(
    registry: Registry, run: Run, model: str, tmp_path: Path
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "model.onnx").write_bytes(b"1")
    registry.fetch(registry.register(run, model, tmp_path / "one", {}), tmp_path / "fetched")
    assert [file.name for file in (tmp_path / "fetched").iterdir()] == ["model.onnx"]


def test_registrations_at_the_same_time_get_a_version_each(
    registry: Registry, run: Run, model: str, files: Path
) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: registry.register(run, model, files, {}), range(4)))
    assert sorted(one.version for one in made) == [1, 2, 3, 4]


def test_a_run_that_the_workspace_does_not_know_cannot_be_registered(
    registry: Registry, run: Run, model: str, files: Path
) -> None:
    with pytest.raises(OperationError, match="has no run never-submitted"):
        registry.register(replace(run, id="never-submitted"), model, files, {})
    assert registry.versions(model) == []


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
