"""What a look at a window writes, and which window counts as the one before."""

import atexit
import os
import re
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.file_hashes import sign
from operation.execution.json_files import hash_file, read_json, seal, write_json
from operation.execution.monitoring.decisions import decisions_of, find_before, refuse_future
from operation.execution.monitoring.monitor import Asked, _judge, end_quietly, monitor
from operation.execution.monitoring.reference import bring_reference, find_rows, thresholds
from operation.execution.registration.evidence import PROFILE
from operation.execution.values import ModelVersion
from operation.monitoring.profiles import Profile, read_profile
from operation.tests.parcels import load
from operation.tests.unit.monitoring.conftest import BLOCKS, make
from operation.tests.unit.monitoring.test_attributions import attributed
from operation.tests.unit.monitoring.windows import sliced

CHAMPION = ModelVersion("parcels", 3, "20260101-000000-000000", champion=True)


@pytest.fixture(scope="module")
def reference() -> Profile:
    return make(1, BLOCKS)


def dated(window: Profile, first: str, last: str) -> Profile:
    days = ({**window.blocks[0], "first": first}, *window.blocks[1:-1], {**window.blocks[-1], "last": last})
    return replace(window, blocks=days)


def test_a_look_writes_decision_metrics_and_report(reference: Profile, tmp_path: Path) -> None:
    _judge(CHAMPION, tmp_path, reference, dated(make(2, 4), "2014-01-01", "2014-01-28"), tmp_path / "look")
    found = read_json(tmp_path / "look" / "decision.json")
    assert (found["decision"], found["alarms"], found["version"]) == ("wait", [], 3)
    assert found["window"] == {"first": "2014-01-01", "last": "2014-01-28", "rows": 1600}
    metrics = read_json(tmp_path / "look" / "metrics.json")
    assert metrics["measures"]["missing/a"]["limit"] == 0.05
    assert metrics["performance"]["rows"] == 1600
    report = (tmp_path / "look" / "report.html").read_text(encoding="utf-8")
    assert re.search(r"if calibration holds: area under the ROC curve 0\.\d{3}\. Such", report)


@pytest.mark.parametrize("older", [True, False], ids=["older", "of now"])
def test_an_older_reference_is_looked_at_without_attributions_and_a_line_says_so(
    reference: Profile, tmp_path: Path, capsys: pytest.CaptureFixture[str], older: bool
) -> None:
    known = reference if older else attributed(reference, [6.0, 3.0, 1.0])
    window = attributed(make(2, 4), [6.0, 3.0, 1.0])
    _judge(CHAMPION, tmp_path, known, make(2, 4) if older else window, tmp_path / "look")
    shares = read_json(tmp_path / "look" / "metrics.json")["attributions"]
    assert shares is None if older else shares.keys() == reference.features.keys()
    assert ("was made before attributions were measured" in capsys.readouterr().out) is older


def test_two_windows_of_a_changed_world_ask_for_training(reference: Profile, tmp_path: Path) -> None:
    changed = replace(make(2, 4), sums={**make(2, 4).sums, "scores": make(2, 4, shift=2.0).sums["scores"]})
    for month, expected in (("01", "investigate"), ("02", "retrain")):
        window = dated(changed, f"2014-{month}-01", f"2014-{month}-28")
        _judge(CHAMPION, tmp_path, reference, window, tmp_path / "looks" / month)
        assert read_json(tmp_path / "looks" / month / "decision.json")["decision"] == expected
    asked = _judge(CHAMPION, tmp_path, reference, window, tmp_path / "looks" / "again")
    assert (asked["decision"], asked["train"]) == ("retrain", False)


def test_a_window_without_dates_is_called_by_its_tables(reference: Profile, tmp_path: Path) -> None:
    blocks = tuple({**block, "first": 9, "last": 9, "days": 0} for block in make(2, 4).blocks)
    window = replace(make(2, 4), blocks=blocks, name="tables 3f2a9c1d")
    found = _judge(CHAMPION, tmp_path, reference, window, tmp_path / "look")
    assert found["window"] == {"first": "tables 3f2a9c1d", "last": "tables 3f2a9c1d", "rows": 1600}
    assert "1,600 rows, tables 3f2a9c1d." in (tmp_path / "look" / "report.html").read_text(encoding="utf-8")


