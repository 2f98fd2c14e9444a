from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from parcels.schema import FEATURES

import train
from learning.features import from_json
from learning.files import read_json

FILES = [
    "constant.json",
    "features.json",
    "linear.onnx",
    "metrics.json",
    "model.onnx",
    "model.txt",
    "sha256.json",
]
SMALL = ["--trees", "20", "--leaves", "15", "--threads", "1"]


def broken(prepared: Path, folder: Path, change: Callable[[pa.Table], pa.Table]) -> str:
    pq.write_table(change(pq.read_table(prepared / "train.parquet")), folder / "train.parquet")
    return str(folder)


def test_the_output_is_the_model_in_two_formats_its_features_and_metrics(model: Path, prepared: Path) -> None:
    metrics = read_json(model / "metrics.json")
    assert sorted(path.name for path in model.iterdir()) == FILES
    assert metrics["rows"] == read_json(prepared / "metrics.json")["train"]["rows"]
    assert (metrics["features"], metrics["train_roc_auc"] > 0.7) == (len(FEATURES), True)
    assert 0 < metrics["largest_onnx_difference"] < 1e-6
    assert metrics["threshold_rows"] > 50
    assert 0 < metrics["largest_onnx_difference_at_thresholds"] < 1e-6


def test_the_training_score_and_the_agreement_are_of_the_rows_asked_for(prepared: Path, tmp_path: Path) -> None:
    every_row = [*SMALL, "--onnx-check-rows", "1000000"]
    some_rows = [*SMALL, "--onnx-check-rows", "500"]
    found = []
    for name, arguments in {"every": every_row, "some": some_rows}.items():
        assert train.main(["--data", str(prepared), "--output", str(tmp_path / name), *arguments]) == 0
        found.append(read_json(tmp_path / name / "metrics.json"))
    every, some = found
    assert every["onnx_check_rows"] == every["rows"] == some["rows"]
    assert 500 <= some["onnx_check_rows"] < 600
    assert some["train_roc_auc"] == pytest.approx(every["train_roc_auc"], abs=0.1)


def test_the_features_come_with_the_categories_of_the_training_part_only(model: Path, prepared: Path) -> None:
    features = from_json(read_json(model / "features.json"))
    seen = pq.read_table(prepared / "train.parquet")["town"].unique().to_pylist()
    assert [feature.name for feature in features] == list(FEATURES)
    assert next(feature for feature in features if feature.name == "town").categories == tuple(sorted(seen))


@pytest.mark.parametrize("threads", ["1", "2"])
def test_the_same_data_and_seed_give_the_same_bytes(threads: str, prepared: Path, model: Path, tmp_path: Path) -> None:
    assert train.main(["--data", str(prepared), "--output", str(tmp_path), *SMALL, "--threads", threads]) == 0
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (model / name).read_bytes()


def test_models_that_disagree_are_one_line_and_no_output(
    prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "output"
    assert train.main(["--data", str(prepared), "--output", str(output), *SMALL, "--onnx-tolerance", "1e-12"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "more than --onnx-tolerance 1e-12" in line
    assert not output.exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop_columns(["town"]), "lacks the column town"),
        (
            lambda table: table.filter(pc.equal(table["overdue"], 0)),
            "and nothing else, and holds 0: prepare",
        ),
        (lambda table: table.slice(0, 0), "and holds no row"),
        (
            lambda table: table.drop_columns(["distance"]).append_column("distance", pa.array(["far"] * len(table))),
            "column distance must hold a number",
        ),
    ],
    ids=["missing-column", "one-outcome", "no-rows", "retyped-column"],
)
def test_bad_prepared_data_are_one_line_and_no_output(
    prepared: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[pa.Table], pa.Table],
    message: str,
) -> None:
    data = broken(prepared, tmp_path, change)
    assert train.main(["--data", data, "--output", str(tmp_path / "output"), *SMALL]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert not (tmp_path / "output").exists()


def test_an_unknown_model_is_refused_with_the_choices(prepared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        train.main(["--data", str(prepared), "--output", "never", "--model", "oracle"])
    assert "lightgbm" in capsys.readouterr().err


def test_a_model_may_learn_from_some_rows_which_are_evenly_spread(
    prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train.main(["--data", str(prepared), "--output", str(tmp_path), *SMALL, "--most-rows", "2000"]) == 0
    assert "lightgbm on 7 features of 2,000 rows, evenly spread; native and" in capsys.readouterr().out
    assert read_json(tmp_path / "metrics.json")["rows"] == 2000
    chosen = train.choose_rows(prepared / "train.parquet", len(FEATURES), 3)
    rows = read_json(prepared / "metrics.json")["train"]["rows"]
    assert np.asarray(chosen).tolist() == [0, (rows - 1) // 2, rows - 1]


@pytest.mark.parametrize("most", ["0", "1000000"])
def test_more_rows_than_the_machine_can_hold_are_one_line_with_a_number_that_it_can(
    most: str, prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "memory", lambda: 100_000)
    given = ["--data", str(prepared), "--output", str(tmp_path / "output"), *SMALL]
    assert train.main([*given, "--most-rows", most]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "rows of 7 features, and learning from them takes about 0.0 GB, more than this machine has" in line
    assert train.main([*given, "--most-rows", line.rpartition(" ")[2]]) == 0
