"""Runs of the Azure ML backend as another clone, or a later stage of a pipeline, finds them: its outputs are empty."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from azureml_offline import Fault, OfflineWorkspace

from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.configuration.sections import Configuration
from operation.execution.registration import register
from operation.execution.registration.evidence import comparison_file, initial_files, read_evidence
from operation.execution.registration.trained_runs import find_trained
from operation.execution.steps.recipe import hash_folder
from operation.execution.tables.snapshot import bring
from operation.execution.training import pipeline
from operation.execution.training.lineage import collect
from operation.execution.values import Run
from operation.tests.azureml.parts import EXPERIMENT, PASSING, QUIET, Scripts, configured, execute, scripts

if TYPE_CHECKING:
    from azureml.core import Workspace

__all__ = ["scripts"]  # a fixture
pytestmark = QUIET
Clone = Callable[..., Configuration]
OUTPUTS = ("prepared", "model", "evaluation")
KEEPS = (r"POST .*/artifacts/batch", r"PUT /blobs/azureml/ExperimentRun")
FINDS = (r"GET .*/runs/[^/]+$", r"GET .*/artifacts/", r"GET /blobs/azureml")
WRITES = "import pathlib, sys\nfolder = pathlib.Path(sys.argv[-1])\nfolder.mkdir(parents=True)\n"
WRITES += "(folder / 'out.txt').write_text('out')\nprint('written')"


@pytest.fixture(scope="module")
def clone(offline: OfflineWorkspace, workspace: "Workspace", tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """The configuration of one more clone, whose outputs folder is its own and empty."""

    def make(*more: str) -> Configuration:
        return configured(offline, "experiment=clones", f"backend.outputs={tmp_path_factory.mktemp('clone')}", *more)

    return make


@pytest.fixture(scope="module")
def configuration(clone: Clone) -> Configuration:
    return clone()


@pytest.fixture(scope="module")
def trained(configuration: Configuration, sample: Path) -> Run:
    """A run of the whole chain from the first clone."""
    backend, tags = connect(configuration), collect(configuration, "the hash of the data")
    data, files = configuration.data, initial_files(configuration, tags, None)
    raw = bring(str(sample), data.tables, data.known_defects, configuration.outputs / "data" / "raw", "parcels").folder
    steps = pipeline.steps(configuration, champion=False)
    return execute(backend.runs, backend.runs.submit(steps, {"raw": raw}, tags=tags, files=files))[0]


def test_a_run_is_found_with_all_that_it_put_out(trained: Run, clone: Clone) -> None:
    there = clone()
    found = connect(there).runs.find(trained.id)
    assert found == replace(trained, folder=there.outputs / "runs" / trained.id)
    for name in OUTPUTS:
        assert hash_folder(found.folder / name) == hash_folder(trained.folder / name)
    assert read_evidence(there, found).lineage == read_evidence(there, trained).lineage
    assert (found.folder / "validate-raw" / "data_docs" / "index.html").is_file()
    assert (found.folder / "train.log").read_text("utf-8") == (trained.folder / "train.log").read_text("utf-8")


def test_without_an_id_a_clone_that_has_no_run_finds_the_latest(trained: Run, clone: Clone) -> None:
    found = connect(clone()).runs.find()
    assert found
    assert found.id == trained.id
    assert connect(clone("experiment=another")).runs.find() is None


def test_a_run_is_registered_from_another_clone(trained: Run, clone: Clone) -> None:
    there = clone("model=from-another-clone")
    backend = connect(there)
    register.register(there, backend.registry, find_trained(there, backend.runs, trained.id))
    made = backend.registry.find(there.model)
    assert made
    assert (made.run, made.champion, made.tags["data_sha256"]) == (trained.id, True, "the hash of the data")


def test_a_run_is_evaluated_in_one_clone_and_registered_from_a_third(trained: Run, clone: Clone) -> None:
    second, third = clone(), clone("model=from-a-third-clone")
    backend = connect(second)
    steps = [pipeline.evaluate(second, champion=False)]
    begun = backend.runs.submit(steps, {}, backend.runs.find(trained.id), files=comparison_file(None))
    evaluated, _ = execute(backend.runs, begun)
    backend = connect(third)
    found = find_trained(third, backend.runs, evaluated.id)
    assert hash_folder(found.run.folder / "model") == hash_folder(trained.folder / "model")
    register.register(third, backend.registry, found)
    made = backend.registry.find(third.model)
    assert made
    assert made.run == evaluated.id


@pytest.mark.parametrize("run_id", ["20130101-000000-000000-abcdef", "../runs", ""])
def test_a_run_that_is_nowhere_is_none(run_id: str, clone: Clone) -> None:
    there = clone()
    assert connect(there).runs.find(run_id) is None
    assert not (there.outputs / "runs").exists()


def test_a_run_of_another_experiment_is_none(trained: Run, clone: Clone) -> None:
    assert connect(clone("experiment=another")).runs.find(trained.id) is None


def test_a_job_that_somebody_else_sent_is_none(clone: Clone, workspace: "Workspace", tmp_path: Path) -> None:
    from azureml.core import Experiment, ScriptRunConfig

    (tmp_path / "source").mkdir()
    job = ScriptRunConfig(str(tmp_path / "source"), command=["python", "--version"], compute_target="cpu")
    sent = Experiment(workspace, "clones").submit(job, run_id="20130101-000000-000000-fedcba")
    assert connect(clone()).runs.find(sent.id) is None


def test_a_failed_run_is_found_with_why_it_failed(scripts: Scripts, tmp_path: Path) -> None:
    run, _ = scripts.run([scripts.step("fails", "raise SystemExit('no rows')")])
    found = replace(scripts, outputs=tmp_path / "clone").runs().find(run.id)
    assert found
    assert (found.status, found.failure) == ("failed", run.failure)
    assert "no rows" in (found.folder / "fails.log").read_text(encoding="utf-8")


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("fault", PASSING)
def test_what_a_run_remembers_is_kept_and_found_whatever_got_lost(
    fault: str, scripts: Scripts, offline: OfflineWorkspace, tmp_path: Path
) -> None:
    for route in KEEPS:
        offline.plant(replace(PASSING[fault], route=route))
    run, _ = scripts.run([scripts.step("writes", WRITES)])
    for route in FINDS:
        offline.plant(replace(PASSING[fault], route=route))
    there = tmp_path / "clone" / "runs" / run.id
    assert replace(scripts, outputs=tmp_path / "clone").runs().find(run.id) == replace(run, folder=there)
    assert (there / "writes" / "out.txt").is_file()


def test_a_run_whose_record_could_not_be_kept_goes_on_and_is_found_then(
    scripts: Scripts, offline: OfflineWorkspace, tmp_path: Path
) -> None:
    there, runs = replace(scripts, outputs=tmp_path / "clone"), scripts.runs()
    offline.plant(Fault(KEEPS[0], status=403))
    run = runs.submit([scripts.step("writes", WRITES)], {})
    with pytest.raises(OperationError, match=f"could not keep the record of run {run.id}"):
        runs.wait(run, lambda event: None)
    assert there.runs().find(run.id) is None
    ended, _ = execute(scripts.runs(), run)
    assert ended.status == "completed"
    assert there.runs().find(run.id) == replace(ended, folder=there.outputs / "runs" / run.id)


def test_a_run_at_work_is_taken_up_by_another_clone(scripts: Scripts, workspace: "Workspace", tmp_path: Path) -> None:
    there = replace(scripts, outputs=tmp_path / "clone").runs()
    run = scripts.runs().submit([scripts.step("slow", "import time\ntime.sleep(4)\n" + WRITES)], {})
    while not (found := there.find(run.id)):
        time.sleep(0.2)
    assert found.status == "running"
    ended, events = execute(there, found)
    assert (ended.status, [event.state for event in events]) == ("completed", ["started", "completed"])
    assert (ended.folder / "slow" / "out.txt").is_file()
    assert sum(each.id == run.id for each in workspace.experiments[EXPERIMENT].get_runs()) == 1


def test_a_run_at_work_is_cancelled_by_another_clone(scripts: Scripts, workspace: "Workspace", tmp_path: Path) -> None:
    there = replace(scripts, outputs=tmp_path / "clone").runs()
    run = scripts.runs().submit([scripts.step("sleeps", "import time\ntime.sleep(60)")], {})
    while not (found := there.find(run.id)):
        time.sleep(0.2)
    there.cancel(found)
    assert execute(there, found)[0].status == "cancelled"
    assert workspace.get_run(run.id).get_status() == "Canceled"
