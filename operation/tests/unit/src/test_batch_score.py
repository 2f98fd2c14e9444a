"""batch_score.py on a small sample."""

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from parcels.schema import KEYS

import batch_score
from learning.files import read_columns
from learning.scoring import Scorer


@pytest.fixture(scope="module")
def unlabelled(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The test part as it is before the parcels arrive: without the target."""
    path = tmp_path_factory.mktemp("unlabelled") / "parcels.parquet"
    pq.write_table(pq.read_table(prepared / "test.parquet").drop_columns("overdue"), path)
    return path


def score(data: Path, model: Path, output: Path, *more: str) -> int:
    given = ["--data", str(data), "--model", str(model), "--output", str(output), "--threads", "1"]
    return batch_score.main([*given, *more])


@pytest.mark.parametrize("batch_rows", ["100", "100000"])
def test_every_row_keeps_its_keys_and_its_place_whatever_the_batch(
    unlabelled: Path, model: Path, tmp_path: Path, batch_rows: str
) -> None:
    assert score(unlabelled, model, tmp_path / "scores.parquet", "--batch-rows", batch_rows) == 0
    scores = pq.read_table(tmp_path / "scores.parquet")
    scorer = Scorer.load(model, threads=1)
    assert scores.select(KEYS).equals(pq.read_table(unlabelled, columns=list(KEYS)))
    assert scores.schema.field("probability").type == pa.float32()
    expected = scorer.predict(read_columns(unlabelled, scorer.columns))
    np.testing.assert_array_equal(scores["probability"].to_numpy(), expected)


def test_a_batch_is_no_larger_than_asked(unlabelled: Path, model: Path, tmp_path: Path) -> None:
    assert score(unlabelled, model, tmp_path / "scores.parquet", "--batch-rows", "100") == 0
    metadata = pq.read_metadata(tmp_path / "scores.parquet")
    sizes = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
    assert (max(sizes), sum(sizes)) == (100, pq.read_metadata(unlabelled).num_rows)


def test_the_metrics_describe_all_probabilities(unlabelled: Path, model: Path, tmp_path: Path) -> None:
    assert score(unlabelled, model, tmp_path / "scores.parquet", "--batch-rows", "100") == 0
    probability = pq.read_table(tmp_path / "scores.parquet")["probability"].to_numpy()
    assert json.loads((tmp_path / "metrics.json").read_text()) == {
        "rows": len(probability),
        "mean_probability": pytest.approx(probability.mean(dtype=np.float64)),
        "share_over_half": (probability > 0.5).mean(),
    }


def test_no_parcels_give_no_scores(unlabelled: Path, model: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.parquet"
    pq.write_table(pq.read_table(unlabelled).slice(0, 0), empty)
    assert score(empty, model, tmp_path / "scores.parquet") == 0
    assert pq.read_table(tmp_path / "scores.parquet").column_names == [*KEYS, "probability"]
    assert json.loads((tmp_path / "metrics.json").read_text())["mean_probability"] is None


def test_rows_without_keys_have_their_scores_in_their_order(unlabelled: Path, model: Path, tmp_path: Path) -> None:
    keyless = Path(shutil.copytree(model, tmp_path / "model"))
    (keyless / "sha256.json").unlink()
    document = json.loads((keyless / "features.json").read_text(encoding="utf-8"))
    (keyless / "features.json").write_text(json.dumps({**document, "keys": []}), encoding="utf-8")
    assert score(unlabelled, model, tmp_path / "named.parquet") == 0
    assert score(unlabelled, keyless, tmp_path / "scores.parquet") == 0
    scores = pq.read_table(tmp_path / "scores.parquet")
    assert scores.equals(pq.read_table(tmp_path / "named.parquet", columns=["probability"]))


@pytest.mark.parametrize("column", ["rain", "sent_date"])
def test_a_missing_column_is_one_line_and_leaves_nothing(
    unlabelled: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], column: str
) -> None:
    data = tmp_path / "data.parquet"
    pq.write_table(pq.read_table(unlabelled).drop_columns(column), data)
    assert score(data, model, tmp_path / "scores" / "scores.parquet") == 1
    error = capsys.readouterr().err
    assert f"data.parquet lacks the column {column}" in error
    assert (error.count("\n"), list(tmp_path.rglob("*.parquet*"))) == (1, [data])


@pytest.mark.parametrize("name", ["model.onnx", "features.json"])
def test_a_damaged_model_is_one_line_and_scores_nothing(
    unlabelled: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    damaged = shutil.copytree(model, tmp_path / "model") / name
    damaged.write_bytes(damaged.read_bytes() + b" ")
    assert score(unlabelled, tmp_path / "model", tmp_path / "scores.parquet") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{name} is damaged: its SHA-256 is not the one in sha256.json" in line
    assert not (tmp_path / "scores.parquet").exists()


@pytest.mark.parametrize("kept", [0.5, 0], ids=["truncated", "empty"])
def test_a_broken_file_is_one_line_and_leaves_the_former_scores(
    unlabelled: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kept: float
) -> None:
    output = tmp_path / "scores.parquet"
    assert score(unlabelled, model, output) == 0
    former = {path: path.read_bytes() for path in tmp_path.iterdir()}
    content = unlabelled.read_bytes()
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(content[: int(len(content) * kept)])
    assert score(broken, model, output) == 1
    error = capsys.readouterr().err
    assert (f"{broken} cannot be read as parquet" in error, error.count("\n")) == (True, 1)
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path != broken} == former


def test_a_file_that_breaks_after_the_first_batch_leaves_nothing(
    unlabelled: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data.parquet"
    pq.write_table(pq.read_table(unlabelled), data, row_group_size=200)
    damaged = bytearray(data.read_bytes())
    middle = slice(len(damaged) // 3, len(damaged) // 2)
    damaged[middle] = bytes(middle.stop - middle.start)
    data.write_bytes(damaged)
    assert score(data, model, tmp_path / "scores.parquet", "--batch-rows", "100") == 1
    assert capsys.readouterr().err.startswith("error: ")
    assert list(tmp_path.iterdir()) == [data]


def test_a_model_that_names_no_keys_is_one_line_and_scores_nothing(
    unlabelled: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As one from before models named the keys of their rows, which evaluation still takes as the champion."""
    old = Path(shutil.copytree(model, tmp_path / "model"))
    (old / "sha256.json").unlink()
    document = json.loads((old / "features.json").read_text(encoding="utf-8"))
    del document["keys"]
    (old / "features.json").write_text(json.dumps(document), encoding="utf-8")
    assert Scorer.load(old).columns == Scorer.load(model).columns
    assert score(unlabelled, old, tmp_path / "scores.parquet") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("does not say which columns are the keys of its rows: train it again")
    assert not (tmp_path / "scores.parquet").exists()