def test_tables_with_outcomes_show_performance_by_week_and_slice(
    reference: Profile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _judge(CHAMPION, tmp_path, reference, sliced(), tmp_path / "look", None, ("courier", "month"))
    performance = read_json(tmp_path / "look" / "metrics.json")["performance"]
    assert (len(performance["weeks"]), performance["slices_lacking"]) == (4, ["month"])
    said = capsys.readouterr().out
    assert re.search(r"2013-01-04: ROC AUC 0\.\d{3} \[0\.\d{3}, 0\.\d{3}\], 400 rows of 7 days", said)
    assert re.search(r"All: ROC AUC 0\.\d{3} \[.*\], 1,600 rows of 28 days", said)


@pytest.mark.parametrize(("days", "short"), [(6, True), (7, False), (0, False)])
def test_a_window_of_few_days_is_said_to_be_one(
    reference: Profile, tmp_path: Path, capsys: pytest.CaptureFixture[str], days: int, short: bool
) -> None:
    made = make(2, 1)
    window = replace(made, blocks=tuple({**block, "days": days} for block in made.blocks), name="tables 3f2a9c1d")
    _judge(CHAMPION, tmp_path, reference, window, tmp_path / "look")
    says = f"Only large faults show in a window of fewer than 7 days, and this one has {days}."
    for text in (capsys.readouterr().out, (tmp_path / "look" / "report.html").read_text(encoding="utf-8")):
        assert (says in text) == short


def test_an_empty_window_is_silence(reference: Profile, tmp_path: Path) -> None:
    empty = replace(make(2, 4), blocks=(), sums={"rows": make(2, 4).sums["rows"][:0]})
    _judge(CHAMPION, tmp_path, reference, empty, tmp_path / "look")
    assert "silence" in read_json(tmp_path / "look" / "decision.json")["reasons"][0]


@pytest.mark.parametrize(
    ("version", "last", "counts"),
    [(3, "2014-01-31", True), (2, "2014-01-31", False), (3, "2014-02-10", False)],
    ids=["earlier", "another version", "overlapping"],
)
def test_the_window_before_is_an_earlier_one_of_the_same_version(
    tmp_path: Path, version: int, last: str, counts: bool
) -> None:
    (tmp_path / "look").mkdir()
    known = {
        "version": version,
        "drift": True,
        "decision": "investigate",
        "reasons": [],
        "train": False,
        "window": {"first": "2014-01-01", "last": last, "rows": 9},
    }
    write_json(tmp_path / "look" / "decision.json", known)
    assert (find_before(decisions_of(tmp_path, ModelVersion("parcels", 3, "run")), "2014-02-01") == known) is counts


@pytest.mark.parametrize(("rule", "limit"), [({}, 0.5), ({"rule": "of another code"}, 0.05)], ids=["same", "changed"])
def test_limits_are_calibrated_once_until_the_rule_changes(
    reference: Profile, tmp_path: Path, rule: dict[str, str], limit: float
) -> None:
    thresholds(tmp_path, reference, 4)
    kept = read_json(tmp_path / "thresholds-4.json")
    del kept["sha256"]
    changed = {**kept, "limits": {**kept["limits"], "missing/a": 0.5}, **rule}
    write_json(tmp_path / "thresholds-4.json", seal(changed))
    assert thresholds(tmp_path, reference, 4)["missing/a"] == limit


def test_limits_of_before_they_named_their_rule_are_calibrated_again(reference: Profile, tmp_path: Path) -> None:
    write_json(tmp_path / "thresholds-4.json", seal({"missing/a": 0.5}))
    assert thresholds(tmp_path, reference, 4)["missing/a"] == 0.05


@pytest.mark.parametrize("content", ["{}", "[]", "null", '{"missing/a": null}', '{"missing/a": 9', ""])
def test_damaged_limits_are_calibrated_anew(content: str, reference: Profile, tmp_path: Path) -> None:
    first = thresholds(tmp_path, reference, 4)
    (tmp_path / "thresholds-4.json").write_text(content)
    assert thresholds(tmp_path, reference, 4) == first


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (Asked(labels="labels"), "^--labels needs the predictions that they belong to: either --requests or --scores"),
        (Asked(labels="labels", requests="log", scores="scores"), "^--labels needs the predictions"),
        (Asked(labels="labels", requests="log", data="tables"), "^--labels needs .* and no --data"),
        (Asked(scores="scores"), "^--scores needs --labels"),
        (Asked(requests="log", as_job=True), "^--as-job reads rows, which only --data has"),
        (Asked(as_job=True), "^--as-job needs a workspace: --environment dev"),
    ],
    ids=[
        "of what",
        "of both",
        "outcomes twice",
        "nothing to judge by",
        "a job of a log",
        "a job here",
    ],
)
def test_options_that_do_not_go_together_are_refused(tmp_path: Path, asked: Asked, problem: str) -> None:
    with pytest.raises(OperationError, match=problem):
        monitor(load(settings=[f"backend.outputs={tmp_path}"]), asked)


