"""What `invoke score` does to folders of people, of which it replaces an earlier scoring alone, and sends to jobs."""

import sys
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from operation.errors import OperationError
from operation.execution.backends import Backend
from operation.execution.file_hashes import MODEL_FILES, require_undamaged
from operation.execution.scoring.score import Asked, _replace, _require_ours, _Scoring
from operation.execution.scoring.spark import variables
from operation.execution.values import ModelVersion
from operation.tests.parcels import load


def test_a_new_folder_and_an_earlier_scoring_may_be_replaced(tmp_path: Path) -> None:
    _require_ours(tmp_path / "new")
    for name in ("part-00000.parquet", "part-00001.parquet.partial", "manifest.json", "rejected.parquet"):
        (tmp_path / name).touch()
    (tmp_path / ".done").mkdir()
    _require_ours(tmp_path)


@pytest.mark.parametrize("name", ["thesis.txt", "parcels.parquet", ".git"])
def test_a_folder_with_anything_else_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "manifest.json").touch()  # which snapshots of raw tables have, too
    (tmp_path / name).touch()
    with pytest.raises(OperationError, match=rf"{name} is not of an earlier scoring"):
        _require_ours(tmp_path)


def test_rows_with_the_name_of_a_part_are_refused_by_their_name(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "part-00000.parquet")
    with pytest.raises(OperationError, match=r"part-00000\.parquet is not of an earlier scoring"):
        _require_ours(tmp_path)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scores").touch()
    with pytest.raises(OperationError, match="scores is not of an earlier scoring"):
        _require_ours(tmp_path / "scores")


def scoring(folder: Path, parts: int) -> Path:
    folder.mkdir()
    for name in ("manifest.json", *(f"part-{number:05d}.parquet" for number in range(parts))):
        (folder / name).write_text(folder.name)
    (folder / ".done").mkdir()
    return folder


def test_scores_of_a_job_take_the_place_of_an_earlier_scoring(tmp_path: Path) -> None:
    output, scores = scoring(tmp_path / "output", 3), scoring(tmp_path / "scores", 2)
    _replace(output, scores)
    found = {path.name: path.read_text() for path in output.iterdir()}
    assert found == dict.fromkeys(["manifest.json", "part-00000.parquet", "part-00001.parquet"], "scores")


def test_an_output_that_could_not_be_replaced_wholly_has_no_manifest(tmp_path: Path) -> None:
    output, scores = scoring(tmp_path / "output", 3), scoring(tmp_path / "scores", 1)
    (scores / "part-00001.parquet").symlink_to(tmp_path / "gone")
    with pytest.raises(FileNotFoundError):
        _replace(output, scores)
    assert not (output / "manifest.json").exists()


def test_a_linked_output_is_written_through_the_link(tmp_path: Path) -> None:
    output, scores = scoring(tmp_path / "output", 1), scoring(tmp_path / "scores", 1)
    (tmp_path / "link").symlink_to(output)
    _replace(tmp_path / "link", scores)
    assert (output / "manifest.json").read_text() == "scores"


def test_what_a_job_scores_with_carries_its_hashes(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    for name in (*MODEL_FILES, "model_card.md"):
        (tmp_path / "model" / name).write_text(name, encoding="utf-8")
    work = _Scoring(load(), cast(Backend, None), Asked("data", "out"), ModelVersion("m", 1, "run"), tmp_path)
    bundle = work._bundle()
    assert require_undamaged(bundle, "").keys() == {*MODEL_FILES}
    (bundle / MODEL_FILES[0]).write_text("damaged", encoding="utf-8")
    with pytest.raises(OperationError, match="is damaged"):
        require_undamaged(bundle, "")


def test_the_workers_of_spark_are_the_python_that_has_pyspark_and_not_the_first_of_the_path() -> None:
    assert variables(processes=2)["PYSPARK_PYTHON"] == sys.executable
