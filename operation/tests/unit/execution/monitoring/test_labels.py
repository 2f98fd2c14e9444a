"""Outcomes that come later find their predictions, and are refused where they cannot be those of any."""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from operation.errors import OperationError
from operation.execution.configuration.sections import Configuration
from operation.execution.json_files import read_json, write_json
from operation.execution.monitoring.joining import add_scores, opened
from operation.execution.monitoring.labels import Known, judge_labels, read_labels, say_performance
from operation.execution.monitoring.requests import read_log
from operation.execution.values import ModelVersion
from operation.monitoring.profiles import Profile
from operation.tests.parcels import load
from operation.tests.unit.monitoring.conftest import BLOCKS, make
from operation.tests.unit.monitoring.labelled import outcomes_of as outcomes_of_weeks

CHAMPION = ModelVersion("parcels", 3, "run", champion=True)
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
DAYS, A_DAY = 14, 60
COUNTS = {"predictions": 4200, "labels": 4200, "matched": 4200, "of_the_version": 4200}


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return load(settings=[f"backend.outputs={tmp_path / 'outputs'}"])


@pytest.fixture(scope="module")
def reference() -> Profile:
    return make(1, BLOCKS)


def write_log(folder: Path, version: str = "3", days: int = DAYS) -> Path:
    """Write a log in which a request of two parcels is answered, A_DAY times a day."""
    folder.mkdir()
    generator = np.random.default_rng(5)
    lines = []
    for number in range(days * A_DAY):
        time = (NOW - timedelta(days=days) + timedelta(days=number / A_DAY)).isoformat()
        scores = generator.random(2).round(3).tolist()
        entry = {"schema": 1, "time": time, "id": f"r{number}", "version": version, "ms": 1, "status": 200, "rows": 2}
        lines.append(json.dumps({**entry, "features": {}, "probabilities": scores}))
    (folder / "requests-2026-11-30-1.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def outcomes_of(log: Path, skilled: bool = True) -> dict[str, list[Any]]:
    """Let the scores of a log come true, or be of no use."""
    generator = np.random.default_rng(6)
    entries = [json.loads(line) for line in next(log.iterdir()).read_text(encoding="utf-8").splitlines()]
    scores = {f"{each['id']}/{row}": score for each in entries for row, score in enumerate(each["probabilities"])}
    chance = [score if skilled else 0.5 for score in scores.values()]
    return {"prediction_id": list(scores), "overdue": (generator.random(len(scores)) < chance).astype(int).tolist()}


def write_labels(folder: Path, columns: Mapping[str, Sequence[Any]], kind: str = "csv") -> Path:
    folder.mkdir()
    if kind == "parquet":
        pq.write_table(pa.table(dict(columns)), folder / "labels.parquet")
    else:
        rows = [",".join(map(str, row)) for row in zip(*columns.values(), strict=True)]
        (folder / "labels.csv").write_text("\n".join([",".join(columns), *rows]), encoding="utf-8")
    return folder


def read(configuration: Configuration, log: Path, labels: Path, version: int = 3, task: str = "binary") -> Known:
    return read_labels(configuration, str(log), "", str(labels), task, version, NOW)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_labels_find_the_answers_of_a_service_by_request_and_row(
    configuration: Configuration, tmp_path: Path, kind: str
) -> None:
    log = write_log(tmp_path / "log")
    columns = outcomes_of(log)
    known = read(configuration, log, write_labels(tmp_path / "labels", {n: v[:10] for n, v in columns.items()}, kind))
    entries = [json.loads(line) for line in next(log.iterdir()).read_text(encoding="utf-8").splitlines()[:5]]
    assert sorted(known.labelled.score) == sorted(score for each in entries for score in each["probabilities"])
    assert known.labelled.event.sum() == sum(columns["overdue"][:10])
    assert known.labelled.span == ("2026-11-16", "2026-11-16")
    assert (known.counts["labels"], known.counts["predictions"]) == (10, 2 * DAYS * A_DAY)


def test_labels_find_the_rows_of_a_scoring_by_its_keys(configuration: Configuration, tmp_path: Path) -> None:
    days = [datetime(2014, 1, 1 + number).date() for number in range(4)]  # noqa: DTZ001  days have no zone
    scored = {
        "sent_date": days,
        "parcel": [1, 2, 3, 4],
        "probability": [0.1, 0.2, 0.3, 0.4],
        "model_version": ["3"] * 4,
    }
    scores = tmp_path / "scores"
    scores.mkdir()
    pq.write_table(pa.table(scored), scores / "part-00000.parquet")
    write_json(scores / "manifest.json", {"keys": ["sent_date", "parcel"], "parts": [{"file": "part-00000.parquet"}]})
    labels: dict[str, list[Any]] = {
        "sent_date": ["2014-01-02", "2014-01-04"],
        "parcel": [2, 4],
        "overdue": ["true", "0"],
    }
    folder = write_labels(tmp_path / "labels", labels)
    known = read_labels(configuration, "", str(scores), str(folder), "binary", 3, NOW)
    assert sorted(zip(known.labelled.score, known.labelled.event, strict=True)) == [(0.2, 1), (0.4, 0)]
    assert known.labelled.span == ("2014-01-02", "2014-01-04")


def test_labels_find_the_rows_of_a_scoring_on_spark(configuration: Configuration, tmp_path: Path) -> None:
    scored: dict[str, list[Any]] = {
        "parcel": [1, 2, 3],
        "probability": [0.1, None, 0.3],
        "model_version": ["3"] * 3,
        "reason": [None, "weight must be a finite number", None],
    }
    scores = tmp_path / "scores"
    scores.mkdir()
    for name, rows in (("part-00000-a.zstd.parquet", slice(0, 2)), ("part-00001-a.zstd.parquet", slice(2, 3))):
        schema = pa.schema([("parcel", "int64"), ("probability", "float"), ("model_version", "str"), ("reason", "str")])
        pq.write_table(pa.table({key: values[rows] for key, values in scored.items()}, schema=schema), scores / name)
    write_json(scores / "manifest.json", {"keys": ["parcel"], "rows": 2, "rejected": 1})
    labels = write_labels(tmp_path / "labels", {"parcel": [1, 2, 3], "overdue": [0, 1, 1]})
    known = read_labels(configuration, "", str(scores), str(labels), "binary", 3, NOW)
    assert sorted(known.labelled.score) == pytest.approx([0.1, 0.3])


def test_the_day_is_that_of_the_label_where_it_has_one(configuration: Configuration, tmp_path: Path) -> None:
    log = write_log(tmp_path / "log")
    columns = {name: values[:3] for name, values in outcomes_of(log).items()} | {"sent_date": ["2026-11-20"] * 3}
    assert read(configuration, log, write_labels(tmp_path / "labels", columns)).labelled.span[0] == "2026-11-20"


@pytest.mark.parametrize("missing", [None, float("nan")], ids=["null", "NaN"])
def test_an_outcome_that_is_missing_is_no_label(
    configuration: Configuration, tmp_path: Path, missing: float | None
) -> None:
    log = write_log(tmp_path / "log", days=1)
    columns: dict[str, list[Any]] = {"prediction_id": ["r0/0", "r0/1"], "overdue": [1.0, missing]}
    known = read(configuration, log, write_labels(tmp_path / "labels", columns, "parquet"))
    assert (known.counts["labels"], known.labelled.rows) == (1, 1)


def test_labels_of_days_to_come_are_refused(configuration: Configuration, tmp_path: Path) -> None:
    log = write_log(tmp_path / "log")
    columns = {name: values[:3] for name, values in outcomes_of(log).items()} | {"sent_date": ["2026-12-02"] * 3}
    with pytest.raises(OperationError, match=r"^The window ends on 2026-12-02, which has yet to come\."):
        read(configuration, log, write_labels(tmp_path / "labels", columns))


@pytest.mark.parametrize(
    ("columns", "version", "problem"),
    [
        (
            {"prediction_id": ["x/0", "y/0"], "overdue": [1, 0]},
            3,
            r"^None of the 2 labels .* of version 3 in .*log\. The",
        ),
        ({"prediction_id": ["r0/0"], "overdue": [1]}, 4, r"of version 4 in .*log, and 1 to those of other versions\."),
        ({"prediction": ["r0/0"], "overdue": [1]}, 3, r"lack prediction_id: they have prediction, overdue"),
        ({"prediction_id": ["r0/0"], "outcome": [1]}, 3, r"lack overdue"),
        ({"prediction_id": ["r0/0", "r0/0"], "overdue": [1, 0]}, 3, r"several outcomes for r0/0"),
        ({"prediction_id": ["r0/0"], "overdue": [2]}, 3, r"hold '2' as overdue, .* Write 1 where"),
        ({"prediction_id": ["r0/0"], "overdue": ["maybe"]}, 3, r"hold 'maybe' as overdue"),
        ({"prediction_id": ["r0/0"], "overdue": [""]}, 3, r"^\S+ has no labels: every outcome in it is empty\."),
        (
            {"prediction_id": ["r0/0"], "overdue": [1], "sent_date": ["soon"]},
            3,
            r"hold 'soon' as sent_date, which is not a day\. Write days as 2026-11-30",
        ),
    ],
    ids=["strangers", "another version", "no id", "no outcome", "twice", "no class", "no number", "empty", "no day"],
)
def test_labels_that_cannot_be_are_refused_in_one_line(
    configuration: Configuration, tmp_path: Path, columns: dict[str, list[Any]], version: int, problem: str
) -> None:
    log, labels = write_log(tmp_path / "log", days=1), write_labels(tmp_path / "labels", columns)
    with pytest.raises(OperationError, match=problem) as raised:
        read(configuration, log, labels, version)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("answers", "problem"),
    [(["red", "blue"], r"log holds answers of no binary model: .*red"), (0.5, r"not of the log's form")],
    ids=["of classes", "not a list"],
)
def test_a_log_of_another_kind_of_model_is_named(
    configuration: Configuration, tmp_path: Path, answers: Any, problem: str
) -> None:
    entry = {"schema": 1, "time": NOW.isoformat(), "id": "a", "version": "3", "ms": 1, "status": 200, "rows": 2}
    (tmp_path / "log").mkdir()
    line = json.dumps({**entry, "probabilities": answers})
    (tmp_path / "log" / "requests-2026-11-30-1.jsonl").write_text(line, encoding="utf-8")
    labels = write_labels(tmp_path / "labels", {"prediction_id": ["a/0"], "overdue": [1]})
    with pytest.raises(OperationError, match=problem):
        read(configuration, tmp_path / "log", labels)


