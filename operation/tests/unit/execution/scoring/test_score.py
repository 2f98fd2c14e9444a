"""What `invoke score` does to folders of people: it replaces an earlier scoring, and nothing else."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.scoring.score import _replace, _require_ours


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
