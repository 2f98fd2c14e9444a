"""evaluate.py on a small sample: what it writes, what it compares, what it refuses."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

import evaluate
from learning import quality
from learning.files import HASHES, read_columns, read_json
from learning.metrics import metrics_of
from learning.scoring import Scorer
from learning.use_cases import chosen

Evaluate = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def evaluated(prepared: Path, model: Path) -> Evaluate:
    """Evaluate the model with more arguments; gives what both files would hold, and draws nothing."""

    def assess(*more: str) -> dict[str, Any]:
        given = ["--data", str(prepared), "--model", str(model), "--output", "none", "--resamples", "50", *more]
        use_case = chosen(given)
        found = evaluate.assess(use_case, evaluate.parser(use_case).parse_args(given))
        return found.others[quality.FILE] | found.summary

    return assess


@pytest.fixture(scope="module")
def alone(prepared: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The metrics of the model without a champion, as the script writes them."""
    output = tmp_path_factory.mktemp("alone")
    given = ["--data", str(prepared), "--model", str(model), "--output", str(output), "--resamples", "50"]
    assert evaluate.main(given) == 0
    metrics: dict[str, Any] = read_json(output / "metrics.json")
    return {**read_json(output / "quality.json"), **metrics}


@pytest.fixture(scope="module")
def against_poor(evaluated: Evaluate, poor_model: Path) -> dict[str, Any]:
    """The metrics of the model whose champion is the poor one."""
    return evaluated("--champion", str(poor_model))


@pytest.fixture
def changed(prepared: Path, tmp_path: Path) -> Callable[[Callable[[pa.Table], pa.Table]], Path]:
    """Write a prepared folder whose test part went through a function."""

    def write(change: Callable[[pa.Table], pa.Table]) -> Path:
        folder = tmp_path / "changed"
        folder.mkdir()
        pq.write_table(change(pq.read_table(prepared / "test.parquet")), folder / "test.parquet")
        return folder

    return write


def test_the_metrics_are_those_of_the_whole_test_part(alone: dict[str, Any], prepared: Path, model: Path) -> None:
    from sklearn.metrics import roc_auc_score  # which takes seconds, and not every process that reads this file needs

    scorer = Scorer.load(model)
    columns = read_columns(prepared / "test.parquet", ["overdue", *scorer.columns])
    assert (alone["rows"], alone["positive_share"]) == (len(columns["overdue"]), columns["overdue"].mean())
    assert set(alone["metrics"]) == set(metrics_of("binary"))
    assert alone["metrics"]["roc_auc"] == pytest.approx(roc_auc_score(columns["overdue"], scorer.predict(columns)))


def test_slices_and_calibration_add_up_to_all_rows_and_no_champion_is_null(alone: dict[str, Any]) -> None:
    assert [row["value"] for row in alone["slices"]["month"]] == ["11", "12"]
    tables = [alone["calibration"], *alone["slices"].values()]
    assert [sum(row["rows"] for row in table) for table in tables] == [alone["rows"]] * 3
    assert (alone["champion"], alone["comparison"]) == (None, None)


def test_a_model_compared_with_itself_differs_by_exactly_nothing(evaluated: Evaluate, model: Path) -> None:
    metrics = evaluated("--champion", str(model), "--metric", "log_loss")
    assert metrics["champion"]["metrics"] == metrics["metrics"]
    settings = {"metric": "log_loss", "confidence": 0.95, "resamples": 50}
    found = metrics["comparison"]
    assert {"difference": 0.0, "lower": 0.0, "upper": 0.0, **settings}.items() <= found.items()
    assert found["champion_lower"] < metrics["metrics"]["log_loss"] < found["champion_upper"]


def test_a_champion_of_one_tree_is_beaten(against_poor: dict[str, Any]) -> None:
    comparison = against_poor["comparison"]
    expected = against_poor["metrics"]["roc_auc"] - against_poor["champion"]["metrics"]["roc_auc"]
    assert comparison["difference"] == pytest.approx(expected)
    assert 0 < comparison["lower"] < comparison["difference"] < comparison["upper"]


