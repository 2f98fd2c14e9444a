"""The evidence of a run is read once and whole; a file of it that is missing or damaged is named."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.file_hashes import MODEL_FILES, hash_model, sign
from operation.execution.json_files import hash_file, read_json, seal, write_json
from operation.execution.registration.evidence import (
    OUTPUTS,
    comparison_file,
    initial_files,
    is_validated,
    read_champion_version,
    read_evaluation,
    read_evidence,
    read_tested,
)
from operation.execution.registration.trained_runs import evidence_of
from operation.execution.validation import record as validation
from operation.execution.validation.failures import Failure
from operation.execution.values import VALIDATIONS, Evidence, ModelVersion, Run
from operation.tests.parcels import load

CHAMPION = ModelVersion("parcel-delays", 3, "an earlier run")
FILES = (
    "model/model.onnx",
    "model/sha256.json",
    "lineage.json",
    "configuration.json",
    "champion.json",
    "evaluation/metrics.json",
    "prepared/metrics.json",
    "model/features.json",
)


def test_what_the_test_part_was_is_read(tmp_path: Path) -> None:
    (tmp_path / "prepared").mkdir()
    write_json(tmp_path / "prepared" / "metrics.json", {"train": {"rows": 9}, "test": {"rows": 5}})
    assert read_tested(Run("a-run", "completed", tmp_path)) == {"rows": 5}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A completed run of the whole chain, as its folder keeps it."""
    contents = {
        **initial_files(load(), {"seed": "7"}, CHAMPION),
        "evaluation/metrics.json": {"metrics": {"roc_auc": 0.7}},
        "prepared/metrics.json": {"rows": 2},
        "model/features.json": {"features": [{"name": "hour"}, {"name": "carrier"}]},
        "model/model.onnx": {"stands for": "a model"},
    }
    for name, content in contents.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write_json(tmp_path / name, content)
    for name in OUTPUTS:
        sign(tmp_path / name)
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
        model_sha256=hash_model({name: hash_file(run.folder / "model" / name) for name in MODEL_FILES}),
    )


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_named(file: str, run: Run) -> None:
    (run.folder / file).unlink()
    with pytest.raises(OperationError, match=rf"{file} is missing\. Run the steps again: invoke train$"):
        read_evidence(load(), run)


@pytest.mark.parametrize("file", FILES)
def test_a_damaged_file_is_named(file: str, run: Run) -> None:
    (run.folder / file).write_text("{", encoding="utf-8")
    with pytest.raises(OperationError, match=rf"{file} is damaged: .* Run the steps again: invoke train$"):
        read_evidence(load(), run)


@pytest.mark.parametrize("file", ["model/model.onnx", "evaluation/metrics.json", "prepared/metrics.json"])
def test_an_output_that_was_changed_is_named_though_it_can_be_read(file: str, run: Run) -> None:
    (run.folder / file).write_text("{}", encoding="utf-8")
    with pytest.raises(OperationError, match=rf"{file} is damaged: its SHA-256 .* invoke train$"):
        read_evidence(load(), run)


@pytest.mark.parametrize("file", ["lineage.json", "configuration.json", "champion.json"])
@pytest.mark.parametrize("change", [{}, {"preparation": 5}, {"version": 4}], ids=["emptied", "odd", "changed"])
def test_a_record_that_was_edited_is_named(file: str, change: dict[str, object], run: Run) -> None:
    write_json(run.folder / file, {**read_json(run.folder / file), **change} if change else {})
    with pytest.raises(OperationError, match=rf"{file} is damaged: its content .* Run the steps again: invoke train$"):
        read_evidence(load(), run)


@pytest.mark.parametrize(
    ("folder", "file"), [("model", "features.json"), ("evaluation", "metrics.json"), ("prepared", "metrics.json")]
)
def test_an_output_without_a_hash_is_not_trusted(folder: str, file: str, run: Run) -> None:
    hashes = read_json(run.folder / folder / "sha256.json")
    del hashes[file]
    write_json(run.folder / folder / "sha256.json", hashes)
    with pytest.raises(OperationError, match=rf"{folder}/{file} is damaged: its SHA-256 .* invoke train$"):
        read_evidence(load(), run)


@pytest.mark.parametrize(("content", "problem"), [("", "is missing"), ("{}", "is damaged")])
def test_a_reference_is_not_trusted_unless_it_is_whole(content: str, problem: str, run: Run) -> None:
    (run.folder / "reference").mkdir()
    write_json(run.folder / "reference" / "profile.json", {"schema": 1})
    sign(run.folder / "reference")
    assert read_evidence(load(), run).run == run
    (run.folder / "reference" / "profile.json").unlink()
    if content:
        (run.folder / "reference" / "profile.json").write_text(content, encoding="utf-8")
    with pytest.raises(OperationError, match=rf"reference/profile.json {problem}.* Run the steps again: invoke train$"):
        read_evidence(load(), run)


def test_a_reference_without_a_profile_is_none(run: Run) -> None:
    (run.folder / "reference").mkdir()
    sign(run.folder / "reference")
    with pytest.raises(OperationError, match=r"reference/profile\.json is missing"):
        read_evidence(load(), run)


def test_intervals_belong_to_the_evaluation_where_there_are_some(run: Run) -> None:
    assert read_evaluation(run) == {"metrics": {"roc_auc": 0.7}}
    write_json(run.folder / "evaluation" / "quality.json", {"intervals": {"roc_auc": [0.6, 0.8]}})
    assert read_evaluation(run) == {"metrics": {"roc_auc": 0.7}, "intervals": {"roc_auc": [0.6, 0.8]}}


def test_a_search_by_champion_is_not_stopped_by_another_damaged_file(run: Run) -> None:
    (run.folder / "lineage.json").write_text("{", encoding="utf-8")
    assert read_champion_version(run, "") == 3


@pytest.mark.parametrize("name", VALIDATIONS)
@pytest.mark.parametrize("failed", [False, True], ids=["not validated", "failed"])
def test_a_run_whose_data_were_not_validated_has_no_evidence(name: str, failed: bool, run: Run) -> None:
    assert is_validated(run)
    (run.folder / name / validation.RECORD).unlink()
    if failed:
        failure = Failure("parcels", "expect_column_values_to_be_between", "month", "13", "1 to 12")
        place = run.folder / name
        validation.write(validation.Validation(1, (failure,), place / "index.html"), place)
    assert not is_validated(run)
    with pytest.raises(OperationError, match=r"The data of run a-run were not validated as a whole: .*: invoke train$"):
        evidence_of(load(), run)


def test_a_run_without_a_champion_was_compared_with_none() -> None:
    assert comparison_file(None) == {"champion.json": seal({"version": None})}
    assert comparison_file(CHAMPION) == {"champion.json": seal({"version": 3})}


def test_what_validation_warned_of_is_part_of_the_evidence(run: Run) -> None:
    failure = Failure("parcels", "expect_a_set", "carrier", "1 of 9 values", "UA", severity="warning")
    place = run.folder / VALIDATIONS[0]
    validation.write(validation.Validation(1, (failure,), place / "index.html"), place)
    line = "warning: parcels: expect_a_set carrier: 1 of 9 values; expected UA"
    assert evidence_of(load(), run).warnings == (line,)