@pytest.mark.parametrize(("last", "refused"), [("2026-12-01", False), ("2026-12-02", True), ("4711", False)])
def test_a_window_in_the_future_is_refused(last: str, refused: bool) -> None:
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)
    with pytest.raises(OperationError, match="has yet to come") if refused else nullcontext():
        refuse_future(("2026-11-01", last), now)


def test_without_a_champion_there_is_nothing_to_monitor(tmp_path: Path) -> None:
    configuration = load(settings=[f"backend.outputs={tmp_path}"])
    with pytest.raises(OperationError, match=r"no champion of .* invoke train"):
        monitor(configuration)


def test_a_version_whose_rows_are_elsewhere_gets_the_command_that_makes_a_reference(tmp_path: Path) -> None:
    configuration = load(settings=[f"backend.outputs={tmp_path}"])
    (tmp_path / "model.onnx").write_bytes(b"a model")
    with pytest.raises(OperationError, match=r"has no reference, and the rows .* invoke train --force"):
        bring_reference(configuration, connect(configuration).runs, CHAMPION, tmp_path)


def test_the_reference_among_the_files_of_a_version_replaces_one_of_another_model(tmp_path: Path) -> None:
    configuration = load(settings=[f"backend.outputs={tmp_path / 'outputs'}"])
    model, kept = tmp_path / "model", configuration.outputs / "references" / "3"
    for folder in (model / "reference", kept):
        folder.mkdir(parents=True)
    (model / "model.onnx").write_bytes(b"a model")
    known = {"schema": 1, "features": {}, "plan": {}, "blocks": [], "task": "binary", "sums": {"rows": [5]}}
    write_json(model / "reference" / PROFILE, {**known, "model_sha256": hash_file(model / "model.onnx")})
    write_json(kept / PROFILE, {**known, "model_sha256": "of another", "sums": {"rows": [7]}})
    sign(model / "reference")
    sign(kept)
    write_json(kept / "thresholds-4.json", {})
    folder, found = bring_reference(configuration, connect(configuration).runs, CHAMPION, model)
    assert (folder, found.rows) == (kept, 5)
    assert sorted(file.name for file in kept.iterdir()) == [PROFILE, "sha256.json"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [({"schema": 2}, "is of schema 2, and this is 1. Again!"), ({"schema": 1}, "is damaged .*Again!")],
    ids=["of another schema", "damaged"],
)
def test_a_profile_that_cannot_be_read_is_named_with_the_remedy(
    tmp_path: Path, content: dict[str, int], problem: str
) -> None:
    write_json(tmp_path / PROFILE, content)
    with pytest.raises(OperationError, match=problem):
        read_profile(tmp_path / PROFILE, "Again!")


def test_rows_are_found_by_the_model_that_was_made_of_them(tmp_path: Path) -> None:
    configuration = load(settings=[f"backend.outputs={tmp_path}"])
    for number, content in enumerate([b"another", b"a model"]):
        for name in (
            f"{number}/model/model.onnx",
            f"{number}/prepared/train.parquet",
            f"{number}/prepared/test.parquet",
        ):
            file = configuration.outputs / "runs" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    (tmp_path / "model.onnx").write_bytes(b"a model")
    rows = configuration.outputs / "runs" / "1" / "prepared"
    sign(rows)
    assert find_rows(configuration, tmp_path) == rows
    (rows / "test.parquet").write_bytes(b"other rows")
    assert find_rows(configuration, tmp_path) is None


def test_a_profile_that_was_changed_is_no_reference(tmp_path: Path) -> None:
    configuration = load(settings=[f"backend.outputs={tmp_path}"])
    folder = configuration.outputs / "references" / str(CHAMPION.version)
    folder.mkdir(parents=True)
    write_json(folder / PROFILE, {"schema": 1})
    sign(folder)
    write_json(folder / PROFILE, {"schema": 1, "sums": {}})
    with pytest.raises(OperationError, match=rf"{PROFILE} is damaged: its SHA-256 .*Delete {folder}, and run again"):
        bring_reference(configuration, connect(configuration).runs, CHAMPION, tmp_path)


def test_what_libraries_print_while_python_ends_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    last: list[Callable[[], object]] = []
    monkeypatch.setattr(atexit, "register", last.append)
    end_quietly()
    kept = os.dup(2)
    last[0]()
    os.write(2, b"nanobind: leaked 27 instances!")
    os.dup2(kept, 2)
    os.write(2, b"an error")
    assert capfd.readouterr().err == "an error"
