"""Only a completed run of the whole chain, whose data were validated, can be registered."""

from dataclasses import replace
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.backends.local.runs import Runs
from operation.execution.registration.trained_runs import explain_absence, find_trained
from operation.execution.steps.cache import Cache
from operation.execution.steps.scheduler import Machine
from operation.execution.values import Run
from operation.tests.parcels import load


class Found(Runs):
    """Runs of which one is known, and is the latest."""

    def __init__(self, run: Run | None, folder: Path) -> None:
        super().__init__(folder / "runs", Machine(folder, Cache(folder / "cache", print), threads=1))
        self._run = run

    def find(self, run_id: str | None = None) -> Run | None:
        return self._run if self._run and run_id in (None, self._run.id) else None


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "a-run" / "model").mkdir(parents=True)
    return Run("a-run", "completed", tmp_path / "a-run")


def refusal(run: Run | None, folder: Path, run_id: str | None = None) -> str:
    with pytest.raises(OperationError) as raised:
        find_trained(load("dev"), Found(run, folder), run_id)
    return str(raised.value)


def test_a_run_that_does_not_exist_is_named_and_where_ids_are_found(run: Run, tmp_path: Path) -> None:
    place = load("dev").outputs / "runs"
    assert refusal(run, tmp_path, "another") == (
        f"There is no run another. An id is the name of a folder in {place}; those of versions: "
        "invoke models --environment dev"
    )


def test_a_run_of_another_use_case_is_named_with_that(run: Run, tmp_path: Path) -> None:
    configuration = load("dev", settings=[f"backend.outputs={tmp_path}"])
    for use_case, name in (("letters", "b-run"), ("letters", "c-run"), (configuration.use_case, "d-run")):
        (tmp_path / use_case / "runs" / name).mkdir(parents=True)
    message = "Run c-run is of the use case letters, not of parcels: --use-case letters"
    assert explain_absence(configuration, "c-run") == message
    assert explain_absence(configuration, "d-run").startswith(
        "There is no run d-run. An id is the name of a folder in "
    )


def test_without_any_run_the_way_to_one_is_named(tmp_path: Path) -> None:
    assert refusal(None, tmp_path) == "There is no completed run yet: invoke train --environment dev"


def test_a_run_that_goes_on_is_not_registered(run: Run, tmp_path: Path) -> None:
    assert refusal(replace(run, status="running"), tmp_path) == (
        "Run a-run has not ended, as far as is known here. Follow it to its end: "
        "invoke watch --run a-run --environment dev"
    )


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_run_that_did_not_complete_is_not_registered(status: str, run: Run, tmp_path: Path) -> None:
    ended = Run(run.id, "failed" if status == "failed" else "cancelled", run.folder)
    message = f"Run a-run did not complete: it is {status}. Train again: invoke train --environment dev"
    assert refusal(ended, tmp_path, "a-run") == message


def test_a_run_that_trained_nothing_is_not_registered(run: Run, tmp_path: Path) -> None:
    (run.folder / "model").rmdir()
    assert refusal(run, tmp_path) == "Run a-run has no model. Train one: invoke train --environment dev"


def test_a_run_whose_data_were_not_validated_is_not_registered(run: Run, tmp_path: Path) -> None:
    assert refusal(run, tmp_path) == (
        "The data of run a-run were not validated as a whole: it is of a sweep or a back-test, or was interrupted. "
        "Name another run (--run), or train: invoke train --environment dev"
    )
