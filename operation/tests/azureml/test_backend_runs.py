"""Runs of the Azure ML backend, in the offline workspace, on a year of parcels."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from azureml_offline import OfflineWorkspace

from operation.execution.backends import Backend, connect
from operation.execution.configuration.sections import Configuration
from operation.execution.json_files import read_json
from operation.execution.registration import register
from operation.execution.registration.evidence import initial_files, read_evidence
from operation.execution.tables.snapshot import bring
from operation.execution.training import pipeline
from operation.execution.training.lineage import collect
from operation.execution.values import Run, StepEvent
from operation.tests.azureml.parts import QUIET, configured, execute
from operation.tests.integration.conftest import CHANGED
from operation.tests.parcels import load_own

if TYPE_CHECKING:
    from azureml.core import Workspace

pytestmark = QUIET
Ended = tuple[Run, list[StepEvent]]


@pytest.fixture(scope="module")
def configuration(offline: OfflineWorkspace, tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    return configured(offline, f"backend.outputs={tmp_path_factory.mktemp('outputs')}")


@pytest.fixture(scope="module")
def backend(workspace: "Workspace", configuration: Configuration) -> Backend:
    return connect(configuration)


@pytest.fixture(scope="module")
def flawed(sample: Path) -> Path:
    """The sample as it was recorded, with a defect."""
    return sample


@pytest.fixture(scope="module")
def raw(flawed: Path, configuration: Configuration) -> Path:
    """The sample with its known defect corrected."""
    data = configuration.data
    return bring(str(flawed), data.tables, data.known_defects, configuration.outputs / "data" / "raw", "parcels").folder


@pytest.fixture(scope="module")
def trained(backend: Backend, configuration: Configuration, raw: Path) -> Ended:
    """The whole pipeline, once."""
    steps, tags = pipeline.steps(configuration, champion=False), collect(configuration, "the hash of the data")
    files = initial_files(configuration, tags, None)
    return execute(backend.runs, backend.runs.submit(steps, {"raw": raw}, tags=tags, files=files))


def states(events: list[StepEvent], step: str) -> list[str]:
    return [event.state for event in events if event.step == step]


def test_a_run_puts_out_what_its_steps_write(trained: Ended) -> None:
    run, _ = trained
    assert (run.status, run.failure) == ("completed", "")
    for file in ("prepared/train.parquet", "model/model.onnx", "evaluation/metrics.json", "evaluation/roc.png"):
        assert (run.folder / file).is_file(), file


def test_every_step_is_reported_wherever_it_ran(trained: Ended) -> None:
    _, events = trained
    for step in ("validate-raw", "prepare", "train", "evaluate", "validate-prepared"):
        assert states(events, step) == ["started", "completed"]
    assert (events[0].step, events[-1].step) == ("validate-raw", "validate-prepared")


def test_a_step_says_how_it_went_with_its_last_line(trained: Ended) -> None:
    run, events = trained
    note = next(event.note for event in events if (event.step, event.state) == ("prepare", "completed"))
    assert "parcels to train on" in note
    assert (run.folder / "prepare.log").read_text(encoding="utf-8").splitlines()[-1] == note


def test_the_metrics_are_on_the_run_in_the_workspace(trained: Ended, workspace: "Workspace") -> None:
    logged = workspace.get_run(trained[0].id).get_metrics()
    evaluated = read_json(trained[0].folder / "evaluation" / "metrics.json")
    assert logged["evaluation.metrics.roc_auc"] == evaluated["metrics"]["roc_auc"]


def test_the_lineage_is_on_the_run_in_the_workspace(
    trained: Ended, configuration: Configuration, workspace: "Workspace"
) -> None:
    assert (
        workspace.get_run(trained[0].id).get_tags().items() >= read_evidence(configuration, trained[0]).lineage.items()
    )


def test_the_job_gives_the_model_that_the_local_backend_gives(
    trained: Ended, configuration: Configuration, raw: Path, tmp_path: Path
) -> None:
    local = connect(load_own(settings=[*CHANGED, f"backend.outputs={tmp_path}"]))
    steps = [pipeline.prepare(configuration), pipeline.train(configuration)]
    run, _ = execute(local.runs, local.runs.submit(steps, {"raw": raw}))
    for file in ("model.onnx", "metrics.json"):
        assert (run.folder / "model" / file).read_bytes() == (trained[0].folder / "model" / file).read_bytes()


def test_a_completed_run_is_found_again_by_another_process(trained: Ended, configuration: Configuration) -> None:
    backend = connect(configuration)
    assert backend.runs.find(trained[0].id) == trained[0]
    assert backend.runs.find() == trained[0]
    assert backend.runs.find("never-submitted") is None


def test_bad_raw_data_never_reach_the_workspace(
    backend: Backend,
    configuration: Configuration,
    flawed: Path,
    workspace: "Workspace",
) -> None:
    before = len(list(workspace.experiments[configuration.experiment].get_runs()))
    run, events = execute(
        backend.runs, backend.runs.submit(pipeline.steps(configuration, champion=False), {"raw": flawed})
    )
    assert run.status == "failed"
    assert "temp" in run.failure
    assert states(events, "prepare") == []
    assert len(list(workspace.experiments[configuration.experiment].get_runs())) == before


def test_a_run_can_begin_with_what_another_put_out(
    backend: Backend, configuration: Configuration, trained: Ended
) -> None:
    run, events = execute(
        backend.runs, backend.runs.submit([pipeline.evaluate(configuration, champion=False)], {}, trained[0])
    )
    assert run.status == "completed"
    assert {event.step for event in events} == {"evaluate"}
    first, again = (read_json(each.folder / "evaluation" / "metrics.json") for each in (trained[0], run))
    assert again["metrics"] == first["metrics"]


def test_the_model_of_a_run_goes_through_the_gate_and_is_registered(
    backend: Backend, configuration: Configuration, trained: Ended
) -> None:
    run, _ = trained
    register.register(configuration, backend.registry, read_evidence(configuration, run))
    model = backend.registry.find(configuration.model)
    assert model
    assert (model.version, model.run, model.tags["data_sha256"]) == (1, run.id, "the hash of the data")
    assert model.champion
