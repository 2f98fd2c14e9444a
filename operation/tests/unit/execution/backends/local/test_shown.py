"""What MLflow shows of runs: selection metrics apart from test metrics, data with digests, the run's own times."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from operation.execution.backends.local import shown
from operation.execution.backends.local.run_record import Record, read
from operation.execution.json_files import write_json
from operation.execution.training import pipeline
from operation.execution.training.lineage import label_run
from operation.execution.values import Run
from operation.tests.parcels import load

ID = "20130102-030405-000006"
FILES: Mapping[str, Mapping[str, Any]] = {
    "prepared/metrics.json": {
        "rows": {"raw": 9},
        "train": {"rows": 5},
        "test": {"rows": 3, "first_date": "2013-09-01"},
    },
    "prepared/sha256.json": {"train.parquet": "a" * 64, "test.parquet": "b" * 64},
    "evaluation/metrics.json": {"metrics": {"roc_auc": 0.75}, "task": "binary"},
}


def record(folder: Path, hold_out: str = "test", **tags: str) -> Record:
    for name, content in FILES.items():
        (folder / ID / name).parent.mkdir(parents=True, exist_ok=True)
        write_json(folder / ID / name, content)
    configuration = load()
    steps = [pipeline.prepare(configuration, hold_out), pipeline.evaluate(configuration, champion=False)]
    known = {"data_sha256": "c" * 64, "git_commit": "d" * 40, **label_run(configuration, "train"), **tags}
    return Record(Run(ID, "completed", folder / ID), steps, tags=known, ended="2013-01-02T03:05:05.000+00:00")


def test_metrics_of_the_test_part_keep_their_names(tmp_path: Path) -> None:
    found = shown.metrics_of(record(tmp_path))
    assert found == {
        "prepared/rows.raw": 9.0,
        "prepared/train.rows": 5.0,
        "prepared/test.rows": 3.0,
        "evaluation/metrics.roc_auc": 0.75,
    }


def test_metrics_of_the_selection_part_have_names_of_their_own(tmp_path: Path) -> None:
    test, selection = (shown.metrics_of(record(tmp_path, part)) for part in ("test", "selection"))
    assert selection["selection/metrics.roc_auc"] == 0.75
    assert selection["prepared/selection.rows"] == 3.0
    assert {*selection} & {*test} == {"prepared/rows.raw", "prepared/train.rows"}


def test_metrics_of_any_class_have_names_that_mlflow_takes(tmp_path: Path) -> None:
    ran = record(tmp_path)
    classes = {'c "q"': 0.25, "a, b": 0.5, "x" * 300: 0.75}
    write_json(tmp_path / ID / "evaluation/metrics.json", {"recall": classes})
    found = {name: value for name, value in shown.metrics_of(ran).items() if name.startswith("evaluation")}
    long = "evaluation/recall.".ljust(250, "x")
    assert found == {"evaluation/recall.c _q_": 0.25, "evaluation/recall.a_ b": 0.5, long: 0.75}


@pytest.mark.parametrize("part", ["test", "selection"])
def test_data_sets_have_digests_of_their_content_and_say_what_they_are_for(part: str, tmp_path: Path) -> None:
    found = [
        (one.name, one.digest, one.context, one.profile["rows"]) for one in shown.data_sets_of(record(tmp_path, part))
    ]
    assert found == [
        ("parcels", "c" * 8, "raw", 9),
        ("parcels-train", "a" * 8, "training", 5),
        (f"parcels-{part}", "b" * 8, part, 3),
    ]


def test_a_run_that_prepared_nothing_has_its_raw_data_alone(tmp_path: Path) -> None:
    given = record(tmp_path)
    for file in (tmp_path / ID / "prepared").iterdir():
        file.unlink()
    assert [one.name for one in shown.data_sets_of(given)] == ["parcels"]


def test_runs_are_told_apart_by_kind_and_use_case_and_name_their_command_and_commit(tmp_path: Path) -> None:
    tags = shown.tags_of(record(tmp_path))
    assert (tags["kind"], tags["use_case"]) == ("train", "parcels")
    assert (tags["mlflow.source.name"], tags["mlflow.source.git.commit"]) == ("invoke train", "d" * 40)
    assert shown.tags_of(record(tmp_path, sweep="sweep-1", kind="trial"))["mlflow.source.name"] == "invoke sweep"


def test_a_run_has_its_own_times_and_not_those_of_its_recording(tmp_path: Path) -> None:
    given = record(tmp_path)
    given.write()
    times = datetime(2013, 1, 2, 3, 4, 5, 6, UTC), datetime(2013, 1, 2, 3, 5, 5, tzinfo=UTC)
    assert read(tmp_path / ID).times == given.times == times


def test_a_run_whose_end_nobody_saw_ends_now(tmp_path: Path) -> None:
    start, end = Record(Run(ID, "failed", tmp_path), []).times
    assert start < end
    assert (datetime.now(UTC) - end).total_seconds() < 60


def test_a_version_is_described_by_verdict_metrics_and_origin() -> None:
    tags = {
        "verdict": "promote",
        "reason": "better",
        "event": "overdue",
        "metric.roc_auc": "0.123456",
        "test_first_date": "2013-11-01",
        "test_last_date": "2013-12-31",
        "git_commit": "d" * 40,
    }
    assert shown.describe_version("a-run", tags) == (
        "**promote**: better\n\nPredicts overdue.\n\nOn the test part 2013-11-01 to 2013-12-31: roc_auc 0.1235.\n\n"
        "Run a-run, commit dddddddd, data unknown."
    )


def test_a_version_with_an_edited_tag_is_described_all_the_same() -> None:
    assert "roc_auc high" in shown.describe_version("a-run", {"metric.roc_auc": "high"})


def test_a_package_that_mlflow_can_load_is_noted_with_its_run_and_another_is_not(tmp_path: Path) -> None:
    assert shown.model_history(tmp_path, "model-1", "a-run") == ""
    (tmp_path / "MLmodel").write_text("flavors: {python_function: {loader_module: x}}")
    (noted,) = json.loads(shown.model_history(tmp_path, "model-1", "a-run"))
    assert (noted["artifact_path"], noted["run_id"]) == ("model-1", "a-run")
    assert noted["flavors"] == {"python_function": {"loader_module": "x"}}