def test_a_file_that_cannot_be_read_is_one_line_with_a_remedy(configuration: Configuration, tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "labels.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(OperationError, match=r"labels\.parquet.*\. Write them as parquet, or as CSV in UTF-8\.$"):
        read(configuration, write_log(tmp_path / "log", days=1), tmp_path / "labels")


def test_outcomes_that_are_all_the_same_judge_nothing(
    configuration: Configuration, reference: Profile, tmp_path: Path
) -> None:
    log = write_log(tmp_path / "log", days=20)
    columns = outcomes_of(log)
    labels = write_labels(tmp_path / "labels", {**columns, "overdue": [0] * len(columns["overdue"])})
    found = judge_labels(read(configuration, log, labels), CHAMPION, tmp_path, reference, tmp_path / "look")
    rows = 20 * 2 * A_DAY
    assert (found["decision"], found["judged"]) == ("wait", False)
    assert found["reasons"] == [
        f"the event has happened in 0 of {rows:,} predictions, and 5 of either outcome are needed to judge performance"
    ]
    assert found["reasons"][0] in (tmp_path / "look" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["more.CSV", "more.csv.gz", "more.txt", "2014"])
def test_labels_that_would_not_be_read_are_refused(configuration: Configuration, tmp_path: Path, name: str) -> None:
    log = write_log(tmp_path / "log", days=1)
    labels = write_labels(tmp_path / "labels", {"prediction_id": ["r0/0"], "overdue": [1]})
    (labels / ".hidden").touch()
    assert read(configuration, log, labels).labelled.rows == 1
    (labels / name).touch()
    with pytest.raises(OperationError, match=rf"labels has {name}, which is not read: labels are files"):
        read(configuration, log, labels)


@pytest.mark.parametrize("value", [None, float("nan")], ids=["null", "NaN"])
def test_a_scoring_without_a_value_does_not_count_as_zero(
    configuration: Configuration, tmp_path: Path, value: float | None
) -> None:
    scored = {"parcel": [1, 2], "probability": pa.array([0.1, value], pa.float64()), "model_version": ["3"] * 2}
    scores = tmp_path / "scores"
    scores.mkdir()
    pq.write_table(pa.table(scored), scores / "part-00000.parquet")
    write_json(scores / "manifest.json", {"keys": ["parcel"], "parts": [{"file": "part-00000.parquet"}]})
    labels = write_labels(tmp_path / "labels", {"parcel": [1, 2], "overdue": [0, 1]})
    with pytest.raises(OperationError, match=r"scores has no value for the prediction of 2\. Score its rows again"):
        read_labels(configuration, "", str(scores), str(labels), "binary", 3, NOW)


def test_a_log_without_a_value_does_not_count_as_zero(configuration: Configuration, tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", days=1)
    (file,) = log.iterdir()
    first, *others = file.read_text(encoding="utf-8").splitlines()
    entry = json.loads(first)
    changed = json.dumps(entry | {"probabilities": [None, *entry["probabilities"][1:]]})
    file.write_text("\n".join([changed, *others]), encoding="utf-8")
    labels = write_labels(tmp_path / "labels", {"prediction_id": [f"{entry['id']}/1"], "overdue": [1]})
    with pytest.raises(OperationError, match=rf"log has no value for the prediction of {entry['id']}/0\."):
        read(configuration, log, labels)


def test_a_folder_without_labels_is_named(configuration: Configuration, tmp_path: Path) -> None:
    with pytest.raises(OperationError, match=r"nothing holds no parquet and no CSV file"):
        read(configuration, write_log(tmp_path / "log"), tmp_path / "nothing")


def test_classes_are_right_or_wrong_and_numbers_are_off(configuration: Configuration, tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    entry = {"schema": 1, "time": NOW.isoformat(), "version": "3", "ms": 1, "status": 200, "rows": 2, "features": {}}
    for task, predictions, outcomes, error in (
        ("multiclass", ["red", "blue"], ["red", "red"], 0.5),
        ("regression", [1.0, 5.0], [2.0, 8.0], 2.0),
    ):
        line = json.dumps({**entry, "id": task, "predictions": predictions})
        (tmp_path / "log" / "requests-2026-11-30-1.jsonl").write_text(line, encoding="utf-8")
        columns = {"prediction_id": [f"{task}/0", f"{task}/1"], "overdue": outcomes}
        known = read(configuration, tmp_path / "log", write_labels(tmp_path / task, columns), task=task)
        assert known.labelled.error.mean() == error


def test_slices_are_those_of_the_labels_or_of_what_is_logged(configuration: Configuration, tmp_path: Path) -> None:
    entry = {"schema": 1, "time": NOW.isoformat(), "version": "3", "ms": 1, "status": 200, "rows": 3, "id": "a"}
    (tmp_path / "log").mkdir()
    line = json.dumps({**entry, "probabilities": [0.1, 0.2, 0.3], "features": {"courier": ["Ant", None, "Bee"]}})
    (tmp_path / "log" / "requests-2026-11-30-1.jsonl").write_text(line, encoding="utf-8")
    columns: dict[str, list[Any]] = {"prediction_id": ["a/0", "a/1", "a/2"], "overdue": [1, 0, 0]}
    own: dict[str, list[Any]] = {"courier": ["Cat", "Cat", ""], "month": [1, 1, 10]}
    for name, more, couriers in (("logged", {}, ["Ant", "None", "Bee"]), ("labelled", own, ["Cat", "Cat", "Bee"])):
        known = read(configuration, tmp_path / "log", write_labels(tmp_path / name, {**columns, **more}))
        slices, order = known.labelled.slices, np.argsort(known.labelled.score)
        assert [slices["courier"].values[code] for code in slices["courier"].codes[order]] == couriers
        assert known.lacking == ([] if more else ["month"])


def test_slices_are_those_of_the_keys_of_a_scoring(configuration: Configuration, tmp_path: Path) -> None:
    keys: dict[str, list[Any]] = {"courier": ["Ant", "Bee"], "month": [1, 10]}
    scores = write_scores(tmp_path, {**keys, "probability": [0.1, 0.2], "model_version": ["3"] * 2}, [*keys])
    labels = write_labels(tmp_path / "labels", {"courier": ["Ant", "Bee"], "month": ["01", "10"], "overdue": [0, 1]})
    known = read_labels(configuration, "", str(scores), str(labels), "binary", 3, NOW)
    assert {name: list(each.values) for name, each in known.labelled.slices.items()} == {
        "month": ["1", "10"],
        "courier": ["Ant", "Bee"],
    }


def write_scores(folder: Path, columns: dict[str, list[Any]], keys: list[str], **more: str) -> Path:
    (folder / "scores").mkdir()
    pq.write_table(pa.table(columns), folder / "scores" / "part-00000.parquet")
    manifest = {"keys": keys, "parts": [{"file": "part-00000.parquet"}], **more}
    write_json(folder / "scores" / "manifest.json", manifest)
    return folder / "scores"


def test_a_scoring_that_predicts_a_row_twice_is_refused(configuration: Configuration, tmp_path: Path) -> None:
    columns: dict[str, list[Any]] = {"parcel": [1, 2, 2], "probability": [0.1, 0.2, 0.3], "model_version": ["3"] * 3}
    scores = write_scores(tmp_path, columns, ["parcel"])
    with (
        opened(configuration) as connection,
        pytest.raises(OperationError, match=r"predicts 2 more than once \(parcel"),
    ):
        add_scores(connection, scores, "", ())


@pytest.mark.parametrize(("day", "refused"), [("2014-01-04", True), ("2014-01-05", False)], ids=["before", "same day"])
def test_a_label_of_a_day_before_its_scored_row_is_refused(
    configuration: Configuration, tmp_path: Path, day: str, refused: bool
) -> None:
    scored: dict[str, list[Any]] = {
        "parcel": [7],
        "sent_date": [date(2014, 1, 5)],
        "probability": [0.1],
        "model_version": ["3"],
    }
    scores = write_scores(tmp_path, scored, ["parcel"])
    labels = write_labels(tmp_path / "labels", {"parcel": [7], "sent_date": [day], "overdue": [0]})
    problem = r"have 7 on 2014-01-04, before the day of its prediction, 2014-01-05\."
    with pytest.raises(OperationError, match=problem) if refused else nullcontext():
        read_labels(configuration, "", str(scores), str(labels), "binary", 3, NOW)


def test_a_request_that_stands_in_two_files_is_refused(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", days=1)
    text = (log / "requests-2026-11-30-1.jsonl").read_text(encoding="utf-8")
    (log / "requests-2026-11-30-2.jsonl").write_text(f'{{"half\n{text.splitlines()[-1]}\n', encoding="utf-8")
    with pytest.raises(
        OperationError, match=r"-2\.jsonl and requests-2026-11-30-1\.jsonl hold the same request: .*r59"
    ):
        read_log(log)


def test_halves_of_lines_that_are_alike_are_counted(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", days=1)
    for number in (2, 3):
        (log / f"requests-2026-11-30-{number}.jsonl").write_text('{"schema": 1, "ti', encoding="utf-8")
    requests, broken = read_log(log)
    assert (len(requests), broken) == (A_DAY, 2)


@pytest.mark.parametrize(("time", "window"), [("", "scoring 3f2a9c1d"), ("sent_date", "")], ids=["no dates", "dates"])
def test_a_scoring_without_days_is_one_window_only_where_a_use_case_has_none(
    configuration: Configuration, tmp_path: Path, time: str, window: str
) -> None:
    columns: dict[str, list[Any]] = {"parcel": [1, 2], "probability": [0.1, 0.2], "model_version": ["3"] * 2}
    scores = write_scores(tmp_path, columns, ["parcel"], data_sha256="3f2a9c1d" * 8)
    with opened(configuration) as connection:
        assert add_scores(connection, scores, time, ()).window == window


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_scoring_without_dates_is_judged_as_a_window_of_its_own(
    reference: Profile, tmp_path: Path, task: str
) -> None:
    profile = replace(reference, task=task)
    known = Known(replace(outcomes_of_weeks(task, dated=False), window="scoring 1"), COUNTS)
    looks = [("1", "scoring 1"), ("2", "scoring 1"), ("3", "scoring 2")]
    found = []
    for look, window in looks:
        lost = replace(known.labelled, window=window, error=known.labelled.error * 9, event=known.labelled.event[::-1])
        found.append(judge_labels(Known(lost, COUNTS), CHAMPION, tmp_path, profile, tmp_path / "looks" / look))
    assert [each["decision"] for each in found] == ["investigate", "investigate", "retrain"]
    assert [each["window"]["first"] for each in found] == [window for _, window in looks]


def test_a_scoring_without_dates_that_is_too_small_is_told_how_many_are_needed(
    reference: Profile, tmp_path: Path
) -> None:
    labelled = outcomes_of_weeks("binary", dated=False)
    labelled = labelled.choose(np.arange(labelled.rows) < 90)
    known = Known(replace(labelled, window="scoring 1"), COUNTS)
    found = judge_labels(known, CHAMPION, tmp_path, reference, tmp_path / "look")
    (reason,) = found["reasons"]
    assert reason == "outcomes are known of 90 predictions, and 100 are needed to judge performance"
    page = (tmp_path / "look" / "report.html").read_text(encoding="utf-8")
    assert "7 days" not in page


def test_outcomes_without_a_day_are_not_judged_where_a_use_case_has_dates(reference: Profile, tmp_path: Path) -> None:
    labelled = replace(outcomes_of_weeks("binary", dated=False), window="")
    found = judge_labels(Known(labelled, COUNTS), CHAMPION, tmp_path, reference, tmp_path / "look")
    assert (found["decision"], found["judged"]) == ("wait", False)
    assert found["reasons"][0].startswith("the days of the outcomes are not known")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_classes_that_are_numbers_are_those_of_training(
    configuration: Configuration, tmp_path: Path, kind: str
) -> None:
    entry = {"schema": 1, "time": NOW.isoformat(), "version": "3", "ms": 1, "status": 200, "rows": 3, "id": "a"}
    (tmp_path / "log").mkdir()
    line = json.dumps({**entry, "predictions": ["1", "2", "10"]})
    (tmp_path / "log" / "requests-2026-11-30-1.jsonl").write_text(line, encoding="utf-8")
    columns: dict[str, list[Any]] = {"prediction_id": ["a/0", "a/1", "a/2"], "overdue": [1.0, float("nan"), 10.0]}
    labels = write_labels(tmp_path / "labels", columns, kind)
    known = read(configuration, tmp_path / "log", labels, task="multiclass")
    assert known.labelled.error.tolist() == [0, 0]


@pytest.mark.parametrize(("skilled", "decision"), [(True, "wait"), (False, "investigate")], ids=["right", "useless"])
def test_performance_is_judged_by_week_and_in_all(
    configuration: Configuration, reference: Profile, tmp_path: Path, skilled: bool, decision: str
) -> None:
    log = write_log(tmp_path / "log")
    known = read(configuration, log, write_labels(tmp_path / "labels", outcomes_of(log, skilled)))
    found = judge_labels(replace(known, health=None), CHAMPION, tmp_path, reference, tmp_path / "looks" / "1")
    assert (found["decision"], found["window"]["rows"]) == (decision, 2 * DAYS * A_DAY)
    metrics = read_json(tmp_path / "looks" / "1" / "metrics.json")
    described = metrics["labels"]
    assert described["low"] < described["roc_auc"] < described["high"]
    assert [week["days"] for week in described["weeks"]] == [7, 7, 1]
    assert ("performance/roc_auc" in metrics["measures"]) is True
    assert "2026-11-16" in (tmp_path / "looks" / "1" / "report.html").read_text(encoding="utf-8")


def test_a_loss_in_two_windows_in_a_row_asks_for_training(
    configuration: Configuration, reference: Profile, tmp_path: Path
) -> None:
    log = write_log(tmp_path / "log")
    known = read(configuration, log, write_labels(tmp_path / "labels", outcomes_of(log, skilled=False)))
    second = replace(known, health=None, labelled=replace(known.labelled, day=known.labelled.day + 20))
    judge_labels(replace(known, health=None), CHAMPION, tmp_path, reference, tmp_path / "looks" / "1")
    found = judge_labels(second, CHAMPION, tmp_path, reference, tmp_path / "looks" / "2")
    assert (found["decision"], found["train"]) == ("retrain", True)


def test_a_few_days_are_described_and_not_judged(
    configuration: Configuration, reference: Profile, tmp_path: Path
) -> None:
    log = write_log(tmp_path / "log", days=2)
    known = read(configuration, log, write_labels(tmp_path / "labels", outcomes_of(log, skilled=False)))
    found = judge_labels(replace(known, health=None), CHAMPION, tmp_path, reference, tmp_path / "look")
    assert found["decision"] == "wait"
    (reason,) = found["reasons"]
    assert re.match(r"outcomes are known of 3 days with \d+ predictions, and 7 days with 100 or more are", reason)


def test_a_window_that_is_not_judged_does_not_come_between_two_that_are(
    configuration: Configuration, reference: Profile, tmp_path: Path
) -> None:
    log = write_log(tmp_path / "log")
    known = replace(
        read(configuration, log, write_labels(tmp_path / "labels", outcomes_of(log, skilled=False))), health=None
    )
    labelled = known.labelled
    few = labelled.choose(labelled.day < labelled.day.min() + 3)
    few = replace(few, day=few.day + 16)  # the days between
    windows = {"1": labelled, "2": few, "3": replace(labelled, day=labelled.day + 20)}
    actions = [
        judge_labels(replace(known, labelled=window), CHAMPION, tmp_path, reference, tmp_path / "looks" / name)[
            "decision"
        ]
        for name, window in windows.items()
    ]
    assert actions == ["investigate", "wait", "retrain"]


def test_the_day_of_a_request_is_that_of_utc(configuration: Configuration, tmp_path: Path) -> None:
    entry = {"schema": 1, "time": "2026-11-20T23:30:00-05:00", "id": "a", "version": "3", "ms": 1, "status": 200}
    (tmp_path / "log").mkdir()
    line = json.dumps({**entry, "rows": 1, "probabilities": [0.1]})
    (tmp_path / "log" / "requests-2026-11-21-1.jsonl").write_text(line, encoding="utf-8")
    labels = write_labels(tmp_path / "labels", {"prediction_id": ["a/0"], "overdue": [1]})
    assert read(configuration, tmp_path / "log", labels).labelled.span == ("2026-11-21", "2026-11-21")


def test_of_many_weeks_the_latest_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    starts = [date(2013, 1, 1) + timedelta(weeks=week) for week in range(15)]
    week = {"roc_auc": 0.8, "rows": 200, "days": 7}
    weeks = [week | {"first": f"{each}", "last": f"{each + timedelta(days=6)}"} for each in starts]
    say_performance(week | {"weeks": weeks, "rows": 1}, "row")
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "2013-01-01 to 2013-01-14: each week is in the report"
    assert said[-1] == "All: ROC AUC 0.800, 1 row of 7 days"
    assert [line.split(" ")[0] for line in said[1:-1]] == [f"{each}" for each in starts[2:]]
