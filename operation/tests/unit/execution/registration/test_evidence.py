"""The evidence of a run is read once and whole; a file of it that is missing or damaged is named."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.configuration.loading import load
from operation.execution.json_files import write_json
from operation.execution.registration.evidence import initial_files, read_champion_version, read_evidence
from operation.execution.registration.trained_runs import evidence_of
from operation.execution.validation import record as validation
from operation.execution.values import VALIDATIONS, Evidence, ModelVersion, Run

CHAMPION = ModelVersion("flight-delays", 3, "an earlier run")
FILES = (
    "lineage.json",
    "configuration.json",
    "champion.json",
    "evaluation/metrics.json",
    "prepared/metrics.json",
    "model/features.json",
)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A completed run of the whole chain, as its folder keeps it."""
    contents = {
        **initial_files(load(), {"seed": "7"}, CHAMPION),
        "evaluation/metrics.json": {"metrics": {"roc_auc": 0.7}},
        "prepared/metrics.json": {"rows": 2},
        "model/features.json": {"features": [{"name": "hour"}, {"name": "carrier"}]},
    }
    for name, content in contents.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write_json(tmp_path / name, content)
    for name in VALIDATIONS:
        (tmp_path / name).mkdir()
        validation.write(validation.Validation(1, (), tmp_path / name / "index.html"), tmp_path / name)
    return Run("a-run", "completed", tmp_path)


def test_the_evidence_is_all_that_a_run_has_kept(run: Run) -> None:
    assert evidence_of(load(), run) == Evidence(
        run=run,
        lineage={"seed": "7"},
        configuration=load().model_dump(mode="json"),
        champion_version=3,
        evaluation={"metrics": {"roc_auc": 0.7}},
        prepared={"rows": 2},
        features=("hour", "carrier"),
    )


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_named(file: str, run: Run) -> None:
    (run.folder / file).unlink()
    with pytest.raises(OperationError, match=rf"{file} is missing\.$"):
        read_evidence(run)


@pytest.mark.parametrize("file", FILES)
def test_a_damaged_file_is_named(file: str, run: Run) -> None:
    (run.folder / file).write_text("{", encoding="utf-8")
    with pytest.raises(OperationError, match=rf"{file} is damaged: .* Delete it and run again\.$"):
        read_evidence(run)


def test_a_search_by_champion_is_not_stopped_by_another_damaged_file(run: Run) -> None:
    (run.folder / "lineage.json").write_text("{", encoding="utf-8")
    assert read_champion_version(run) == 3


@pytest.mark.parametrize("name", VALIDATIONS)
def test_a_run_whose_data_were_not_validated_has_no_evidence(name: str, run: Run) -> None:
    (run.folder / name / validation.RECORD).unlink()
    with pytest.raises(OperationError, match=r"The data of run a-run were not validated as a whole: .*: invoke train$"):
        evidence_of(load(), run)
