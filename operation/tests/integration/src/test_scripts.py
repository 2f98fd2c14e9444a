"""prepare.py on more rows than fit the memory; batch_score.py by several processes, and killed."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

import batch_score
import prepare
import train
from learning import use_cases
from operation.tests.parcels import SOURCE, write_tables
from operation.tests.unit.src.conftest import make_unlabelled
from operation.tests.unit.src.test_batch_score import damage_the_middle, score, written


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Rows of parcels to be scored, and a small model of them."""
    folder = tmp_path_factory.mktemp("scoring")
    (folder / "raw").mkdir()
    write_tables(folder / "raw")
    prepared, model = str(folder / "prepared"), str(folder / "model")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(use_cases, "SOURCE", SOURCE)
        assert prepare.main(["--data", str(folder / "raw"), "--output", prepared]) == 0
        assert train.main(["--data", prepared, "--output", model, "--trees", "20", "--threads", "1"]) == 0
        (folder / "unlabelled").mkdir()
        make_unlabelled(folder / "raw", folder / "unlabelled")
        yield folder


@pytest.fixture
def model(made: Path) -> Path:
    return made / "model"


@pytest.fixture
def unlabelled(made: Path) -> Path:
    return made / "unlabelled" / "rows.parquet"


def test_any_number_of_processes_writes_the_same_bytes(unlabelled: Path, model: Path, tmp_path: Path) -> None:
    for processes in ("1", "2"):
        given = ("--processes", processes, "--part-rows", "3000")
        assert score(unlabelled, model, tmp_path / processes, *given) == 0
    assert written(tmp_path / "1") == written(tmp_path / "2")
    assert len(list((tmp_path / "1").glob("part-*.parquet"))) == 3


def test_a_killed_command_goes_on_where_it_was(unlabelled: Path, model: Path, tmp_path: Path) -> None:
    """By kill -9, in the middle: no part that was done is scored again, and the bytes are those of any other run."""
    words = ["--data", unlabelled, "--model", model, "--part-rows", "1000", "--processes", "2"]
    script = [sys.executable, batch_score.__file__, *map(str, words), "--output", str(tmp_path / "killed")]
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.readline()
        process.kill()
    done = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "killed" / ".done").glob("part-*.json")}
    assert len(done) >= 2
    for output in ("killed", "whole"):
        assert score(unlabelled, model, tmp_path / output, "--part-rows", "1000") == 0
    assert {name: (tmp_path / "killed" / ".done" / name).stat().st_mtime_ns for name in done} == done
    assert written(tmp_path / "killed") == written(tmp_path / "whole")


def test_of_a_broken_file_the_parts_before_are_kept_and_there_is_no_manifest(
    unlabelled: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, output = tmp_path / "data.parquet", tmp_path / "scores"
    data.write_bytes(damage_the_middle(unlabelled))
    assert score(data, model, output, "--part-rows", "1000", "--processes", "2") == 1
    assert capsys.readouterr().err.startswith("error: ")
    assert (output / "part-00000.parquet").is_file()
    assert [path.name for path in output.iterdir() if "manifest" in path.name or "partial" in path.name] == []


def test_more_rows_than_fit_the_memory_give_the_same_bytes_and_leave_no_other_file(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """240,000 parcels: DuckDB needs more than 70 MB for them where it has no folder to spill to."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(made / "raw", "raw")
    many = "SELECT parcels.* REPLACE (sent_at + to_seconds(later) AS sent_at) FROM parcels, range(30) _(later)"
    with duckdb.connect() as connection:
        connection.read_parquet(str(made / "raw" / "parcels.parquet")).create_view("parcels")
        connection.sql(many).write_parquet("raw/parcels.parquet")
    for memory in ("1000", "70"):
        assert prepare.main(["--data", "raw", "--output", memory, "--threads", "1", "--memory-mb", memory]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1000", "70", "raw"]
    files = sorted(path.name for path in (tmp_path / "1000").iterdir())
    assert sorted(path.name for path in (tmp_path / "70").iterdir()) == files
    for name in files:
        assert (tmp_path / "70" / name).read_bytes() == (tmp_path / "1000" / name).read_bytes()
