"""Verbs while Azure is out of order: they succeed, or end with one line and nothing half registered.

The SDK's own pauses, up to minutes, are cut short here; its attempts are not.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from azureml_offline import Fault, OfflineWorkspace

from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.backends.azureml import datastores
from operation.execution.configuration.sections import Configuration
from operation.execution.registration import models
from operation.execution.registration.promote import promote as promote_by_hand
from operation.execution.registration.register import register_run
from operation.execution.training.evaluate import evaluate
from operation.execution.training.train import train
from operation.execution.values import ModelVersion
from operation.tests.azureml.parts import ALWAYS, PASSING, QUIET, configured, connected

if TYPE_CHECKING:
    from azureml.core import Workspace

pytestmark = [QUIET, pytest.mark.usefixtures("hasty")]
MODEL = "out-of-order"
WHOLE = {  # what is out of order while the first model is trained
    r"GET /subscriptions/": "503",
    r"PUT /blobs/datastore": "dropped",
    r"PUT .*/environments/": "late",
    r"PUT /blobs/snapshots": "lost",
    r"POST .*/snapshots/": "503",
    r"POST .*/snapshotrun": "lost",
    r"GET .*/details": "429",
    r"GET .*/contentinfo/": "dropped",
    r"GET /blobs/azureml": "503",
    r"POST .*/batch/": "429",
    r"PUT /blobs/azureml": "lost",
    r"POST .*/models$": "late",
    r"PATCH .*/models/": "lost",
}
FILES = {"model.onnx", "model_card.md", "metrics.json", "evaluation/metrics.json"}  # of a version, among others


@dataclass(frozen=True)
class Trained:
    """Outputs with one run, whose model is the champion in the workspace, before another version."""

    offline: OfflineWorkspace
    outputs: Path
    sample: Path

    def configuration(self, model: str = MODEL) -> Configuration:
        names = [f"data.source={self.sample}", f"backend.outputs={self.outputs}", f"model={model}"]
        return configured(self.offline, *names, f"backend.cache={self.offline.folder / 'cache'}")

    def versions(self, model: str = MODEL) -> list[ModelVersion]:
        return connect(self.configuration(model)).registry.versions(model)


@pytest.fixture(scope="module")
def trained(
    hasty: None,
    offline: OfflineWorkspace,
    workspace: "Workspace",
    sample: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Trained:
    made = Trained(offline, tmp_path_factory.mktemp("outputs"), sample)
    for route, fault in WHOLE.items():
        offline.plant(replace(PASSING[fault], route=route))
    train(made.configuration())
    offline.clear_faults()
    (first,) = made.versions()
    backend = connect(made.configuration())
    run = backend.runs.find(first.run)
    assert run
    backend.registry.register(run, MODEL, run.folder / "package", first.tags)
    return made


def test_a_training_with_everything_out_of_order_ends_as_always(trained: Trained, workspace: "Workspace") -> None:
    first = trained.versions()[-1]
    assert (first.version, first.champion, first.tags["verdict"]) == (1, True, "promote")
    experiment = workspace.experiments[trained.configuration().experiment]
    assert [run.get_status() for run in experiment.get_runs() if run.id == first.run] == ["Completed"]
    fetch_version(trained, first, "first")


def register(trained: Trained, name: str) -> None:
    """Register the trained run as a model of its own: the first version of that name."""
    register_run(trained.configuration(name), trained.versions()[-1].run)
    (made,) = trained.versions(name)
    assert (made.version, made.champion, made.tags["verdict"]) == (1, True, "promote")
    fetch_version(trained, made, f"registered-{name}")


def promote(trained: Trained, name: str) -> None:
    """Promote the version that is not the champion."""
    other = next(one.version for one in trained.versions() if not one.champion)
    promote_by_hand(trained.configuration(), other)
    assert [one.version for one in trained.versions() if one.champion] == [other]


def show_models(trained: Trained, name: str) -> None:
    models.show_models(trained.configuration())


def fetch(trained: Trained, name: str) -> None:
    fetch_version(trained, trained.versions()[-1], name)


def fetch_version(trained: Trained, model: ModelVersion, name: str) -> None:
    folder = trained.outputs / name
    connect(trained.configuration()).registry.fetch(model, folder)
    assert {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.stat().st_size} >= FILES


def upload(trained: Trained, name: str) -> None:
    (trained.outputs / name).mkdir(exist_ok=True)
    (trained.outputs / name / "file.txt").write_text(name, encoding="utf-8")
    place = datastores.upload(connected(trained.offline), trained.outputs / name)
    stored = trained.offline.folder / "blobs" / "datastore" / place / "file.txt"
    assert stored.read_text(encoding="utf-8") == name


def test_an_evaluation_whose_job_was_sent_without_an_answer_is_done_once(trained: Trained) -> None:
    for route in (r"POST .*/snapshotrun", r"GET .*/details", r"GET .*/contentinfo/"):
        trained.offline.plant(replace(PASSING["lost"], route=route))
    before = trained.versions()
    evaluate(trained.configuration(), before[-1].run)
    run = connect(trained.configuration()).runs.find()
    assert run
    assert run.id != before[-1].run
    assert (run.folder / "evaluation" / "metrics.json").is_file()
    assert trained.versions() == before


Verb = Callable[[Trained, str], None]
ROUTES: dict[Verb, tuple[str, ...]] = {  # that a verb goes over; the last of them is where it changes something
    register: (r"GET .*/runs/[^/]+$", r"POST .*/batch/", r"PUT /blobs/azureml", r"POST .*/assets$", r"POST .*/models$"),
    promote: (r"GET .*/workspaces/[^/]+$", r"GET .*/models$", r"PATCH .*/models/"),
    show_models: (r"GET /subscriptions$", r"GET .*/models$"),
    fetch: (r"GET .*/assets/", r"GET /blobs/azureml"),
    upload: (r"GET .*/default$", r"HEAD /blobs", r"PUT /blobs/datastore"),
}
verbs = pytest.mark.parametrize("verb", ROUTES, ids=lambda verb: verb.__name__)


@verbs
@pytest.mark.parametrize("fault", PASSING)
def test_a_failure_that_passes_is_not_seen(verb: Verb, fault: str, trained: Trained) -> None:
    for route in ROUTES[verb]:
        trained.offline.plant(replace(PASSING[fault], route=route))
    verb(trained, f"{verb.__name__}-{fault}")


@pytest.mark.parametrize(
    ("verb", "fault"),
    [
        *((verb, "503") for verb in ROUTES),
        *((verb, fault) for verb in (register, promote) for fault in ("429", "dropped")),
    ],
    ids=lambda each: each if isinstance(each, str) else each.__name__,
)
def test_a_failure_that_stays_is_one_line_and_leaves_the_registry_as_it_was(
    verb: Verb, fault: str, trained: Trained
) -> None:
    name, before = f"{verb.__name__}-always-{fault}", trained.versions()
    trained.offline.plant(replace(PASSING[fault], route=ROUTES[verb][-1], times=ALWAYS))
    with pytest.raises(OperationError, match="Azure did not answer in 4 attempts") as raised:
        verb(trained, name)
    assert "\n" not in str(raised.value)
    trained.offline.clear_faults()
    assert (trained.versions(), trained.versions(name)) == (before, [])
    assert not (trained.outputs / name / "model.onnx").exists()
    verb(trained, name)


@verbs
def test_a_token_that_expires_again_and_again_is_renewed(verb: Verb, trained: Trained) -> None:
    trained.offline.plant(Fault("/oauth2/", token_seconds=1, times=ALWAYS))
    verb(trained, f"{verb.__name__}-expired")


@verbs
@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_workspace_that_vanishes_is_named(verb: Verb, when: str, trained: Trained) -> None:
    before = trained.versions()
    if when == "meanwhile":  # it is there when the verb looks first
        trained.offline.plant(Fault(r"GET /subscriptions/.*/workspaces/[^/]+$"))
    trained.offline.plant(Fault("/workspaces/", status=404, times=ALWAYS))
    with pytest.raises(OperationError, match=f"There is no workspace {trained.offline.name} ") as raised:
        verb(trained, f"{verb.__name__}-vanished")
    assert "\n" not in str(raised.value)
    trained.offline.clear_faults()
    assert trained.versions() == before
