"""What every backend owes the tasks, whichever it is. A new backend adds its name to the table and passes here."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from azureml_offline import OfflineWorkspace
from mlflow import MlflowClient

from operation.errors import OperationError
from operation.execution.backends import BACKENDS, Backend, Runs, connect
from operation.execution.configuration.sections import Configuration
from operation.execution.json_files import read_json
from operation.execution.registration.trained_runs import find_trained
from operation.execution.training import pipeline
from operation.execution.values import Run, Step, StepEvent
from operation.tests.azureml.parts import QUIET, names_of
from operation.tests.integration.conftest import CHANGED
from operation.tests.parcels import load_own

if TYPE_CHECKING:
    from azureml.core import Workspace

pytestmark = QUIET
LINEAGE = {"data_sha256": "abc", "seed": "1"}
TagsOf = Callable[[Run], Mapping[str, str]]


KINDS = sorted({*BACKENDS} - {"emulator"})  # that is Azure ML with a workspace of its own


@pytest.fixture(scope="module", params=KINDS)
def configuration(
    request: pytest.FixtureRequest,
    offline: OfflineWorkspace,
    workspace: "Workspace",
    tmp_path_factory: pytest.TempPathFactory,
) -> Configuration:
    """The backend's, few trees, and a folder of its own; Azure ML is the offline workspace."""
    kind, folder = request.param, tmp_path_factory.mktemp(request.param)
    environments = {"local": ("local", []), "azureml": ("dev", names_of(offline))}
    environment, names = environments[kind]
    return load_own(environment, [*names, *CHANGED, f"backend.outputs={folder}"])


@pytest.fixture(scope="module")
def backend(configuration: Configuration) -> Backend:
    return connect(configuration)


@pytest.fixture(scope="module")
def tags_of(configuration: Configuration, workspace: "Workspace") -> TagsOf:
    """What people see beside a run, in MLflow or in the workspace."""

    def in_mlflow(run: Run) -> Mapping[str, str]:
        client = MlflowClient(f"sqlite:///{configuration.outputs}/mlflow/mlflow.db")
        experiment = client.get_experiment_by_name(configuration.experiment)
        (found,) = client.search_runs([experiment.experiment_id], f"attributes.run_name = '{run.id}'")
        return dict(found.data.tags)

    def in_the_workspace(run: Run) -> Mapping[str, str]:
        return dict(workspace.get_run(run.id).get_tags())

    return in_mlflow if configuration.backend.kind == "local" else in_the_workspace


@pytest.fixture(scope="module")
def completed(backend: Backend, configuration: Configuration, sample: Path) -> Run:
    return execute(backend.runs, [pipeline.prepare(configuration)], sample)[0]


@pytest.fixture
def model(request: pytest.FixtureRequest) -> str:
    """A model's name of this test alone; tests of other files in this workspace are named alike."""
    return f"contract_{request.node.originalname}"


def execute(runs: Runs, steps: Sequence[Step], raw: Path) -> tuple[Run, list[StepEvent]]:
    events: list[StepEvent] = []
    return runs.wait(runs.submit(steps, {"raw": raw}), events.append), events


def test_a_run_puts_out_what_its_steps_write(completed: Run) -> None:
    assert completed.status == "completed"
    assert (completed.folder / "prepared" / "train.parquet").is_file()


def test_a_failing_step_is_a_failed_run_that_says_why(
    backend: Backend, configuration: Configuration, tmp_path: Path
) -> None:
    run, events = execute(backend.runs, [pipeline.prepare(configuration), pipeline.train(configuration)], tmp_path)
    assert run.status == "failed"
    assert "parcels.parquet" in run.failure
    assert [event.state for event in events if event.step == "prepare"] == ["started", "failed"]
    assert not [event for event in events if event.step == "train"]


def test_a_run_carries_its_tags_even_if_it_fails(
    backend: Backend, configuration: Configuration, sample: Path, tmp_path: Path, tags_of: TagsOf
) -> None:
    steps = [pipeline.prepare(configuration)]
    for raw, status in ((sample, "completed"), (tmp_path, "failed")):
        run = backend.runs.wait(backend.runs.submit(steps, {"raw": raw}, tags=LINEAGE), lambda event: None)
        assert run.status == status
        assert LINEAGE.items() <= tags_of(run).items()


def test_the_folder_of_a_run_begins_with_the_files_it_is_given(
    backend: Backend, configuration: Configuration, completed: Run
) -> None:
    run = backend.runs.submit([pipeline.train(configuration)], {}, completed, files={"lineage.json": LINEAGE})
    assert read_json(run.folder / "lineage.json") == LINEAGE
    backend.runs.cancel(run)


