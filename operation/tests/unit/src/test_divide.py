"""divide.py on prepared parcels."""

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import divide
import prepare
from learning.files import read_json


def test_other_days_have_the_rows_that_preparing_anew_would_give_them(
    raw: Path, prepared: Path, tmp_path: Path
) -> None:
    anew, divided = tmp_path / "anew", tmp_path / "divided"
    days = ["--test", "2013-05-01 to 2013-05-31"]
    assert prepare.main(["--data", str(raw), "--output", str(anew), *days]) == 0
    assert divide.main(["--data", str(prepared), "--output", str(divided), *days]) == 0
    assert read_json(divided / "metrics.json") == read_json(anew / "metrics.json")
    for part in ("train.parquet", "test.parquet"):
        assert pq.read_table(divided / part).to_pydict() == pq.read_table(anew / part).to_pydict()


def test_what_is_neither_trained_on_nor_tested_on_is_counted(
    prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    days = ["--test", "2013-05-01 to 2013-05-31", "--train", "2013-02-01 to 2013-03-31"]
    assert divide.main(["--data", str(prepared), "--output", str(tmp_path), *days]) == 0
    before, found = (read_json(folder / "metrics.json") for folder in (prepared, tmp_path))
    assert (found["train"]["first_date"], found["train"]["last_date"]) == ("2013-02-01", "2013-03-31")
    assert found["rows"]["used"] == found["train"]["rows"] + found["test"]["rows"]
    outside = before["rows"]["used"] - found["rows"]["used"]
    assert found["rows"]["in_no_part"] == outside > 0
    assert capsys.readouterr().out.endswith(f"; {outside:,} in neither part\n")


def test_a_folder_without_a_part_is_refused(prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(prepared, tmp_path / "prepared")
    (tmp_path / "prepared" / "test.parquet").unlink()
    assert divide.main(["--data", str(tmp_path / "prepared"), "--output", str(tmp_path / "divided")]) == 1
    assert "test.parquet does not exist" in capsys.readouterr().err
    assert not (tmp_path / "divided").exists()
