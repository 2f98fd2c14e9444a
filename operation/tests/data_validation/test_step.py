"""The step that other processes run: what it leaves, what it says, how it ends."""

import math
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from operation.errors import OperationError
from operation.execution.json_files import read_json, seal
from operation.execution.tables.snapshot import Snapshot
from operation.execution.validation.__main__ import main
from operation.execution.validation.failures import Failure
from operation.execution.validation.record import Validation, read, write
from operation.execution.validation.validate import validate_source

pytestmark = pytest.mark.usefixtures("own_suites")


@pytest.fixture
def data(snapshot: Snapshot, tmp_path: Path) -> Path:
    """The raw tables, to be broken."""
    return Path(shutil.copytree(snapshot.folder, tmp_path / "data"))


def run(data: Path, *tables: str, output: Path | None = None) -> int:
    arguments = ["--data", str(data), "--output", str(output or data.with_name("output"))]
    return main(["--use-case", "parcels", "--tables", *tables, *arguments, "--threads", "1", "--memory-mb", "200"])


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_good_data_leave_a_record_and_a_report(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = data.with_name("output")
    assert run(data, "parcels=parcels.parquet", "weather=weather.parquet") == 0
    assert names(output) == {"validation.json", "data_docs"}
    record = {"checks": 44, "unchecked": 0, "failures": [], "data_docs": "data_docs/index.html"}
    assert read_json(output / "validation.json") == seal(record)
    assert read(output) == Validation(44, (), output / "data_docs" / "index.html")
    assert read(output).data_docs.is_file()
    assert capsys.readouterr().out == "44 checks, 0 failed\n"


def test_bad_data_leave_them_too(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, output = data / "weather.parquet", data.with_name("output")
    pd.read_parquet(file).assign(temp=1000.0, rain=-1.0).to_parquet(file)
    assert run(data, "weather=weather.parquet") == 1
    validation = read(output)
    rows = {(each.expectation, each.column): (each.observed, each.values, each.rows) for each in validation.failures}
    found = rows["expect_column_values_to_be_between", "temp"]
    assert found == ("8,760 of 8,760 values", ("1000",) * 5, (0, 1, 2, 3, 4))
    assert {column for _, column in rows} == {"temp", "rain"}
    assert "1000" in "".join(page.read_text(encoding="utf-8") for page in (output / "data_docs").rglob("*.html"))
    assert_open_offline(output / "data_docs")
    *lines, last = capsys.readouterr().out.splitlines()
    said = "expect_column_values_to_be_between temp: 8,760 of 8,760 values; expected -60 to 60"
    assert f"weather: {said}" in lines
    assert last.startswith("The data do not meet 3 of 15 expectations (weather). Fix the data, or the suite")
    assert last.endswith(f"Report: {validation.data_docs}")


def assert_open_offline(docs: Path) -> None:
    """Nothing in the pages leads out of the folder, or to a file that is not there, and they are small."""
    pages = {page: page.read_text(encoding="utf-8") for page in docs.rglob("*.html")}
    assert len(pages) == 2
    assert sum(file.stat().st_size for file in docs.rglob("*") if file.is_file()) < 200_000
    for page, text in pages.items():
        assert not re.search(r"https?:|//[a-z]|@import|<script|<link|<img", text)
        for address in re.findall(r"""(?:href|src)=["']([^"'#]+)""", text):
            assert (page.parent / address).is_file(), address


def test_warnings_stop_nothing_and_are_kept(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = data / "parcels.parquet"
    parcels = pd.read_parquet(file)
    parcels.assign(courier=parcels["courier"].where(parcels.index % 1000 != 0, "Dog"), loaded_at=0).to_parquet(file)
    assert run(data, "parcels=parcels.parquet") == 0
    validation = read(data.with_name("output"))
    assert validation.success
    assert [(each.severity, each.column) for each in validation.warnings] == [
        ("warning", "courier"),
        ("warning", "loaded_at"),
    ]
    assert capsys.readouterr().out.splitlines()[-1] == "29 checks, 0 failed, 2 with a warning"


@pytest.mark.parametrize("column", ["hours", "temp"])
def test_nan_in_a_file_gets_the_verdict_of_invoke_validate(data: Path, column: str) -> None:
    """The file is one that pyarrow wrote, whose statistics leave NaN out."""
    table = "weather" if column == "temp" else "parcels"
    content = pq.read_table(data / f"{table}.parquet")
    values = content[column].to_numpy().astype("float64")
    values[::2] = math.nan
    position = content.column_names.index(column)
    broken = content.set_column(position, column, pa.array(values, from_pandas=False))
    pq.write_table(broken, data / f"{table}.parquet")
    assert run(data, f"{table}={table}.parquet") == 1
    by_step = read(data.with_name("output")).failures
    assert "expect_column_values_to_not_be_null" in {each.expectation for each in by_step if each.column == column}
    assert validate_source(str(data), [table], [], data.with_name("reports"), "parcels").failures == by_step


def test_an_unreadable_file_is_a_failure_beside_others(data: Path) -> None:
    file = data / "parcels.parquet"
    file.write_bytes(file.read_bytes()[:1000])
    assert run(data, "parcels=parcels.parquet", "weather=weather.parquet", "features=train.parquet") == 1
    validation = read(data.with_name("output"))
    assert validation.checks == 17
    assert [(failure.suite, failure.expectation) for failure in validation.failures] == [
        ("parcels", "readable"),
        ("features", "readable"),
    ]
    assert "parcels.parquet is not a whole parquet file" in validation.failures[0].observed
    assert "train.parquet is missing" in validation.failures[1].observed


def test_the_parts_of_a_table_are_checked_as_one(data: Path) -> None:
    parcels = pd.read_parquet(data / "parcels.parquet")
    parcels[:6_000].to_parquet(data / "a.parquet")
    parcels[6_000:].assign(town="Boston").to_parquet(data / "b.parquet")
    assert run(data, "parcels=a.parquet,b.parquet") == 1
    failures = {failure.column: failure for failure in read(data.with_name("output")).failures}
    assert failures["town"].rows[0] == 6_000


def test_a_second_run_replaces_the_first(data: Path) -> None:
    output = data.with_name("output")
    assert run(data, "parcels=missing.parquet") == 1
    (output / ".partial").mkdir()  # as a killed run leaves it
    assert run(data, "weather=weather.parquet") == 0
    assert read(output).checks == 15
    assert names(output) == {"validation.json", "data_docs"}
    assert not list((output / "data_docs").rglob("parcels/parcels/**/*.html"))


def test_the_record_is_the_same_whenever_it_is_written(data: Path) -> None:
    outputs = [data.with_name("one"), data.with_name("two")]
    for output in outputs:
        run(data, "weather=weather.parquet", output=output)
    assert len({(output / "validation.json").read_bytes() for output in outputs}) == 1


def test_an_unknown_table_is_an_error_that_leaves_the_output_alone(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = data.with_name("output")
    run(data, "weather=weather.parquet")
    before = names(output)
    assert run(data, "planes=weather.parquet") == 1
    assert "No suite is for the table 'planes' (there are: features, parcels, weather)" in (capsys.readouterr().err)
    assert names(output) == before
    assert read(output).checks == 15


def test_an_output_that_cannot_be_written_is_an_error(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "file").write_text("", encoding="utf-8")
    assert run(data, "weather=weather.parquet", output=data / "file" / "output") == 1
    assert "Cannot write the report to" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--tables", "parcels"], "'parcels' must be NAME=FILE"),
        (["--tables", "parcels=a.parquet,"], "must be NAME=FILE"),
        (["--tables", "parcels=a.parquet", "--threads", "0"], "'0' must be a whole number above 0"),
        (["--tables", "parcels=a.parquet", "--share", "0"], "'0' must be a number above 0"),
        (["--tables", "parcels=a.parquet", "--share", "nan"], "'nan' must be a number above 0"),
        (["--tables", "parcels=a.parquet", "--memory-mb", "much"], "'much' must be a whole number above 0"),
        (["--tables", "parcels=a.parquet", "--thread", "1"], "unrecognized arguments: --thread 1"),
    ],
    ids=["no file", "empty file", "no threads", "no share", "no share at all", "no number", "abbreviated"],
)
def test_bad_arguments_are_refused(arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([*arguments, "--use-case", "parcels", "--data", "data", "--output", "output"])
    assert exit_.value.code == 2
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "{}", '{"checks": 1, "unchecked": 0, "failures": [{}], "data_docs": "x"}'])
def test_a_damaged_record_is_an_error(text: str, tmp_path: Path) -> None:
    (tmp_path / "validation.json").write_text(text, encoding="utf-8")
    with pytest.raises(OperationError, match=r"validation\.json is damaged"):
        read(tmp_path)


def test_reading_a_record_imports_nothing_heavy(repository: Path, tmp_path: Path) -> None:
    failure = Failure("a", "b", None, "c", "d", ("e",), (1,))
    write(Validation(1, (failure,), tmp_path / "x"), tmp_path)
    code = (
        "import sys, pathlib; from operation.execution.validation.record import read; "
        f"print(read(pathlib.Path({str(tmp_path)!r})).failures); "
        "heavy = 'pyarrow', 'pandas', 'numpy', 'duckdb', 'great_expectations', 'gx_duckdb', 'yaml', 'pydantic'; "
        "print({*heavy} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", code], cwd=repository, check=True, capture_output=True, text=True)
    assert shown.stdout.splitlines() == [str((failure,)), "set()"]