def test_days_are_drawn_whole_unless_single_rows_are_asked_for(
    against_poor: dict[str, Any], evaluated: Evaluate, poor_model: Path
) -> None:
    by_day = against_poor["comparison"]
    by_row = evaluated("--champion", str(poor_model), "--resample-by", "")["comparison"]
    assert by_day["difference"] == by_row["difference"]
    assert by_day["lower"] != by_row["lower"]


def test_a_champion_that_needs_an_absent_column_is_no_failure_but_said(
    evaluated: Evaluate, model: Path, tmp_path: Path
) -> None:
    champion = shutil.copytree(model, tmp_path / "champion")
    (champion / "sha256.json").unlink()
    features = champion / "features.json"
    features.write_text(features.read_text().replace('"rain"', '"moonlight"'))
    metrics = evaluated("--champion", str(champion), "--metric", "log_loss")
    reason = "the champion needs column moonlight, which the test data lack"
    assert metrics["comparison"] == {"metric": "log_loss", "impossible": reason}
    assert metrics["champion"] is None


@pytest.fixture
def undefined(model: Path, tmp_path: Path) -> Path:
    """A model whose first leaf is NaN, as a damaged file or a broken training might leave it."""
    import onnx  # here: not every process that reads this file needs it, and it takes long

    folder = shutil.copytree(model, tmp_path / "undefined")
    (folder / "sha256.json").unlink()
    graph = onnx.load(folder / "model.onnx")
    (weights,) = (each for node in graph.graph.node for each in node.attribute if each.name == "class_weights")
    weights.floats[:] = [float("nan")] * len(weights.floats)
    onnx.save(graph, folder / "model.onnx")
    return folder


