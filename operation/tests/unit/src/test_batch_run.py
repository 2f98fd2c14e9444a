"""batch_run.py, as a batch endpoint or a ParallelRunStep calls it."""

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from parcels.schema import KEYS

import batch_run
from learning.errors import InputError
from learning.files import read_columns
from learning.scoring import Scorer


@pytest.fixture
def files(prepared: Path, tmp_path: Path) -> list[str]:
    """Two files of a row group each, the second with a row that cannot be scored."""
    rows = pq.read_table(prepared / "test.parquet").drop_columns("overdue")
    odd = rows.slice(10, 3).to_pandas()
    odd.loc[1, "weight"] = 1e39
    pq.write_table(rows.slice(0, 10), tmp_path / "first.parquet")
    odd.to_parquet(tmp_path / "second.parquet", index=False)
    return [str(tmp_path / name) for name in ("first.parquet", "second.parquet")]


@pytest.fixture
def served(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The model as Azure ML mounts it."""
    folder = Path(shutil.copytree(model, tmp_path / "azureml-models" / "parcel-delays" / "4" / "model"))
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(folder.parent))
    batch_run.init()
    return folder


def test_every_row_of_the_files_has_a_line_with_key_score_and_version(files: list[str], served: Path) -> None:
    rows = [json.loads(line) for line in batch_run.run(files)]
    assert [row["file"] for row in rows] == ["first.parquet"] * 10 + ["second.parquet"] * 3
    scorer = Scorer.load(served)
    expected = scorer.predict(read_columns(Path(files[0]), scorer.columns))
    assert [row["probability"] for row in rows[:10]] == expected.tolist()
    assert {row["model_version"] for row in rows[:12]} == {"4"}
    assert set(KEYS) < rows[0].keys()
    assert (rows[-1]["probability"], rows[-1]["reason"]) == (
        None,
        "weight must be a finite number that float32 holds",
    )


@pytest.mark.usefixtures("served")
def test_a_file_without_a_feature_fails_by_name(files: list[str], tmp_path: Path) -> None:
    pq.write_table(pq.read_table(files[0]).drop_columns("town"), tmp_path / "odd.parquet")
    with pytest.raises(InputError, match=r"odd\.parquet lacks the column town"):
        batch_run.run([str(tmp_path / "odd.parquet")])


@pytest.mark.parametrize("name", ["model.onnx", "features.json"])
def test_a_damaged_model_is_not_loaded(served: Path, name: str) -> None:
    (served / name).write_bytes((served / name).read_bytes() + b" ")
    with pytest.raises(InputError, match=rf"{name} is damaged: its SHA-256 is not the one in sha256\.json"):
        batch_run.init()


def test_without_a_model_it_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(tmp_path))
    with pytest.raises(InputError, match=r"must hold one model.onnx, and .* holds 0"):
        batch_run.init()