def test_a_run_can_be_cancelled(backend: Backend, configuration: Configuration, sample: Path) -> None:
    steps = [pipeline.prepare(configuration), pipeline.train(configuration)]
    run = backend.runs.submit(steps, {"raw": sample})
    time.sleep(0.2)
    backend.runs.cancel(run)
    assert backend.runs.wait(run, lambda event: None).status == "cancelled"
    assert not (run.folder / "model").exists()


def test_a_run_goes_on_by_itself_or_detaching_it_is_refused(
    backend: Backend, configuration: Configuration, sample: Path
) -> None:
    run = backend.runs.submit([pipeline.prepare(configuration)], {"raw": sample}, reuse=False)
    if configuration.backend.kind == "local":
        with pytest.raises(OperationError, match=f"Run {run.id} is at work on this machine"):
            backend.runs.detach(run)
        assert not backend.runs.can_detach(run)
    else:
        backend.runs.detach(run)
        assert backend.runs.wait(run, lambda event: None).status == "running"
        assert backend.runs.can_detach(run)
    (backend if configuration.backend.kind == "local" else connect(configuration)).runs.cancel(run)


def test_a_run_that_has_not_ended_cannot_be_registered(
    backend: Backend, configuration: Configuration, sample: Path
) -> None:
    run = backend.runs.submit(
        [pipeline.prepare(configuration)], {"raw": sample}, reuse=False
    )  # else it may end at once
    with pytest.raises(OperationError, match=f"Run {run.id} has not ended.* watch .*--run {run.id}"):
        find_trained(configuration, backend.runs, run.id)
    backend.runs.cancel(run)


def test_a_completed_run_is_found_again(backend: Backend, completed: Run) -> None:
    assert backend.runs.find(completed.id) == completed
    assert backend.runs.find("never-submitted") is None


def test_a_registered_model_is_found_with_its_lineage(
    backend: Backend, completed: Run, model: str, files: Path
) -> None:
    made = backend.registry.register(completed, model, files, LINEAGE)
    assert (made.version, made.run, made.tags, made.champion) == (1, completed.id, LINEAGE, False)
    assert backend.registry.find(model, 1) == made
    assert backend.registry.versions(model) == [made]


def test_a_version_is_annotated_again_and_again_and_keeps_its_lineage(
    backend: Backend, completed: Run, model: str, files: Path
) -> None:
    made = backend.registry.register(completed, model, files, LINEAGE)
    backend.registry.promote(made)
    for text in ("first", '{"second":"\u00fc"}'):
        backend.registry.annotate(made, "monitoring.0", text)
    assert backend.registry.find(model) == replace(made, tags={**LINEAGE, "monitoring.0": text}, champion=True)


def test_an_unknown_model_is_none(backend: Backend, completed: Run, model: str, files: Path) -> None:
    assert backend.registry.find(model) is None
    assert backend.registry.versions(model) == []
    backend.registry.register(completed, model, files, {})
    assert backend.registry.find(model, 2) is None


def test_there_is_exactly_one_champion(backend: Backend, completed: Run, model: str, files: Path) -> None:
    first, second = (backend.registry.register(completed, model, files, {}) for _ in range(2))
    assert backend.registry.find(model) is None
    for promoted in (first, second, first):
        backend.registry.promote(promoted)
        assert backend.registry.find(model) == replace(promoted, champion=True)
        assert [one.champion for one in backend.registry.versions(model)].count(True) == 1


def test_what_is_fetched_is_what_was_registered(
    backend: Backend, completed: Run, model: str, files: Path, tmp_path: Path
) -> None:
    made = backend.registry.register(completed, model, files, {})
    (files / "model.onnx").write_bytes(b"changed afterwards")
    backend.registry.fetch(made, tmp_path / "fetched")
    assert (tmp_path / "fetched" / "model.onnx").read_bytes() == b"\x00model"
    assert (tmp_path / "fetched" / "evaluation" / "roc.png").is_file()


def test_a_later_version_leaves_the_files_of_an_earlier_one(
    backend: Backend, completed: Run, model: str, files: Path, tmp_path: Path
) -> None:
    first = backend.registry.register(completed, model, files, {})
    (files / "model.onnx").write_bytes(b"another")
    backend.registry.register(completed, model, files, {})
    backend.registry.fetch(first, tmp_path / "fetched")
    assert (tmp_path / "fetched" / "model.onnx").read_bytes() == b"\x00model"


def test_registrations_at_the_same_time_get_a_version_each(
    backend: Backend, completed: Run, model: str, files: Path
) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: backend.registry.register(completed, model, files, {}), range(4)))
    assert sorted(one.version for one in made) == [1, 2, 3, 4]


def test_a_run_that_was_never_recorded_cannot_be_registered(
    backend: Backend, completed: Run, model: str, files: Path
) -> None:
    with pytest.raises(OperationError, match="never-submitted"):
        backend.registry.register(replace(completed, id="never-submitted"), model, files, {})
    assert backend.registry.versions(model) == []