def test_a_candidate_that_scores_with_nan_is_one_line_and_leaves_nothing(
    undefined: Path, prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--data", str(prepared), "--model", str(undefined), "--output", str(tmp_path / "report")]
    assert evaluate.main(given) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "with NaN, which is not a prediction: train the model again" in line
    assert not (tmp_path / "report").exists()


def test_a_champion_that_scores_with_nan_is_no_failure_but_said(evaluated: Evaluate, undefined: Path) -> None:
    metrics = evaluated("--champion", str(undefined))
    assert metrics["comparison"]["impossible"] == "the champion scores some of the test data with NaN"


def test_the_slices_of_the_champion_are_those_of_the_candidate_with_the_metric_compared_by(
    evaluated: Evaluate, model: Path
) -> None:
    metrics = evaluated("--champion", str(model), "--metric", "brier_score")
    assert metrics["champion"]["slices"] == metrics["slices"]
    assert metrics["slices"]["month"][0]["brier_score"] > 0


def test_every_metric_and_slice_has_an_interval_around_it(alone: dict[str, Any]) -> None:
    found = alone["intervals"]
    assert all(low < alone["metrics"][name] < high for name, (low, high) in found["metrics"].items())
    for rows, ends in ((alone["slices"][name], found["slices"][name]) for name in ("month", "courier")):
        assert all(
            each["roc_auc"][0] < row["roc_auc"] < each["roc_auc"][1] for row, each in zip(rows, ends, strict=True)
        )
    assert found["over_baselines"]["constant"]["lower"] > 0


def test_a_slice_of_few_rows_has_no_interval(
    changed: Callable[[Callable[[pa.Table], pa.Table]], Path], evaluated: Evaluate
) -> None:
    def rename_some(table: pa.Table) -> pa.Table:
        couriers = pa.array(["Dog"] * 5).cast(table["courier"].type)
        column = pa.concat_arrays([couriers, table["courier"].combine_chunks()[5:]])
        return table.set_column(table.column_names.index("courier"), "courier", column)

    found = evaluated("--data", str(changed(rename_some)))
    few = [row["value"] for row in found["slices"]["courier"]].index("Dog")
    assert found["intervals"]["slices"]["courier"][few] is None


def test_groups_that_are_declared_are_measured_at_the_cheapest_threshold(evaluated: Evaluate) -> None:
    found = evaluated("--fairness", "courier", "--false-alarm-cost", "1", "--missed-cost", "4")
    assert found["fairness"]["threshold"] == found["thresholds"]["cheapest"]["threshold"]
    measures = found["fairness"]["columns"]["courier"][0]["measures"]
    assert {"share of alarms", "recall", "false alarm rate", "roc_auc"} <= measures.keys()
    assert "fairness" not in evaluated()


def test_the_features_that_make_parcels_overdue_count_most(alone: dict[str, Any]) -> None:
    names = [each["feature"] for each in alone["importance"]["features"]]
    assert {*names[:2]} <= {"rain", "distance", "courier", "town"}
    assert [each["feature"] for each in alone["partial_dependence"]] == names[:6]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--missed-cost", "3"], "must both be above 0, or both 0"),
        (["--fairness", "wing"], "test.parquet lacks the column wing; it has "),
        (["--slices", "wing"], "test.parquet lacks the column wing; it has "),
        (["--resample-by", "wing"], "test.parquet lacks the column wing; it has "),
        (["--data", "nowhere"], "nowhere/test.parquet does not exist"),
        (["--model", "nowhere"], "nowhere/features.json does not exist"),
        (["--champion", "nowhere"], "nowhere/features.json does not exist"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_argument_is_one_line_and_leaves_nothing(
    arguments: list[str], message: str, prepared: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "report"
    given = ["--data", str(prepared), "--model", str(model), "--output", str(output), *arguments]
    assert evaluate.main(given) == 1
    error = capsys.readouterr().err
    assert message in error.replace("\\", "/")
    assert (error.count("\n"), output.exists()) == (1, False)


@pytest.mark.parametrize(
    ("change", "more", "message"),
    [
        (lambda table: table.slice(0, 0), [], "must hold 0 and 1, and nothing else, and holds no row"),
        (
            lambda table: table.filter(pa.compute.equal(table["overdue"], 0)),
            [],
            "and nothing else, and holds 0: prepare",
        ),
        (lambda table: table.drop_columns("overdue"), [], "lacks the column overdue"),
        (lambda table: table.drop_columns("rain"), [], "lacks the column rain"),
        (
            lambda table: table.filter(pa.compute.equal(table["month"], 11)),
            ["--resample-by", "month"],
            "--resample-by month has one value only",
        ),
    ],
    ids=["no row", "one class", "no target", "no feature", "one cluster"],
)
def test_test_data_that_cannot_be_evaluated_are_one_line_and_leave_nothing(
    change: Callable[[pa.Table], pa.Table],
    more: list[str],
    message: str,
    changed: Callable[[Callable[[pa.Table], pa.Table]], Path],
    model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "report"
    given = ["--data", str(changed(change)), "--model", str(model), "--champion", str(model), "--output", str(output)]
    assert evaluate.main([*given, *more]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert (error.count("\n"), output.exists()) == (1, False)


@pytest.mark.parametrize(
    ("column", "codes", "values"),
    [
        (np.array([10, 9, 10]), [1, 0, 1], ["9", "10"]),
        (np.array(["UA", None, "AA"], dtype=object), [2, 1, 0], ["AA", "None", "UA"]),
        (np.array([2.0, np.nan, 1.0, np.nan]), [1, 2, 0, 2], ["1", "2", "None"]),
        (np.array([True, None, False], dtype=object), [2, 0, 1], ["None", "false", "true"]),
    ],
    ids=["in order", "missing", "integers and nulls", "booleans and nulls"],
)
def test_every_value_is_a_group_a_missing_one_too(column: NDArray[Any], codes: list[int], values: list[str]) -> None:
    found_codes, found_values = evaluate.group(column)
    assert (found_codes.tolist(), found_values) == (codes, values)


def test_nothing_but_the_same_metrics_is_written_where_they_alone_are_wanted(
    prepared: Path, model: Path, tmp_path: Path
) -> None:
    given = ["--data", str(prepared), "--model", str(model), "--resamples", "50"]
    for outputs in ("all", "metrics"):
        assert evaluate.main([*given, "--output", str(tmp_path / outputs), "--outputs", outputs]) == 0
    assert {file.name for file in (tmp_path / "metrics").iterdir()} == {"metrics.json", HASHES}
    assert (tmp_path / "all" / quality.FILE).is_file()
    assert read_json(tmp_path / "all" / "metrics.json") == read_json(tmp_path / "metrics" / "metrics.json")
