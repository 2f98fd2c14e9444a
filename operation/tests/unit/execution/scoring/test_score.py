"""What `invoke score` does to folders of people: it replaces an earlier scoring, and nothing else."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.scoring.score import _require_ours


def test_a_new_folder_and_an_earlier_scoring_may_be_replaced(tmp_path: Path) -> None:
    _require_ours(tmp_path / "new")
    for name in ("part-00000.parquet", "manifest.json", "metrics.json", "rejected.parquet"):
        (tmp_path / name).touch()
    (tmp_path / ".done").mkdir()
    _require_ours(tmp_path)


@pytest.mark.parametrize("name", ["thesis.txt", "flights.parquet", ".git"])
def test_a_folder_with_anything_else_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "manifest.json").touch()  # which snapshots of raw tables have, too
    (tmp_path / name).touch()
    with pytest.raises(OperationError, match=rf"{name} is not of an earlier scoring"):
        _require_ours(tmp_path)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scores").touch()
    with pytest.raises(OperationError, match="scores is not of an earlier scoring"):
        _require_ours(tmp_path / "scores")
